"""What a verdict on a resource claims, as scripts that others can check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.questions import Asked, beyond
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
            yield Claim(about, place, each.question, reason=reason)


def _written(about: str, place: str, question: Question) -> Claim:
    title = (f"Claim: {about}", f"through {place or 'its configuration'}. Unsatisfiable exactly if that is right.", "")
    try:
        return Claim(about, place, question, script=script_of(question, title=title))
    except UndecidedError as error:
        return Claim(about, place, question, reason=str(error))


def witness_replays(analyzer: ExternalAccess, resource: Resource, finding: Finding) -> bool:
    """Whether the evaluator, asked once more, allows the finding's witness through one of the sources."""
    witness = finding.witness
    if witness is None:
        return False
    return any(is_answered_by(asked.question, witness) for asked in analyzer.questions_of(resource))
