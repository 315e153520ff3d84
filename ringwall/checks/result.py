"""What a custom policy check answers: in the service's words, and with what the service does not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.request import Request
from ringwall.reasoning.question import Ask, Question, answer_to
from ringwall.reasoning.readable import readable


class Verdict(Enum):
    """As in the API: PASS | FAIL."""

    PASS = "PASS"  # noqa: S105 - the API's word
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Reason:
    """As in the API: one statement that a check failed for."""

    description: str
    statement_index: int | None = None
    """0-based; None where the check was not decided, so that no statement is known to be at fault."""
    statement_id: str | None = None
    """The statement's Sid, where it has one."""

    def as_json(self) -> dict[str, Any]:
        """The reason in the API's member names; members that are not there are left out."""
        members = {
            "description": self.description,
            "statementIndex": self.statement_index,
            "statementId": self.statement_id,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check answers. PASS is proven, or a solver's word; FAIL has a witness, or says why nothing was decided."""

    result: Verdict
    message: str
    reasons: tuple[Reason, ...] = ()
    """One for FAIL, as the service gives them: mend it and check again. None for PASS."""
    witness: Request | None = None
    """A request that the check is about, replayed by the evaluator."""
    undecided: str | None = None
    """Why it was not decided, where it was not: then the result is FAIL."""
    decided_by: str | None = None
    """The solver that decided what was left open without it: PASS is then its word."""

    @property
    def passes(self) -> bool:
        """Whether the result is PASS."""
        return self.result is Verdict.PASS

    def as_json(self) -> dict[str, Any]:
        """The answer of the service's API, member by member."""
        answer: dict[str, Any] = {"result": self.result.value, "message": self.message}
        return {**answer, "reasons": [each.as_json() for each in self.reasons]} if self.reasons else answer


@dataclass(frozen=True, slots=True)
class Wording:
    """The service's sentences for one check."""

    passed: str
    failed: str
    reason: str
    """With `{}` for `sid: X` or `index: N`."""


def answered(question: Question, policy: Policy, wording: Wording, solver: Ask | None = None) -> CheckResult:
    """The check that passes where nothing answers the question; `policy` is the one to be blamed."""
    try:
        found, decided_by = answer_to(question, solver=solver)
    except UndecidedError as error:
        reason = Reason(f"The check could not be decided, which counts as failed: {error}.")
        return CheckResult(Verdict.FAIL, wording.failed, (reason,), undecided=str(error))
    if found is None:
        return CheckResult(Verdict.PASS, wording.passed, decided_by=decided_by)
    index = first_allowing(policy)(found)
    witness = readable(question, found, lambda request: first_allowing(policy)(request) == index)
    sid = policy.statements[index].sid or None
    place = f"sid: {sid}" if sid else f"index: {index}"
    reason = Reason(wording.reason.format(place), index, sid)
    return CheckResult(Verdict.FAIL, wording.failed, (reason,), witness, decided_by=decided_by)


def first_allowing(policy: Policy) -> Callable[[Request], int]:
    """The index of the policy's first Allow statement that applies to a request which it allows."""
    return lambda request: evaluate.applying_statements(Effect.ALLOW, policy, request)[0]
