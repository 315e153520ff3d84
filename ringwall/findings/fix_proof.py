"""The proof of a fix: nothing is new, nobody who is to keep access loses any, and the finding is gone and no other.

Each of the first two is a question about policies for every way in which the resource is shared. A question that is not
decided proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding, request_as_json
from ringwall.findings.fix_access import Access
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.merging import with_denials
from ringwall.policy.request import Request
from ringwall.reasoning.question import Ask, Question, answer_to
from ringwall.reasoning.readable import readable
from ringwall.resources.base import Resource, Source

_MOST_WAYS = 16
_MOST_ROUNDS = 8


class Claim(Enum):
    """What a fix has to prove."""

    NOTHING_NEW = "nothing is allowed that was not allowed before"
    ZONE_KEEPS = "whoever belongs to the zone of trust keeps all access"
    OTHERS_KEEP = "nobody loses access that the finding is not about"
    FINDING_GONE = "the finding is gone, and all others are as they were"


@dataclass(frozen=True, slots=True)
class Step:
    """One claim, and what became of it."""

    claim: Claim
    answer: Request | None = None
    """A request that contradicts it."""
    undecided: str | None = None
    """Why nobody knows."""
    questions: tuple[Question, ...] = ()
    """None of them has an answer exactly if the claim holds; none for what was analysed again instead."""

    @property
    def holds(self) -> bool:
        return self.answer is None and self.undecided is None

    def as_json(self) -> dict[str, Any]:
        return {
            "claim": self.claim.value,
            "holds": self.holds,
            "counterexample": request_as_json(self.answer) if self.answer else None,
            "undecided": self.undecided,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """A changed configuration, and all that was proven of it."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    """Of the changed resource."""
    removes: bool
    """Whether the finding is gone, and no finding is new."""

    @property
    def is_exact(self) -> bool:
        return self.removes and all(step.holds for step in self.steps)

    @property
    def is_narrower(self) -> bool:
        """Whether nothing is allowed that was not before: without that, it is no fix at all."""
        return self.step(Claim.NOTHING_NEW).holds

    def step(self, claim: Claim) -> Step:
        return next(step for step in self.steps if step.claim is claim)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a resource is shared, as the policies that all have to allow a request."""

    source: Source

    def allows(self, request: Request) -> bool:
        """Whether the evaluator lets a request through."""
        source = self.source
        allowing = (source.policy, *source.requires)
        return all(evaluate.is_allowed(policy, request) for policy in allowing) and not any(
            evaluate.applying_statements(Effect.DENY, policy, request) for policy in source.denied_by
        )

    @property
    def halves(self) -> tuple[Policy, ...]:
        """Policies of which one does not allow a request exactly if this way does not let it through."""
        return (with_denials(self.source.policy, self.source.denied_by), *self.source.requires)


def judged(compared: Sequence[Step], access: Access, known: Sequence[Finding], findings: tuple[Finding, ...]) -> Judged:
    """What can be proven of a changed configuration.

    Args:
        compared: what was found out about all requests.
        access: what is to go, and what has to stay.
        known: the findings of the resource as it is.
        findings: those that it would have.
    """
    steps = (*compared, _gone(access.finding, known, findings))
    before, after = {said(each) for each in known}, {said(each) for each in findings}
    removes = said(access.finding) not in after and after <= before and not any(each.error for each in findings)
    return Judged(steps, findings, removes)


def said(finding: Finding) -> tuple[Any, ...]:
    """What a finding says; through which sources follows from it."""
    about = tuple(sorted(finding.principal.items())), tuple(sorted(finding.condition.items())), finding.action
    return (*about, finding.error)


def _gone(finding: Finding, known: Sequence[Finding], findings: Sequence[Finding]) -> Step:
    if error := next((each.error_message for each in findings if each.error), None):
        return Step(Claim.FINDING_GONE, undecided=error)
    wanted = {said(each) for each in known} - {said(finding)}
    if {said(each) for each in findings} == wanted:
        return Step(Claim.FINDING_GONE)
    more = next((each.witness for each in findings if said(each) not in wanted), None)
    less = next((each.witness for each in known if said(each) in wanted - {said(one) for one in findings}), None)
    return Step(Claim.FINDING_GONE, more or less, None if more or less else "the findings are not the same")


def comparison(analyzer: ExternalAccess, access: Access, old: Resource, new: Resource) -> tuple[Step, ...]:
    """The claims about all requests at once."""
    try:
        before = [Way(source) for source in access.kind.sources(old)]
        after = [Way(source) for source in access.kind.sources(new)]
    except (PolicyError, ConfigurationError) as error:
        return (Step(Claim.NOTHING_NEW, undecided=str(error)),)
    nothing = Policy((), id="nothing")
    claims = (
        (Claim.NOTHING_NEW, after, before, (), nothing),
        (Claim.ZONE_KEEPS, before, after, (access.kept,), access.free),
        (Claim.OTHERS_KEEP, before, after, (), access.about),
    )
    return tuple(
        _step(claim, ways, others, _Limits(also, but, access), analyzer.solver)
        for claim, ways, others, also, but in claims
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    """Which requests a claim is about: those that all of `also` allow, and `but` does not."""

    also: tuple[Policy, ...]
    but: Policy
    access: Access

    def question(self, way: Way, without: tuple[Policy, ...]) -> Question:
        allowed = (way.source.policy, *way.source.requires, *self.also)
        but = (self.but,) if self.but.statements else ()
        return Question(allowed, (*without, *but), way.source.denied_by, self.access.constants)


def _step(claim: Claim, ways: Sequence[Way], others: Sequence[Way], limits: _Limits, solver: Ask | None) -> Step:
    """Whether whatever some of `ways` lets through, within the limits, some of `others` does, too."""
    known = {_meaning(each.source) for each in others}
    asked: list[Question] = []
    for way in ways:
        if _meaning(way.source) in known:
            continue
        try:
            found = _unmatched(way, others, limits, solver)
        except UndecidedError as error:
            return Step(claim, undecided=str(error))
        if isinstance(found, Request):
            return Step(claim, found)
        asked += found
    return Step(claim, questions=tuple(asked))


def _meaning(source: Source) -> tuple[Any, ...]:
    return source.policy, source.requires, source.denied_by


def _unmatched(way: Way, others: Sequence[Way], limits: _Limits, solver: Ask | None) -> Request | tuple[Question, ...]:
    """A request that none of `others` lets through; or the questions that show that there is none.

    At first only the counterpart is looked at; where a request gets through by another way, that is added.

    Raises:
        UndecidedError: it was not found out.
    """
    against = [other for other in others if _is_counterpart(other, way)]
    for _ in range(_MOST_ROUNDS):
        questions = tuple(limits.question(way, without) for without in _refusing(against))
        answers = ((each, answer_to(each, solver=solver).request) for each in questions)
        question, request = next((each for each in answers if each[1] is not None), (None, None))
        if question is None or request is None:
            return questions
        more = [other for other in others if other not in against and other.allows(request)]
        if not more:
            return readable(question, request, lambda each: not any(other.allows(each) for other in others))
        against.append(more[0])
    raise UndecidedError("too many other ways lead to the same access")


def _is_counterpart(one: Way, other: Way) -> bool:
    mine, theirs = one.source, other.source
    return (mine.type, mine.place, dict(mine.detail)) == (theirs.type, theirs.place, dict(theirs.detail))


def _refusing(ways: Sequence[Way]) -> Iterator[tuple[Policy, ...]]:
    """For every combination of policies by which all of the ways may refuse: those policies."""
    halves = [way.halves for way in ways]
    combinations = 1
    for each in halves:
        combinations *= len(each)
    if combinations > _MOST_WAYS:
        raise UndecidedError("too many policies have to agree")
    return product(*halves)
