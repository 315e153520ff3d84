"""Days of CloudTrail, summed up: each account's, so that only new files are read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, select

from ringwall.store.rows import insert_into
from ringwall.store.usage_tables import trail_day as table

_NO_DAY = ""


@dataclass(frozen=True, slots=True)
class DayRecord:
    """One day of an account."""

    account: str
    day: date | None
    """None: what could not be read and belongs to no day."""
    place: str
    """Where it was read."""
    content: bytes
    read_at: datetime
    has_logs: bool = True
    is_complete: bool = True
    """Whether all of it could be read."""


def complete(connection: Connection, account: str, place: str) -> dict[date, datetime]:
    """The days of an account that were read from `place` without a gap, and when."""
    own = (table.c.account == account, table.c.place == place, table.c.day != _NO_DAY, table.c.is_complete)
    rows = connection.execute(select(table.c.day, table.c.read_at).where(*own))
    return {date.fromisoformat(row.day): row.read_at for row in rows}


def with_logs(connection: Connection, account: str, place: str) -> tuple[date, date] | None:
    """The first and the last day of which there are logs."""
    own = (table.c.account == account, table.c.place == place, table.c.has_logs)
    first, last = connection.execute(select(func.min(table.c.day), func.max(table.c.day)).where(*own)).one()
    return None if first is None else (date.fromisoformat(first), date.fromisoformat(last))


def keep(connection: Connection, record: DayRecord) -> None:
    """Keeps a day; one that was read before is replaced."""
    values = {
        "place": record.place,
        "content": zlib.compress(record.content),
        "read_at": record.read_at,
        "has_logs": record.has_logs,
        "is_complete": record.is_complete,
    }
    day = record.day.isoformat() if record.day else _NO_DAY
    statement = insert_into(connection, table).values(account=record.account, day=day, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["account", "day"], set_=values))


def each(connection: Connection, account: str, place: str) -> Iterator[bytes]:
    """The days of which there are logs or gaps, in order, one at a time."""
    own = (table.c.account == account, table.c.place == place, table.c.day != _NO_DAY)
    told = table.c.has_logs | ~table.c.is_complete
    for day in connection.scalars(select(table.c.day).where(*own, told).order_by(table.c.day)).all():
        query = select(table.c.content).where(table.c.account == account, table.c.day == day)
        if (content := connection.scalar(query)) is not None:
            yield zlib.decompress(content)


def without_day(connection: Connection, account: str, place: str) -> bytes | None:
    """What could not be read and belongs to no day."""
    own = (table.c.account == account, table.c.place == place, table.c.day == _NO_DAY)
    content = connection.scalar(select(table.c.content).where(*own))
    return None if content is None else zlib.decompress(content)


def forget(connection: Connection, before: date) -> int:
    """Deletes the days before; how many they were."""
    old = (table.c.day < before.isoformat(), table.c.day != _NO_DAY)
    return connection.execute(delete(table).where(*old)).rowcount
