"""The use cases without a server: from what a collection came upon to a report, and to what is new in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ringwall.errors import ConfigurationError, PolicyError
from ringwall.findings.difference import Difference, differences
from ringwall.findings.finding import Exposure, Finding
from ringwall.findings.report import Coverage, Gap, Report, gap_of
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, Scope


class Zone(Protocol):
    """The zone of trust, as far as a report speaks of it."""

    @property
    def type(self) -> str:
        """`ACCOUNT` or `ORGANIZATION`."""

    def as_json(self) -> Mapping[str, Any]: ...


class Analyzer(Protocol):
    """Finds what is wrong with one resource: findings, or one error finding."""

    @property
    def zone(self) -> Zone: ...

    def findings_of(self, resource: Resource) -> tuple[Finding, ...]: ...


Progress = Callable[[int], None]
"""Is told how many resources have been analysed so far."""


def _silently(analyzed: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources to look at. An empty set means: all."""

    resource_types: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def takes(self, seen: Resource | Gap) -> bool:
        """Whether it is wanted. What is not known about it counts as wanted, so that no failure gets lost."""
        kind = seen.type if isinstance(seen, Resource) else seen.resource_type
        account = seen.owner_account if isinstance(seen, Resource) else seen.account
        return (
            _is_wanted(kind, self.resource_types)
            and _is_wanted(account, self.accounts)
            and (_is_global(kind) or _is_wanted(seen.region, self.regions))
        )


def _is_wanted(value: str, wanted: frozenset[str]) -> bool:
    return not wanted or not value or value in wanted


def _is_global(resource_type: str) -> bool:
    """Whether resources of the type live in no Region."""
    return resource_type in RESOURCE_TYPES and RESOURCE_TYPES[resource_type].scope is Scope.GLOBAL


EVERYTHING = Selection()


@dataclass(slots=True)
class _Tally:
    """What a scan has come upon so far."""

    accounts: set[str]
    regions: set[str] = field(default_factory=set)
    analyzed: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    documents: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def add(self, resource: Resource, findings: tuple[Finding, ...]) -> None:
        self.findings += findings
        self.accounts |= {resource.owner_account} - {""}
        self.regions |= set() if _is_global(resource.type) else {resource.region} - {""}
        errors = [finding for finding in findings if finding.error]
        self.gaps += map(gap_of, errors)
        if not errors:
            self.analyzed[resource.type] += 1
        if len(findings) > len(errors):
            self.documents[resource.arn] = _documents(resource)

    def coverage(self) -> Coverage:
        return Coverage(
            tuple(sorted(self.accounts)),
            tuple(sorted(self.regions)),
            dict(sorted(self.analyzed.items())),
            tuple(sorted(_once_each(self.gaps), key=repr)),
        )


def scan(
    seen: Iterable[Resource | Gap],
    analyzer: Analyzer,
    *,
    accounts: Iterable[str] = (),
    regions: Iterable[str] = (),
    selection: Selection = EVERYTHING,
    progress: Progress = _silently,
) -> Report:
    """Everything that `analyzer` finds in what a collection came upon.

    Args:
        seen: resources and gaps in any order; read once, one at a time.
        analyzer: pure; answers for one resource at a time.
        accounts: accounts that were collected, also if nothing was found in them.
        regions: Regions that were looked into, also if nothing was found in them; read at the end.
        selection: which resources to look at.
        progress: is called after every resource.
    """
    tally = _Tally({account for account in accounts if _is_wanted(account, selection.accounts)})
    done = 0
    for each in filter(selection.takes, seen):
        if isinstance(each, Gap):
            tally.gaps.append(each)
            continue
        tally.add(each, analyzer.findings_of(each))
        done += 1
        progress(done)
    tally.regions.update(regions)
    zone = analyzer.zone
    return Report(
        zone.type, zone.as_json(), tally.coverage(), tuple(sorted(tally.findings, key=_order)), tally.documents
    )


def _order(finding: Finding) -> tuple[str, ...]:
    """The same findings come in the same order, whichever account answered first."""
    return finding.resource_owner_account, finding.resource_type, finding.resource, finding.id


def _once_each(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """The gaps without those that a resource's own gap repeats."""
    known = set[tuple[str, str, str]]()
    for gap in gaps:
        key = (gap.resource or repr(gap), gap.resource_type, gap.code)
        if key not in known:
            known.add(key)
            yield gap


def _documents(resource: Resource) -> dict[str, str]:
    """The texts of the resource's policies, by JSON pointer."""
    try:
        sources = RESOURCE_TYPES[resource.type].sources(resource)
    except (KeyError, PolicyError, ConfigurationError):
        # Whoever analysed the resource all the same has reported this; here it costs the highlighting only.
        return {}
    return {source.place: source.text for source in sources if source.text is not None}


class FailOn(Enum):
    """Which findings make a scan fail."""

    PUBLIC = "public"
    EXTERNAL = "external"
    ANY = "any"
    NONE = "none"


_FAILING = {
    FailOn.PUBLIC: {Exposure.PUBLIC, Exposure.ANY_AWS_PRINCIPAL},
    FailOn.EXTERNAL: set(Exposure) - {Exposure.CONFUSED_DEPUTY},
    FailOn.ANY: set(Exposure),
    FailOn.NONE: set[Exposure](),
}


def is_failing(finding: Finding, fail_on: FailOn) -> bool:
    """Whether the finding is at or above the threshold. One of which too little is known always is, but for `none`."""
    if fail_on is FailOn.NONE or finding.error:
        return False
    is_public = bool(finding.is_public)
    return is_public or finding.exposure is None or finding.exposure in _FAILING[fail_on]


def exit_code(report: Report, fail_on: FailOn = FailOn.ANY) -> int:
    """0 nothing to report, 1 findings at or above `fail_on`, 3 analysis incomplete, 4 nothing to analyse."""
    if not report.coverage.is_complete:
        return 3
    if not report.coverage.resources:
        return 4
    return 1 if any(is_failing(finding, fail_on) for finding in report.findings) else 0


def diff(old: Report, new: Report) -> Difference:
    """Which access from outside appeared and which went, between two scans."""
    return differences(old, new)


def diff_exit_code(difference: Difference, fail_on: FailOn = FailOn.ANY) -> int:
    """As `exit_code`: 1 where access appeared at or above `fail_on`. What is left of wider access did not appear."""
    if not difference.is_complete:
        return 3
    if not difference.analyzed:
        return 4
    return 1 if any(is_failing(change.finding, fail_on) for change in difference.gained) else 0
