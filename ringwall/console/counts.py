"""Counts of findings, counted again only when a finding has changed: pages ask for them all the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from ringwall.console.visit import Visit
from ringwall.findings.archive_rule import Filter
from ringwall.findings.finding import FindingStatus
from ringwall.store import finding_counts, resource_listing
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.finding_counts import Group, Kind
from ringwall.store.resource_listing import TypeCount

T = TypeVar("T")
_RESOURCES_SECONDS = 30
_OF_KINDS: Mapping[str, Callable[[Kind], str]] = {
    "region": lambda each: each.region,
    "resourceType": lambda each: each.resource_type,
}
PROPERTIES = (*finding_counts.PROPERTIES, *_OF_KINDS)
"""What active findings can be counted by."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def by_status(visit: Visit, connection: Connection, analyzer: AnalyzerRecord) -> Mapping[str, int]:
    """How many findings have each status."""
    numbers = Counter[str]()
    for each in by_kind(visit, connection, analyzer):
        numbers[each.status.value] += each.number
    return numbers


def by_property(visit: Visit, connection: Connection, analyzer: AnalyzerRecord, name: str) -> Mapping[str | None, int]:
    """How many active findings have each value of one of `PROPERTIES`, the most frequent first."""
    if name in _OF_KINDS:
        numbers = Counter[str | None]()
        for each in _active(visit, connection, analyzer):
            numbers[_OF_KINDS[name](each)] += each.number
        return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0] or "")))
    return _kept(
        visit,
        connection,
        (name, analyzer.key),
        lambda: dict(finding_counts.by_property(connection, analyzer.key, name)),
    )


def changes_by_day(visit: Visit, connection: Connection, analyzer: AnalyzerRecord, since: datetime) -> dict[int, int]:
    """As `finding_counts.changes_by_day`. Days that are over are counted once."""
    midnight = visit.ringwall.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today, past = (midnight - _EPOCH).days, ("past", analyzer.key)
    kept: tuple[int, dict[int, int]] | None = visit.console.state.get(past)
    if kept is None or kept[0] != today:
        found = finding_counts.changes_by_day(connection, analyzer.key, since)
        kept = (today, {day: change for day, change in found.items() if day < today})
        visit.console.state[past] = kept
    now = finding_counts.changes_by_day(connection, analyzer.key, midnight)
    return {**kept[1], today: now.get(today, 0)}


def groups(
    visit: Visit, connection: Connection, analyzer: AnalyzerRecord, kind: str, criteria: Filter, limit: int
) -> Sequence[Group]:
    """As `finding_counts.by_cause` and `by_principal`: of the last filter that was asked for."""
    count = finding_counts.by_cause if kind == "cause" else finding_counts.by_principal
    asked: dict[Any, tuple[Filter, Sequence[Group]]] = _kept(visit, connection, ("groups", analyzer.key), dict)
    if kind not in asked or asked[kind][0] != criteria:
        asked[kind] = (criteria, count(connection, analyzer.key, criteria, limit=limit))
    return asked[kind][1]


def resources(visit: Visit, connection: Connection, analyzer: AnalyzerRecord) -> Sequence[TypeCount]:
    """As `resource_listing.counts`. That a resource without findings is gone may show half a minute later."""
    since_epoch = int(visit.ringwall.clock().timestamp())
    state = (resource_listing.newest(connection, analyzer.key), since_epoch // _RESOURCES_SECONDS)
    asked: dict[Any, Sequence[TypeCount]] = _kept(visit, connection, ("resources", analyzer.key), dict)
    if state not in asked:
        asked.clear()
        asked[state] = resource_listing.counts(connection, analyzer.key)
    return asked[state]


def errors(visit: Visit, connection: Connection, analyzer: AnalyzerRecord) -> int:
    """How many resources could not be looked at: what the map cannot show."""
    return sum(each.number for each in _active(visit, connection, analyzer) if each.error is not None)


def _active(visit: Visit, connection: Connection, analyzer: AnalyzerRecord) -> Iterator[Kind]:
    return (each for each in by_kind(visit, connection, analyzer) if each.status is FindingStatus.ACTIVE)


def by_kind(visit: Visit, connection: Connection, analyzer: AnalyzerRecord) -> Sequence[Kind]:
    """As `finding_counts.by_kind`: how many findings there are of each status, type and so on."""
    return _kept(visit, connection, ("kinds", analyzer.key), lambda: finding_counts.by_kind(connection, analyzer.key))


def _kept(visit: Visit, connection: Connection, name: tuple[Any, ...], count: Callable[[], T]) -> T:
    state, kept = finding_counts.state_of(connection), visit.console.state.get(name)
    if kept is None or kept[0] != state:
        kept = (state, count())
        visit.console.state[name] = kept
    return cast("T", kept[1])
