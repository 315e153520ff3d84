"""What does the work: threads that run jobs, and what has to be done beside them. The same over both databases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Protocol

from ringwall.service import work as jobs
from ringwall.service.context import Ringwall
from ringwall.service.delivering import LEASE as DELIVERY_LEASE
from ringwall.service.jobs import HOUSEKEEPING_EVERY, PLAN_EVERY
from ringwall.service.local_worker import LocalWorker
from ringwall.service.outermost import Loop, Looping, attempt
from ringwall.service.sources import Source
from ringwall.service.work import Work
from ringwall.store import analyzers, outbox, workers
from ringwall.store import jobs as jobs_in_rows

THREADS = 8
LEASE = timedelta(seconds=30)
_TICK = timedelta(seconds=1)
_STEP = timedelta(seconds=2)
"""What the clock is put back by that nobody minds: those who keep it right do so in small steps."""
_SEEN_EVERY = timedelta(seconds=10)
_FORGOTTEN_AFTER = timedelta(hours=1)


class Engine(Protocol):
    """Runs jobs."""

    def start(self) -> None: ...

    def stop(self, timeout: float) -> None:
        """Begins no more jobs, waits for those that run, and gives back what does not end in time."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a worker does what."""

    plan: timedelta = PLAN_EVERY
    housekeeping: timedelta = HOUSEKEEPING_EVERY
    lease: timedelta = LEASE
    """How long a job is left alone whose process does not say that it is still at it."""


class Worker:
    """The threads of one process that work on jobs.

    Args:
        ringwall: the service.
        source: where resources come from.
        threads: how many jobs run at a time.
        beside: loops to run in threads of their own, by name: deliver messages, watch events.
        rhythm: how often things are done.
        work: what jobs are given, where that is more than the service and the source.
    """

    def __init__(
        self,
        ringwall: Ringwall,
        source: Source,
        *,
        threads: int = THREADS,
        beside: Mapping[str, Loop] | None = None,
        rhythm: Rhythm | None = None,
        work: Work | None = None,
    ) -> None:
        self._ringwall = ringwall
        self._rhythm = rhythm or Rhythm()
        self._stopped = Event()
        self._id = ringwall.new_id()
        self._engine = _engine(work or Work(ringwall, source), threads, self._rhythm.lease)
        loops = {"schedule": Schedule(ringwall, self._id, self._rhythm).tick, **(beside or {})}
        self._loops = [Looping(name, loop, self._stopped) for name, loop in loops.items()]

    def start(self) -> None:
        self._engine.start()
        for loop in self._loops:
            loop.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Ends what is under way, and gives back what does not end in time."""
        self._stopped.set()
        self._engine.stop(timeout)
        for loop in self._loops:
            loop.join(timeout)
        # Whoever stops it because the database is gone should not be kept from it.
        attempt("saying goodbye", self._say_goodbye)

    def _say_goodbye(self) -> None:
        with self._ringwall.store.write() as connection:
            workers.gone(connection, self._id)


def _engine(work: Work, threads: int, lease: timedelta) -> Engine:
    if work.ringwall.store.is_sqlite:
        return LocalWorker(work, threads=threads, lease=lease)
    # An extra, and half a second to import: only PostgreSQL needs it.
    from ringwall.service.procrastinate_worker import ProcrastinateWorker  # noqa: PLC0415

    return ProcrastinateWorker(work, threads=threads, lease=lease)


class Schedule:
    """Enqueues what is done from time to time, and says that the worker is there.

    All workers do so: of each job one waits at a time.
    """

    def __init__(self, ringwall: Ringwall, worker_id: str, rhythm: Rhythm) -> None:
        self._ringwall = ringwall
        self._worker_id = worker_id
        self._started_at = ringwall.clock()
        self._every: dict[jobs.MakeJob, timedelta] = {jobs.plan: rhythm.plan, jobs.housekeeping: rhythm.housekeeping}
        self._next = dict.fromkeys(self._every, self._started_at)
        self._lease = rhythm.lease
        self._seen_next = self._told = self._started_at

    def tick(self) -> float:
        now = self._ringwall.clock()
        if now < self._told - _STEP:
            self._set_right(now)
        self._told = now
        due = [make for make, at in self._next.items() if at <= now]
        if due or self._seen_next <= now:
            self._write(now, due)
        return _TICK.total_seconds()

    def _set_right(self, now: datetime) -> None:
        """The clock was put back: nothing may wait until it is again as late as it was."""
        with self._ringwall.store.write() as connection:
            analyzers.keep_all(connection)
            analyzers.bring_forward(connection, now)
            outbox.bring_forward(connection, now=now, lease_until=now + DELIVERY_LEASE)
            # Over PostgreSQL the jobs go by the database's clock.
            if self._ringwall.store.is_sqlite:
                jobs_in_rows.bring_forward(connection, now=now, lease_until=now + self._lease)
        self._next = dict.fromkeys(self._every, now)
        self._seen_next = now

    def _write(self, now: datetime, due: list[jobs.MakeJob]) -> None:
        with self._ringwall.store.write() as connection:
            self._ringwall.jobs.enqueue(connection, *(make() for make in due))
            workers.seen(connection, self._worker_id, started_at=self._started_at, at=now)
            workers.forget(connection, now - _FORGOTTEN_AFTER)
        self._next |= {make: now + self._every[make] for make in due}
        self._seen_next = now + _SEEN_EVERY
