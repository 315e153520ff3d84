"""The smallest edit of a resource's configuration that removes exactly one finding's access, with its proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import unified_diff
from typing import Any

from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding, request_as_json
from ringwall.findings.fix_access import access_of
from ringwall.findings.fix_proof import Claim, Judged, Step
from ringwall.findings.fix_search import Candidate, Case, candidates_of, nearest
from ringwall.policy.request import Request
from ringwall.resources.base import Configuration, Resource
from ringwall.resources.configuration import policy_text


@dataclass(frozen=True, slots=True)
class Edit:
    """What changes at one place of the configuration."""

    place: str
    """JSON pointer into the configuration."""
    old: str
    """Empty where there was nothing."""
    new: str
    """Empty where nothing is left."""

    @property
    def diff(self) -> str:
        """A unified diff; a policy that is written in one line is laid out first."""
        old, new = self.old, self.new
        if not ("\n" in old or "\n" in new):
            old, new = _laid_out(old), _laid_out(new)
        lines = unified_diff(old.splitlines(), new.splitlines(), f"a{self.place}", f"b{self.place}", lineterm="")
        return "".join(f"{line}\n" for line in lines)

    def as_json(self) -> dict[str, Any]:
        return {"place": self.place, "old": self.old, "new": self.new, "diff": self.diff}


def _laid_out(text: str) -> str:
    return json.dumps(json.loads(text.removeprefix("\ufeff")), indent=2, ensure_ascii=False) if text else ""


@dataclass(frozen=True, slots=True)
class Loss:
    """Access that a fix takes away though it is to stay, or of which nobody knows whether it does."""

    claim: Claim
    """What does not hold."""
    request: Request | None
    """An example."""
    undecided: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "claim": self.claim.value,
            "request": request_as_json(self.request) if self.request else None,
            "undecided": self.undecided,
        }


@dataclass(frozen=True, slots=True)
class Fix:
    """A changed configuration, and what is proven of it."""

    finding: Finding
    resource: Resource
    """As it is."""
    configuration: Configuration
    """As it is to be."""
    what: tuple[str, ...]
    """The edits, in sentences."""
    judged: Judged
    smaller: Fix | None = None
    """A smaller edit that also takes away what is to stay; for whoever can do without that."""

    @property
    def is_exact(self) -> bool:
        """Whether it is proven that the finding's access goes, and nothing else."""
        return self.judged.is_exact

    @property
    def fixed(self) -> Resource:
        """The resource as it is to be."""
        return replace(self.resource, configuration=self.configuration)

    @property
    def edits(self) -> tuple[Edit, ...]:
        return tuple(_edits(self.resource.configuration, self.configuration))

    @property
    def proof(self) -> tuple[Step, ...]:
        return self.judged.steps

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What else goes. Nothing is new in any fix, so that this is all that can be wrong with one."""
        return tuple(Loss(step.claim, step.answer, step.undecided) for step in self.proof if not step.holds)

    def as_json(self) -> dict[str, Any]:
        return {
            "finding": self.finding.id,
            "resource": self.resource.arn,
            "resourceType": self.resource.type,
            "isExact": self.is_exact,
            "what": list(self.what),
            "edits": [edit.as_json() for edit in self.edits],
            "proof": [step.as_json() for step in self.proof],
            "losses": [loss.as_json() for loss in self.losses],
            "configuration": self.configuration,
            "smaller": self.smaller.as_json() if self.smaller else None,
        }


@dataclass(frozen=True, slots=True)
class NoFix:
    """There is no fix, and why."""

    finding: Finding
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"finding": self.finding.id, "resource": self.finding.resource, "reason": self.reason}


def _edits(old: Any, new: Any, place: str = "") -> Iterator[Edit]:
    """The places at which two configurations differ, policies and lists as wholes."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _edits(old.get(key), new.get(key), f"{place}/{step}")
    elif old != new:
        yield Edit(place, _written(old), _written(new))


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case str() | Mapping():
            return policy_text(value)
        case _:
            return json.dumps(value, indent=2, ensure_ascii=False)


_CHANGED = "the finding is not there any more: scan again"
_UNWRITTEN = "a condition of the finding cannot be written as a condition of a policy exactly, so nothing can be proven"


def find_fix(analyzer: ExternalAccess, resource: Resource, finding: Finding) -> Fix | NoFix:
    """The smallest edit that removes exactly the finding's access; the nearest, where there is none.

    Args:
        analyzer: the one that made the finding.
        resource: as it was analysed.
        finding: one of the resource's.
    """
    if finding.error:
        return NoFix(finding, f"the resource could not be analyzed: {finding.error_message}")
    known = analyzer.findings_of(resource)
    if error := next((each.error_message for each in known if each.error), None):
        return NoFix(finding, f"not all access to the resource is known, so nothing can be proven: {error}")
    current = next((each for each in known if each.id == finding.id), None)
    if current is None:
        return NoFix(finding, _CHANGED)
    try:
        access = access_of(analyzer, resource, current)
        return _found(Case(analyzer, resource, access, known)) if access else NoFix(finding, _UNWRITTEN)
    except (PolicyError, ConfigurationError, UndecidedError) as error:
        return NoFix(finding, f"nothing can be proven: {error}")


def finding_told(findings: Iterable[Finding], detail: Mapping[str, Any]) -> Finding | None:
    """The finding that says the same as one that was remembered as JSON, if it is still there.

    Ids differ: what is remembered keeps the id that it was given when it was first found.
    """
    wanted = (detail.get("principal"), detail.get("condition"), sorted(detail.get("action") or ()), detail.get("error"))
    told = ((each, (dict(each.principal), dict(each.condition), sorted(each.action), each.error)) for each in findings)
    return next((each for each, words in told if words == wanted or (each.error and each.error == wanted[3])), None)


def _found(case: Case) -> Fix | NoFix:
    tried: list[Candidate] = []
    for candidate in candidates_of(case):
        if case.is_harmless(candidate.configuration):
            judgement = case.judge(candidate.configuration)
            if judgement.is_exact:
                smaller = nearest(case, tried)
                return _fix(case, candidate, judgement, smaller=_fix(case, *smaller) if smaller else None)
        tried.append(candidate)
    if (best := nearest(case, tried)) is None:
        return NoFix(case.access.finding, _NONE)
    return _fix(case, *best)


_NONE = "no edit was found that removes this access and is proven to allow nothing new"


def _fix(case: Case, candidate: Candidate, judgement: Judged, *, smaller: Fix | None = None) -> Fix:
    finding = case.access.finding
    return Fix(finding, case.resource, candidate.configuration, candidate.what, judgement, smaller)
