"""The queue over SQLite: leases, locks, priorities, and what becomes of jobs whose process is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from ringwall.store import jobs
from ringwall.store.jobs import NewJob

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


@pytest.fixture
def queue(sqlite_store):
    return Queue(sqlite_store)


class Queue:
    def __init__(self, store):
        self.store = store
        self.now = NOON

    def add(self, *new):
        with self.store.write() as connection:
            jobs.add(connection, new, self.now)

    def claim(self, owner="a"):
        with self.store.write() as connection:
            return jobs.claim(connection, owner, now=self.now, until=self.now + LEASE)

    def finish(self, claimed, owner="a"):
        with self.store.write() as connection:
            jobs.finish(connection, claimed, owner)

    def put_back(self, claimed, owner="a", **delta):
        with self.store.write() as connection:
            jobs.put_back(connection, claimed, owner, run_at=self.now + timedelta(**delta), error="no")

    def release(self):
        with self.store.write() as connection:
            return jobs.release_expired(connection, now=self.now, attempts=3)

    def counts(self):
        with self.store.read() as connection:
            return jobs.counts(connection)


def test_jobs_come_by_priority_and_then_by_age(queue):
    """The higher first, the older first."""
    queue.add(NewJob("a", {}), NewJob("b", {}, priority=5), NewJob("c", {}))

    assert [queue.claim().kind for _ in range(3)] == ["b", "a", "c"]


def test_a_job_waits_for_its_time(queue):
    """And then it comes."""
    queue.add(NewJob("later", {}, NOON + timedelta(minutes=1)))
    early = queue.claim()
    queue.now += timedelta(minutes=1)

    assert (early, queue.claim().kind) == (None, "later")


def test_a_job_is_done_once(queue):
    """What somebody leased nobody else gets, and what is done is gone."""
    queue.add(NewJob("a", {"x": 1}))
    claimed = queue.claim()
    others = queue.claim("b")

    queue.finish(claimed)

    assert (claimed.payload, claimed.attempts, others, queue.counts()) == ({"x": 1}, 1, None, {})


def test_of_one_lock_one_runs_at_a_time_and_in_order(queue):
    """Others overtake; the second of the same lock does not."""
    queue.add(NewJob("one", {}, lock="l"), NewJob("two", {}, lock="l"), NewJob("other", {}))
    one, other = queue.claim(), queue.claim()
    blocked = queue.claim()
    queue.finish(one)

    assert (one.kind, other.kind, blocked, queue.claim().kind) == ("one", "other", None, "two")


def test_of_one_queueing_lock_one_waits(queue):
    """While one runs, another may wait: something may have changed since the first began."""
    queue.add(NewJob("a", {}, queueing_lock="q"), NewJob("a", {}, queueing_lock="q"))
    queue.claim()
    queue.add(NewJob("a", {}, queueing_lock="q"), NewJob("a", {}, queueing_lock="q"))

    assert queue.counts() == {("a", "RUNNING"): 1, ("a", "WAITING"): 1}


def test_what_a_killed_process_did_is_done_again(queue):
    """Once its lease has ended, and not before."""
    queue.add(NewJob("a", {}))
    queue.claim("killed")
    queue.now += LEASE - timedelta(seconds=1)
    early = queue.release()
    queue.now += timedelta(seconds=1)

    assert (early, queue.release(), queue.claim("b").kind) == (0, 1, "a")


def test_a_lease_that_is_extended_does_not_end(queue):
    """The process says that it is still at it."""
    queue.add(NewJob("a", {}))
    queue.claim()
    queue.now += LEASE - timedelta(seconds=1)
    with queue.store.write() as connection:
        jobs.extend(connection, "a", queue.now + LEASE)
    queue.now += timedelta(seconds=2)

    assert queue.release() == 0


def test_a_late_worker_does_not_end_what_somebody_else_has(queue):
    """It was slow, its lease ended, another does the job: only that one may say that it is done."""
    queue.add(NewJob("a", {}))
    slow = queue.claim("slow")
    queue.now += LEASE
    queue.release()
    queue.claim("quick")

    queue.finish(slow, "slow")

    assert queue.counts() == {("a", "RUNNING"): 1}


def test_a_job_that_takes_its_process_down_fails_in_the_end(queue):
    """Else it would take down every process for ever."""
    queue.add(NewJob("a", {}))
    for _ in range(3):
        queue.claim()
        queue.now += LEASE
        queue.release()

    assert queue.counts() == {("a", "FAILED"): 1}


def test_a_failed_attempt_is_made_again_later(queue):
    """Not at once."""
    queue.add(NewJob("a", {}))
    queue.put_back(queue.claim(), seconds=10)
    early = queue.claim()
    queue.now += timedelta(seconds=10)

    assert (early, queue.claim().attempts) == (None, 2)


def test_work_that_waits_already_is_not_put_back(queue):
    """A second one with the same queueing lock will do it."""
    queue.add(NewJob("a", {}, queueing_lock="q"))
    claimed = queue.claim()
    queue.add(NewJob("a", {}, queueing_lock="q"))

    queue.put_back(claimed)

    assert queue.counts() == {("a", "WAITING"): 1}


def test_what_is_given_back_was_no_attempt(queue):
    """A worker that is stopped gives back what it has not ended."""
    queue.add(NewJob("a", {}))
    with queue.store.write() as connection:
        claimed = jobs.claim(connection, "a", now=NOON, until=NOON + LEASE)
        jobs.put_back(connection, claimed, "a", run_at=NOON)

    assert queue.claim().attempts == 1


def test_a_job_that_is_not_committed_is_not_there(queue):
    """It is there exactly if the transaction is committed."""
    with queue.store.write() as connection:
        jobs.add(connection, [NewJob("a", {})], NOON)
        connection.rollback()

    assert queue.counts() == {}


def test_to_be_interrupted_is_no_failure(queue):
    """Whoever restarts a process often does not use up the attempts of its jobs."""
    queue.add(NewJob("a", {}))
    queue.put_back(queue.claim())
    attempts = []
    for _ in range(2):
        attempts.append(queue.claim().attempts)
        queue.now += LEASE
        queue.release()
    queue.put_back(queue.claim())

    assert (attempts, queue.claim().attempts) == ([2, 1], 2)


def test_where_the_owners_are_known_to_be_gone_no_lease_is_waited_for(queue):
    """What was leased until then is free at once."""
    queue.add(NewJob("a", {}), NewJob("b", {}))
    queue.claim("gone")
    queue.now += timedelta(seconds=1)
    queue.claim("there")
    with queue.store.write() as connection:
        released = jobs.release_expired(connection, now=queue.now, attempts=3, until=NOON + LEASE)

    assert (released, queue.claim().kind, queue.claim()) == (1, "a", None)


def test_a_clock_that_was_put_back_delays_no_job(queue):
    """What waits is due, and what a process has that is gone is free after one lease."""
    queue.add(NewJob("held", {}))
    queue.claim("gone")
    queue.add(NewJob("waits", {}))
    queue.now -= timedelta(days=1)
    with queue.store.write() as connection:
        jobs.bring_forward(connection, now=queue.now, lease_until=queue.now + LEASE)
    claimed = queue.claim()
    queue.now += LEASE

    assert (claimed.kind, queue.release(), queue.claim().kind) == ("waits", 2, "held")
