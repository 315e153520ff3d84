import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Lock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwall.errors import DeliveryError, StoreError
from ringwall.notify.event import Event as Told
from ringwall.notify.event import EventKind
from ringwall.service.delivering import ATTEMPTS, Courier, OpenTransports, delay_after, deliver_due, surroundings_of
from ringwall.store import destinations, outbox
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import Message
from tests.notify.receiver import Receiver
from tests.service.service_for_tests import BUCKET, NOON, access, analyzer_in, public_access, scanned, service_over

TEMPORARY = DeliveryError("busy", retryable=True)
FINAL = DeliveryError("wrong", retryable=False)


class Killed(BaseException):
    """The end of the process."""


@dataclass
class Script:
    """A transport that does what its script says, once for each event that it is given, then takes everything."""

    outcomes: list = field(default_factory=list)
    arrived: list = field(default_factory=list)

    def send(self, event):
        outcome = self.outcomes.pop(0) if self.outcomes else "taken"
        match outcome:
            case "taken":
                self.arrived.append(event.id)
            case "killed after":
                self.arrived.append(event.id)
                raise Killed
            case "killed before":
                raise Killed
            case error:
                raise error

    def __call__(self, _destination):
        return self


@pytest.fixture
def ringwall(store):
    return service_over(store)


def a_destination(ringwall, name="hook"):
    with ringwall.store.write() as connection:
        return destinations.insert(connection, DestinationRecord(name, "webhook", NOON)).key


def put(ringwall, destination, *ids):
    """Events, each named like its id and about what stands before the dash."""
    at = ringwall.clock()
    told = [Told(each, EventKind.TEST, "", "", "", at) for each in ids]
    messages = [Message(each.id, destination, each.id.split("-")[0], each.as_json(), at) for each in told]
    with ringwall.store.write() as connection:
        outbox.add(connection, messages)


def counts(ringwall):
    with ringwall.store.read() as connection:
        return outbox.counts(connection)


def dead(ringwall):
    with ringwall.store.read() as connection:
        return [(each.event_id, each.attempts, each.last_error) for each in outbox.dead(connection, limit=1000)]


def test_what_is_due_is_delivered_once(ringwall):
    """
    And not again by the next round.
    """
    put(ringwall, a_destination(ringwall), "a-1", "b-1")
    script = Script()

    rounds = [deliver_due(ringwall, script) for _ in range(2)]

    assert rounds == [2, 0]
    assert script.arrived == ["a-1", "b-1"]
    assert counts(ringwall) == {}


def test_what_is_refused_is_tried_again_later(ringwall):
    """
    After a time that doubles with every attempt.
    """
    put(ringwall, a_destination(ringwall), "a-1")
    script = Script([TEMPORARY, TEMPORARY])
    taken = []

    for seconds in (0, 4, 1, 9, 1):
        ringwall.clock.move(seconds=seconds)
        taken.append(deliver_due(ringwall, script))

    assert taken == [0, 0, 0, 0, 1]
    assert [delay_after(attempts).seconds for attempts in (1, 2, 3)] == [5, 10, 20]


def test_delays_add_up_to_a_day():
    """
    They grow to an hour, and there are as many as a receiver may need that is mended the next day.
    """
    delays = [delay_after(attempts) for attempts in range(1, ATTEMPTS)]

    assert max(delays) == timedelta(hours=1)
    assert timedelta(hours=20) < sum(delays, timedelta()) < timedelta(hours=28)


def test_what_is_refused_for_a_day_is_a_dead_letter(ringwall):
    """
    With the last reason.
    """
    put(ringwall, a_destination(ringwall), "a-1")
    script = Script([TEMPORARY] * ATTEMPTS)

    for _ in range(ATTEMPTS):
        deliver_due(ringwall, script)
        ringwall.clock.move(hours=1)

    assert dead(ringwall) == [("a-1", ATTEMPTS, "busy")]
    assert script.outcomes == []


def test_what_is_refused_for_ever_is_a_dead_letter_at_once(ringwall):
    """
    And what comes after it is delivered.
    """
    put(ringwall, a_destination(ringwall), "a-1", "a-2")
    script = Script([FINAL])

    taken = [deliver_due(ringwall, script) for _ in range(2)]

    assert taken == [0, 1]
    assert dead(ringwall) == [("a-1", 1, "wrong")]


def test_a_later_change_does_not_overtake(ringwall):
    """
    While the first message about a finding waits for its next attempt, the second waits, and others do not.
    """
    put(ringwall, a_destination(ringwall), "a-1", "a-2", "b-1")
    script = Script([TEMPORARY])

    for _ in range(3):
        deliver_due(ringwall, script)
        ringwall.clock.move(seconds=5)

    assert script.arrived == ["b-1", "a-1", "a-2"]


def test_a_receiver_that_is_down_is_asked_three_times_a_round(ringwall):
    """
    Each may take its whole time limit; what was not tried has no attempt against it.
    """
    put(ringwall, a_destination(ringwall), *(f"{number}-1" for number in range(10)))
    script = Script([TEMPORARY] * 100)

    deliver_due(ringwall, script)

    assert len(script.outcomes) == 97
    assert deliver_due(ringwall, Script()) == 7


def test_a_process_that_dies_after_sending_sends_again(ringwall):
    """
    Once its lease is over; the receiver gets the same id.
    """
    put(ringwall, a_destination(ringwall), "a-1")
    script = Script(["killed after"])

    with pytest.raises(Killed):
        deliver_due(ringwall, script)
    at_once = deliver_due(ringwall, script)
    ringwall.clock.move(minutes=2)
    later = deliver_due(ringwall, script)

    assert (at_once, later) == (0, 1)
    assert script.arrived == ["a-1", "a-1"]


class Lingering:
    """A transport that takes its time for one destination, and none for others."""

    def __init__(self, clock):
        self.clock = clock
        self.sent = []

    def __call__(self, _destination):
        return self

    def send(self, event):
        self.clock.move(seconds=30)
        self.sent.append(event.id)


def test_no_message_is_begun_that_the_lease_may_not_cover(ringwall):
    """
    Else another process would send it, too.
    """
    put(ringwall, a_destination(ringwall), *(f"{number}-1" for number in range(10)))
    slow = Lingering(ringwall.clock)

    deliver_due(ringwall, slow)

    assert slow.sent == ["0-1", "1-1", "2-1"]
    assert counts(ringwall) == {(1, "PENDING"): 7}


class Blocked:
    """A transport whose destination `slow` answers only when it is let."""

    def __init__(self):
        self.let, self.begun, self.quick = Event(), Event(), []

    def __call__(self, destination):
        return _Slow(self) if destination.name == "slow" else _Quick(self)


@dataclass
class _Slow:
    blocked: Blocked

    def send(self, _event):
        self.blocked.begun.set()
        self.blocked.let.wait()


@dataclass
class _Quick:
    blocked: Blocked

    def send(self, event):
        self.blocked.quick.append(event.id)


def test_a_slow_destination_keeps_no_other_waiting(ringwall):
    """
    While it takes its time, the others are delivered to, round after round.
    """
    slow, quick = a_destination(ringwall, "slow"), a_destination(ringwall, "quick")
    put(ringwall, slow, "s-1")
    put(ringwall, quick, "q-1")
    blocked = Blocked()
    courier = Courier(ringwall, blocked)

    courier.start_due()
    blocked.begun.wait()
    for number in (2, 3):
        put(ringwall, quick, f"q-{number}")
    while len(blocked.quick) < 3:
        courier.start_due()
    blocked.let.set()
    courier.close()

    assert blocked.quick == ["q-1", "q-2", "q-3"]
    assert counts(ringwall) == {}


def test_a_disabled_destination_gets_nothing(ringwall):
    """
    What waits for it waits on.
    """
    with ringwall.store.write() as connection:
        key = destinations.insert(connection, DestinationRecord("hook", "webhook", NOON, disabled_at=NOON)).key
    put(ringwall, key, "a-1")

    assert deliver_due(ringwall, Script()) == 0
    assert counts(ringwall) == {(key, "PENDING"): 1}


def test_a_secret_that_cannot_be_read_is_a_failure_that_can_be_mended(ringwall):
    """
    The master key was lost, or is another's: the other destinations go on.
    """
    put(ringwall, a_destination(ringwall), "a-1")

    def locked(_destination):
        raise StoreError("encrypted with another master key")

    deliver_due(ringwall, locked)

    assert counts(ringwall) == {(1, "PENDING"): 1}
    ringwall.clock.move(minutes=1)
    assert deliver_due(ringwall, Script()) == 1


def test_security_hub_is_told_what_is_so_by_now(ringwall):
    """
    The findings of a resource as they are when it is sent, as far as the destination's filter lets them through.
    """
    analyzer = analyzer_in(ringwall)
    scanned(ringwall, analyzer, access(), public_access())

    found = surroundings_of(ringwall).findings_of(analyzer, BUCKET)

    assert sorted(each["isPublic"] for each in found) == [False, True]
    assert surroundings_of(ringwall).findings_of(analyzer, "arn:aws:s3:::other") == []


def test_a_finding_reaches_a_web_server(ringwall):
    """
    From the scan to the request: the secret is decrypted, the URL called, and the message marked.
    """
    with Receiver() as receiver:
        record = DestinationRecord(
            "hook", "webhook", NOON, {"url": receiver.url}, secret=b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        )
        service = service_over(ringwall.store, allowed_hosts=("127.0.0.1",))
        with ringwall.store.write() as connection:
            destinations.insert(connection, record)
        [id_] = scanned(service, analyzer_in(service), access())

        taken = deliver_due(service, OpenTransports(service))

    assert taken == 1
    assert json.loads(receiver.received[0].body)["detail"]["id"] == id_


OUTCOMES = st.sampled_from(["taken", "taken", "killed after", "killed before", TEMPORARY, FINAL])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    subjects=st.lists(st.sampled_from("abc"), min_size=1, max_size=8),
    outcomes=st.lists(OUTCOMES, max_size=20),
    limit=st.integers(1, 5),
)
def test_whatever_fails_each_event_arrives(sqlite_store, subjects, outcomes, limit):
    """
    At least once, or it is a dead letter; once exactly where the process did not die after sending; and of one
    subject none before the one that happened before it.
    """
    ringwall = service_over(sqlite_store)
    ids = [f"{subject}-{number}" for number, subject in enumerate(subjects)]
    key = a_destination(ringwall, f"hook {subjects} {outcomes} {limit}")
    put(ringwall, key, *ids)
    deaths, script = outcomes.count("killed after"), Script(list(outcomes))

    while (key, "PENDING") in counts(ringwall):
        _until_killed(ringwall, script, limit)
        ringwall.clock.move(hours=2)
    given_up = [each for each, *_ in dead(ringwall)]
    with ringwall.store.write() as connection:
        destinations.delete(connection, f"hook {subjects} {outcomes} {limit}")

    times = Counter(script.arrived)
    first = list(dict.fromkeys(script.arrived))
    assert set(script.arrived) | set(given_up) == set(ids)
    assert sum(times.values()) - len(times) <= deaths
    for subject in "abc":
        numbers = [int(each[2:]) for each in first if each[0] == subject]
        assert numbers == sorted(numbers)


def _until_killed(ringwall, script, limit):
    with suppress(Killed):
        deliver_due(ringwall, script, limit=limit)


def test_two_processes_at_a_time_deliver_each_message_once(ringwall):
    """
    On both databases: what one has leased, the other does not get.
    """
    key = a_destination(ringwall)
    put(ringwall, key, *(f"{number}-1" for number in range(60)))
    script, lock = Script(), Lock()
    couriers = [Courier(ringwall, _Locked(script, lock), limit=5) for _ in range(3)]

    while (key, "PENDING") in counts(ringwall):
        for each in couriers:
            each.start_due()
    for each in couriers:
        each.close()

    assert sorted(script.arrived) == sorted(f"{number}-1" for number in range(60))


@dataclass
class _Locked:
    script: Script
    lock: Lock

    def __call__(self, _destination):
        return self

    def send(self, event):
        with self.lock:
            self.script.send(event)
