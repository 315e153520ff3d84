"""Runs jobs over SQLite: threads that lease rows, and one that says that they are still at it."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Lock
from time import monotonic

from ringwall.service.jobs import ATTEMPTS, perform, wait_after
from ringwall.service.outermost import Looping, attempt
from ringwall.service.work import Work
from ringwall.store import jobs
from ringwall.store.jobs import ClaimedJob

INTERRUPTIONS = 100
"""So often one after another a job may end with its process. Then it seems to be what ends it."""
_IDLE = 0.2
"""Seconds until a thread that found nothing to do looks again."""


class LocalWorker:
    """Some threads that run jobs."""

    def __init__(self, work: Work, *, threads: int, lease: timedelta) -> None:
        self._work = work
        self._owner = work.ringwall.new_id()
        self._lease = lease
        self._stopping = Event()
        self._stopped = Event()
        self._claiming = Lock()
        self._running: dict[int, ClaimedJob] = {}
        self._threads = [Looping(f"job-{number}", self._next, self._stopping) for number in range(threads)]
        self._heartbeat = Looping("heartbeat", self._beat, self._stopped)

    def start(self) -> None:
        self._heartbeat.start()
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> None:
        """Begins no more jobs, waits for those that run, and gives back what does not end in time."""
        self._stopping.set()
        until = monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        self._stopped.set()
        self._heartbeat.join(timeout)
        if self._running:
            # Where it cannot be written the leases end by themselves.
            attempt("giving back what did not end", self._give_back)

    def _give_back(self) -> None:
        now = self._work.ringwall.clock()
        with self._work.ringwall.store.write() as connection:
            for claimed in list(self._running.values()):
                jobs.put_back(connection, claimed, self._owner, run_at=now)

    def _next(self) -> float:
        """Does the next job; how long to wait for another."""
        claimed = self._claim()
        if claimed is None:
            return _IDLE
        try:
            error = perform(self._work, claimed.kind, claimed.payload)
            self._end(claimed, error)
        finally:
            self._running.pop(claimed.key, None)
        return 0.0

    def _claim(self) -> ClaimedJob | None:
        store, now = self._work.ringwall.store, self._work.ringwall.clock()
        with self._claiming:
            with store.read() as connection:
                # Most looks find nothing, and should not stop others from writing.
                if not jobs.is_due(connection, now):
                    return None
            with store.write() as connection:
                claimed = jobs.claim(connection, self._owner, now=now, until=now + self._lease)
            if claimed is not None:
                self._running[claimed.key] = claimed
            return claimed

    def _end(self, claimed: ClaimedJob, error: Exception | None) -> None:
        with self._work.ringwall.store.write() as connection:
            if error is None:
                jobs.finish(connection, claimed, self._owner)
            elif claimed.attempts >= ATTEMPTS:
                jobs.fail(connection, claimed, self._owner, str(error))
            else:
                again = self._work.ringwall.clock() + wait_after(claimed.attempts)
                jobs.put_back(connection, claimed, self._owner, run_at=again, error=str(error) or repr(error))

    def _beat(self) -> float:
        """Holds on to the own jobs, and lets go those of processes that are gone."""
        now = self._work.ringwall.clock()
        with self._work.ringwall.store.write() as connection:
            jobs.extend(connection, self._owner, now + self._lease)
            jobs.release_expired(connection, now=now, attempts=INTERRUPTIONS)
        return self._lease.total_seconds() / 3
