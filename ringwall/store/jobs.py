"""The queue of jobs over SQLite: rows with leases, so that what a killed process was doing is done again.

Every function is one transaction's work; the transaction has to be one that writes, which on SQLite is alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, or_, select, update

from ringwall.store.rows import batches, insert_into
from ringwall.store.tables import job

WAITING = "WAITING"
RUNNING = "RUNNING"
FAILED = "FAILED"
_INTERRUPTED = "the process that did it ended"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to add."""

    kind: str
    payload: Mapping[str, Any]
    run_at: datetime | None = None
    """None means: now."""
    lock: str | None = None
    queueing_lock: str | None = None
    priority: int = 0
    attempts: int = 0
    """How often it was begun before."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that somebody has leased."""

    key: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    """How often it failed one time after another, this time included: being interrupted is no failure of its own."""
    lock: str | None
    queueing_lock: str | None


def add(connection: Connection, jobs: Sequence[NewJob], now: datetime) -> None:
    """Adds jobs; one whose queueing lock is held by a job that waits is not added."""
    for batch in batches(jobs):
        rows = [
            {
                "kind": each.kind,
                "payload": dict(each.payload),
                "run_at": each.run_at or now,
                "lock": each.lock,
                "queueing_lock": each.queueing_lock,
                "priority": each.priority,
                "status": WAITING,
            }
            for each in batch
        ]
        connection.execute(insert_into(connection, job).on_conflict_do_nothing(), rows)


def claim(connection: Connection, owner: str, *, now: datetime, until: datetime) -> ClaimedJob | None:
    """The job that is due and comes first, leased; None where nothing is to be done.

    A job whose lock a running one holds has to wait, and so has one behind another with the same lock.
    """
    row = connection.execute(_due(now).limit(1)).one_or_none()
    if row is None:
        return None
    leased = {"status": RUNNING, "lease_owner": owner, "lease_until": until, "attempts": job.c.attempts + 1}
    connection.execute(update(job).where(job.c.key == row.key).values(**leased))
    return _claimed(row)


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether `claim` would find a job: reading keeps nobody from writing."""
    return connection.execute(_due(now).limit(1)).first() is not None


def _due(now: datetime) -> Any:
    other = job.alias("other")
    is_held = exists().where(other.c.lock == job.c.lock, other.c.status == RUNNING)
    is_behind = exists().where(
        other.c.lock == job.c.lock,
        other.c.status == WAITING,
        or_(other.c.priority > job.c.priority, (other.c.priority == job.c.priority) & (other.c.key < job.c.key)),
    )
    return (
        select(job)
        .where(job.c.status == WAITING, job.c.run_at <= now, or_(job.c.lock.is_(None), ~is_held & ~is_behind))
        .order_by(job.c.priority.desc(), job.c.key)
    )


def _claimed(row: Row[Any]) -> ClaimedJob:
    attempts = 1 if row.last_error == _INTERRUPTED else row.attempts + 1
    return ClaimedJob(row.key, row.kind, row.payload, attempts, row.lock, row.queueing_lock)


def extend(connection: Connection, owner: str, until: datetime) -> None:
    """Whoever leased jobs is still at it."""
    connection.execute(update(job).where(_is_held_by(owner)).values(lease_until=until))


def finish(connection: Connection, claimed: ClaimedJob, owner: str) -> None:
    """The job is done. If its lease ended meanwhile, and somebody else has it, it is theirs."""
    connection.execute(delete(job).where(job.c.key == claimed.key, _is_held_by(owner)))


def put_back(
    connection: Connection, claimed: ClaimedJob, owner: str, *, run_at: datetime, error: str | None = None
) -> None:
    """The job is to be done again, at that time. Where the same work waits already, that will do."""
    if _is_superseded(connection, claimed.queueing_lock):
        finish(connection, claimed, owner)
        return
    columns: dict[str, Any] = {"status": WAITING, "run_at": run_at, "lease_owner": None, "lease_until": None}
    if error is None:
        # It was given back, and did not fail.
        columns["attempts"] = job.c.attempts - 1
    else:
        columns |= {"attempts": claimed.attempts, "last_error": error}
    connection.execute(update(job).where(job.c.key == claimed.key, _is_held_by(owner)).values(**columns))


def fail(connection: Connection, claimed: ClaimedJob, owner: str, error: str) -> None:
    """The job has failed for good, and is kept to be seen."""
    columns = {"status": FAILED, "lease_owner": None, "lease_until": None, "last_error": error}
    connection.execute(update(job).where(job.c.key == claimed.key, _is_held_by(owner)).values(**columns))


def release_expired(connection: Connection, *, now: datetime, attempts: int, until: datetime | None = None) -> int:
    """Jobs whose process is gone wait again; how many they were.

    Args:
        connection: a transaction that writes.
        now: when they may be begun again.
        attempts: how often one after another a job may end with its process; then it has failed.
        until: leases that end by then are over, whatever the time; None: `now`.
    """
    expired = select(job).where(job.c.status == RUNNING, job.c.lease_until <= (until or now)).order_by(job.c.key)
    rows = connection.execute(expired).all()
    for row in rows:
        if _is_superseded(connection, row.queueing_lock):
            connection.execute(delete(job).where(job.c.key == row.key))
            continue
        interruptions = row.attempts if row.last_error == _INTERRUPTED else 1
        columns = {
            "status": FAILED if interruptions >= attempts else WAITING,
            "attempts": interruptions,
            "run_at": now,
            "lease_owner": None,
            "lease_until": None,
            "last_error": _INTERRUPTED,
        }
        connection.execute(update(job).where(job.c.key == row.key).values(**columns))
    return len(rows)


def bring_forward(connection: Connection, *, now: datetime, lease_until: datetime) -> None:
    """The clock was put back: what was put off is due now, and no lease ends later than one that begins now."""
    connection.execute(update(job).where(job.c.status == WAITING, job.c.run_at > now).values(run_at=now))
    held = (job.c.status == RUNNING) & (job.c.lease_until > lease_until)
    connection.execute(update(job).where(held).values(lease_until=lease_until))


def _is_superseded(connection: Connection, queueing_lock: str | None) -> bool:
    if queueing_lock is None:
        return False
    waiting = select(job.c.key).where(job.c.queueing_lock == queueing_lock, job.c.status == WAITING)
    return connection.execute(waiting.limit(1)).first() is not None


def _is_held_by(owner: str) -> ColumnElement[bool]:
    return (job.c.status == RUNNING) & (job.c.lease_owner == owner)


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are, by kind and status."""
    query = select(job.c.kind, job.c.status, func.count()).group_by(job.c.kind, job.c.status)
    return {(kind, status): number for kind, status, number in connection.execute(query)}


def forget_failed(connection: Connection, before: datetime) -> int:
    """Deletes jobs that had failed for good by then; how many they were."""
    return connection.execute(delete(job).where(job.c.status == FAILED, job.c.run_at < before)).rowcount
