"""The least that a collection needs to be allowed, derived from the calls in the code, as a role to create."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from ringwall.collector import accounts, organization, steps
from ringwall.resources import RESOURCE_TYPES

Format = Literal["json", "cloudformation", "terraform"]
DEFAULT_ROLE_NAME = "ringwall"


def required_permissions() -> tuple[str, ...]:
    """The IAM actions that a collection of everything needs, sorted."""
    return tuple(sorted({*_reading(), *organization.CALLS, *accounts.CALLS}))


def permissions_document(form: Format = "json", *, role_name: str = DEFAULT_ROLE_NAME) -> str:
    """The policy as JSON, or a CloudFormation template or Terraform file with a role that has it.

    Args:
        form: which of the three.
        role_name: the role that the collector assumes in other accounts.

    Raises:
        UsageError: no role can have that name.
    """
    accounts.check_role_name(role_name)
    return _WRITERS[form](role_name)


def _reading() -> list[str]:
    """What is needed in every account."""
    return sorted({*steps.CALLS, *(call for kind in RESOURCE_TYPES.values() for call in kind.calls)})


def _policy(role_arn: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "ReadHowResourcesAreShared", "Effect": "Allow", "Action": _reading(), "Resource": "*"},
            {"Sid": "ReadOrganization", "Effect": "Allow", "Action": sorted(organization.CALLS), "Resource": "*"},
            {"Sid": "KnowWhoIAm", "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"},
            {"Sid": "EnterOtherAccounts", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn},
        ],
    }


def _json(role_name: str) -> str:
    return json.dumps(_policy(f"arn:aws:iam::*:role/{role_name}"), indent=2) + "\n"


def _cloudformation(role_name: str) -> str:
    """JSON, which is a CloudFormation template as much as YAML is."""
    trusted = {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccountId}:root"}
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    external = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    trust["Condition"] = {"Fn::If": ["HasExternalId", external, {"Ref": "AWS::NoValue"}]}
    others = {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": _DESCRIPTION,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "ringwall-read-only", "PolicyDocument": _policy(others)}],
        },
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Parameters": {
            "TrustedAccountId": {"Type": "String", "AllowedPattern": "[0-9]{12}", "Description": _TRUSTED},
            "ExternalId": {"Type": "String", "Default": "", "Description": _EXTERNAL_ID},
            "RoleName": {"Type": "String", "Default": role_name, "Description": "The name of the role"},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {"Role": role},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def _terraform(role_name: str) -> str:
    statements = _policy("arn:${data.aws_partition.current.partition}:iam::*:role/${var.role_name}")["Statement"]
    return _TERRAFORM % {
        "description": _DESCRIPTION,
        "trusted": _TRUSTED,
        "external_id": _EXTERNAL_ID,
        "role_name": role_name,
        "statements": "\n".join(_terraform_statement(each) for each in statements),
    }


def _terraform_statement(statement: Mapping[str, Any]) -> str:
    action = statement["Action"]
    actions = action if isinstance(action, list) else [action]
    listed = "".join(f'      "{each}",\n' for each in actions)
    return (
        f'  statement {{\n    sid       = "{statement["Sid"]}"\n    resources = ["{statement["Resource"]}"]\n'
        f"    actions = [\n{listed}    ]\n  }}\n"
    )


_DESCRIPTION = "Lets Ringwall read how resources are shared, and change nothing"
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
  name   = "ringwall-read-only"
  role   = aws_iam_role.ringwall.id
  policy = data.aws_iam_policy_document.ringwall.json
}

output "role_arn" {
  value = aws_iam_role.ringwall.arn
}
"""
_WRITERS: dict[Format, Callable[[str], str]] = {
    "json": _json,
    "cloudformation": _cloudformation,
    "terraform": _terraform,
}
