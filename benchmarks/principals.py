"""Generated principals with realistic policies and evidence; the same for the same seed.

Real estates are mostly AWS managed policies that many share, a few customer managed ones per team, and inline policies
that name one thing each. The texts of AWS managed policies are those that moto ships.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from ringwall.policy.service_reference import known_actions, services
from ringwall.principals.principal import Group, IdentityPolicy, LastUse, PolicyKind, Principal, PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import LastAccessedReport, ServiceReport, Usage, Use

NOW = datetime(2026, 4, 1, tzinfo=UTC)
Json = dict[str, Any]
_WORDS = ("orders", "billing", "audit", "website", "reports", "ingest", "search", "mobile", "backup", "ledger")
_REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
_WIDE = {"AdministratorAccess": 3, "ReadOnlyAccess": 3, "PowerUserAccess": 2, "SecurityAudit": 2, "ViewOnlyAccess": 1}
"""Percent of the principals that have one of these."""


def _statement(actions: list[str] | str, resources: list[str] | str = "*", **others: Any) -> Json:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **others}


def _denying(**others: Any) -> Json:
    return {"Effect": "Deny", "Resource": "*", **others}


def _text(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


_GUARDRAILS = (
    _text(
        _denying(
            NotAction=["iam:*", "sts:*", "organizations:*", "route53:*", "cloudfront:*", "support:*"],
            Condition={"StringNotEquals": {"aws:RequestedRegion": [*_REGIONS[:2]]}},
        )
    ),
    _text(_denying(Action=["iam:Create*", "iam:Put*", "iam:Attach*", "cloudtrail:Stop*", "cloudtrail:Delete*"])),
    _text(
        _denying(
            NotAction=["iam:*MFA*", "iam:GetUser", "sts:GetSessionToken"],
            Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        )
    ),
    _text({"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::audit-*", "arn:aws:s3:::audit-*/*"]}),
    _text(_denying(Action="*", Condition={"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})),
)
_BOUNDARIES = (
    _text(_statement("*"), _denying(Action=["iam:*", "organizations:*"])),
    _text({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}),
    _text(_statement(["s3:*", "sqs:*", "sns:*", "dynamodb:*", "lambda:*", "logs:*", "cloudwatch:*", "ec2:*"])),
    _text(
        _statement("*", Condition={"StringEquals": {"aws:RequestedRegion": [*_REGIONS]}}),
        _statement(["iam:Get*", "iam:List*"]),
        _denying(Action="iam:*", Condition={"Null": {"iam:PermissionsBoundary": "true"}}),
    ),
)
_OWN = (
    ("s3", ("GetObject", "PutObject", "ListBucket"), "arn:aws:s3:::{name}/*"),
    ("dynamodb", ("GetItem", "PutItem", "Query", "UpdateItem"), "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    ("sqs", ("SendMessage", "ReceiveMessage", "DeleteMessage"), "arn:aws:sqs:{region}:{account}:{name}"),
    ("sns", ("Publish",), "arn:aws:sns:{region}:{account}:{name}"),
    ("kms", ("Decrypt", "GenerateDataKey"), "arn:aws:kms:{region}:{account}:key/*"),
    ("secretsmanager", ("GetSecretValue",), "arn:aws:secretsmanager:{region}:{account}:secret:{name}-*"),
    ("logs", ("CreateLogStream", "PutLogEvents"), "arn:aws:logs:{region}:{account}:log-group:/aws/{name}:*"),
    ("lambda", ("InvokeFunction",), "arn:aws:lambda:{region}:{account}:function:{name}"),
    ("ec2", ("Describe*", "StartInstances", "StopInstances"), "*"),
    ("iam", ("PassRole",), "arn:aws:iam::{account}:role/{name}"),
    ("s3", ("GetObject",), "arn:aws:s3:::home/${{aws:PrincipalTag/team}}/*"),
)
"""What applications are given of their own: service, actions, resource."""
_CONDITIONS = (
    *[{}] * 6,
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"StringEquals": {"aws:ResourceTag/team": "orders"}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
)


@cache
def _managed() -> tuple[tuple[IdentityPolicy, ...], tuple[float, ...]]:
    """AWS managed policies in an order of their own, and how often they and all before them are used."""
    texts = {name: json.dumps(each["Document"]) for name, each in json.loads(aws_managed_policies_data).items()}
    names = random.Random(1).sample(sorted(texts), len(texts))
    policies = tuple(
        IdentityPolicy(f"arn:aws:iam::aws:policy/{name}", PolicyKind.AWS_MANAGED, texts[name]) for name in names
    )
    return policies, tuple(accumulate(1 / (rank + 5) for rank in range(len(names))))


@cache
def _by_name() -> dict[str, IdentityPolicy]:
    return {policy.name: policy for policy in _managed()[0]}


def _application(chance: random.Random, account: str, name: str, most: int) -> str:
    """A policy for one application."""
    statements = []
    for service, actions, resource in chance.sample(_OWN, chance.randint(1, most)):
        some = chance.sample(actions, chance.randint(1, len(actions)))
        where = resource.format(name=name, account=account, region=chance.choice(_REGIONS))
        condition = chance.choice(_CONDITIONS)
        given = [f"{service}:*"] if chance.random() < 0.1 else [f"{service}:{action}" for action in some]
        statements.append(_statement(given, where, **({"Condition": condition} if condition else {})))
    return _text(*statements)


def _account(number: int) -> str:
    return f"{111_122_223_333 + number // 500:012d}"


@cache
def _of_team(account: str, team: int) -> tuple[IdentityPolicy, ...]:
    """The customer managed policies of a team, guardrails last."""
    chance = random.Random(f"{account} {team}")
    texts = [_application(chance, account, f"{_WORDS[team]}-{number}", 6) for number in range(4)]
    texts.append(chance.choice(_GUARDRAILS))
    return tuple(_customer_managed(account, f"{_WORDS[team]}-{number}", text) for number, text in enumerate(texts))


def _customer_managed(account: str, name: str, text: str) -> IdentityPolicy:
    updated = NOW - timedelta(days=400)
    return IdentityPolicy(f"arn:aws:iam::{account}:policy/{name}", PolicyKind.CUSTOMER_MANAGED, text, updated)


@cache
def _group(account: str, team: int) -> Group:
    chance = random.Random(f"group {account} {team}")
    policies = (*_some_managed(chance, chance.randint(1, 3)), *chance.sample(_of_team(account, team), 2))
    return Group(_WORDS[team], f"arn:aws:iam::{account}:group/{_WORDS[team]}", policies)


def _some_managed(chance: random.Random, count: int) -> tuple[IdentityPolicy, ...]:
    policies, weights = _managed()
    return tuple(dict.fromkeys(chance.choices(policies, cum_weights=weights, k=count)))


def _wide(chance: random.Random) -> tuple[IdentityPolicy, ...]:
    drawn, known = chance.uniform(0, 100), _by_name()
    for name, end in zip(_WIDE, accumulate(_WIDE.values()), strict=True):
        if drawn < end and name in known:
            return (known[name],)
    return ()


def made_principal(number: int, *, seed: int = 1) -> PrincipalAccess:
    """The nth principal of an estate."""
    chance = random.Random(f"{seed} {number}")
    account, team = _account(number), number % len(_WORDS)
    is_user = chance.random() < 0.1
    own = _of_team(account, team)
    policies = [*_wide(chance), *_some_managed(chance, chance.choice((0, 1, 1, 2, 3)))]
    policies += chance.sample(own[:-1], chance.choice((0, 1, 1, 2)))
    policies += own[-1:] if chance.random() < 0.2 else ()
    if chance.random() < 0.6:
        text = _application(chance, account, f"{_WORDS[team]}-{number}", 4)
        policies.append(IdentityPolicy("own", PolicyKind.INLINE, text))
    groups = [_group(account, each) for each in chance.sample(range(len(_WORDS)), chance.randint(1, 3))]
    kind, prefix, what = (PrincipalKind.USER, "AIDA", "user") if is_user else (PrincipalKind.ROLE, "AROA", "role")
    text = chance.choice(_BOUNDARIES)
    boundary = _customer_managed(account, "boundary", text) if chance.random() < 0.15 else None
    principal = Principal(
        arn=f"arn:aws:iam::{account}:{what}/{_WORDS[team]}-{number}",
        kind=kind,
        account=account,
        id=f"{prefix}{number:017d}",
        created_at=NOW - timedelta(days=chance.randint(10, 1500)),
        tags={"team": _WORDS[team]},
        policies=tuple(policies),
        groups=tuple(groups) if is_user else (),
        boundary=boundary,
        last_use=None if is_user else LastUse(NOW - timedelta(days=chance.randint(0, 120)), "eu-west-1", None),
    )
    return PrincipalAccess(principal, Usage(LastAccessedReport(NOW, tuple(_reports(chance, principal)))))


def _reports(chance: random.Random, principal: Principal) -> Iterator[ServiceReport]:
    """IAM's report: a line for every service that the policies name."""
    texts = {policy.document for policy, _ in principal.granting}
    for namespace in sorted(frozenset().union(*map(_namespaces, texts))):
        last = None if chance.random() < 0.7 else Use(NOW - timedelta(days=chance.randint(0, 300)), "eu-west-1")
        tracked: dict[str, Use | None] = dict.fromkeys(_tracked(namespace))
        for action in chance.sample(_tracked(namespace), min(2, len(tracked))) if last else ():
            tracked[action] = last
        yield ServiceReport(namespace, last, tracked or None)


@cache
def _tracked(namespace: str) -> tuple[str, ...]:
    """As AWS does it: not every service by action, and of these not all actions."""
    return known_actions(namespace)[::3] if sum(namespace.encode()) % 2 else ()


@lru_cache(maxsize=4096)
def _namespaces(text: str) -> frozenset[str]:
    if '"NotAction"' in text or '"Action": "*"' in text:
        return frozenset(services())
    return frozenset(re.findall(r'"([a-z0-9-]+):[A-Za-z*]', text)).intersection(services())
