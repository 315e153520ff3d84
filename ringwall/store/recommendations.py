"""Recommendations for findings, from the moment somebody asks for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import delete as delete_from
from sqlalchemy import update as update_of

from ringwall.store.rows import insert_into, record_of
from ringwall.store.usage_tables import recommendation as table

IN_PROGRESS = "IN_PROGRESS"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class RecommendationRecord:
    """One recommendation: its fields are the columns."""

    analyzer_key: int
    finding_id: str
    started_at: datetime
    resource: str
    """ARN of the principal."""
    status: str = IN_PROGRESS
    completed_at: datetime | None = None
    steps: Sequence[Mapping[str, Any]] | None = None
    """The API's `RecommendedStep`."""
    document: Mapping[str, Any] | None = None
    """All of it, as only we say it."""
    error: Mapping[str, str] | None = None
    """`code` and `message`, where it failed."""


def begin(connection: Connection, record: RecommendationRecord) -> bool:
    """Writes down that a recommendation is being made; False where one is being made already. An older one is replaced."""
    fresh = {
        "status": IN_PROGRESS,
        "started_at": record.started_at,
        "resource": record.resource,
        "completed_at": None,
        "steps": None,
        "document": None,
        "error": None,
    }
    statement = insert_into(connection, table).values(
        analyzer_key=record.analyzer_key, finding_id=record.finding_id, **fresh
    )
    replaced = statement.on_conflict_do_update(
        index_elements=["analyzer_key", "finding_id"], set_=fresh, where=table.c.status != IN_PROGRESS
    )
    return connection.scalar(replaced.returning(table.c.finding_id)) is not None


def find(connection: Connection, analyzer_key: int, finding_id: str) -> RecommendationRecord | None:
    """The recommendation for a finding."""
    row = connection.execute(select(table).where(*_is(analyzer_key, finding_id))).one_or_none()
    return None if row is None else record_of(RecommendationRecord, row)


def end(  # noqa: PLR0913 - the columns of one write
    connection: Connection,
    analyzer_key: int,
    finding_id: str,
    *,
    at: datetime,
    steps: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = None,
    error: Mapping[str, str] | None = None,
) -> bool:
    """Writes down what came of it; False where it is not being made any more: a job may run twice."""
    values = {
        "status": FAILED if error else SUCCEEDED,
        "completed_at": at,
        "steps": steps,
        "document": document,
        "error": error,
    }
    running = (*_is(analyzer_key, finding_id), table.c.status == IN_PROGRESS)
    return bool(connection.execute(update_of(table).where(*running).values(**values)).rowcount)


def fail_before(connection: Connection, before: datetime, *, at: datetime, error: Mapping[str, str]) -> int:
    """Ends those that were started before and never ended; how many they were."""
    stuck = (table.c.status == IN_PROGRESS, table.c.started_at < before)
    values = {"status": FAILED, "completed_at": at, "error": error}
    return connection.execute(update_of(table).where(*stuck).values(**values)).rowcount


def forget(connection: Connection, before: datetime) -> int:
    """Deletes those that were asked for before; how many they were."""
    return connection.execute(delete_from(table).where(table.c.started_at < before)).rowcount


def _is(analyzer_key: int, finding_id: str) -> tuple[Any, ...]:
    return table.c.analyzer_key == analyzer_key, table.c.finding_id == finding_id
