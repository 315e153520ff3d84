"""The one question that we ask of policies: is there a request that these allow, and those do not?

New access, public access, access not granted, access from outside, emptiness: each is a `Question`, and each of the
three readings answers it. `is_answered_by` puts it to the evaluator, for one request; `find_answer` to regions, for
all requests; `smt.script_of` writes it down for a solver. `answer_to` asks regions first, and then a solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.request import Request
from ringwall.reasoning.box import EVERYTHING, Box
from ringwall.reasoning.clauses import Clause, Clauses, clauses_of
from ringwall.reasoning.encode import keys_with_set_operators, request_at
from ringwall.reasoning.pinning import pinned_settings
from ringwall.reasoning.region import Budget, budget_for, find_request
from ringwall.reasoning.variables import Setting, marks_in


@dataclass(frozen=True, slots=True)
class Question:
    """Is there a request that every policy of `allowed` allows, no policy of `not_allowed` allows, and no Deny
    statement of `not_denied` refuses?
    """

    allowed: tuple[Policy, ...]
    not_allowed: tuple[Policy, ...] = ()
    not_denied: tuple[Policy, ...] = ()
    constants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Context keys, in lower case, whose values are the same in all requests in question (`()`: absent in all)."""

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy that the question is about."""
        return (*self.allowed, *self.not_allowed, *self.not_denied)

    @property
    def setting(self) -> Setting:
        """What is known of every request in question."""
        return Setting(constants=self.constants, many=keys_with_set_operators(self.policies))


def is_answered_by(question: Question, request: Request) -> bool:
    """Whether the request is one that is asked for, as the evaluator has it."""
    return (
        all(evaluate.is_allowed(policy, request) for policy in question.allowed)
        and not any(evaluate.is_allowed(policy, request) for policy in question.not_allowed)
        and not any(evaluate.applying_statements(Effect.DENY, policy, request) for policy in question.not_denied)
    )


class Answer(NamedTuple):
    """What was found out about a question."""

    request: Request | None
    """One that is asked for, replayed by the evaluator; None where there is none."""
    decided_by: str | None = None
    """The solver whose answer it is; None where regions decided."""


Ask = Callable[[Question], Answer]
"""What is asked where regions end undecided, such as `partial(smt.ask_in_turn, solvers=…)`.

It raises `UndecidedError` where it has no answer either.
"""


def answer_to(question: Question, *, solver: Ask | None = None) -> Answer:
    """What regions say or, where they end undecided, the solver.

    Raises:
        UndecidedError: neither has an answer.
    """
    try:
        return Answer(find_answer(question))
    except UndecidedError as error:
        if solver is None:
            raise
        try:
            return solver(question)
        except UndecidedError as other:
            raise UndecidedError(f"{error}; {other}") from error


def find_answer(question: Question, budget: Budget | None = None) -> Request | None:
    """A request that is asked for, replayed by the evaluator; None where there is none, for certain.

    Args:
        question: what is asked.
        budget: steps that are left; by default as many as the question is given.

    Raises:
        UndecidedError: the step budget ended, or policy variables relate keys in a way that was not decided.
    """
    spent = budget or budget_for(sum(len(policy.statements) for policy in question.policies))
    setting = question.setting
    tried: list[_Tried] = []
    for each in _found(question, setting, spent, EVERYTHING):
        if is_answered_by(question, each.request):
            return each.request
        tried.append(each)
    pinned = (one for each in tried for one in pinned_settings(question.policies, setting, each.request, each.marks))
    for other, pin in pinned:
        for each in _found(question, other, spent, pin):
            if is_answered_by(question, each.request):
                return each.request
    if tried:
        raise UndecidedError("no witness replayed: a policy variable relates keys in a way that was not decided")
    return None


class _Tried(NamedTuple):
    """A request that a search found, and which templates it would have to match."""

    request: Request
    marks: tuple[str, ...]


def _found(question: Question, setting: Setting, budget: Budget, within: Box) -> Iterator[_Tried]:
    """What every search finds that finds something."""
    for boxes, refused in _searches(question, setting, budget):
        hit = find_request((box & within for box in boxes), refused, budget)
        if hit is not None:
            yield _Tried(request_at(hit[0], question.constants), tuple(marks_in(hit[0])))


def _searches(question: Question, setting: Setting, budget: Budget) -> Iterator[tuple[Iterator[Box], Clauses]]:
    """Boxes and refused boxes such that a request is asked for if it is in some search's boxes and not refused there.

    What a policy with Deny statements does not allow is what none of its Allow statements is about, or one of its
    Deny statements is: two searches for each such policy. A clause that stands on both sides asks for nothing.
    """
    denying = (*question.allowed, *question.not_denied)
    refused = [clause for policy in denying for clause in clauses_of(policy, Effect.DENY, setting)]
    ways = [_outside(policy, setting) for policy in question.not_allowed]
    for choice in product(*ways):
        outside = [*refused, *(clause for _, excluded in choice for clause in excluded)]
        inside = [clauses_of(policy, Effect.ALLOW, setting) for policy in question.allowed]
        inside += (included for included, _ in choice if included is not None)
        known = set(outside)
        wanted = [[clause for clause in clauses if clause not in known] for clauses in inside]
        if all(wanted):
            clauses = Clauses(outside)
            yield _joined(wanted, EVERYTHING, clauses, budget), clauses


def _outside(policy: Policy, setting: Setting) -> list[tuple[list[Clause] | None, list[Clause]]]:
    allowing = clauses_of(policy, Effect.ALLOW, setting)
    denying = clauses_of(policy, Effect.DENY, setting)
    return [(None, allowing), (denying, [])] if denying else [(None, allowing)]


def _joined(several: Sequence[list[Clause]], within: Box, refused: Clauses, budget: Budget) -> Iterator[Box]:
    """The boxes of what is in some clause of every list, but for clauses that are refused as a whole."""
    if not several:
        yield within
        return
    boxes = (box for clause in several[0] if not refused.take_in(clause) for box in clause.boxes)
    for index, box in enumerate(boxes):
        if index % _PAIRS_A_STEP == 0:
            budget.spend()
        both = box & within
        if not both.is_plainly_empty():
            yield from _joined(several[1:], both, refused, budget)


_PAIRS_A_STEP = 16
"""Boxes that are put together in the time of one step."""
