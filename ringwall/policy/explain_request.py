"""Why one request is allowed or refused: the fate of every statement, element and condition that was looked at.

It adds no meaning of its own: what holds is asked of `evaluate`, piece by piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringwall.policy.ast import AllBut, Condition, Effect, Policy, PrincipalScope, Scope, Statement
from ringwall.policy.authorize import (
    Authorization,
    AuthorizationDecision,
    Bearing,
    PolicyKind,
    all_policies,
    authorize,
    bears,
)
from ringwall.policy.conditions import OPERATORS, condition_holds
from ringwall.policy.evaluate import Decision, covers_action, covers_resource, decide
from ringwall.policy.principals import covers_caller
from ringwall.policy.request import Request
from ringwall.policy.variables import fill_in


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value of a policy, as it was written, and as the request fills in its variables."""

    text: str
    filled: str | None
    """None where a variable is undefined: the value then matches nothing."""


@dataclass(frozen=True, slots=True)
class ElementFate:
    """Whether an element of a statement means the request."""

    name: str
    """As in the language: `NotAction`."""
    wanted: tuple[Wanted, ...]
    given: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ConditionFate:
    """Whether the request satisfies one key under one operator."""

    condition: Condition
    wanted: tuple[Wanted, ...]
    given: tuple[str, ...]
    """Empty where the key is absent from the request."""
    holds: bool


@dataclass(frozen=True, slots=True)
class StatementFate:
    """Whether a statement applies to the request, and what decided that."""

    index: int
    statement: Statement
    elements: tuple[ElementFate, ...]
    """Action, then Resource and Principal where the statement has them."""
    conditions: tuple[ConditionFate, ...]

    @property
    def applies(self) -> bool:
        return all(each.holds for each in self.elements) and all(each.holds for each in self.conditions)

    @property
    def is_near(self) -> bool:
        """Whether a reader would expect it to matter: it is about the action, and at most one more element is not."""
        action, *others = self.elements
        return action.holds and sum(not each.holds for each in others) <= 1


@dataclass(frozen=True, slots=True)
class PolicyFate:
    """What one policy says of the request, and why."""

    kind: PolicyKind
    level: int | None
    """Of the organization, root first; None for policies that are not attached to one."""
    position: int
    """Among the policies of its kind, or of its level."""
    policy: Policy
    decision: Decision
    statements: tuple[StatementFate, ...]
    bears: bool
    """Whether policies of this kind have a say: service control policies have none about AWS services."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and what every policy had to do with it."""

    request: Request
    answer: AuthorizationDecision
    policies: tuple[PolicyFate, ...]

    @property
    def deciding(self) -> tuple[tuple[PolicyFate, StatementFate], ...]:
        """The statements behind the decision: every Deny that applies, or each Allow of the kinds that granted."""
        return tuple(
            (policy, statement)
            for policy in self.policies
            for statement in policy.statements
            if policy.bears and statement.applies and self._decides(policy, statement)
        )

    def _decides(self, policy: PolicyFate, fate: StatementFate) -> bool:
        match self.answer.decision:
            case Decision.EXPLICIT_DENY:
                return fate.statement.effect is Effect.DENY
            case Decision.ALLOWED:
                return policy.kind in self.answer.decided_by
            case Decision.IMPLICIT_DENY:
                return False


def explain_request(authorization: Authorization, request: Request) -> Explanation:
    """The decision over all policies, and the fate of all their statements."""
    fates = tuple(
        _policy_fate(group, position, policy, request)
        for group in all_policies(authorization)
        for position, policy in enumerate(group.policies)
    )
    return Explanation(request, authorize(authorization, request), fates)


def _policy_fate(group: Bearing, position: int, policy: Policy, request: Request) -> PolicyFate:
    statements = tuple(
        statement_fate(policy, index, statement, request) for index, statement in enumerate(policy.statements)
    )
    has_say = bears(group.kind, request)
    return PolicyFate(group.kind, group.level, position, policy, decide(policy, request), statements, has_say)


def statement_fate(policy: Policy, index: int, statement: Statement, request: Request) -> StatementFate:
    """What decides whether the statement applies to the request."""
    elements = [_action_fate(statement.actions, request)]
    if statement.resources is not None:
        elements.append(_resource_fate(policy, statement.resources, request))
    if statement.principals is not None:
        elements.append(_principal_fate(statement, statement.principals, request))
    conditions = tuple(_condition_fate(policy, statement, each, request) for each in statement.conditions)
    return StatementFate(index, statement, tuple(elements), conditions)


def _action_fate(scope: Scope, request: Request) -> ElementFate:
    wanted = tuple(Wanted(each.text, each.text) for each in scope.members)
    return ElementFate(_named("Action", scope), wanted, request.action, covers_action(scope, request))


def _resource_fate(policy: Policy, scope: Scope, request: Request) -> ElementFate:
    has_variables = policy.has_variables
    wanted = tuple(_wanted(each.text, request, has_variables=has_variables) for each in scope.members)
    holds = covers_resource(scope, request, has_variables=has_variables)
    return ElementFate(_named("Resource", scope), wanted, request.resource, holds)


def _principal_fate(statement: Statement, scope: PrincipalScope, request: Request) -> ElementFate:
    caller = request.caller
    wanted = tuple(Wanted(each.value, each.value) for each in scope.members)
    given = caller.arn or caller.service or caller.provider or "*"
    holds = covers_caller(scope, caller, statement.effect)
    return ElementFate(_named("Principal", scope), wanted, given, holds)


def _named(element: str, scope: Scope | PrincipalScope) -> str:
    return f"Not{element}" if isinstance(scope, AllBut) else element


def _condition_fate(policy: Policy, statement: Statement, condition: Condition, request: Request) -> ConditionFate:
    has_variables = policy.has_variables and OPERATORS[condition.operator.name].type.takes_variables
    wanted = tuple(_wanted(text, request, has_variables=has_variables) for text in condition.values)
    given = request.context.get(condition.key.lower(), ())
    holds = condition_holds(condition, request, effect=statement.effect, has_variables=policy.has_variables)
    return ConditionFate(condition, wanted, given, holds)


def _wanted(text: str, request: Request, *, has_variables: bool) -> Wanted:
    filled = fill_in(text, request, has_variables=has_variables)
    return Wanted(text, filled.text if filled else None)
