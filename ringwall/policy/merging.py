"""Statements of several policies as those of one, though only some may have variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from ringwall.policy.ast import Condition, Effect, Policy, Scope, Statement


def merged(policies: Sequence[Policy]) -> Policy:
    """One policy that says what all of them say together, such as the identity policies of a principal."""
    return _with(policies, [policy.statements for policy in policies])


def with_denials(policy: Policy, denied_by: Sequence[Policy]) -> Policy:
    """The policy, with the Deny statements of others put into it."""
    others = [each for each in denied_by if any(statement.effect is Effect.DENY for statement in each.statements)]
    if not others:
        return policy
    denials = [tuple(one for one in each.statements if one.effect is Effect.DENY) for each in others]
    together = _with([policy, *others], [policy.statements, *denials])
    return replace(policy, statements=together.statements, version=together.version or policy.version)


def _with(policies: Sequence[Policy], parts: Sequence[Sequence[Statement]]) -> Policy:
    """These statements of the policies, whose versions differ."""
    has_variables = any(each.has_variables for each in policies)
    as_one = (_as_in(each, part, has_variables) for each, part in zip(policies, parts, strict=True))
    return Policy(tuple(chain.from_iterable(as_one)), version="2012-10-17" if has_variables else None)


def _as_in(policy: Policy, statements: Sequence[Statement], has_variables: bool) -> Iterator[Statement]:
    """The statements as they are written where there may be variables, if there are none in their own policy."""
    return map(_literal, statements) if has_variables and not policy.has_variables else iter(statements)


def _literal(statement: Statement) -> Statement:
    """The statement with every dollar sign standing for itself."""
    return replace(
        statement,
        resources=_escaped_scope(statement.resources),
        conditions=tuple(_escaped_condition(each) for each in statement.conditions),
    )


def _escaped_scope(scope: Scope | None) -> Scope | None:
    if scope is None:
        return None
    return replace(scope, members=tuple(replace(each, text=_escape(each.text)) for each in scope.members))


def _escaped_condition(condition: Condition) -> Condition:
    return replace(condition, values=tuple(map(_escape, condition.values)))


def _escape(text: str) -> str:
    return text.replace("$", "${$}")
