"""Workers, with real threads, over both databases."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import uuid4  # noqa: TID251 - as the service has them

import pytest
from sqlalchemy import select

from ringwall.errors import CollectionError, StoreError
from ringwall.service import work
from ringwall.service.context import Policy, Ringwall
from ringwall.service.jobs import wait_after
from ringwall.service.queues import jobs_in
from ringwall.service.worker import Rhythm, Worker
from ringwall.store import analyzers, findings, jobs, procrastinate_jobs, tables
from ringwall.store.analyzers import AnalyzerRecord
from tests.service.memory_source import MemorySource
from tests.service.work_for_tests import ACCOUNT, REGION, Plain, queue

PARTNER = "444455556666"
RHYTHM = Rhythm(plan=timedelta(seconds=0.2), lease=timedelta(seconds=10))
PATIENCE = 120


def now():
    return datetime.now(UTC)  # noqa: TID251 - a worker's threads need a clock that goes


@pytest.fixture
def ringwall(store):
    return Ringwall(store, jobs_in(store, clock=now), Plain(), now, lambda: str(uuid4()), Policy(account=ACCOUNT))


@pytest.fixture
def analyzer(ringwall):
    arn = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/one"
    record = AnalyzerRecord(arn, "one", ACCOUNT, REGION, "ACCOUNT", now(), next_scan_at=now(), scan_interval=3600)
    with ringwall.store.write() as connection:
        return analyzers.insert(connection, record)


@pytest.fixture
def started(ringwall):
    """Starts a worker, which is stopped at the end in any case."""
    workers = []

    def start(source, **options):
        worker = Worker(ringwall, source, **{"threads": 2, "rhythm": RHYTHM, **options})
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        worker.stop(5)


def until(condition):
    """Waits for what happens in other threads."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def found(ringwall, analyzer):
    with ringwall.store.read() as connection:
        return [each.status.value for each in findings.each(connection, analyzer.key, {})]


def counts(ringwall):
    queued = jobs if ringwall.store.is_sqlite else procrastinate_jobs
    with ringwall.store.read() as connection:
        return queued.counts(connection)


def test_a_worker_does_what_is_due(ringwall, analyzer, started):
    """From an analyzer that is due to its findings, without any help."""
    worker = started(MemorySource(resources=[queue("q", PARTNER)]))

    until(lambda: found(ringwall, analyzer) == ["ACTIVE"])
    worker.stop(5)


def test_a_worker_says_that_it_is_there_until_it_is_not(ringwall, started):
    """Whoever asks whether the service is ready looks for it."""
    worker = started(MemorySource(), threads=1)

    until(lambda: seen(ringwall) == 1)
    worker.stop()

    assert seen(ringwall) == 0


def seen(ringwall):
    with ringwall.store.read() as connection:
        return len(connection.execute(select(tables.worker)).all())


def test_a_job_that_fails_is_done_again(ringwall, analyzer, started):
    """Its source fails twice, then it answers."""
    source = MemorySource(resources=[queue("q", PARTNER)])
    failures = iter([CollectionError("INTERNAL_ERROR", "throttled")] * 2)
    read_one = source.read_one

    def fail_twice(*place):
        if error := next(failures, None):
            raise error
        return read_one(*place)

    source.read_one = fail_twice
    with ringwall.store.write() as connection:
        job = work.rescan(analyzer.key, ACCOUNT, REGION, "AWS::SQS::Queue", queue("q").arn)
        ringwall.jobs.enqueue(connection, job)
    source.accounts = ()
    worker = started(source, threads=2, rhythm=Rhythm(plan=timedelta(hours=1)))

    until(lambda: found(ringwall, analyzer) == ["ACTIVE"])
    worker.stop(5)


def test_a_slow_account_delays_only_itself(ringwall, analyzer, started):
    """It has as many jobs as there are threads, and keeps one of them busy."""
    release = Event()
    slow, quick = "111111111111", "222222222222"
    source = MemorySource(accounts=(slow, quick), enabled=("eu-west-1", "eu-west-2", "eu-west-3"))
    source.resources = [queue("q", PARTNER, account=quick)]
    read, inside = source.read, []

    def wait(account, region, types):
        if account == slow:
            inside.append(region)
            release.wait(PATIENCE)
        yield from read(account, region, types)

    source.read = wait
    worker = started(source, threads=3)

    until(lambda: found(ringwall, analyzer) == ["ACTIVE"])
    busy = len(inside)
    release.set()
    worker.stop()

    assert busy == 1


def test_loops_beside_the_jobs_are_called_and_may_fail(ringwall, started):
    """A delivery that fails ends neither the loop nor the worker."""
    calls = []

    def loop():
        calls.append(1)
        if len(calls) == 1:
            raise CollectionError("INTERNAL_ERROR", "no")
        return 0.01

    worker = started(MemorySource(), threads=1, beside={"deliver": loop})

    until(lambda: len(calls) > 3)
    worker.stop(5)


def test_a_worker_that_is_stopped_ends_what_it_does(ringwall, analyzer, started):
    """Nothing is left running, and nothing is begun."""
    worker = started(MemorySource())
    until(lambda: seen(ringwall) == 1)

    worker.stop()

    assert not any(status == "RUNNING" for _, status in counts(ringwall))


def test_the_waits_grow_to_a_limit():
    """A second attempt comes soon, a tenth does not."""
    waits = [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 20)]

    assert waits == [2, 4, 8, 900]


def test_a_worker_stops_although_the_database_is_gone(ringwall, started, monkeypatch):
    """Its leases end by themselves: whoever stops it then is not kept from it."""
    worker = started(MemorySource(), threads=1)
    until(lambda: seen(ringwall) == 1)

    @contextmanager
    def gone():
        raise StoreError("the database does not answer: the disk is full")
        yield

    monkeypatch.setattr(ringwall.store, "write", gone)
    worker.stop(5)
    monkeypatch.undo()

    assert seen(ringwall) == 1
