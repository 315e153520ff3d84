"""Reads what is new of an account's CloudTrail, and keeps each day as soon as it is read."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from ringwall.errors import CollectionError, UsageError
from ringwall.principals.trail_days import DaySummary, TrailGap, day_as_bytes, merged_days
from ringwall.service import work as jobs
from ringwall.service.analyzer_types import type_of
from ringwall.service.context import Job
from ringwall.service.stored_trail import kept_place
from ringwall.service.unused_configuration import excluded_accounts
from ringwall.service.work import Work
from ringwall.store import analyzers, scans, trail_days
from ringwall.store.trail_days import DayRecord

_LOG = logging.getLogger(__name__)
_FIRST = 31
"""Days that are read before principals are judged; older ones are read afterwards."""
_LATE = timedelta(days=1)
"""How long after a day its last files may still arrive."""


@dataclass(slots=True)
class _Reading:
    """The days of an account as they are read."""

    work: Work
    account: str
    place: str
    at: datetime
    seen: dict[date, DaySummary] = field(default_factory=dict)
    gaps: list[TrailGap] = field(default_factory=list)

    def take(self, part: DaySummary | TrailGap) -> None:
        """What was read next; days are kept at once, and may come in parts."""
        if isinstance(part, TrailGap):
            self.gaps.append(part)
            return
        known = self.seen.get(part.day)
        day = self.seen[part.day] = part if known is None else merged_days(known, part)
        self._write(day.day, day_as_bytes(day), has_logs=bool(day.regions), is_complete=day.is_complete)

    def keep_gaps(self) -> None:
        self._write(None, msgspec.msgpack.encode(self.gaps), has_logs=False, is_complete=not self.gaps)

    def keep_nothing(self, day: date) -> None:
        """It is known that there are no logs of the day."""
        self._write(day, day_as_bytes(DaySummary(self.account, day)), has_logs=False, is_complete=True)

    def _write(self, day: date | None, content: bytes, *, has_logs: bool, is_complete: bool) -> None:
        record = DayRecord(self.account, day, self.place, content, self.at, has_logs=has_logs, is_complete=is_complete)
        with self.work.ringwall.store.write() as connection:
            trail_days.keep(connection, record)


def read_trail(work: Work, payload: Mapping[str, Any]) -> None:
    """Reads the days that were not read yet: the newest, or with `all` in the payload as far back as configured.

    What the older days show is looked at at once: use that comes back every quarter is only known from them. Where
    there is no such place, or no credentials, that is a gap: principals are looked at all the same.
    """
    policy, account, is_all = work.ringwall.policy, payload["account"], payload.get("all", False)
    if policy.trail is None:
        return
    number = policy.trail_days if is_all else min(_FIRST, policy.trail_days)
    today = work.ringwall.clock().date()
    seen = _read(work, account, policy.trail, number)
    with work.ringwall.store.write() as connection:
        if number < policy.trail_days:
            work.ringwall.jobs.enqueue(connection, jobs.read_older_trail(account))
        elif is_all and any(day <= today - timedelta(days=_FIRST) for day in seen):
            work.ringwall.jobs.enqueue(connection, *_looks(connection, account))


def _looks(connection: Connection, account: str) -> list[Job]:
    """Looks at the principals of the account by those who judged them before these days were known."""
    return [
        jobs.scan_principals(analyzer.key, account, "schedule")
        for analyzer in analyzers.everyone(connection)
        if type_of(analyzer.type).is_unused
        and account not in excluded_accounts(analyzer)
        and scans.regions_of(connection, analyzer.key, account)
    ]


def _read(work: Work, account: str, place: str, number: int) -> Collection[date]:
    """Reads and keeps what was not known of so many days; the days of which there are logs."""
    reading = _Reading(work, account, kept_place(place), work.ringwall.clock())
    days = _days(reading.at.date(), number)
    known = _known(reading)
    if not set(days) - known:
        return ()
    left_out = {(account, day) for day in known}
    try:
        for part in work.read_days(place, since=days[0], until=days[-1], account=account, known=left_out):
            reading.take(part)
    except (UsageError, CollectionError) as error:
        _LOG.warning("the trail cannot be read: %s", error)
        reading.take(TrailGap(f"the trail cannot be read: {error}"))
    reading.keep_gaps()
    if not reading.gaps:
        for day in (each for each in days if each not in known and each not in reading.seen):
            reading.keep_nothing(day)
    return reading.seen


def _days(last: date, number: int) -> list[date]:
    """So many days, ascending."""
    return [last - timedelta(days=back) for back in reversed(range(number))]


def _known(reading: _Reading) -> set[date]:
    """The days that need not be read again: whole ones, of which no file can arrive any more."""
    with reading.work.ringwall.store.read() as connection:
        complete = trail_days.complete(connection, reading.account, reading.place)
    return {day for day, read_at in complete.items() if read_at >= _settled(day)}


def _settled(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC) + _LATE
