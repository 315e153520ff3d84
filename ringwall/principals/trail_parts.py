"""Adds up the records of log files to summaries of days, file after file. Nothing is kept of a single record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ringwall.principals.trail import TrailEvent, TrailRecord, Unread, event_of, is_data_event, is_time
from ringwall.principals.trail_days import DaySummary, LastSeen, TrailGap, merge_into

_DAY, _MONTH = 10, 7
"""How much of a time is its day, and its month."""


@dataclass(frozen=True, slots=True)
class Log:
    """What a file's name or place tells of it. What is empty is told by its records."""

    name: str
    """As it is named in sentences."""
    account: str = ""
    region: str = ""
    day: str = ""
    """Of its delivery, `2026-03-11`."""


@dataclass(slots=True)
class _Alike:
    """Records that differ in nothing that counts but their time, within a month or a day."""

    account: str
    region: str
    """Of the log."""
    day: str
    first: TrailRecord
    event: TrailEvent | None = None
    unread: str = ""
    """Why none of them can be read, if so."""
    last: str = ""


@dataclass(slots=True)
class _Day:
    """A day of an account, as far as it was read."""

    uses: dict[str, dict[str, LastSeen]] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    """`data`, `read`, `write`, `kms`."""


class DayParts:
    """The days that were added up so far."""

    def __init__(self) -> None:
        self._alike: dict[tuple[object, ...], _Alike] = {}
        self._days: dict[tuple[str, str], _Day] = {}
        self._gaps: set[str] = set()

    def add_gap(self, log: Log, gap: str) -> None:
        """Say that something of a log could not be read."""
        gaps = self._day(log.account, log.day).gaps if log.account and log.day else self._gaps
        gaps.add(f"{log.name}: {gap}")

    def add_log(self, log: Log, records: Iterable[TrailRecord], *, malformed: int = 0) -> None:
        """Add the records of a file, of which `malformed` more could not be read at all."""
        if log.account and log.day:
            self._day(log.account, log.day).regions.update({log.region} - {""})
        unread = Counter({"of another shape": malformed} if malformed else {})
        for alike in self._sorted(log, records):
            unread[alike.unread] += 1
        for reason, count in unread.items():
            self.add_gap(log, f"{count} {'event' if count == 1 else 'events'} {reason}")

    def summaries(self) -> Iterator[DaySummary | TrailGap]:
        """What was added: the gaps that belong to no day, then the days, by account and day."""
        for alike in self._alike.values():
            self._sum_up(alike)
        self._alike.clear()
        yield from (TrailGap(gap) for gap in sorted(self._gaps))
        for (account, day), parts in sorted(self._days.items(), key=lambda each: each[0]):
            yield _summary(account, day, parts)

    def _sorted(self, log: Log, records: Iterable[TrailRecord]) -> Iterator[_Alike]:
        """Put each record to those that are like it, and give those that cannot be read.

        This loop sees every event: it looks at nothing twice, and leaves all else to what comes after.
        """
        precision = _MONTH if log.day else _DAY
        for record in records:
            time = record.event_time or ""
            account = log.account or record.recipient_account_id or ""
            region = log.region or record.aws_region or ""
            day = log.day or time[:_DAY]
            key = (
                account,
                region,
                day,
                time[:precision] if is_time(time) else None,
                _who(record),
                record.event_source,
                record.event_name,
                record.aws_region,
                record.read_only,
                record.management_event,
                record.event_category,
            )
            if (alike := self._alike.get(key)) is None:
                alike = self._alike[key] = _Alike(account, region, day, record, *_told(record, account))
            alike.last = max(alike.last, time)
            if alike.unread:
                yield alike

    def _sum_up(self, alike: _Alike) -> None:
        """Add what records that are alike show to their day."""
        if not alike.account or not is_time(alike.first.event_time):
            return
        parts = self._day(alike.account, alike.day)
        parts.regions.update({alike.region} - {""})
        parts.kinds.update(_kinds(alike.first))
        if (event := alike.event) is not None:
            seen = LastSeen(alike.last, event.region, (alike.last[:_MONTH],))
            names = (event.namespace, *event.actions) if event.namespace else ()
            merge_into(parts.uses, {event.principal: dict.fromkeys(names, seen)})

    def _day(self, account: str, day: str) -> _Day:
        return self._days.setdefault((account, day), _Day())


def _told(record: TrailRecord, account: str) -> tuple[TrailEvent | None, str]:
    """What a record tells, and why that is not all, if so."""
    if not account and is_time(record.event_time):
        return None, "without an account"
    match event_of(record):
        case TrailEvent() as event:
            return event, "" if event.namespace else f"of `{record.event_source}`, which is no service that is known"
        case Unread(reason):
            return None, reason
        case None:
            return None, ""


def _who(record: TrailRecord) -> tuple[str | None, str | None] | None:
    """What makes callers differ. Sessions of a role have each their own ARN: where the role is named, they are alike."""
    if (identity := record.user_identity) is None:
        return None
    if (context := identity.session_context) is not None and (issuer := context.session_issuer) is not None:
        return identity.type, issuer.arn or identity.arn
    return identity.type, identity.arn


def _kinds(record: TrailRecord) -> Iterator[str]:
    if is_data_event(record):
        yield "data"
    elif record.event_category in {None, "Management"}:
        if record.read_only is not None:
            yield "read" if record.read_only else "write"
        if record.event_source == "kms.amazonaws.com":
            yield "kms"


def _summary(account: str, day: str, parts: _Day) -> DaySummary:
    return DaySummary(
        account,
        date.fromisoformat(day),
        parts.uses,
        tuple(sorted(parts.regions)),
        tuple(sorted(parts.gaps)),
        data_events="data" in parts.kinds,
        reads="read" in parts.kinds,
        writes="write" in parts.kinds,
        kms="kms" in parts.kinds,
    )
