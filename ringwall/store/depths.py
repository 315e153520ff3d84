"""How much of what there is: the counts that metrics and readiness are made of."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, func, select, text

from ringwall.store import tables

_HAS_PROCRASTINATE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
_PROCRASTINATES = text("SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'todo' GROUP BY task_name")
_OVERDUE = timedelta(minutes=10)
"""How long after its time an analyzer's scan may start."""


def _by(connection: Connection, table: Table, column: Column[str]) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).select_from(table).group_by(column))
    return {str(value): int(count) for value, count in rows}


def outbox(connection: Connection) -> dict[str, int]:
    """Messages that were not sent, by status."""
    status = tables.outbox.c.status
    rows = connection.execute(select(status, func.count()).where(status.in_(("PENDING", "DEAD"))).group_by(status))
    return {"PENDING": 0, "DEAD": 0} | {str(value): int(count) for value, count in rows}


def findings(connection: Connection) -> dict[str, int]:
    """Findings by status."""
    return _by(connection, tables.finding, tables.finding.c.status)


def analyzers(connection: Connection) -> dict[str, int]:
    """Analyzers by status."""
    return _by(connection, tables.analyzer, tables.analyzer.c.status)


def overdue(connection: Connection, now: datetime) -> int:
    """Analyzers whose scan should have started some time ago."""
    late = tables.analyzer.c.next_scan_at < now - _OVERDUE
    return int(connection.scalar(select(func.count()).select_from(tables.analyzer).where(late)) or 0)


def workers(connection: Connection, since: datetime) -> int:
    """Workers that were seen after `since`."""
    seen = tables.worker.c.seen_at >= since
    return int(connection.scalar(select(func.count()).select_from(tables.worker).where(seen)) or 0)


def jobs(connection: Connection) -> dict[str, int]:
    """Jobs that wait, by kind: in procrastinate's table over PostgreSQL, else in our own."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_PROCRASTINATES) if connection.scalar(_HAS_PROCRASTINATE) else ()
    else:
        kind = tables.job.c.kind
        rows = connection.execute(select(kind, func.count()).where(tables.job.c.status == "WAITING").group_by(kind))
    return {str(kind): int(count) for kind, count in rows}
