"""The audit log: who changed what and when, refused attempts included. Entries are added, and removed by age alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ringwall.store.tables import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One attempt to change something."""

    at: datetime
    actor: str
    """The id of the key, or `local`."""
    operation: str
    resource: str = ""
    """What it was about: an ARN, a name or an id."""
    parameters: Mapping[str, Any]
    """Of the request, without what is sensitive."""
    request_id: str
    error: str | None = None
    """The code of the error; None where it was done."""
    key: int = 0
    """Counts up; given by the database."""


def add(connection: Connection, event: AuditEvent) -> None:
    """Writes an entry."""
    values = asdict(event)
    del values["key"]
    connection.execute(insert(audit).values(values))


def page(
    connection: Connection, *, actor: str | None = None, operation: str | None = None, before: int = 0, limit: int
) -> list[AuditEvent]:
    """Entries, the newest first, from before the entry with the key `before` on, if that is not 0."""
    query = select(audit).order_by(audit.c.key.desc()).limit(limit)
    for column, wanted in ((audit.c.actor, actor), (audit.c.operation, operation)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before:
        query = query.where(audit.c.key < before)
    return [AuditEvent(**row) for row in connection.execute(query).mappings()]


def forget(connection: Connection, before: datetime, *, limit: int) -> int:
    """Removes entries from before that time, the oldest first; how many, at most `limit`."""
    old = select(audit.c.key).where(audit.c.at < before).order_by(audit.c.at, audit.c.key).limit(limit)
    return connection.execute(delete(audit).where(audit.c.key.in_(old))).rowcount
