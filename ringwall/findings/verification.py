"""A second opinion on every verdict of a scan: solvers are asked, and what they say is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwall.findings.analysis import error_finding
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.proofs import claims_of
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.reasoning.smt import Judgement
from ringwall.reasoning.solver import Solver
from ringwall.resources.base import Resource


@dataclass(frozen=True, slots=True)
class Verification:
    """How many verdicts each solver confirmed, left undecided, and contradicted."""

    solvers: Mapping[str, Mapping[Judgement, int]]

    def as_json(self) -> dict[str, Any]:
        return {
            name: {judgement.value: counts.get(judgement, 0) for judgement in Judgement}
            for name, counts in self.solvers.items()
        }


@dataclass(slots=True)
class Verified:
    """An analyzer whose verdicts are put to solvers. A verdict that one contradicts becomes an error finding.

    A resource that has nothing which could share it has no verdict to check.
    """

    analyzer: ExternalAccess
    solvers: Mapping[str, Solver]
    _counts: dict[str, Counter[Judgement]] = field(init=False)

    def __post_init__(self) -> None:
        self._counts = {name: Counter() for name in self.solvers}

    @property
    def zone(self) -> ZoneOfTrust:
        return self.analyzer.zone

    @property
    def verification(self) -> Verification:
        """What was counted so far."""
        return Verification({name: dict(counts) for name, counts in self._counts.items()})

    def findings_of(self, resource: Resource) -> tuple[Finding, ...]:
        """The findings of one resource, and an error finding where a solver contradicts them."""
        findings = self.analyzer.findings_of(resource)
        claims = claims_of(self.analyzer, resource, findings)
        if not claims:
            return findings
        against = []
        for name, solver in self.solvers.items():
            judgement = worst([claim.judged(solver) for claim in claims])
            self._counts[name][judgement] += 1
            against += [name] if judgement is Judgement.CONTRADICTED else []
        return (*findings, _contradicted(resource, against)) if against else findings


def worst(judgements: Sequence[Judgement]) -> Judgement:
    """One contradiction contradicts the whole; one open question leaves it open."""
    order = (Judgement.CONTRADICTED, Judgement.UNDECIDED, Judgement.CONFIRMED)
    return min(judgements, key=order.index)


def _contradicted(resource: Resource, solvers: Sequence[str]) -> Finding:
    names = " and ".join(f"`{name}`" for name in solvers)
    message = f"{names} contradicts the verdict on this resource: please report this bug in Ringwall"
    return error_finding(resource, "INTERNAL_ERROR", message)
