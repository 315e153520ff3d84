"""What a verdict on a resource claims, as scripts that others can check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding, request_as_json
from ringwall.findings.questions import Asked, beyond
from ringwall.policy.request import Request
from ringwall.reasoning.question import Question, is_answered_by
from ringwall.reasoning.smt import Judgement, Opinion, Script, opinion_of, script_of
from ringwall.reasoning.solver import Solver
from ringwall.resources.base import Resource


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a verdict says of a resource, and the script that says it."""

    about: str
    """What is claimed, in a sentence."""
    place: str
    """JSON pointer to the source in the resource's configuration."""
    question: Question
    has_answer: bool = False
    """What we answer to the question: that there is such a request, or that there is none."""
    script: Script | None = None
    reason: str = ""
    """Why there is no script."""
    is_left_out: bool = False
    """Whether there is none because it cannot be written down: nobody was asked, and nothing is open."""

    def opinion(self, solver: Solver) -> Opinion | None:
        """What a solver says to it; None where there is nothing to ask."""
        return None if self.script is None else opinion_of(self.question, solver, self.script)

    def judged(self, solver: Solver) -> Judgement:
        """What the solver's answer means for the claim."""
        opinion = self.opinion(solver)
        return Judgement.UNDECIDED if opinion is None else opinion.on(has_answer=self.has_answer)


def claims_of(analyzer: ExternalAccess, resource: Resource, findings: Sequence[Finding]) -> tuple[Claim, ...]:
    """What these findings, or none, say of the resource. What could not be read or decided claims nothing."""
    if any(finding.error for finding in findings):
        return ()
    try:
        asked = analyzer.questions_of(resource)
    except (PolicyError, ConfigurationError):
        return ()
    return tuple(_claims(asked, resource, findings))


def _claims(asked: Sequence[Asked], resource: Resource, findings: Sequence[Finding]) -> Iterator[Claim]:
    policies = [policy for each in asked for policy in each.policies]
    for each in asked:
        place = each.source.place
        if not findings:
            yield _written(f"no access from outside to {resource.arn}", place, each.question)
            continue
        if (narrowed := beyond(each, findings, policies)) is not None:
            number = len(findings)
            about = f"no access from outside to {resource.arn} but what {number} finding{'s' * (number > 1)} say"
            yield _written(about, place, narrowed.question)
        else:
            about = f"no access from outside to {resource.arn} but what the findings say"
            reason = "a condition of a finding cannot be written as a condition of a policy exactly"
            yield Claim(about, place, each.question, reason=reason, is_left_out=True)


def claim_of(about: str, question: Question) -> Claim:
    """That a question about policies has no answer."""
    return _written(about, "", question)


def _written(about: str, place: str, question: Question) -> Claim:
    through = f", through {place}" if place else ""
    title = (f"Claim: {about}{through}.", "This script is unsatisfiable exactly if that is right.", "")
    try:
        return Claim(about, place, question, script=script_of(question, title=title))
    except UndecidedError as error:
        return Claim(about, place, question, reason=str(error))


@dataclass(frozen=True, slots=True)
class Proven:
    """A claim, the file that it was written to, and what each solver said."""

    claim: Claim
    file: str | None
    opinions: tuple[Opinion, ...] = ()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """One for each solver."""
        return tuple(opinion.on(has_answer=self.claim.has_answer) for opinion in self.opinions)

    def as_json(self) -> dict[str, Any]:
        return {
            "claim": self.claim.about,
            "place": self.claim.place,
            "file": self.file,
            "reason": self.claim.reason or None,
            "verdicts": [
                {
                    "solver": opinion.verdict.solver,
                    "status": opinion.verdict.status.value,
                    "judgement": judgement.value,
                    "seconds": round(opinion.verdict.seconds, 4),
                    "message": opinion.verdict.message or None,
                    "request": request_as_json(opinion.request) if opinion.request else None,
                }
                for opinion, judgement in zip(self.opinions, self.judgements, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A request that proves that an access exists, put to the evaluator once more."""

    about: str
    request: Request
    replays: bool

    def as_json(self) -> dict[str, Any]:
        return {"proves": self.about, "request": request_as_json(self.request), "replays": self.replays}


class Outcome(Enum):
    """How proving ended."""

    AGREED = "all agree"
    OPEN = "something is not decided"
    CONTRADICTED = "a solver contradicts us"


@dataclass(frozen=True, slots=True)
class Proofs:
    """Everything that was claimed, witnessed and left open."""

    proven: tuple[Proven, ...] = ()
    witnessed: tuple[Witnessed, ...] = ()
    undecided: tuple[str, ...] = ()
    """What could not be read or decided, and why: nothing is claimed of it."""

    @property
    def outcome(self) -> Outcome:
        """The worst of all."""
        judgements = {judgement for each in self.proven for judgement in each.judgements}
        if Judgement.CONTRADICTED in judgements or not all(each.replays for each in self.witnessed):
            return Outcome.CONTRADICTED
        is_open = any(each.claim.script is None and not each.claim.is_left_out for each in self.proven)
        return Outcome.OPEN if self.undecided or is_open or Judgement.UNDECIDED in judgements else Outcome.AGREED

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.value,
            "claims": [each.as_json() for each in self.proven],
            "witnesses": [each.as_json() for each in self.witnessed],
            "undecided": list(self.undecided),
        }


def witnessed(analyzer: ExternalAccess, resource: Resource, finding: Finding) -> Witnessed | None:
    """The finding's witness, put to the evaluator once more: one of the sources has to let it in."""
    if finding.witness is None:
        return None
    replays = any(is_answered_by(asked.question, finding.witness) for asked in analyzer.questions_of(resource))
    return Witnessed(f"finding {finding.id} on {resource.arn}", finding.witness, replays)
