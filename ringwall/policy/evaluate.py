"""What policies mean for one request. Written to be read, against the AWS documentation.

Source: IAM User Guide, Policy evaluation logic, and the pages of the policy elements.
"""

from __future__ import annotations

from enum import Enum

from ringwall.policy import wildcard
from ringwall.policy.ast import AllBut, Effect, Only, Pattern, Policy, Scope, Statement
from ringwall.policy.conditions import condition_holds
from ringwall.policy.principals import covers_caller
from ringwall.policy.request import Request
from ringwall.policy.variables import fill_in


class Decision(Enum):
    """As IAM's policy simulator says it."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


def is_allowed(policy: Policy, request: Request) -> bool:
    """Whether an Allow of the policy applies to the request, and no Deny."""
    return _any_applies(Effect.ALLOW, policy, request) and not _any_applies(Effect.DENY, policy, request)


def decide(policy: Policy, request: Request) -> Decision:
    """What one policy says of the request: a Deny that applies beats every Allow; silence is a Deny."""
    if _any_applies(Effect.DENY, policy, request):
        return Decision.EXPLICIT_DENY
    if _any_applies(Effect.ALLOW, policy, request):
        return Decision.ALLOWED
    return Decision.IMPLICIT_DENY


def deciding_statements(policy: Policy, request: Request) -> tuple[int, ...]:
    """Indices of the statements behind `decide`: every Deny that applies, or else every Allow that does."""
    return applying_statements(Effect.DENY, policy, request) or applying_statements(Effect.ALLOW, policy, request)


def applying_statements(effect: Effect, policy: Policy, request: Request) -> tuple[int, ...]:
    """Indices of the statements of this effect that apply to the request."""
    return tuple(
        index
        for index, statement in enumerate(policy.statements)
        if statement.effect is effect and statement_applies(policy, statement, request)
    )


def _any_applies(effect: Effect, policy: Policy, request: Request) -> bool:
    return any(
        statement.effect is effect and statement_applies(policy, statement, request) for statement in policy.statements
    )


def statement_applies(policy: Policy, statement: Statement, request: Request) -> bool:
    """Whether the statement is about the caller, the action and the resource, and all its conditions hold."""
    return (
        covers_action(statement.actions, request)
        and covers_resource(statement.resources, request, has_variables=policy.has_variables)
        and covers_caller(statement.principals, request.caller, statement.effect)
        and all(
            condition_holds(condition, request, effect=statement.effect, has_variables=policy.has_variables)
            for condition in statement.conditions
        )
    )


def covers_action(scope: Scope, request: Request) -> bool:
    """Whether an Action or NotAction element means the request's action. Case does not matter."""
    match scope:
        case Only(members):
            return any(wildcard.matches(each.text, request.action, ignore_case=True) for each in members)
        case AllBut(members):
            return not any(wildcard.matches(each.text, request.action, ignore_case=True) for each in members)


def covers_resource(scope: Scope | None, request: Request, *, has_variables: bool) -> bool:
    """Whether a Resource or NotResource element, or none, means the request's resource."""
    match scope:
        case None:
            return True
        case Only(members):
            return any(_is_resource(each, request, has_variables=has_variables) for each in members)
        case AllBut(members):
            return not any(_is_resource(each, request, has_variables=has_variables) for each in members)


def _is_resource(pattern: Pattern, request: Request, *, has_variables: bool) -> bool:
    filled = fill_in(pattern.text, request, has_variables=has_variables)
    return filled is not None and wildcard.matches_arn(filled.text, request.resource, literal=filled.literal)
