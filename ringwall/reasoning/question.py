"""The one question that we ask of policies: is there a request that these allow, and those do not?

New access, public access, access not granted, access from outside, emptiness: each is a `Question`, and each of the
three readings answers it. `is_answered_by` puts it to the evaluator, for one request; `find_answer` to regions, for
all requests; `smt.script_of` writes it down for a solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.request import Request
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.encode import Setting, is_allowed, keys_with_set_operators, request_at
from ringwall.reasoning.region import Budget, budget_for, find_request


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


def find_answer(
    question: Question, budget: Budget | None = None, solver: Callable[[Question], Request | None] | None = None
) -> Request | None:
    """A request that is asked for, replayed by the evaluator; None where there is none, for certain.

    Args:
        question: what is asked.
        budget: steps that are left; by default as many as the question is given.
        solver: is asked where regions end undecided, such as `partial(smt.ask, solver=…)`.

    Raises:
        UndecidedError: the step budget ended, or policy variables relate keys in a way that was not decided.
    """
    try:
        return _find_answer(question, budget)
    except UndecidedError:
        if solver is None:
            raise
        return solver(question)


def _find_answer(question: Question, budget: Budget | None) -> Request | None:
    setting = question.setting
    spent = budget or budget_for(sum(len(policy.statements) for policy in question.policies))
    undecided = False
    for boxes, refused in _searches(question, setting):
        hit = find_request(boxes, refused, spent)
        if hit is None:
            continue
        request = request_at(hit[0], question.constants)
        if is_answered_by(question, request):
            return request
        undecided = True
    if undecided:
        raise UndecidedError("no witness replayed: a policy variable relates keys in a way that was not decided")
    return None


def _searches(question: Question, setting: Setting) -> Iterator[tuple[list[Box], BoxIndex]]:
    """Boxes and refused boxes such that a request is asked for if it is in some search's boxes and not refused there.

    What a policy with Deny statements does not allow is what none of its Allow statements is about, or one of its
    Deny statements is: two searches for each such policy.
    """
    granted = [is_allowed(policy, setting) for policy in question.allowed]
    refused = [box for _, denied in granted for box in denied]
    refused += [box for policy in question.not_denied for box in is_allowed(policy, setting)[1]]
    boxes = _joined(allowed for allowed, _ in granted)
    ways = [_outside(*is_allowed(policy, setting)) for policy in question.not_allowed]
    for choice in product(*ways):
        within = _joined((boxes, *(inside for inside, _ in choice if inside is not None)))
        yield within, BoxIndex((*refused, *(box for _, outside in choice for box in outside)))


def _outside(allowed: list[Box], denied: list[Box]) -> list[tuple[list[Box] | None, list[Box]]]:
    return [(None, allowed), (denied, [])] if denied else [(None, allowed)]


def _joined(several: Iterable[list[Box]]) -> list[Box]:
    whole = [Box()]
    for boxes in several:
        both = (one & other for one in whole for other in boxes)
        whole = [box for box in both if not box.is_plainly_empty()]
    return whole
