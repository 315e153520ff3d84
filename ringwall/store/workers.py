"""Who works: each process says so from time to time, for whoever asks whether the service is ready."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete

from ringwall.store.rows import insert_into
from ringwall.store.tables import worker


def seen(connection: Connection, worker_id: str, *, started_at: datetime, at: datetime) -> None:
    """The worker is there."""
    statement = insert_into(connection, worker).values(id=worker_id, started_at=started_at, seen_at=at)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"seen_at": at}))


def gone(connection: Connection, worker_id: str) -> None:
    """The worker has ended."""
    connection.execute(delete(worker).where(worker.c.id == worker_id))


def forget(connection: Connection, before: datetime) -> None:
    """Deletes workers that were killed: nobody has seen them since."""
    connection.execute(delete(worker).where(worker.c.seen_at < before))
