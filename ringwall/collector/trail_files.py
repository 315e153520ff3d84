"""Reads the log files of a trail: from a folder or from its bucket, day by day, in parallel and in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Event

from ringwall.collector.accounts import own_session
from ringwall.collector.aws import AwsSession, Connection
from ringwall.collector.traffic import Traffic
from ringwall.collector.trail_bucket import CALLS, TrailBucket, Wanted
from ringwall.collector.trail_folder import batches, find_logs
from ringwall.collector.trail_names import bucket_place, is_bucket
from ringwall.collector.trail_parse import Parsed, Source
from ringwall.collector.trail_pool import Parsers
from ringwall.errors import CollectionError, UsageError
from ringwall.principals.trail_days import DaySummary, TrailGap, merged_days
from ringwall.principals.trail_reading import TrailReading, reading_of

__all__ = ["CALLS", "TrailReading", "read_days", "read_trail"]

Day = tuple[str, date]
"""An account, and a day of its logs."""


def read_trail(  # noqa: PLR0913  # choices that have nothing to do with each other
    place: str,
    *,
    since: date,
    until: date,
    account: str | None = None,
    regions: Collection[str] = (),
    stop: Event | None = None,
    session: AwsSession | None = None,
    workers: int | None = None,
) -> TrailReading:
    """What the log files of some days show, and what they can have shown. `regions` are those that are enabled.

    The other arguments, and what is raised, are those of `read_days`. What cannot be read is a gap of the coverage.
    """
    days = read_days(place, since=since, until=until, account=account, stop=stop, session=session, workers=workers)
    with closing(days):
        return reading_of(days, since=since, until=until, regions=regions)


def read_days(  # noqa: PLR0913  # as above
    place: str,
    *,
    since: date,
    until: date,
    account: str | None = None,
    known: Collection[Day] = (),
    stop: Event | None = None,
    session: AwsSession | None = None,
    workers: int | None = None,
) -> Generator[DaySummary | TrailGap, None, None]:
    """One day after the other, as far as they are not known; and what could not be read and belongs to no day.

    Whoever may leave before the end closes it (`contextlib.closing`): the processes that parse end with it.

    A day is over when no more logs of it are delivered, a quarter of an hour after midnight UTC or so. Files whose name
    and place do not tell their day come last, and may give a second part of a day.

    Args:
        place: a folder, with `.json`, `.json.gz` and `.json.zst` files at any depth; or `s3://bucket/prefix`.
        since: the first day, UTC, by delivery.
        until: the last one.
        account: of which account; None for all that there are.
        known: days that were read before, and are left out.
        stop: when set, nothing more is read.
        session: the credentials for S3; None for those of the standard credential chain.
        workers: how many processes parse; None for as many as there are processors.

    Raises:
        UsageError: there is no such folder, `place` is no address, or there are no credentials.
    """
    if since > until:
        raise UsageError(f"the first day, {since}, is after the last one, {until}")
    stop = stop or Event()
    wanted = Wanted(since, until, account, lambda *day: day in known)
    with Parsers(workers) as parsers:
        try:
            if is_bucket(place):
                yield from _from_bucket(place, wanted, parsers, stop, session)
            else:
                yield from _from_folder(place, wanted, parsers, stop)
        except CollectionError as error:
            yield TrailGap(f"{place}: not read to the end: {error}")
    if stop.is_set():
        yield TrailGap(f"{place}: not read to the end: it was interrupted")


def _from_bucket(
    place: str, wanted: Wanted, parsers: Parsers, stop: Event, session: AwsSession | None
) -> Iterator[DaySummary | TrailGap]:
    address = bucket_place(place)
    bucket = TrailBucket(session or own_session(Connection(), Traffic()), address)
    yield from _whole_days(parsers.parsed(_until(stop, bucket.batches(wanted))), stop)
    yield from (TrailGap(fault) for fault in bucket.faults)


def _from_folder(place: str, wanted: Wanted, parsers: Parsers, stop: Event) -> Iterator[DaySummary | TrailGap]:
    found = find_logs(Path(place))
    dated = (each for each in found if each.log.day and wanted.has(each.log.account, date.fromisoformat(each.log.day)))
    yield from _whole_days(parsers.parsed(_until(stop, batches(dated))), stop)
    undated = (each for each in found if not each.log.day)
    kept: dict[Day, DaySummary] = {}
    for parsed in parsers.parsed(_until(stop, batches(undated))):
        for part in parsed:
            if isinstance(part, TrailGap):
                yield part
            elif wanted.has(part.account, part.day):
                key = (part.account, part.day)
                kept[key] = merged_days(kept[key], part) if key in kept else part
    if not stop.is_set():
        yield from (kept[key] for key in sorted(kept))


def _whole_days(parsed: Iterable[Parsed], stop: Event) -> Iterator[DaySummary | TrailGap]:
    """Each day when all its files were parsed. One that an interruption cut short is not given."""
    day: DaySummary | None = None
    for parts in parsed:
        for part in parts:
            if isinstance(part, TrailGap):
                yield part
            elif day is None or (day.account, day.day) == (part.account, part.day):
                day = part if day is None else merged_days(day, part)
            else:
                yield day
                day = part
    if day is not None and not stop.is_set():
        yield day


def _until(stop: Event, work: Iterable[tuple[Source, ...]]) -> Iterator[tuple[Source, ...]]:
    for each in work:
        if stop.is_set():
            return
        yield each
