"""Findings of the past and the present: read them by id, by resource, by filter, and write what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, literal_column, select

from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import Cause, RememberedFinding
from ringwall.store.finding_changes import apply
from ringwall.store.finding_pages import SORT_ATTRIBUTES, Cursor, Page, Sort, count, each, page, summaries
from ringwall.store.finding_rows import Depth, finding_of, selected
from ringwall.store.rows import among, batches
from ringwall.store.tables import finding, finding_event

__all__ = [
    "SORT_ATTRIBUTES",
    "Cursor",
    "Depth",
    "Page",
    "Sort",
    "StatusEvent",
    "apply",
    "archived_by",
    "by_ids",
    "by_keys",
    "cause_of_finding",
    "count",
    "each",
    "find",
    "history",
    "of_arn",
    "of_resources",
    "page",
    "resolved_before",
    "summaries",
]


def of_resources(connection: Connection, resource_keys: Sequence[int]) -> dict[int, list[RememberedFinding]]:
    """All findings of some resources, by the key of the resource; a resource without findings is not in it."""
    found: dict[int, list[RememberedFinding]] = {}
    for batch in batches(resource_keys):
        query = selected(Depth.FULL, finding.c.resource_key).where(among(connection, finding.c.resource_key, batch))
        for row in connection.execute(query.order_by(finding.c.key)):
            found.setdefault(row.resource_key, []).append(finding_of(row))
    return found


def find(connection: Connection, analyzer_key: int, id: str) -> RememberedFinding | None:  # noqa: A002 - the API's word
    """The finding with that id."""
    return next(iter(_where(connection, finding.c.analyzer_key == analyzer_key, finding.c.id == id)), None)


def by_ids(connection: Connection, analyzer_key: int, ids: Collection[str]) -> dict[str, RememberedFinding]:
    """The findings with these ids; an id that there is not is not in it."""
    found = _where(connection, finding.c.analyzer_key == analyzer_key, among(connection, finding.c.id, ids))
    return {remembered.id: remembered for remembered in found}


def by_keys(connection: Connection, keys: Collection[int]) -> dict[int, RememberedFinding]:
    """The findings that other tables know by these numbers; a number that there is not is not in it."""
    query = selected(Depth.FULL, finding.c.key).where(among(connection, finding.c.key, keys))
    return {row.key: finding_of(row) for row in connection.execute(query)}


def cause_of_finding(connection: Connection, analyzer_key: int, id: str) -> str | None:  # noqa: A002 - the API's word
    """What findings of the same statements have in common; None where no statement is known."""
    query = select(finding.c.cause).where(finding.c.analyzer_key == analyzer_key, finding.c.id == id)
    return connection.scalar(query)


def of_arn(connection: Connection, analyzer_key: int, arn: str) -> list[RememberedFinding]:
    """All findings of the resource with that ARN."""
    return _where(connection, finding.c.analyzer_key == analyzer_key, finding.c.resource == arn)


def archived_by(connection: Connection, analyzer_key: int, rule_name: str) -> list[RememberedFinding]:
    """The findings that an archive rule archived, and that are archived still."""
    return _where(connection, finding.c.analyzer_key == analyzer_key, finding.c.archived_by == rule_name)


def _where(connection: Connection, *conditions: ColumnElement[bool]) -> list[RememberedFinding]:
    rows = connection.execute(selected().where(*conditions).order_by(finding.c.key))
    return [finding_of(row) for row in rows]


def resolved_before(connection: Connection, at: datetime, limit: int) -> dict[int, list[RememberedFinding]]:
    """Findings of all analyzers that were resolved before that time, the oldest first, by the key of the analyzer."""
    # Written out and not as a parameter: SQLite would not see that the index of resolved findings will do.
    resolved = (finding.c.status == literal_column("'RESOLVED'"), finding.c.updated_at < at)
    query = selected(Depth.FULL, finding.c.analyzer_key).where(*resolved)
    found: dict[int, list[RememberedFinding]] = {}
    for row in connection.execute(query.order_by(finding.c.updated_at, finding.c.key).limit(limit)):
        found.setdefault(row.analyzer_key, []).append(finding_of(row))
    return found


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One entry in the history of a finding."""

    key: int
    finding_id: str
    at: datetime
    previous_status: FindingStatus | None
    """None where it was found for the first time."""
    status: FindingStatus | None
    """None where it was deleted."""
    cause: Cause
    actor: str
    reason: str | None


def history(
    connection: Connection,
    analyzer_key: int,
    id: str | None,  # noqa: A002 - the API's word
    *,
    after: int = 0,
    limit: int,
) -> list[StatusEvent]:
    """What became of a finding, or of all, oldest first, behind the entry with the key `after`. It outlives them."""
    columns = finding_event.c
    query = select(finding_event).where(columns.analyzer_key == analyzer_key, columns.key > after)
    if id is not None:
        query = query.where(columns.finding_id == id)
    return [
        StatusEvent(
            row.key,
            row.finding_id,
            row.at,
            FindingStatus(row.previous_status) if row.previous_status else None,
            FindingStatus(row.status) if row.status else None,
            Cause(row.cause),
            row.actor,
            row.reason,
        )
        for row in connection.execute(query.order_by(columns.key).limit(limit))
    ]
