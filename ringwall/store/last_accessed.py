"""IAM's last-accessed reports, each kept with its age, and the jobs that make them: whoever was interrupted goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, or_, select

from ringwall.store.rows import insert_into
from ringwall.store.usage_tables import last_accessed as table


def report(connection: Connection, arn: str, since: datetime) -> Mapping[str, Any] | None:
    """The report about a principal, if it was generated at or after `since`."""
    query = select(table.c.content).where(table.c.arn == arn, table.c.generated_at >= since)
    found: Mapping[str, Any] | None = connection.scalar(query)
    return found


def keep(connection: Connection, account: str, arn: str, content: Mapping[str, Any], generated_at: datetime) -> None:
    """Keeps a report; its job is over."""
    values = {"content": content, "generated_at": generated_at, "job_id": None, "started_at": None}
    _put(connection, account, arn, values)


def job(connection: Connection, arn: str, since: datetime) -> str | None:
    """The job that makes a report, if it was started at or after `since`: AWS keeps its answer for a while only."""
    query = select(table.c.job_id).where(table.c.arn == arn, table.c.started_at >= since)
    return connection.scalar(query)


def start(connection: Connection, account: str, arn: str, job_id: str, at: datetime) -> None:
    """Writes down that a report is being made. One that is there stays till then."""
    _put(connection, account, arn, {"job_id": job_id, "started_at": at})


def forget(connection: Connection, before: datetime) -> int:
    """Deletes what is older; how many they were."""
    old = (
        or_(table.c.generated_at.is_(None), table.c.generated_at < before),
        or_(table.c.started_at.is_(None), table.c.started_at < before),
    )
    return connection.execute(delete(table).where(*old)).rowcount


def _put(connection: Connection, account: str, arn: str, values: Mapping[str, Any]) -> None:
    statement = insert_into(connection, table).values(arn=arn, account=account, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["arn"], set_=dict(values)))
