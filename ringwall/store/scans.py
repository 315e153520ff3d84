"""Scans: what was looked at, when, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from ringwall.store.rows import record_of, values_of
from ringwall.store.tables import scan


class ScanStatus(Enum):
    """How a scan went."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    """Something could not be read: see the coverage."""
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """A scan as the store keeps it: its fields are the columns."""

    id: str
    analyzer_key: int
    account: str
    region: str
    trigger: str
    """`schedule`, `request` or `event`."""
    started_at: datetime
    ended_at: datetime | None = None
    status: str = ScanStatus.RUNNING.value
    coverage: Mapping[str, Any] | None = None
    """The gaps, and how many resources were seen, analysed, unchanged and gone."""
    key: int = 0
    """0 until it is started."""


def start(connection: Connection, record: ScanRecord) -> ScanRecord:
    """The scan that begins, with its key."""
    key = connection.scalar(insert(scan).values(values_of(record)).returning(scan.c.key))
    assert key is not None
    return replace(record, key=key)


def end(
    connection: Connection, key: int, *, at: datetime, status: ScanStatus, coverage: Mapping[str, Any] | None = None
) -> None:
    """The scan is over."""
    written = {"ended_at": at, "status": status.value, "coverage": coverage}
    connection.execute(update(scan).where(scan.c.key == key).values(written))


def last_of(connection: Connection, analyzer_key: int) -> list[ScanRecord]:
    """The last scan of every account and Region of an analyzer."""
    newest = (
        select(func.max(scan.c.key)).where(scan.c.analyzer_key == analyzer_key).group_by(scan.c.account, scan.c.region)
    )
    rows = connection.execute(select(scan).where(scan.c.key.in_(newest)).order_by(scan.c.account, scan.c.region))
    return [record_of(ScanRecord, row) for row in rows]


def regions_of(connection: Connection, analyzer_key: int, account: str) -> set[str]:
    """The Regions of an account in which an analyzer has begun a scan, as far as scans are remembered."""
    query = select(scan.c.region).where(scan.c.analyzer_key == analyzer_key, scan.c.account == account).distinct()
    return {region for region in connection.scalars(query) if region}


def page(connection: Connection, analyzer_key: int, *, after: int | None = None, limit: int) -> list[ScanRecord]:
    """The next scans of an analyzer, newest first, behind the one with the key `after`."""
    query = select(scan).where(scan.c.analyzer_key == analyzer_key)
    if after is not None:
        query = query.where(scan.c.key < after)
    return [record_of(ScanRecord, row) for row in connection.execute(query.order_by(scan.c.key.desc()).limit(limit))]


def interrupted(connection: Connection, before: datetime) -> list[ScanRecord]:
    """Scans that began before that time and never ended: whoever did them is gone."""
    running = (scan.c.status == ScanStatus.RUNNING.value, scan.c.started_at < before)
    return [record_of(ScanRecord, row) for row in connection.execute(select(scan).where(*running).order_by(scan.c.key))]


def forget(connection: Connection, before: datetime) -> int:
    """Deletes the scans that ended before that time.

    Returns:
        How many they were.
    """
    return connection.execute(delete(scan).where(scan.c.ended_at < before)).rowcount


def of_place(connection: Connection, analyzer_key: int, account: str, region: str, *, limit: int) -> list[ScanRecord]:
    """The last scans of one account and Region, newest first."""
    place = (scan.c.analyzer_key == analyzer_key, scan.c.account == account, scan.c.region == region)
    rows = connection.execute(select(scan).where(*place).order_by(scan.c.key.desc()).limit(limit))
    return [record_of(ScanRecord, row) for row in rows]
