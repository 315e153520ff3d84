"""What a scan says: the findings, and what was and was not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwall.findings.finding import Finding
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.findings.verification import Verification
from ringwall.reasoning.choice import Choice, weakest

NOTES = frozenset({"ACCOUNT_SUSPENDED", "ORGANIZATION_UNREADABLE", "REGION_DISABLED", "RESOURCE_VANISHED"})
"""Reasons to look at something no further that leave an analysis complete: there is nothing, or nobody gets there."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not analysed, and why. An empty field means: all of them."""

    code: str
    """`ACCESS_DENIED` or `INTERNAL_ERROR`; or one of `NOTES`."""
    message: str
    account: str = ""
    region: str = ""
    resource_type: str = ""
    resource: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the analysis is incomplete because of it."""
        return self.code not in NOTES

    def as_json(self) -> dict[str, Any]:
        return {
            "account": self.account or None,
            "region": self.region or None,
            "resourceType": self.resource_type or None,
            "resource": self.resource or None,
            "code": self.code,
            "message": self.message,
        }


def gap_of(finding: Finding | UnusedFinding) -> Gap:
    """The same as an error finding says."""
    return Gap(
        finding.error or "INTERNAL_ERROR",
        finding.error_message or "",
        finding.resource_owner_account,
        finding.region,
        finding.resource_type,
        finding.resource,
    )


@dataclass(frozen=True, slots=True)
class PrincipalGap(Gap):
    """A user or role, or all of an account, of which it is not known what they are granted or used.

    Who looks at what resources share does not miss it: a role's trust policy is read by itself.
    """


@dataclass(frozen=True, slots=True)
class Coverage:
    """Accounts, Regions and resources analysed; and what was not, and why."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    analyzed: Mapping[str, int] = field(default_factory=dict)
    """Number of resources analysed, by resource type."""
    gaps: tuple[Gap, ...] = ()
    verification: Verification | None = None
    """What solvers said of the verdicts, where they were asked."""

    @property
    def is_complete(self) -> bool:
        return not any(gap.is_failure for gap in self.gaps)

    @property
    def resources(self) -> int:
        """How many resources were analysed."""
        return sum(self.analyzed.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "complete": self.is_complete,
            "accounts": list(self.accounts),
            "regions": list(self.regions),
            "resourcesAnalyzed": self.resources,
            "resourcesByType": dict(self.analyzed),
            "notAnalyzed": [gap.as_json() for gap in self.gaps],
            **({"verification": self.verification.as_json()} if self.verification else {}),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A scan's answer, ready for any format."""

    analyzer_type: str
    """`ACCOUNT` or `ORGANIZATION`."""
    zone: Mapping[str, Any]
    """The zone of trust in words of the command line: organization, accounts, trusted partners and networks."""
    coverage: Coverage
    findings: tuple[Finding, ...]
    documents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Policy documents of resources with findings: resource ARN to JSON pointer to text, for highlighting."""

    @property
    def access(self) -> tuple[Finding, ...]:
        """The findings that are not errors."""
        return tuple(finding for finding in self.findings if not finding.error)

    @property
    def cover(self) -> Choice | None:
        """How the findings of all resources were chosen: the least that can be said; None where there are none."""
        return weakest(finding.cover for finding in self.access if finding.cover)

    def as_json(self) -> dict[str, Any]:
        return {
            "analyzer": {"type": self.analyzer_type, "zone": dict(self.zone)},
            "coverage": self.coverage.as_json(),
            "cover": self.cover.value if self.cover else None,
            "findings": [finding.as_json() for finding in self.findings],
        }
