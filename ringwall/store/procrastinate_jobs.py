"""The queue of jobs over PostgreSQL, which is procrastinate's: put in, in our own transactions, and looked after.

Workers fetch and finish jobs through procrastinate itself. Here is what it does not offer: to add jobs in a transaction
of SQLAlchemy's, to skip those that wait already, and to give back what a killed worker was doing. Decision 0031 says
why this writes to its table.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from importlib import resources

from sqlalchemy import Connection, text

from ringwall.store.jobs import NewJob
from ringwall.store.turns import take_turn

QUEUE = "ringwall"

# With a hundred thousand jobs waiting, procrastinate's fetch would look through them all for each one's lock.
_INDEX = """
CREATE INDEX IF NOT EXISTS ringwall_procrastinate_jobs_lock ON procrastinate_jobs (lock)
WHERE status IN ('todo', 'doing')
"""
_ADD = text(
    """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
    SELECT :queue, task_name, priority, lock, queueing_lock, args, scheduled_at
    FROM jsonb_to_recordset(CAST(:jobs AS jsonb)) AS job (
        task_name text, priority integer, lock text, queueing_lock text, args jsonb, scheduled_at timestamptz)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
    """
)
_ABANDONED = text(
    """
    SELECT job.id, job.queueing_lock, job.attempts FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing' AND job.queue_name = :queue
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds)
            OR job.id = ANY(:lost))
    ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
    """
)
_IS_SUPERSEDED = text(
    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :queueing_lock AND status = 'todo')"
)
_FINISH = text("SELECT procrastinate_finish_job_v1(:id, CAST(:status AS procrastinate_job_status), :is_deleted)")
_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")


def prepare(connection: Connection) -> None:
    """Makes procrastinate's tables, if they are not there. Several processes may try at once; one does it."""
    take_turn(connection, "procrastinate's schema")
    if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
        schema = (resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")
        # Without parameters the driver sends it as it is, all statements at once.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(schema)
    connection.exec_driver_sql(_INDEX)


def add(connection: Connection, jobs: Sequence[NewJob]) -> None:
    """Adds jobs; one whose queueing lock is held by a job that waits is not added."""
    if jobs:
        rows = [
            {
                "task_name": each.kind,
                "priority": each.priority,
                "lock": each.lock,
                "queueing_lock": each.queueing_lock,
                "args": {"payload": dict(each.payload), "attempts": each.attempts},
                "scheduled_at": each.run_at.isoformat() if each.run_at else None,
            }
            for each in jobs
        ]
        connection.execute(_ADD, {"queue": QUEUE, "jobs": json.dumps(rows)})


def running(connection: Connection, worker_id: int) -> frozenset[int]:
    """The jobs that a worker is doing, as far as the database knows."""
    query = text("SELECT id FROM procrastinate_jobs WHERE worker_id = :worker AND status = 'doing'")
    return frozenset(connection.scalars(query, {"worker": worker_id}))


def put_back_abandoned(connection: Connection, *, seconds: float, attempts: int, lost: Collection[int] = ()) -> int:
    """Jobs of workers that are gone wait again, or have failed if they were begun too often; how many they were.

    Args:
        connection: the transaction.
        seconds: how long a worker may be silent.
        attempts: how often a job may take its worker down.
        lost: jobs that the caller's worker seems to do, and does not: its connection was cut as it fetched or ended
            them.
    """
    rows = connection.execute(_ABANDONED, {"queue": QUEUE, "seconds": seconds, "lost": list(lost)}).all()
    for row in rows:
        if connection.scalar(_IS_SUPERSEDED, {"queueing_lock": row.queueing_lock}):
            # The same work waits already.
            connection.execute(_FINISH, {"id": row.id, "status": "succeeded", "is_deleted": True})
        elif row.attempts >= attempts:
            connection.execute(_FINISH, {"id": row.id, "status": "failed", "is_deleted": False})
        else:
            connection.execute(_RETRY, {"id": row.id})
    return len(rows)


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are, by kind and status, in the words of `store.jobs`."""
    query = text("SELECT task_name, status::text AS status, count(*) AS number FROM procrastinate_jobs GROUP BY 1, 2")
    words = {"todo": "WAITING", "doing": "RUNNING"}
    found: dict[tuple[str, str], int] = {}
    for row in connection.execute(query):
        name = row.task_name, words.get(row.status, "FAILED")
        found[name] = found.get(name, 0) + row.number
    return found


def forget_failed(connection: Connection, seconds: float) -> int:
    """Deletes jobs that failed for good that long ago; how many they were."""
    statement = text(
        """
        DELETE FROM procrastinate_jobs AS job WHERE job.status = 'failed' AND NOT EXISTS (
            SELECT 1 FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.at > now() - make_interval(secs => :seconds))
        """
    )
    return connection.execute(statement, {"seconds": seconds}).rowcount
