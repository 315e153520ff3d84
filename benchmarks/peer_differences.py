"""Why a peer's verdict differs from ours: what it overlooks is done to the policy, and our own engine asked again.

Where we then come to the peer's verdict, that is the reason, and our proof or witness for the policy as it stands says
who is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations

from ringwall.policy.ast import AllBut, Condition, Effect, Only, Policy, PrincipalType, Statement

Judge = Callable[[Policy], str]
"""From a policy to our verdict."""
Change = Callable[[Statement], Statement | None]
"""A statement as somebody sees it who overlooks something; None where he does not see it at all, or holds it closed."""

_READ = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "NotIpAddress")
_KNOWN = (
    *("aws:sourceowner", "aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourcevpce", "aws:sourcevpc"),
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "aws:resourceorgid"),
    *("aws:userid", "kms:calleraccount", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "kms:viaservice"),
)
_NETWORKS = ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce")
_ARNS = ("aws:sourcearn", "aws:principalarn")


def _is_a(statement: Statement, kind: type) -> bool:
    return isinstance(statement.principals, kind)


def _keeping(statement: Statement, keep: Callable[[Condition], bool]) -> Statement:
    return replace(statement, conditions=tuple(filter(keep, statement.conditions)))


def _has(statement: Statement, test: Callable[[Condition], bool]) -> bool:
    return any(map(test, statement.conditions))


def _key(condition: Condition) -> str:
    return condition.key.lower()


def _is_read(condition: Condition) -> bool:
    operator = condition.operator
    return operator.name in _READ and not operator.if_exists


def _as_equal(condition: Condition) -> Condition:
    operator = condition.operator
    positive = replace(operator, name=operator.name.replace("Not", ""), quantifier=None, if_exists=False)
    return replace(condition, operator=positive)


def _without_unknown(statement: Statement) -> Statement:
    unknown = _has(statement, lambda condition: _key(condition) not in _KNOWN)
    return replace(statement, conditions=()) if unknown else statement


_READABLE = re.compile(r"\*|[0-9]{12}|A[A-Z0-9]{15,}|arn:[a-z-]+:(iam|sts)::[0-9]{12}:(root|[a-z-]+/.+)")


def _names_nobody(statement: Statement) -> bool:
    """Whether it names what is no principal: a placeholder that was never filled in, a slip of the pen."""
    members = (statement.principals or Only(())).members
    return any(each.type is PrincipalType.AWS and not _READABLE.fullmatch(each.value) for each in members)


CHANGES: dict[str, Change] = {
    "Deny is not looked at": lambda each: None if each.effect is Effect.DENY else each,
    "condition operator is not looked at": lambda each: _keeping(each, _is_read),
    "condition key is not known": _without_unknown,
    "any network, VPC or endpoint is held safe": (
        lambda each: None if each.effect is Effect.ALLOW and _has(each, lambda c: _key(c) in _NETWORKS) else each
    ),
    "networks, VPCs and endpoints are not looked at": (
        lambda each: _keeping(each, lambda condition: _key(condition) not in _NETWORKS)
    ),
    "negation, IfExists or set operator is taken for plain equality": (
        lambda each: replace(each, conditions=tuple(map(_as_equal, each.conditions)))
    ),
    "account in an ARN is misread": lambda each: _keeping(each, lambda condition: _key(condition) not in _ARNS),
    "NotPrincipal is taken for everybody": lambda each: replace(each, principals=None) if _is_a(each, AllBut) else each,
    "NotPrincipal is not looked at": lambda each: None if _is_a(each, AllBut) else each,
    "named principals are not looked at": (
        lambda each: None if each.principals and "*" not in {p.value for p in each.principals.members} else each
    ),
    "a principal that cannot exist is taken for an outsider": (
        lambda each: replace(each, principals=None) if _names_nobody(each) else each
    ),
    "AWS services are taken for outsiders": (
        lambda each: (
            replace(each, principals=None)
            if each.principals and {p.type for p in each.principals.members} == {PrincipalType.SERVICE}
            else each
        )
    ),
    "conditions are not looked at": lambda each: replace(each, conditions=()),
    "a condition of any kind is held safe": (
        lambda each: None if each.effect is Effect.ALLOW and each.conditions else each
    ),
}
"""What can be overlooked, the specific before the general."""
_LESS_USUAL = "several at once, or another reason"


def _changed(policy: Policy, changes: tuple[Change, ...]) -> Policy:
    statements: Iterator[Statement | None] = iter(policy.statements)
    for change in changes:
        statements = (change(each) if each is not None else None for each in [*statements])
    return replace(policy, statements=tuple(each for each in [*statements] if each is not None))


def cause_of(policy: Policy, verdict: str, judge: Judge) -> str:
    """What a peer that comes to this verdict overlooks, in a few words."""
    if verdict.startswith("failed"):
        return "the peer fails on it"
    if judge(policy) == "undecided":
        return "we do not decide it"
    for count in (1, 2):
        for names in combinations(CHANGES, count):
            if judge(_changed(policy, tuple(CHANGES[name] for name in names))) == verdict:
                return "; ".join(names)
    return _LESS_USUAL
