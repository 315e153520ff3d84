"""Writes what became of findings: the findings, their conditions and their history, or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from ringwall.errors import ConflictError
from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import Cause, Change
from ringwall.store.column_types import digest, short, storable
from ringwall.store.finding_rows import conditions_of, row_of, written_detail
from ringwall.store.rows import among, batches, insert_into
from ringwall.store.tables import finding, finding_condition, finding_event

_STATUS = ("status", "archived_by", "updated_at")
_DETAIL = ("detail", "evidence", "exposure", "cause")


def apply(
    connection: Connection,
    analyzer_key: int,
    changes: Sequence[Change],
    resource_keys: Mapping[str, int],
    at: datetime,
    *,
    reason: str | None = None,
) -> None:
    """Write changes to the findings of an analyzer, and to their history.

    Args:
        connection: the transaction.
        analyzer_key: whose findings they are.
        changes: at most one for each finding.
        resource_keys: by ARN, the resources of new findings; not needed where there are none.
        at: when it happened, for the history.
        reason: what a person gave as the reason, for the history.

    Raises:
        ConflictError: a finding is no longer as the change takes it to have been; roll back, read it again, and retry.
    """
    _lock(connection, analyzer_key, [each for each in changes if _is_known(each)])
    for batch in batches(changes):
        new = [each for each in batch if not _is_known(each)]
        known = [each for each in batch if _is_known(each)]
        _insert(connection, analyzer_key, new, resource_keys)
        _update(connection, analyzer_key, [each for each in known if not each.is_deleted])
        _delete(connection, analyzer_key, [each for each in known if each.is_deleted])
        _write_history(connection, analyzer_key, batch, at, reason)


def _is_known(change: Change) -> bool:
    """Whether the finding is there."""
    return change.previous_status is not None or change.is_deleted


def _lock(connection: Connection, analyzer_key: int, changes: Sequence[Change]) -> None:
    """Nobody else may have changed, or change until the end of the transaction, what these changes start from."""
    if not changes:
        return
    expected = {each.finding.id: each.previous_status for each in changes}
    query = select(finding.c.id, finding.c.status).where(
        finding.c.analyzer_key == analyzer_key, among(connection, finding.c.id, expected)
    )
    # In one order everywhere: two that lock the same findings then wait for each other and do not lock up.
    rows = connection.execute(query.order_by(finding.c.id).with_for_update())
    actual = {row.id: FindingStatus(row.status) for row in rows}
    for id_, status in expected.items():
        if id_ not in actual or status not in (actual[id_], None):
            raise _conflict(id_)


def _conflict(id_: str) -> ConflictError:
    message = f"the finding `{id_}` was changed by somebody else meanwhile"
    return ConflictError(message, resource_id=id_, resource_type="Finding")


def _insert(
    connection: Connection, analyzer_key: int, changes: Sequence[Change], resource_keys: Mapping[str, int]
) -> None:
    if not changes:
        return
    rows = [
        {
            **row_of(each.finding),
            "analyzer_key": analyzer_key,
            "resource_key": resource_keys[each.finding.resource],
            "archived_by": _archived_by(each),
        }
        for each in changes
    ]
    statement = insert_into(connection, finding).on_conflict_do_nothing().returning(finding.c.id, finding.c.key)
    keys = {row.id: row.key for row in connection.execute(statement, rows)}
    for each in changes:
        if each.finding.id not in keys:
            raise _conflict(each.finding.id)
    # By their columns: two texts may become one where the database cannot hold them as they are.
    conditions = {
        (keys[each.finding.id], storable(short(name)), digest(value)): value
        for each in changes
        for name, value in conditions_of(each.finding)
    }
    if conditions:
        columns = ("finding_key", "name", "digest", "value")
        rows = [dict(zip(columns, (*identity, value), strict=True)) for identity, value in conditions.items()]
        connection.execute(insert(finding_condition), rows)


def _archived_by(change: Change) -> str | None:
    """The rule that archived it, "" by hand, None where it is not archived."""
    if change.finding.status is not FindingStatus.ARCHIVED:
        return None
    return change.actor if change.cause is Cause.ARCHIVE_RULE else ""


def _update(connection: Connection, analyzer_key: int, changes: Sequence[Change]) -> None:
    """What makes a finding itself stays: its access. What is said about it may have changed, as its status may."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for each in changes:
        groups.setdefault(_changed_columns(each), []).append(each)
    for columns, group in groups.items():
        statement = (
            update(finding)
            .where(finding.c.analyzer_key == analyzer_key, finding.c.id == bindparam("of_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        connection.execute(statement, [_updated(each, columns) for each in group])


def _changed_columns(change: Change) -> tuple[str, ...]:
    """Only who has just looked at the resource knows better what to say about the access."""
    if not _is_turn(change):
        return _DETAIL
    has_looked = change.cause is Cause.SCAN or change.previous_status is FindingStatus.RESOLVED
    return (*_STATUS, *_DETAIL) if has_looked else _STATUS


def _updated(change: Change, columns: Sequence[str]) -> dict[str, Any]:
    values = {
        "status": change.finding.status.value,
        "archived_by": _archived_by(change),
        "updated_at": change.finding.updated_at,
        **written_detail(change.finding.detail),
    }
    return {"of_id": change.finding.id, **{f"new_{name}": values[name] for name in columns}}


def _is_turn(change: Change) -> bool:
    """Whether the finding's status is another now."""
    return change.is_deleted or change.previous_status is not change.finding.status


def _delete(connection: Connection, analyzer_key: int, changes: Sequence[Change]) -> None:
    if changes:
        ids = [each.finding.id for each in changes]
        gone = (finding.c.analyzer_key == analyzer_key, among(connection, finding.c.id, ids))
        connection.execute(delete(finding).where(*gone))


def _write_history(
    connection: Connection, analyzer_key: int, changes: Sequence[Change], at: datetime, reason: str | None
) -> None:
    events = [
        {
            "analyzer_key": analyzer_key,
            "finding_id": each.finding.id,
            "at": at,
            "previous_status": each.previous_status.value if each.previous_status else None,
            "status": None if each.is_deleted else each.finding.status.value,
            "cause": each.cause.value,
            "actor": each.actor,
            "reason": reason,
        }
        for each in changes
        if _is_turn(each)
    ]
    if events:
        connection.execute(insert(finding_event), events)
