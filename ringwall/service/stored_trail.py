"""What CloudTrail saw of an account: the days that are kept, as one, and joined with what else is known of principals."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from ringwall.errors import SnapshotError
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.trail_days import FORMAT, DaySummary, TrailGap, day_of_bytes
from ringwall.principals.trail_reading import TrailReading, reading_of
from ringwall.service.context import Ringwall
from ringwall.store import trail_days

_UNREAD = "CloudTrail's log files have not been read yet"
_NO_LOGS = "there are no log files of CloudTrail of this account"


class ReadDays(Protocol):
    """Reads log files of CloudTrail, day by day: `collector.trail_files.read_days`."""

    def __call__(
        self, place: str, *, since: date, until: date, account: str | None, known: Collection[tuple[str, date]]
    ) -> Iterable[DaySummary | TrailGap]: ...


@dataclass(frozen=True, slots=True)
class Trail:
    """All days of an account as one."""

    reading: TrailReading | None = None
    """None: no trail is configured, or nothing of it was read."""
    notes: tuple[str, ...] = ()
    """What could not be found out: why nothing was read, where something ought to be."""

    def noting(self, note: str) -> Trail:
        """The same, with one more note."""
        return replace(self, notes=(*self.notes, note))

    def joined(self, access: PrincipalAccess) -> PrincipalAccess:
        """The principal with what the trail says of it; one that comes with a trail is left as it is."""
        if access.usage.trail_coverage is not None:
            return access
        usage = msgspec.structs.replace(access.usage, notes=(*access.usage.notes, *self.notes))
        noted = msgspec.structs.replace(access, usage=usage)
        return noted if self.reading is None else noted.with_trail(self.reading.usage, self.reading.coverage)


def stored_trail(ringwall: Ringwall, account: str, regions: Sequence[str]) -> Trail:
    """What is kept of the account; `regions` are those of which there should be logs."""
    if ringwall.policy.trail is None:
        return Trail()
    place, today = kept_place(ringwall.policy.trail), ringwall.clock().date()
    with ringwall.store.read() as connection:
        covered = trail_days.with_logs(connection, account, place)
        if covered is None:
            return Trail(notes=_why_nothing(connection, account, place))
        # The first files of a day arrive after a while.
        until = max(today - timedelta(days=1), covered[1])
        parts = _parts(connection, account, place)
        return Trail(reading_of(parts, since=covered[0], until=until, regions=regions))


def kept_place(place: str) -> str:
    """How days are kept apart that were read elsewhere, or summed up by another version."""
    return f"{place} {FORMAT}"


def _why_nothing(connection: Connection, account: str, place: str) -> tuple[str, ...]:
    gaps = _gaps(connection, account, place)
    return (_UNREAD,) if gaps is None else tuple(gap.message for gap in gaps) or (_NO_LOGS,)


def _gaps(connection: Connection, account: str, place: str) -> list[TrailGap] | None:
    """What could not be read and belongs to no day; None where nobody has tried yet."""
    content = trail_days.without_day(connection, account, place)
    return None if content is None else msgspec.msgpack.decode(content, type=list[TrailGap])


def _parts(connection: Connection, account: str, place: str) -> Iterator[DaySummary | TrailGap]:
    for content in trail_days.each(connection, account, place):
        try:
            yield day_of_bytes(content)
        except SnapshotError as error:
            yield TrailGap(str(error))
    yield from _gaps(connection, account, place) or ()
