"""What becomes of events: looks that are put on the list, and messages that are deleted after that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ringwall.collector.event_queue import Message
from ringwall.errors import StoreError
from ringwall.service.context import Quotas
from ringwall.service.queues import jobs_in
from ringwall.service.watching import Watched, watch_once
from ringwall.store import analyzers, scans
from ringwall.store.scans import ScanRecord
from tests.collector.events import an_event
from tests.service.service_for_tests import ACCOUNT, NOON, REGION, analyzer_in, service_over

PARTNER = "444455556666"
BUCKET = "arn:aws:s3:::site"
OPENED = an_event("s3", "PutBucketPolicy", {"bucketName": "site"}, account=ACCOUNT, region=REGION)
TRUSTING = an_event("iam", "UpdateAssumeRolePolicy", {"roleName": "reader"}, account=ACCOUNT, region="us-east-1")
UNBLOCKED = an_event("s3", "DeletePublicAccessBlock", {}, account=ACCOUNT, region="us-east-1")
GUARDED = an_event("organizations", "AttachPolicy", {"policyId": "p-1"}, account=ACCOUNT, region="us-east-1")


@dataclass
class Messages:
    """A queue in memory. What is received and not deleted stays."""

    bodies: list[str]
    deleted: list[str] = field(default_factory=list)

    def receive(self):
        return [Message(str(number), body, f"receipt {number}") for number, body in enumerate(self.bodies)]

    def delete(self, messages):
        self.deleted += [each.body for each in messages]
        self.bodies = [each for each in self.bodies if each not in self.deleted]


@pytest.fixture
def ringwall(store):
    return service_over(store, quotas=Quotas(account_analyzers=10))


def an_analyzer(ringwall, name="watch", *, places=((ACCOUNT, "global"), (ACCOUNT, REGION)), status="ACTIVE", **columns):
    """An analyzer that has scanned some places; its key."""
    arn = analyzer_in(ringwall, name)
    with ringwall.store.write() as connection:
        found = analyzers.find(connection, arn)
        analyzers.update(connection, found.key, status=status, **columns)
        for account, region in places:
            record = ScanRecord(f"{name} {account} {region}", found.key, account, region, "schedule", NOON)
            scans.start(connection, record)
    ringwall.jobs.jobs.clear()
    return found.key


def looks(ringwall):
    """What was put on the list."""
    return [
        (each.kind, each.payload["analyzer"], each.payload["region"], each.payload.get("arn"))
        for each in ringwall.jobs.jobs
    ]


def test_a_changed_resource_is_looked_at_at_once(ringwall):
    """
    It comes before scheduled scans, and the message is done with.
    """
    key, queue = an_analyzer(ringwall), Messages([OPENED])

    watched = watch_once(ringwall, queue)

    assert watched == Watched(received=1, enqueued=1)
    assert looks(ringwall) == [("rescan", key, REGION, BUCKET)]
    assert ringwall.jobs.jobs[0].priority > 0
    assert queue.deleted == [OPENED]


def test_what_the_event_does_not_name_has_its_type_looked_at(ringwall):
    """
    A role lives in no Region, wherever its event comes from; the account's switches concern every Region.
    """
    key = an_analyzer(ringwall, places=[(ACCOUNT, "global"), (ACCOUNT, REGION), (ACCOUNT, "sa-east-1")])

    watch_once(ringwall, Messages([TRUSTING, UNBLOCKED]))

    assert looks(ringwall) == [
        ("rescan-type", key, "global", None),
        ("rescan-type", key, REGION, None),
        ("rescan-type", key, "sa-east-1", None),
    ]


def test_the_same_change_twice_is_one_look(ringwall):
    """
    EventBridge delivers at least once.
    """
    an_analyzer(ringwall)

    watch_once(ringwall, Messages([OPENED, OPENED]))

    assert len(looks(ringwall)) == 1


def test_every_analyzer_that_covers_the_place_looks(ringwall):
    """
    The others do not.
    """
    first = an_analyzer(ringwall)
    second = an_analyzer(ringwall, "second", scope={"accounts": [ACCOUNT], "regions": [REGION]})
    an_analyzer(ringwall, "elsewhere", scope={"accounts": [PARTNER], "regions": []})
    an_analyzer(ringwall, "other-region", scope={"accounts": [], "regions": ["sa-east-1"]})
    an_analyzer(ringwall, "never-there", places=[(PARTNER, REGION)])
    an_analyzer(ringwall, "disabled", status="DISABLED")

    watch_once(ringwall, Messages([OPENED]))

    assert [analyzer for _, analyzer, _, _ in looks(ringwall)] == [first, second]


def test_a_scope_of_regions_keeps_what_is_in_none(ringwall):
    """
    Roles are looked at by every analyzer of their account.
    """
    key = an_analyzer(ringwall, scope={"accounts": [], "regions": [REGION]})

    watch_once(ringwall, Messages([TRUSTING]))

    assert looks(ringwall) == [("rescan-type", key, "global", None)]


def test_an_event_leads_nowhere_that_no_scan_has_been(ringwall):
    """
    Whatever a message names: only the accounts that were found by themselves are entered.
    """
    an_analyzer(ringwall)
    elsewhere = an_event("s3", "PutBucketPolicy", {"bucketName": "site"}, account=PARTNER, region=REGION)

    watched = watch_once(ringwall, Messages([elsewhere]))

    assert (watched.enqueued, looks(ringwall)) == (0, [])


def test_what_is_no_event_is_left_to_the_queue(ringwall, caplog):
    """
    It is reported, and stops nothing.
    """
    an_analyzer(ringwall)
    queue = Messages(["{", OPENED, an_event("s3", "GetObject")])

    watched = watch_once(ringwall, queue)

    assert watched == Watched(received=3, ignored=1, malformed=1, enqueued=1)
    assert queue.bodies == ["{"]
    assert "message 0, received 1 times: not JSON" in caplog.text


def test_a_message_stays_where_its_work_could_not_be_put_off(ringwall):
    """
    It comes again.
    """
    an_analyzer(ringwall)
    queue = Messages([OPENED])

    def fail(*_):
        raise StoreError("the database is gone")

    with pytest.raises(StoreError):
        watch_once(replace(ringwall, jobs=type("Failing", (), {"enqueue": fail})()), queue)

    assert queue.bodies == [OPENED]


def test_a_message_that_comes_again_finds_its_work_on_the_list(store):
    """
    As after a kill between commit and deletion: one look waits, and not two.
    """
    ringwall = service_over(store)
    an_analyzer(ringwall)
    ringwall = replace(ringwall, jobs=jobs_in(store, clock=ringwall.clock))
    queue = Messages([OPENED])
    deleting, queue.delete = queue.delete, lambda _: None

    watch_once(ringwall, queue)
    queue.delete = deleting
    watch_once(ringwall, queue)

    assert waiting(store) == 1
    assert queue.bodies == []


def waiting(store):
    table = "job WHERE status = 'WAITING'" if store.is_sqlite else "procrastinate_jobs WHERE status = 'todo'"
    with store.read() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table}"))


def test_a_change_of_the_organization_brings_the_next_pass_forward(ringwall):
    """
    But a hundred such changes bring one pass in five minutes, and none later than it would have come.
    """
    key = an_analyzer(ringwall, next_scan_at=NOON + timedelta(minutes=20), scan_interval=1800)

    def next_scan():
        with ringwall.store.read() as connection:
            return analyzers.find_key(connection, key).next_scan_at

    watch_once(ringwall, Messages([GUARDED]))
    brought_forward = next_scan()
    with ringwall.store.write() as connection:
        analyzers.update(connection, key, next_scan_at=NOON + timedelta(minutes=30))
    watch_once(ringwall, Messages([GUARDED]))

    assert brought_forward == NOON
    assert next_scan() == NOON + timedelta(minutes=5)
