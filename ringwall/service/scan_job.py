"""Scans: every resource of one Region of an account, all of one type, or a single one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import CollectionError
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, Scope
from ringwall.service.analyzer_types import type_of
from ringwall.service.looking import ACTIVE, EndedError, Known, Tally, Watch, begin, look_at, resolve
from ringwall.service.seen_principals import EXCLUDED, Excluded, principals_in
from ringwall.service.sources import GLOBAL
from ringwall.service.unused_analysis import PRINCIPAL_TYPES, UnusedAnalysis, unused_analysis_of
from ringwall.service.work import Work
from ringwall.store import analyzers, places, resources, scans
from ringwall.store.resources import ResourceRecord
from ringwall.store.scans import ScanRecord, ScanStatus

_BATCH = 500
_GAPS_KEPT = 100
"""In the coverage of a scan: where an account refuses everything, there is one for each resource."""


def scan(work: Work, payload: Mapping[str, Any]) -> None:
    """Looks at everything in one Region of an account. What was there and is no more is resolved."""
    _scan(work, payload, _types_in(payload["region"]))


def rescan_type(work: Work, payload: Mapping[str, Any]) -> None:
    """Looks at everything of one type in one Region of an account."""
    _scan(work, {"trigger": "event", **payload}, (payload["type"],))


def _types_in(region: str) -> tuple[str, ...]:
    scope = Scope.GLOBAL if region == GLOBAL else Scope.REGIONAL
    return tuple(name for name, kind in RESOURCE_TYPES.items() if kind.scope is scope)


@dataclass(slots=True)
class _Scan:
    """A scan as it goes on."""

    watch: Watch
    record: ScanRecord
    known: Known
    tally: Tally = field(default_factory=Tally)
    gaps: list[Gap] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    excluded: set[tuple[str, str]] = field(default_factory=set)
    last: str = ""


def _scan(work: Work, payload: Mapping[str, Any], types: Sequence[str]) -> None:
    running = _start(work, payload, types)
    if running is None:
        return
    try:
        _look_at_all(work, running, types)
        _resolve_missing(running)
    except EndedError:
        return
    _end(running)


def _resolve_missing(running: _Scan) -> None:
    """What was there and is no more, and what is there and is judged no more."""
    known = running.known.values()
    gone = (each for each in known if _is_gone(each, running))
    for batch in _batches(gone):
        running.tally.gone += resolve(running.watch, batch, running.record.started_at)
    excluded = (each for each in known if not each.is_gone and (each.arn, each.type) in running.excluded)
    for batch in _batches(excluded):
        resolve(running.watch, batch, running.record.started_at, reason=EXCLUDED)


def _start(work: Work, payload: Mapping[str, Any], types: Sequence[str]) -> _Scan | None:
    """A scan with all that is known of the place; None where the analyzer does not look any more."""
    account, region, at = payload["account"], payload["region"], work.ringwall.clock()
    with work.ringwall.store.write() as connection:
        analyzers.keep(connection, payload["analyzer"])
        watch = _watch(work, connection, payload["analyzer"], account, region)
        if watch is None:
            return None
        record = ScanRecord(work.ringwall.new_id(), watch.analyzer.key, account, region, payload["trigger"], at)
        known_types = PRINCIPAL_TYPES if isinstance(watch.analysis, UnusedAnalysis) else types
        known = resources.known(connection, watch.analyzer.key, account, region, known_types)
        return _Scan(watch, scans.start(connection, record), known)


def watch_of(work: Work, analyzer_key: int, account: str, region: str) -> Watch | None:
    """What looks at a place; None where the analyzer is gone, or does not know its organization yet."""
    with work.ringwall.store.read() as connection:
        return _watch(work, connection, analyzer_key, account, region)


def _watch(work: Work, connection: Connection, analyzer_key: int, account: str, region: str) -> Watch | None:
    analyzer = analyzers.find_key(connection, analyzer_key)
    if analyzer is None or analyzer.status != ACTIVE:
        return None
    if type_of(analyzer.type).is_unused:
        return Watch(work.ringwall, analyzer, account, region, unused_analysis_of(analyzer, work.ringwall.clock()))
    analysis = work.zones.analysis_of(connection, analyzer, account)
    return None if analysis is None else Watch(work.ringwall, analyzer, account, region, analysis)


def _look_at_all(work: Work, running: _Scan, types: Sequence[str]) -> None:
    """Looks at what can be read. What cannot be is a gap, and if nothing can be read there is one for the place."""
    place, analysis = running.record, running.watch.analysis
    found: Iterator[Resource | Gap | Excluded]
    if isinstance(analysis, UnusedAnalysis):
        found = principals_in(work, place.account, analysis.unused_access)
    else:
        found = work.source.read(place.account, place.region, types)
    try:
        while batch := _next(work, found):
            at, read = batch
            _look_at_some(running, read, at)
    except CollectionError as error:
        running.gaps.append(Gap(error.code, str(error), place.account, place.region))


def _next(
    work: Work, found: Iterator[Resource | Gap | Excluded]
) -> tuple[datetime, Sequence[Resource | Gap | Excluded]] | None:
    """Some of what is read, and a time before it was; None at the end."""
    at = work.ringwall.clock()
    read = list(islice(found, _BATCH))
    return (at, read) if read else None


def _look_at_some(running: _Scan, read: Iterable[Resource | Gap | Excluded], at: datetime) -> None:
    # A resource that is listed twice is looked at once.
    batch: dict[tuple[str, str], Resource] = {}
    for each in read:
        match each:
            case Gap():
                running.gaps.append(each)
            case Excluded():
                running.excluded.add((each.arn, each.type))
            case Resource():
                batch[each.arn, each.type] = each
    running.seen.update(batch)
    running.last = next((arn for arn, _ in reversed(batch)), running.last)
    look_at(running.watch, list(batch.values()), running.known, at, running.tally)


def _is_gone(known: ResourceRecord, running: _Scan) -> bool:
    """Whether the scan would have seen the resource, if it were there."""
    identity = known.arn, known.type
    if known.is_gone or identity in running.seen or identity in running.excluded:
        return False
    return not any(covers(gap, known) for gap in running.gaps)


def covers(gap: Gap, resource: ResourceRecord) -> bool:
    """Whether the resource may be what could not be read. Where the gap says that it is not there, it is not."""
    if not gap.is_failure:
        return False
    pairs = (
        (gap.account, resource.owner_account),
        (gap.region, resource.region),
        (gap.resource_type, resource.type),
        (gap.resource, resource.arn),
    )
    return all(not said or said == known for said, known in pairs)


def _batches(records: Iterator[ResourceRecord]) -> Iterator[list[ResourceRecord]]:
    while batch := list(islice(records, _BATCH)):
        yield batch


def _end(running: _Scan) -> None:
    failures = [gap for gap in running.gaps if gap.is_failure]
    nothing = bool(failures) and not running.tally.seen
    status = ScanStatus.FAILED if nothing else ScanStatus.PARTIAL if failures else ScanStatus.COMPLETE
    coverage = {
        **running.tally.as_json(),
        "gaps": [gap.as_json() for gap in running.gaps[:_GAPS_KEPT]],
        "gapCount": len(running.gaps),
    }
    watch, record = running.watch, running.record
    at = watch.ringwall.clock()
    with watch.ringwall.store.write() as connection:
        if analyzers.keep(connection, record.analyzer_key) is None:
            return
        scans.end(connection, record.key, at=at, status=status, coverage=coverage)
        # AWS's analyzers of unused access do not say what they looked at last.
        if running.last and not isinstance(watch.analysis, UnusedAnalysis):
            last = {"last_resource_analyzed": running.last, "last_resource_analyzed_at": at}
            analyzers.update(connection, record.analyzer_key, **last)


def rescan(work: Work, payload: Mapping[str, Any]) -> None:
    """Looks at one resource.

    Raises:
        CollectionError: it cannot be said whether the resource is there.
    """
    account, region, kind, arn = (payload[name] for name in ("account", "region", "type", "arn"))
    watch = watch_of(work, payload["analyzer"], account, region)
    if watch is None or isinstance(watch.analysis, UnusedAnalysis):
        return
    at = work.ringwall.clock()
    read = work.source.read_one(account, region, kind, arn)
    if isinstance(read, Gap) and read.is_failure:
        raise CollectionError(read.code, read.message)
    try:
        if isinstance(read, Resource):
            _look_at_one(watch, read, at)
        else:
            _resolve_one(watch, kind, arn, at)
    except EndedError:
        return


def _look_at_one(watch: Watch, resource: Resource, at: datetime) -> None:
    with watch.ringwall.store.read() as connection:
        known = places.of_arns(connection, watch.analyzer.key, [resource.arn])
    if resource.error and _is_elsewhere(known.get((resource.arn, resource.type)), watch):
        return
    look_at(watch, [resource], known, at, Tally())
    with watch.ringwall.store.write() as connection:
        begin(connection, watch)
        last = {"last_resource_analyzed": resource.arn, "last_resource_analyzed_at": at}
        analyzers.update(connection, watch.analyzer.key, **last)


def _resolve_one(watch: Watch, kind: str, arn: str, at: datetime) -> None:
    with watch.ringwall.store.read() as connection:
        known = places.of_arns(connection, watch.analyzer.key, [arn]).get((arn, kind))
    if known and not _is_elsewhere(known, watch):
        resolve(watch, [known], at)


def _is_elsewhere(known: ResourceRecord | None, watch: Watch) -> bool:
    """Whether a resource was last seen in another account or Region: that it is not to be had here says nothing.

    The ARN of a bucket has neither of them.
    """
    return (
        known is not None and not known.is_gone and (known.owner_account, known.region) != (watch.account, watch.region)
    )
