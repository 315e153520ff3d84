"""Builds the policy statements into which whatever shares a resource is translated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ringwall.policy.ast import (
    Condition,
    Effect,
    Only,
    Operator,
    Pattern,
    Policy,
    Principal,
    PrincipalScope,
    PrincipalType,
    Statement,
)
from ringwall.resources.base import Resource, Source, SourceType
from ringwall.resources.configuration import Document, Node

EVERYONE = Only((Principal(PrincipalType.AWS, "*"),))


def policy_alone(field: str, *others: str) -> Callable[[Resource], Sequence[Source]]:
    """The `sources` of a type that is shared through the policy in `field` alone; `others` are fields without effect."""

    def sources(resource: Resource) -> Sequence[Source]:
        return policy_sources(Node(resource.configuration).fields(field, *others).get(field))

    return sources


def policy_sources(node: Node | None) -> Sequence[Source]:
    """The source that a policy is, if there is one."""
    document = node.document() if node else None
    return [policy_source(document)] if document else []


def policy_source(document: Document, *denied_by: Policy) -> Source:
    return Source(SourceType.POLICY, document.place, document.policy, document.text, denied_by=denied_by)


def allow(
    principal: Principal,
    actions: Sequence[str],
    *,
    resources: Sequence[str] = ("*",),
    conditions: Sequence[Condition] = (),
) -> Statement:
    """A statement that allows `principal` to perform `actions`."""
    return Statement(
        Effect.ALLOW, patterns(actions), Only((principal,)), resources=patterns(resources), conditions=tuple(conditions)
    )


def deny(*conditions: Condition, actions: Sequence[str] = ("*",), principals: PrincipalScope = EVERYONE) -> Statement:
    """A statement that denies `actions` to everyone, where the conditions hold."""
    return Statement(Effect.DENY, patterns(actions), principals, resources=patterns(["*"]), conditions=conditions)


def policy_of(*statements: Statement) -> Policy:
    """A policy without a version: `${` is no variable in what was translated."""
    return Policy(statements)


def patterns(texts: Sequence[str]) -> Only[Pattern]:
    return Only(tuple(Pattern(text) for text in texts))


def condition(operator: str, key: str, *values: str) -> Condition:
    """`condition("StringEquals", "kms:CallerAccount", "111122223333")`."""
    return Condition(Operator(operator), key, values)


def account_principal(account: str) -> Principal:
    """An account, or everyone where `account` is `*`."""
    return Principal(PrincipalType.AWS, account)


def tags_of(members: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a listing that has them as `Key` and `Value`."""
    return {member["Key"]: member.get("Value", "") for member in members}
