"""What the last scan of every account and Region could see, in numbers, and a few of those that saw too little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from ringwall.store.column_types import Instant
from ringwall.store.rows import record_of
from ringwall.store.scans import ScanRecord, ScanStatus
from ringwall.store.tables import scan

_SHOWN = 10
_SHORT = (ScanStatus.PARTIAL.value, ScanStatus.FAILED.value)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of the last scan of every account and Region."""

    numbers: dict[str, int]
    """By status."""
    ended_at: datetime | None
    """When the last of them ended."""
    short: tuple[ScanRecord, ...]
    """Some of those that could not see everything."""

    @property
    def incomplete(self) -> int:
        return sum(self.numbers.get(status, 0) for status in _SHORT)

    @property
    def running(self) -> int:
        return self.numbers.get(ScanStatus.RUNNING.value, 0)

    @property
    def everything(self) -> int:
        return sum(self.numbers.values())


def outcomes(connection: Connection, analyzer_key: int) -> Outcomes:
    """How the last scans went."""
    newest: Any = (
        select(func.max(scan.c.key)).where(scan.c.analyzer_key == analyzer_key).group_by(scan.c.account, scan.c.region)
    )
    own = scan.c.key.in_(newest)
    ended: Any = type_coerce(func.max(type_coerce(scan.c.ended_at, BigInteger)), Instant)
    rows = connection.execute(select(scan.c.status, func.count(), ended).where(own).group_by(scan.c.status)).all()
    short = select(scan).where(own, scan.c.status.in_(_SHORT)).order_by(scan.c.account, scan.c.region).limit(_SHOWN)
    times = [row[2] for row in rows if row[2] is not None]
    return Outcomes(
        numbers={row[0]: row[1] for row in rows},
        ended_at=max(times, default=None),
        short=tuple(record_of(ScanRecord, row) for row in connection.execute(short)),
    )
