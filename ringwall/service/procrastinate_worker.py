"""Runs jobs over PostgreSQL, on procrastinate: the same functions, in as many processes as there are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker
from sqlalchemy import Connection

from ringwall.service.jobs import ATTEMPTS, JOBS, perform, wait_after
from ringwall.service.outermost import Looping
from ringwall.service.work import Work
from ringwall.store import procrastinate_jobs
from ringwall.store.jobs import NewJob
from ringwall.store.procrastinate_jobs import QUEUE

_POLL = 1.0
"""Seconds: also a job whose time has come is noticed then, which nobody notifies of."""

# Of jobs with locks there may be a hundred thousand. Before the database has gathered statistics about them, it would
# read them all to fetch one; with these it takes them in order and looks up each one's lock.
_PLANNER = " ".join(
    f"-c enable_{way}=off" for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "sort", "material")
)


class FailedForGoodError(Exception):
    """A job was begun as often as it may be: procrastinate keeps it, as failed."""


class ProcrastinateWorker:
    """One worker of procrastinate, in a thread, with threads for its jobs."""

    def __init__(self, work: Work, *, threads: int, lease: timedelta) -> None:
        self._work = work
        self._threads = threads
        self._lease = lease
        self._timeout = 0.0
        self._stopping = Event()
        self._stopped = Event()
        self._worker: Worker | None = None
        self._running = set[int]()
        self._suspects = frozenset[int]()
        self._lock = Lock()
        self._thread = Looping("procrastinate", self._run, self._stopping)
        self._sweeper = Looping("sweep", self._sweep, self._stopped)

    def start(self) -> None:
        # Its own log tells of every job, in the level of what users care about.
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._thread.start()
        self._sweeper.start()

    def stop(self, timeout: float) -> None:
        """Begins no more jobs, waits for those that run, and gives back what does not end in time."""
        self._timeout = timeout
        self._stopping.set()
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = timeout
            self._worker.stop()  # type: ignore[no-untyped-call]  # procrastinate gives it no types
        self._thread.join(timeout + 1)
        self._stopped.set()
        self._sweeper.join(timeout)

    def _run(self) -> float:
        """Works until it is stopped, or until the database does not answer: then it is called again."""
        asyncio.run(self._work_on_jobs())
        return 1.0

    async def _work_on_jobs(self) -> None:
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="job")
        loop.set_default_executor(threads)
        async with self._app().open_async() as app:
            self._worker = Worker(
                app,
                queues=[QUEUE],
                concurrency=self._threads,
                fetch_job_polling_interval=_POLL,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
                install_signal_handlers=False,
                update_heartbeat_interval=self._lease.total_seconds() / 3,
                stalled_worker_timeout=self._lease.total_seconds(),
            )
            if not self._stopping.is_set():
                await self._worker.run()  # type: ignore[no-untyped-call]  # as above

    def _app(self) -> App:
        url = self._work.ringwall.store.engine.url
        named = url.translate_connect_args(username="user", database="dbname")
        options = f"{url.query.get('options', '')} {_PLANNER}".strip()
        connector = PsycopgConnector(kwargs={**url.query, **named, "options": options}, min_size=2, max_size=6)
        app = App(connector=connector)
        for kind in JOBS:
            app.task(name=kind, queue=QUEUE, pass_context=True)(self._task(kind))
        return app

    def _task(self, kind: str) -> Callable[..., None]:
        def task(context: JobContext, *, payload: Mapping[str, Any], attempts: int = 0) -> None:
            job = context.job
            assert job.id is not None
            with self._lock:
                self._running.add(job.id)
            try:
                error = perform(self._work, kind, payload)
                if error is not None:
                    again = NewJob(
                        kind, payload, None, job.lock, job.queueing_lock, job.priority, attempts=attempts + 1
                    )
                    self._put_back(again, error)
            finally:
                with self._lock:
                    self._running.discard(job.id)

        return task

    def _put_back(self, again: NewJob, error: Exception) -> None:
        """Enqueues the job once more, later. Procrastinate's own retry would fail where the same work waits already.

        Raises:
            FailedForGoodError: it was tried often enough.
        """
        if again.attempts >= ATTEMPTS:
            raise FailedForGoodError(str(error)) from error
        ringwall = self._work.ringwall
        later = replace(again, run_at=ringwall.clock() + wait_after(again.attempts))
        with ringwall.store.write() as connection:
            procrastinate_jobs.add(connection, [later])

    def _sweep(self) -> float:
        """Gives back the jobs of workers that are gone, and those that this one lost as its connection was cut."""
        with self._work.ringwall.store.write() as connection:
            procrastinate_jobs.put_back_abandoned(
                connection, seconds=self._lease.total_seconds(), attempts=2 * ATTEMPTS, lost=self._lost(connection)
            )
        return self._lease.total_seconds() / 3

    def _lost(self, connection: Connection) -> frozenset[int]:
        """Jobs that the database takes to be running here, twice in a row, and that are not."""
        worker_id = self._worker.worker_id if self._worker else None
        claimed = procrastinate_jobs.running(connection, worker_id) if worker_id is not None else frozenset[int]()
        with self._lock:
            idle = claimed - self._running
        lost, self._suspects = idle & self._suspects, idle
        return lost
