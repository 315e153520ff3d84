"""The least that Ringwall needs to be allowed, derived from the calls in the code, as a role to create."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ringwall.collector import (
    accounts,
    apply_recommendation,
    event_queue,
    organization,
    principals,
    steps,
    trail_bucket,
)
from ringwall.collector.event_template import DEFAULT_QUEUE_NAME
from ringwall.errors import UsageError
from ringwall.resources import RESOURCE_TYPES

Format = Literal["json", "cloudformation", "terraform"]
Purpose = Literal["scan", "unused", "trail", "watch", "notify", "fix", "fix-unused"]
DEFAULT_ROLE_NAME = "ringwall"
_READING = frozenset({"scan", "unused"})
"""What only reads, in every account."""
_CHANGING = frozenset({"fix", "fix-unused"})
_ARN = re.compile(r"arn:[a-z-]+:(?P<service>[a-z]+):[a-z0-9*-]*:[0-9*]*:[\w/.*-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Use:
    """Calls to resources that are somebody's: they are named, where they can be."""

    sid: str
    purpose: Purpose
    service: str
    actions: tuple[str, ...]
    anywhere: str
    """Without the beginning `arn:PARTITION:`. What the statement is about, where nobody says it better."""


_USES = (
    # The bucket that the console suggests for a trail.
    _Use("ReadTrail", "trail", "s3", trail_bucket.CALLS, "s3:::aws-cloudtrail-logs-*"),
    _Use("ReceiveEvents", "watch", "sqs", event_queue.CALLS, f"sqs:*:*:{DEFAULT_QUEUE_NAME}"),
    # What the room `notify` calls; it stands beside this one and is not imported.
    _Use("NotifyEventBuses", "notify", "events", ("events:PutEvents",), "events:*:*:event-bus/*"),
    _Use("NotifyTopics", "notify", "sns", ("sns:Publish",), "sns:*:*:*"),
    _Use(
        "NotifySecurityHub", "notify", "securityhub", ("securityhub:BatchImportFindings",), "securityhub:*:*:product/*"
    ),
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What is to be allowed."""

    role_name: str = DEFAULT_ROLE_NAME
    """The role that is assumed in other accounts."""
    purposes: Sequence[Purpose] = ("scan",)
    resources: Sequence[str] = ()
    """The ARNs of the queue, and of what is notified: where one of a purpose is named, no other is allowed."""

    def __post_init__(self) -> None:
        accounts.check_role_name(self.role_name)
        known = {use.service for use in _USES if use.purpose in self.purposes}
        for arn in self.resources:
            match = _ARN.fullmatch(arn)
            if match is None or match["service"] not in known:
                wanted = " or ".join(sorted(known)) or "nothing that --for names"
                raise UsageError(f"`{arn}` is no ARN that is needed here: expected one of {wanted}")


def required_permissions(*purposes: Purpose) -> tuple[str, ...]:
    """The IAM actions that are needed, sorted; for a collection of everything, if nothing else is said."""
    chosen = purposes or ("scan",)
    entering = {*organization.CALLS, *accounts.CALLS} if _READING & set(chosen) else set[str]()
    reading = set(_reading()) if "scan" in chosen else set[str]()
    evidence = set(principals.CALLS) if "unused" in chosen else set[str]()
    writing = set(_writing()) if "fix" in chosen else set[str]()
    writing |= set(_withdrawing()) if "fix-unused" in chosen else set[str]()
    using = {action for use in _USES if use.purpose in chosen for action in use.actions}
    return tuple(sorted(entering | reading | evidence | writing | using))


def permissions_document(form: Format = "json", grant: Grant | None = None) -> str:
    """The policy as JSON, or a CloudFormation template or Terraform file with a role that has it."""
    return _WRITERS[form](grant or Grant())


def _reading() -> list[str]:
    """What is needed in every account."""
    return sorted({*steps.CALLS, *(call for kind in RESOURCE_TYPES.values() for call in kind.calls)})


def _writing() -> list[str]:
    """What writing fixes needs in every account, beside reading."""
    remedies = [kind.remedy for kind in RESOURCE_TYPES.values() if kind.remedy]
    return sorted({action for remedy in remedies for action in remedy.writes})


def _withdrawing() -> list[str]:
    """What following recommendations needs: whoever may do this may do anything in the account."""
    return sorted({*apply_recommendation.READS, *apply_recommendation.WRITES})


def _policy(grant: Grant, arn: Callable[[str], Any], role_name: str) -> dict[str, Any]:
    """`arn` puts `arn:PARTITION:` before what it is given, as the format has it."""
    sharing = {"Sid": "ReadHowResourcesAreShared", "Effect": "Allow", "Action": _reading(), "Resource": "*"}
    evidence = {"Sid": "ReadWhatIsUnused", "Effect": "Allow", "Action": sorted(principals.CALLS), "Resource": "*"}
    reading = [each for purpose, each in (("scan", sharing), ("unused", evidence)) if purpose in grant.purposes]
    entering = _entering(arn(f"iam::*:role/{role_name}")) if reading else []
    fixing = {"Sid": "WriteFixes", "Effect": "Allow", "Action": _writing(), "Resource": "*"}
    withdrawing = {"Sid": "WithdrawUnusedAccess", "Effect": "Allow", "Action": _withdrawing(), "Resource": "*"}
    fixes = [each for purpose, each in (("fix", fixing), ("fix-unused", withdrawing)) if purpose in grant.purposes]
    return {"Version": "2012-10-17", "Statement": [*reading, *entering, *fixes, *_using(grant, arn)]}


def _entering(role_arn: Any) -> list[dict[str, Any]]:
    return [
        {"Sid": "ReadOrganization", "Effect": "Allow", "Action": sorted(organization.CALLS), "Resource": "*"},
        {"Sid": "KnowWhoIAm", "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"},
        {"Sid": "EnterOtherAccounts", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn},
    ]


def _using(grant: Grant, arn: Callable[[str], Any]) -> Iterable[dict[str, Any]]:
    for purpose in dict.fromkeys(grant.purposes):
        uses = [use for use in _USES if use.purpose == purpose]
        named = {use.sid: [each for each in grant.resources if each.split(":")[2] == use.service] for use in uses}
        for use in uses:
            resources = named[use.sid] if any(named.values()) else [arn(use.anywhere)]
            if resources:
                yield {"Sid": use.sid, "Effect": "Allow", "Action": sorted(use.actions), "Resource": resources}


def _json(grant: Grant) -> str:
    return json.dumps(_policy(grant, lambda rest: f"arn:aws:{rest}", grant.role_name), indent=2) + "\n"


def _cloudformation(grant: Grant) -> str:
    """JSON, which is a CloudFormation template as much as YAML is."""
    trusted = {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccountId}:root"}
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    external = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    trust["Condition"] = {"Fn::If": ["HasExternalId", external, {"Ref": "AWS::NoValue"}]}
    policy = _policy(grant, lambda rest: {"Fn::Sub": f"arn:${{AWS::Partition}}:{rest}"}, "${RoleName}")
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": _description(grant),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": _policy_name(grant), "PolicyDocument": policy}],
        },
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _description(grant),
        "Parameters": {
            "TrustedAccountId": {"Type": "String", "AllowedPattern": "[0-9]{12}", "Description": _TRUSTED},
            "ExternalId": {"Type": "String", "Default": "", "Description": _EXTERNAL_ID},
            "RoleName": {"Type": "String", "Default": grant.role_name, "Description": "The name of the role"},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {"Role": role},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def _terraform(grant: Grant) -> str:
    begins = "arn:${data.aws_partition.current.partition}:"
    statements = _policy(grant, lambda rest: f"{begins}{rest}", "${var.role_name}")["Statement"]
    return _TERRAFORM % {
        "description": _description(grant),
        "policy_name": _policy_name(grant),
        "trusted": _TRUSTED,
        "external_id": _EXTERNAL_ID,
        "role_name": grant.role_name,
        "statements": "\n".join(_terraform_statement(each) for each in statements),
    }


def _terraform_statement(statement: Mapping[str, Any]) -> str:
    listed = "".join(f'      "{each}",\n' for each in _as_list(statement["Action"]))
    resources = ", ".join(f'"{each}"' for each in _as_list(statement["Resource"]))
    return (
        f'  statement {{\n    sid       = "{statement["Sid"]}"\n    resources = [{resources}]\n'
        f"    actions = [\n{listed}    ]\n  }}\n"
    )


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _policy_name(grant: Grant) -> str:
    return "ringwall-read-only" if set(grant.purposes) <= _READING else "ringwall"


def _description(grant: Grant) -> str:
    told = [_PURPOSES[each] for each in _PURPOSES if each in grant.purposes]
    return f"Lets Ringwall {' and '.join(told)}{'' if _CHANGING & set(grant.purposes) else ', and change nothing'}"


_PURPOSES: Mapping[Purpose, str] = {
    "scan": "read how resources are shared",
    "unused": "read what users and roles may do and did",
    "trail": "read a trail",
    "watch": "receive events of changes",
    "notify": "send notifications",
    "fix": "change how resources are shared",
    "fix-unused": "withdraw unused access",
}
_TRUSTED = "The account that Ringwall runs in"
_EXTERNAL_ID = "What Ringwall has to say to assume the role (--external-id); empty: nothing"
_TERRAFORM = """\
# %(description)s

variable "trusted_account_id" {
  type        = string
  description = "%(trusted)s"
}

variable "external_id" {
  type        = string
  default     = ""
  description = "%(external_id)s"
}

variable "role_name" {
  type    = string
  default = "%(role_name)s"
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "ringwall_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.trusted_account_id}:root"]
    }

    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [var.external_id]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

data "aws_iam_policy_document" "ringwall" {
%(statements)s}

resource "aws_iam_role" "ringwall" {
  name               = var.role_name
  description        = "%(description)s"
  assume_role_policy = data.aws_iam_policy_document.ringwall_trust.json
}

resource "aws_iam_role_policy" "ringwall" {
  name   = "%(policy_name)s"
  role   = aws_iam_role.ringwall.id
  policy = data.aws_iam_policy_document.ringwall.json
}

output "role_arn" {
  value = aws_iam_role.ringwall.arn
}
"""
_WRITERS: dict[Format, Callable[[Grant], str]] = {
    "json": _json,
    "cloudformation": _cloudformation,
    "terraform": _terraform,
}
