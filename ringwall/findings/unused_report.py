"""What a look at principals says: per account how much is unused, the findings, and what was and was not looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ringwall.findings.finding import FindingType
from ringwall.findings.report import Coverage
from ringwall.findings.unused_finding import UNUSED_TYPES, UnusedFinding


@dataclass(frozen=True, slots=True)
class AccountUse:
    """How much of an account's access is used."""

    account: str
    principals: int = 0
    """That were judged: also those of which nothing could be said."""
    found: Mapping[FindingType, int] = field(default_factory=dict)
    """Findings by type, without those of too low confidence and those that are errors."""
    granted_actions: int = 0
    """Summed over its principals."""
    unused_actions: int = 0
    """Of these, the ones that findings call unused, of whatever confidence."""

    @property
    def unused_share(self) -> float | None:
        """Of what is granted, 0 to 1; None where nothing is."""
        return self.unused_actions / self.granted_actions if self.granted_actions else None

    def as_json(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "principals": self.principals,
            "findings": {kind.value: self.found.get(kind, 0) for kind in UNUSED_TYPES},
            "grantedActions": self.granted_actions,
            "unusedActions": self.unused_actions,
        }


@dataclass(frozen=True, slots=True)
class UnusedReport:
    """The answer of `ringwall unused`, ready for any format."""

    age: int
    """Days without use that make something unused."""
    seen_at: datetime
    """UTC: when the evidence was read."""
    accounts: tuple[AccountUse, ...]
    coverage: Coverage
    findings: tuple[UnusedFinding, ...] = ()
    left_out: int = 0
    """Principals that are not judged: service-linked roles, and those that were excluded."""
    unsure: int = 0
    """Findings that are not told, as their confidence is too low."""
    sources: Mapping[str, int] = field(default_factory=dict)
    """For how many principals there is evidence of each source."""
    missing: Mapping[str, int] = field(default_factory=dict)
    """What the evidence of findings lacks, each as a sentence, and for how many principals."""

    @property
    def unused(self) -> tuple[UnusedFinding, ...]:
        """The findings that are not errors."""
        return tuple(finding for finding in self.findings if not finding.error)

    @property
    def found(self) -> Mapping[FindingType, int]:
        """The findings that are not errors, counted by type."""
        numbers = Counter(finding.type for finding in self.unused)
        return {kind: numbers[kind] for kind in UNUSED_TYPES}

    def as_json(self) -> dict[str, Any]:
        return {
            "unusedAccessAge": self.age,
            "seenAt": self.seen_at.isoformat(),
            "coverage": {
                **self.coverage.as_json(),
                "principalsLeftOut": self.left_out,
                "findingsBelowConfidence": self.unsure,
                "evidence": {
                    "principalsBySource": dict(self.sources),
                    "missing": [{"what": what, "principals": number} for what, number in self.missing.items()],
                },
            },
            "accounts": [each.as_json() for each in self.accounts],
            "findings": [each.as_json() for each in self.findings],
        }
