"""Analyzers: what each looks at, and when it does so next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select
from sqlalchemy import delete as delete_from
from sqlalchemy import update as update_of

from ringwall.errors import ConflictError
from ringwall.store.rows import insert_once, record_of, values_of
from ringwall.store.tables import analyzer
from ringwall.store.turns import share_turn, take_turn

_DELETION = "deletion of analyzers"


@dataclass(frozen=True, slots=True)
class AnalyzerRecord:
    """An analyzer as the store keeps it: its fields are the columns."""

    arn: str
    name: str
    account: str
    region: str
    type: str
    """`ACCOUNT`, `ORGANIZATION`, …: as in the API."""
    created_at: datetime
    status: str = "ACTIVE"
    status_reason: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, Any] = field(default_factory=lambda: {"accounts": [], "regions": []})
    configuration: Mapping[str, Any] | None = None
    scan_interval: int = 1800
    """Seconds."""
    next_scan_at: datetime | None = None
    zone_digest: str = ""
    last_resource_analyzed: str | None = None
    last_resource_analyzed_at: datetime | None = None
    key: int = 0
    """0 until it is inserted."""


def insert(connection: Connection, record: AnalyzerRecord) -> AnalyzerRecord:
    """The new analyzer, with its key.

    Raises:
        ConflictError: its account has one of that name in the Region.
    """
    key = insert_once(connection, analyzer, values_of(record))
    if key is None:
        message = f"there is an analyzer `{record.name}` already"
        raise ConflictError(message, resource_id=record.name, resource_type="Analyzer")
    return replace(record, key=key)


_BY_ARN = select(analyzer).where(analyzer.c.arn == bindparam("named"))
_BY_KEY = select(analyzer).where(analyzer.c.key == bindparam("named"))
# Made once, since nearly every request asks for an analyzer.


def find(connection: Connection, arn: str) -> AnalyzerRecord | None:
    """The analyzer with that ARN."""
    return _record(connection.execute(_BY_ARN, {"named": arn}).first())


def find_named(connection: Connection, account: str, region: str, name: str) -> AnalyzerRecord | None:
    """The analyzer that an account calls so in a Region."""
    query = select(analyzer).where(*_belongs_to(account, region), analyzer.c.name == name)
    return _record(connection.execute(query).first())


def find_key(connection: Connection, key: int) -> AnalyzerRecord | None:
    """The analyzer that other tables know by that number."""
    return _record(connection.execute(_BY_KEY, {"named": key}).first())


def keep(connection: Connection, key: int) -> AnalyzerRecord | None:
    """The analyzer as it is now; nobody deletes it before the transaction ends.

    Ask for it before anything that belongs to the analyzer is written. Many keep one at the same time.
    """
    share_turn(connection, _turn(key))
    return find_key(connection, key)


def claim(connection: Connection, key: int) -> AnalyzerRecord | None:
    """The analyzer as it is now; nobody else writes anything that belongs to it before the transaction ends."""
    take_turn(connection, _turn(key))
    return find_key(connection, key)


def keep_all(connection: Connection) -> None:
    """Nobody deletes any analyzer before the transaction ends. Who asks for this keeps none besides, and claims none."""
    share_turn(connection, _DELETION)


def _turn(key: int) -> str:
    return f"analyzer {key}"


def _record(row: Row[Any] | None) -> AnalyzerRecord | None:
    return record_of(AnalyzerRecord, row) if row else None


def _belongs_to(account: str, region: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return analyzer.c.account == account, analyzer.c.region == region


def count(connection: Connection, account: str, region: str, type: str) -> int:  # noqa: A002 - the API's word
    """How many analyzers of one type an account has in a Region."""
    conditions = (*_belongs_to(account, region), analyzer.c.type == type)
    return connection.scalar(select(func.count()).select_from(analyzer).where(*conditions)) or 0


def page(
    connection: Connection,
    account: str,
    region: str,
    type: str | None = None,  # noqa: A002 - the API's word
    *,
    after: int = 0,
    limit: int,
) -> list[AnalyzerRecord]:
    """The next analyzers of an account in a Region, oldest first, behind the one with the key `after`."""
    query = select(analyzer).where(*_belongs_to(account, region), analyzer.c.key > after)
    if type is not None:
        query = query.where(analyzer.c.type == type)
    rows = connection.execute(query.order_by(analyzer.c.key).limit(limit))
    return [record_of(AnalyzerRecord, row) for row in rows]


def everyone(connection: Connection) -> list[AnalyzerRecord]:
    """All analyzers, of every account and Region."""
    return [record_of(AnalyzerRecord, row) for row in connection.execute(select(analyzer).order_by(analyzer.c.key))]


def due(connection: Connection, now: datetime) -> list[AnalyzerRecord]:
    """The analyzers whose time to scan has come, the longest overdue first."""
    query = select(analyzer).where(analyzer.c.next_scan_at <= now).order_by(analyzer.c.next_scan_at, analyzer.c.key)
    return [record_of(AnalyzerRecord, row) for row in connection.execute(query)]


def bring_forward(connection: Connection, now: datetime) -> None:
    """The clock was put back: analyzers whose next scan lies further ahead than their interval are due now."""
    ahead = select(analyzer.c.key, analyzer.c.scan_interval, analyzer.c.next_scan_at).where(
        analyzer.c.next_scan_at > now
    )
    for row in connection.execute(ahead).all():
        if row.next_scan_at > now + timedelta(seconds=row.scan_interval):
            update(connection, row.key, next_scan_at=now)


def update(connection: Connection, key: int, **columns: Any) -> None:
    """Sets some columns of an analyzer."""
    connection.execute(update_of(analyzer).where(analyzer.c.key == key).values(columns))


def delete(connection: Connection, key: int) -> None:
    """The analyzer goes, and with it all that it has found. It has to be claimed before."""
    take_turn(connection, _DELETION)
    connection.execute(delete_from(analyzer).where(analyzer.c.key == key))
