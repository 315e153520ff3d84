"""After a crash, and after the clock was put back."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from ringwall.service.context import Policy, Ringwall
from ringwall.service.delivering import LEASE as DELIVERY_LEASE
from ringwall.service.queues import jobs_in
from ringwall.service.recovering import take_over
from ringwall.service.work import rescan
from ringwall.service.worker import LEASE, Rhythm, Schedule
from ringwall.store import analyzers, destinations, jobs, outbox
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import Message
from tests.service.work_for_tests import ACCOUNT, REGION, Plain
from tests.store.samples import NOON


@dataclass
class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ringwall(sqlite_store, clock):
    queue = jobs_in(sqlite_store, clock=clock)
    return Ringwall(sqlite_store, queue, Plain(), clock, lambda: "id", Policy(account=ACCOUNT))


@pytest.fixture
def analyzer(ringwall):
    arn = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/one"
    later = NOON + timedelta(hours=1)
    record = AnalyzerRecord(arn, "one", ACCOUNT, REGION, "ACCOUNT", NOON, next_scan_at=later, scan_interval=3600)
    with ringwall.store.write() as connection:
        return analyzers.insert(connection, record)


def claimed(ringwall, now, until):
    with ringwall.store.write() as connection:
        return jobs.claim(connection, "worker", now=now, until=until)


def test_what_a_killed_server_was_doing_is_free_at_once(ringwall, analyzer):
    """A job and a message that it had; what somebody has who came since stays with him."""
    with ringwall.store.write() as connection:
        for number in range(2):
            job = rescan(analyzer.key, ACCOUNT, REGION, "AWS::SQS::Queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q{number}")
            ringwall.jobs.enqueue(connection, job)
        hook = destinations.insert(connection, DestinationRecord("hook", "webhook", NOON, settings={}))
        outbox.add(connection, [Message("1", hook.key, "finding", {}, NOON)])
        outbox.lease(connection, hook.key, now=NOON, until=NOON + DELIVERY_LEASE, limit=1)
    killed = claimed(ringwall, NOON, NOON + LEASE)
    claimed(ringwall, NOON, NOON + LEASE + timedelta(seconds=1))

    take_over(ringwall, NOON)

    again = claimed(ringwall, NOON, NOON + LEASE)
    with ringwall.store.read() as connection:
        assert outbox.has_due(connection, hook.key, NOON)
    assert again.payload == killed.payload
    assert claimed(ringwall, NOON, NOON + LEASE) is None


def test_a_clock_that_was_put_back_stops_no_plan_and_no_scan(ringwall, analyzer, clock):
    """Else the service would sleep until it is again as late as it was."""
    schedule = Schedule(ringwall, "worker", Rhythm())
    schedule.tick()
    clock.now = NOON - timedelta(days=1)
    schedule.tick()
    clock.now += timedelta(seconds=15)
    with ringwall.store.read() as connection:
        due = [each.name for each in analyzers.due(connection, clock.now)]

    assert due == ["one"]
    assert claimed(ringwall, clock.now, clock.now + LEASE).kind in {"plan", "housekeeping"}
