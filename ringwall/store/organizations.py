"""Organizations as zones of trust, each kept once, by the digest of its content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from ringwall.store.rows import insert_into
from ringwall.store.tables import analyzer, organization


def put(connection: Connection, digest: str, content: Mapping[str, Any], at: datetime) -> None:
    """Keeps an organization; one that is there already stays as it is."""
    statement = insert_into(connection, organization).on_conflict_do_nothing()
    connection.execute(statement.values(digest=digest, content=content, created_at=at))


def get(connection: Connection, digest: str) -> dict[str, Any] | None:
    """The organization with that digest."""
    found: dict[str, Any] | None = connection.scalar(
        select(organization.c.content).where(organization.c.digest == digest)
    )
    return found


def forget(connection: Connection, before: datetime) -> int:
    """Deletes the organizations that were kept before that time and that no analyzer sees any more.

    Returns:
        How many they were.
    """
    used = select(analyzer.c.zone_digest)
    unused = (organization.c.created_at < before, organization.c.digest.not_in(used))
    return connection.execute(delete(organization).where(*unused)).rowcount
