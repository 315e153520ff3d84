"""Puts work off: into the store's own queue over SQLite, into procrastinate's over PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import Connection

from ringwall.service.context import Job, Jobs
from ringwall.store import jobs, procrastinate_jobs
from ringwall.store.database import Store
from ringwall.store.jobs import NewJob


def jobs_in(store: Store, *, clock: Callable[[], datetime]) -> Jobs:
    """The queue that belongs to a store. On PostgreSQL it makes the tables that the queue needs."""
    if store.is_sqlite:
        return StoreJobs(clock)
    with store.write() as connection:
        procrastinate_jobs.prepare(connection)
    return ProcrastinateJobs()


class StoreJobs:
    """The queue over SQLite."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def enqueue(self, connection: Connection, *new: Job) -> None:
        jobs.add(connection, _rows(new), self._clock())


class ProcrastinateJobs:
    """The queue over PostgreSQL."""

    def enqueue(self, connection: Connection, *new: Job) -> None:
        procrastinate_jobs.add(connection, _rows(new))


def _rows(new: Iterable[Job]) -> list[NewJob]:
    return [NewJob(each.kind, each.payload, each.run_at, each.lock, each.queueing_lock, each.priority) for each in new]
