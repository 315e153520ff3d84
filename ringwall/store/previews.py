"""Access previews and what they found, in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy import delete as delete_from
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of

from ringwall.store.tables import access_preview

CREATING = "CREATING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class PreviewRecord:
    """One access preview."""

    id: str
    analyzer_key: int
    configurations: Mapping[str, Any]
    """One resource's ARN, and its proposed configuration in the API's shape."""
    created_at: datetime
    status: str = CREATING
    status_reason: str | None = None
    """`INTERNAL_ERROR` or `INVALID_CONFIGURATION`, where it failed."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """In the API's shape of an AccessPreviewFinding."""
    key: int = 0
    """0 until it is written."""


def insert(connection: Connection, record: PreviewRecord) -> None:
    """Adds a preview that is being made."""
    columns = {
        "id": record.id,
        "analyzer_key": record.analyzer_key,
        "configurations": record.configurations,
        "created_at": record.created_at,
        "status": record.status,
    }
    connection.execute(insert_into(access_preview).values(**columns))


def find(connection: Connection, preview_id: str) -> PreviewRecord | None:
    """The preview of this id, of whatever analyzer and age."""
    row = connection.execute(select(access_preview).where(access_preview.c.id == preview_id)).one_or_none()
    return None if row is None else _record_of(row)


def page(
    connection: Connection, analyzer_key: int, *, since: datetime, after: int = 0, limit: int
) -> Sequence[PreviewRecord]:
    """The analyzer's next previews that were made since then; their key is where to go on after."""
    query = (
        select(access_preview)
        .where(
            access_preview.c.analyzer_key == analyzer_key,
            access_preview.c.created_at >= since,
            access_preview.c.key > after,
        )
        .order_by(access_preview.c.key)
        .limit(limit)
    )
    return [_record_of(row) for row in connection.execute(query)]


def count_since(connection: Connection, analyzer_key: int, since: datetime) -> int:
    """How many previews of an analyzer were made since then."""
    recent = (access_preview.c.analyzer_key == analyzer_key, access_preview.c.created_at > since)
    return int(connection.execute(select(func.count()).select_from(access_preview).where(*recent)).scalar_one())


def complete(connection: Connection, preview_id: str, findings: Sequence[Mapping[str, Any]]) -> bool:
    """Writes down what a preview found; False where it is no longer being made."""
    written = [{**each, "createdAt": each["createdAt"].isoformat()} for each in findings]
    return _end(connection, preview_id, status=COMPLETED, findings=written)


def fail(connection: Connection, preview_id: str, reason: str) -> bool:
    """Writes down that a preview could not be made, and the API's code for why; False where it is not being made."""
    return _end(connection, preview_id, status=FAILED, status_reason=reason)


def delete_before(connection: Connection, at: datetime) -> int:
    """Forgets previews that were made before; how many there were."""
    return int(connection.execute(delete_from(access_preview).where(access_preview.c.created_at < at)).rowcount)


def _end(connection: Connection, preview_id: str, **columns: Any) -> bool:
    # A job that runs twice, after a crash, must not change what somebody has read already.
    running = (access_preview.c.id == preview_id, access_preview.c.status == CREATING)
    return bool(connection.execute(update_of(access_preview).where(*running).values(**columns)).rowcount)


def _record_of(row: Row[Any]) -> PreviewRecord:
    return PreviewRecord(
        id=row.id,
        analyzer_key=row.analyzer_key,
        configurations=row.configurations,
        created_at=row.created_at,
        status=row.status,
        status_reason=row.status_reason,
        findings=tuple({**each, "createdAt": datetime.fromisoformat(each["createdAt"])} for each in row.findings or ()),
        key=row.key,
    )
