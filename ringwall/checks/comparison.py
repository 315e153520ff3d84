"""How much one policy allows next to another, with a request for each direction in which they differ."""

from __future__ import annotations

from dataclasses import dataclass

from ringwall.checks.documents import PolicyType, require_type
from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.request import Request
from ringwall.reasoning.compare import Comparison, compared, new_access
from ringwall.reasoning.question import Ask, answer_to
from ringwall.reasoning.readable import readable


@dataclass(frozen=True, slots=True)
class Surplus:
    """What one policy allows and the other does not: an example, and the statements behind it."""

    witness: Request | None = None
    """None where there is no such request, or where `undecided` says why that is not known."""
    allowed_by: tuple[int, ...] = ()
    """Indices of the Allow statements of the one policy that apply to the witness."""
    denied_by: tuple[int, ...] = ()
    """Indices of the Deny statements of the other policy that apply to it; none where nothing there allows it."""
    undecided: str | None = None
    decided_by: str | None = None
    """The solver that decided what was left open without it."""


@dataclass(frozen=True, slots=True)
class PolicyComparison:
    """How much the first policy allows, next to the second."""

    first_only: Surplus
    second_only: Surplus

    @property
    def is_decided(self) -> bool:
        """Whether both directions are known."""
        return self.first_only.undecided is None and self.second_only.undecided is None

    @property
    def comparison(self) -> Comparison | None:
        """In one word; None where a direction was not decided."""
        if not self.is_decided:
            return None
        return compared(forward=self.first_only.witness, backward=self.second_only.witness)


def compare_policies(first: Policy, second: Policy, *, solver: Ask | None = None) -> PolicyComparison:
    """How much the first policy allows, next to the second: equal, stricter, looser or incomparable.

    Both are resource policies where one of them names a principal, and else identity policies. The solver is asked
    where a direction is not decided without it.

    Raises:
        UnprocessableError: one of them is of another type.
    """
    for policy in (first, second):
        require_type(policy, type_of(first, second))
    return PolicyComparison(_surplus(first, second, solver), _surplus(second, first, solver))


def type_of(*policies: Policy) -> PolicyType:
    """What policies that are compared must be, as their principals show."""
    has_principals = any(each.principals for policy in policies for each in policy.statements)
    return PolicyType.RESOURCE_POLICY if has_principals else PolicyType.IDENTITY_POLICY


def _surplus(one: Policy, other: Policy, solver: Ask | None) -> Surplus:
    question = new_access(new=one, existing=other)
    try:
        found, decided_by = answer_to(question, solver=solver)
    except UndecidedError as error:
        return Surplus(undecided=str(error))
    if found is None:
        return Surplus(decided_by=decided_by)
    allowing = evaluate.applying_statements(Effect.ALLOW, one, found)
    witness = readable(
        question, found, lambda request: evaluate.applying_statements(Effect.ALLOW, one, request) == allowing
    )
    denying = evaluate.applying_statements(Effect.DENY, other, witness)
    return Surplus(witness, allowing, denying, decided_by=decided_by)
