"""How much of what a principal is granted it uses, as far as anybody can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ringwall.console.unused_words import age_of
from ringwall.console.visit import Visit
from ringwall.errors import PolicyError, SnapshotError
from ringwall.principals.access_summary import ServiceSummary, summary_of
from ringwall.principals.granted import granted_to
from ringwall.principals.principal_access import PrincipalAccess, principal_access_of
from ringwall.principals.usage import Usage, UsageSource, Use
from ringwall.store.analyzers import AnalyzerRecord

_KEPT = 20_000
"""Of principals, in one process: only their numbers are."""
SOURCES = {
    UsageSource.LAST_ACCESSED: "IAM's last-accessed report",
    UsageSource.CLOUDTRAIL: "CloudTrail",
    UsageSource.CREDENTIAL_REPORT: "the credential report",
    UsageSource.IAM: "IAM",
}


@dataclass(frozen=True, slots=True)
class Share:
    """Of the actions that are granted, how many were used."""

    granted: int = 0
    used: int = 0
    """Within the tracking period."""
    unused: int = 0
    """Not used, and a use would have been seen. Of the rest nobody can tell."""

    @property
    def unknown(self) -> int:
        return self.granted - self.used - self.unused

    def percent(self, number: int) -> float:
        """Of what is granted."""
        return 100 * number / self.granted if self.granted else 0.0

    @property
    def words(self) -> str:
        """For a cell: `85 % of 1,204 not used`."""
        if not self.granted:
            return "Nothing is granted"
        if self.unknown == self.granted:
            return f"{self.granted:,} granted, use not known"
        return f"{self.percent(self.unused):.0f} % of {self.granted:,} not used"

    def __add__(self, other: Share) -> Share:
        return Share(self.granted + other.granted, self.used + other.used, self.unused + other.unused)


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """One service that the principal may use."""

    summary: ServiceSummary
    used: frozenset[str]
    """Granted actions that were used within the tracking period."""
    unused: frozenset[str]
    """Granted actions that were not, and whose use would have been seen."""

    @property
    def share(self) -> Share:
        return Share(len(self.summary.granted), len(self.used), len(self.unused))

    def state_of(self, action: str) -> str:
        """`used`, `unused` or `unknown`."""
        return "used" if action in self.used else "unused" if action in self.unused else "unknown"


@dataclass(frozen=True, slots=True)
class PrincipalUse:
    """What a principal is granted and uses."""

    services: tuple[ServiceUse, ...] = ()
    problem: str = ""
    """Why that is not known, where it is not."""

    @property
    def share(self) -> Share:
        return sum((each.share for each in self.services), Share())


def period_start(visit: Visit, analyzer: AnalyzerRecord) -> datetime:
    """Since when something has to have been used to count as used."""
    return visit.ringwall.clock() - timedelta(days=age_of(analyzer))


def use_of(access: PrincipalAccess, since: datetime) -> PrincipalUse:
    """Everything that is granted, by service."""
    try:
        summary = summary_of(granted_to(access.principal), access.usage)
    except PolicyError as error:
        return PrincipalUse(problem=str(error))
    return PrincipalUse(tuple(_service(each, access.usage, since) for each in summary.services))


def _service(summary: ServiceSummary, usage: Usage, since: datetime) -> ServiceUse:
    recent = frozenset(name for name, use in summary.used.items() if use.at >= since)
    used = summary.granted & recent
    if not _is_covered(summary.namespace, usage):
        return ServiceUse(summary, used, frozenset())
    has_use = bool(recent) or (summary.last_use is not None and summary.last_use.at >= since)
    # Of a service in use, only actions that some source tells apart can be said to be unused.
    told = summary.granted & summary.tracked if has_use else summary.granted
    return ServiceUse(summary, used, told - used)


def _is_covered(namespace: str, usage: Usage) -> bool:
    """Whether IAM's report says anything about the service: only then is silence no use."""
    return usage.report is not None and any(each.namespace == namespace for each in usage.report.services)


def share_of(visit: Visit, analyzer: AnalyzerRecord, digest: str, content: bytes) -> Share | None:
    """The numbers of one principal, by its configuration; None where they are not known. They are kept for the day."""
    since = period_start(visit, analyzer)
    name = (digest, age_of(analyzer), since.date())
    kept: dict[object, Share | None] = visit.console.state.setdefault("shares", {})
    if name not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        access = access_in(content)
        use = use_of(access, since) if access else PrincipalUse(problem="it cannot be read")
        kept[name] = None if use.problem else use.share
    return kept.get(name)


def access_in(content: bytes | None) -> PrincipalAccess | None:
    """The principal that the store has as a configuration; None where it is none, or is not kept any more."""
    if content is None:
        return None
    try:
        return principal_access_of(json.loads(content))
    except SnapshotError:
        return None


@dataclass(frozen=True, slots=True)
class Activity:
    """The last thing that a principal is known to have done."""

    at: datetime
    where: str = ""
    what: str = ""


def last_activity(access: PrincipalAccess) -> Activity | None:
    """The newest use of any kind; None where none is known."""
    return max(_activities(access), key=lambda each: each.at, default=None)


def _activities(access: PrincipalAccess) -> Iterator[Activity]:
    principal, usage = access.principal, access.usage
    uses = [(principal.last_use, "the role"), (principal.password.last_use if principal.password else None, "password")]
    uses += [(key.last_use, key.last_use.service or "access key") for key in principal.keys or () if key.last_use]
    for use, what in uses:
        if use is not None and use.at is not None:
            yield Activity(use.at, use.region or "", what)
    services: list[tuple[str, Use | None]] = []
    if usage.report is not None:
        services += [(each.namespace, each.last_use) for each in usage.report.services]
    if usage.trail is not None:
        services += [*usage.trail.services.items(), *usage.trail.uses.items()]
    for name, seen in services:
        if seen is not None:
            yield Activity(seen.at, seen.region or "", name)
