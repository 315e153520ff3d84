"""Where notifications go, in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy import delete as delete_from

from ringwall.errors import ConflictError
from ringwall.store.rows import insert_once, record_of, values_of
from ringwall.store.tables import destination


@dataclass(frozen=True, slots=True)
class DestinationRecord:
    """One receiver of notifications: its fields are the columns."""

    name: str
    kind: str
    """`eventbridge`, `sns`, `securityhub`, `webhook` or `slack`."""
    created_at: datetime
    settings: Mapping[str, str] = field(default_factory=dict)
    secret: bytes | None = None
    """Encrypted."""
    filter: Mapping[str, Any] = field(default_factory=dict)
    """Criteria in the API's shape; empty lets everything through."""
    disabled_at: datetime | None = None
    key: int = 0
    """0 until it is written."""


def insert(connection: Connection, record: DestinationRecord) -> DestinationRecord:
    """The new destination, with its key.

    Raises:
        ConflictError: there is one of this name.
    """
    key = insert_once(connection, destination, values_of(record))
    if key is None:
        message = f"there is a destination `{record.name}` already"
        raise ConflictError(message, resource_id=record.name, resource_type="Destination")
    return replace(record, key=key)


def find(connection: Connection, name: str) -> DestinationRecord | None:
    """The destination of this name."""
    row = connection.execute(select(destination).where(destination.c.name == name)).first()
    return record_of(DestinationRecord, row) if row else None


def page(connection: Connection, *, after: int = 0, limit: int) -> tuple[DestinationRecord, ...]:
    """The next destinations, oldest first."""
    query = select(destination).where(destination.c.key > after).order_by(destination.c.key).limit(limit)
    return tuple(record_of(DestinationRecord, row) for row in connection.execute(query))


def enabled(connection: Connection) -> tuple[DestinationRecord, ...]:
    """The destinations that get what happens from now on."""
    query = select(destination).where(destination.c.disabled_at.is_(None)).order_by(destination.c.key)
    return tuple(record_of(DestinationRecord, row) for row in connection.execute(query))


def names(connection: Connection) -> dict[int, str]:
    """The names of all destinations, by their keys."""
    return {row.key: row.name for row in connection.execute(select(destination.c.key, destination.c.name))}


def count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(destination)).scalar_one())


def delete(connection: Connection, name: str) -> bool:
    """Takes a destination away, and what was still to be sent to it; False where there is none."""
    return bool(connection.execute(delete_from(destination).where(destination.c.name == name)).rowcount)
