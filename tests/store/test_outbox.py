from datetime import timedelta
from threading import Thread

import pytest

from ringwall.errors import ConflictError
from ringwall.store import destinations, outbox
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import DEAD, PENDING, Message
from tests.store.samples import NOON

UNTIL = NOON + timedelta(minutes=2)


def a_destination(store, name="hook", **columns):
    record = DestinationRecord(name, "webhook", NOON, settings={"url": "https://example.com/"}, **columns)
    with store.write() as connection:
        return destinations.insert(connection, record).key


def put(store, destination, *events, at=NOON):
    """Messages, each named like its event and about what stands before the dash."""
    messages = [Message(each, destination, each.split("-")[0], {"id": each}, at) for each in events]
    with store.write() as connection:
        outbox.add(connection, messages)


def leased(store, destination, *, now=NOON, until=UNTIL, limit=10):
    with store.write() as connection:
        return outbox.lease(connection, destination, now=now, until=until, limit=limit)


def names(messages):
    return [each.event_id for each in messages]


def sent(store, message, at=NOON):
    with store.write() as connection:
        outbox.mark_sent(connection, message, at)


def failed(store, message, again):
    with store.write() as connection:
        outbox.mark_failed(connection, message, "refused", next_attempt_at=again)


def dead(store, **chosen):
    with store.read() as connection:
        return outbox.dead(connection, **chosen, limit=10)


def test_a_destination_comes_back_as_it_was_written(store):
    """
    What was written is what is read.
    """
    key = a_destination(store, secret=b"\0\1", filter={"isPublic": {"eq": ["true"]}})

    with store.read() as connection:
        found = destinations.find(connection, "hook")

    assert found == DestinationRecord(
        "hook",
        "webhook",
        NOON,
        settings={"url": "https://example.com/"},
        secret=b"\0\1",
        filter={"isPublic": {"eq": ["true"]}},
        key=key,
    )


def test_names_of_destinations_are_unique(store):
    """
    A second one is refused, and the first one stays.
    """
    a_destination(store)

    with pytest.raises(ConflictError):
        a_destination(store)


def test_a_destination_goes_with_what_was_to_be_sent_to_it(store):
    """
    Nothing is left that nobody could deliver.
    """
    put(store, a_destination(store), "a-1")

    with store.write() as connection:
        destinations.delete(connection, "hook")

    with store.read() as connection:
        assert outbox.counts(connection) == {}


def test_an_event_is_written_once(store):
    """
    The same event for the same destination again changes nothing; for another one it is another message.
    """
    first, second = a_destination(store), a_destination(store, "other")

    put(store, first, "a-1", "a-1")
    put(store, first, "a-1")
    put(store, second, "a-1")

    with store.read() as connection:
        assert outbox.counts(connection) == {(first, PENDING): 1, (second, PENDING): 1}


def test_a_leased_message_is_nobody_elses(store):
    """
    Until the lease ends: whoever had it may have died.
    """
    hook = a_destination(store)
    put(store, hook, "a-1")
    leased(store, hook)

    assert names(leased(store, hook, now=UNTIL - timedelta(seconds=1))) == []
    assert names(leased(store, hook, now=UNTIL)) == ["a-1"]


def test_messages_about_one_thing_leave_one_after_the_other(store):
    """
    The second is not handed out before the first is sent; what is about something else does not wait.
    """
    hook = a_destination(store)
    put(store, hook, "a-1", "a-2", "b-1")

    before = leased(store, hook)
    sent(store, before[0])

    assert names(before) == ["a-1", "b-1"]
    assert names(leased(store, hook)) == ["a-2"]


def test_a_message_that_failed_holds_up_those_about_the_same(store):
    """
    Also while it waits for its next attempt.
    """
    hook = a_destination(store)
    put(store, hook, "a-1", "a-2")
    [first] = leased(store, hook)
    failed(store, first, NOON + timedelta(hours=1))

    assert names(leased(store, hook, now=NOON + timedelta(minutes=59))) == []
    assert names(leased(store, hook, now=NOON + timedelta(hours=1))) == ["a-1"]


def test_a_message_that_was_given_up_holds_up_nothing(store):
    """
    It is among the dead letters, with why.
    """
    hook = a_destination(store)
    put(store, hook, "a-1", "a-2")
    [first] = leased(store, hook)

    failed(store, first, None)

    assert names(leased(store, hook)) == ["a-2"]
    assert [(each.event_id, each.attempts, each.last_error) for each in dead(store)] == [("a-1", 1, "refused")]


def test_who_lost_the_lease_cannot_mark_a_failure(store):
    """
    The message is another's now, who may have sent it.
    """
    hook = a_destination(store)
    put(store, hook, "a-1")
    [slow] = leased(store, hook)
    [quick] = leased(store, hook, now=UNTIL, until=UNTIL + timedelta(minutes=2))

    failed(store, slow, None)
    sent(store, quick)

    assert dead(store) == ()


def test_who_lost_the_lease_can_say_that_it_is_sent(store):
    """
    What the receiver has need not be sent again.
    """
    hook = a_destination(store)
    put(store, hook, "a-1")
    [slow] = leased(store, hook)
    [quick] = leased(store, hook, now=UNTIL, until=UNTIL + timedelta(minutes=2))

    sent(store, slow)
    failed(store, quick, NOON)

    assert names(leased(store, hook, now=UNTIL + timedelta(hours=1))) == []


def test_what_was_not_tried_is_given_back(store):
    """
    At once, and without counting as an attempt.
    """
    hook = a_destination(store)
    put(store, hook, "a-1")
    with store.write() as connection:
        outbox.release(connection, outbox.lease(connection, hook, now=NOON, until=UNTIL, limit=1))

    assert [(each.event_id, each.attempts) for each in leased(store, hook)] == [("a-1", 0)]


def test_dead_letters_are_sent_again_when_somebody_says_so(store):
    """
    One of them, those of a destination, or all.
    """
    hook, other = a_destination(store), a_destination(store, "other")
    put(store, hook, "a-1", "b-1")
    put(store, other, "a-1")
    for each in (*leased(store, hook), *leased(store, other)):
        failed(store, each, None)
    first = dead(store)[0]

    with store.write() as connection:
        one = outbox.revive(connection, now=NOON, keys=[first.key])
        none = outbox.revive(connection, now=NOON, destination_key=other, keys=[first.key])
        rest = outbox.revive(connection, now=NOON)

    assert (one, none, rest) == (1, 0, 2)
    assert names(leased(store, hook)) == ["a-1", "b-1"]


def test_counts_by_destination(store):
    """
    What waits, and what was given up.
    """
    hook = a_destination(store)
    put(store, hook, "a-1", "b-1", "c-1")
    failed(store, leased(store, hook)[0], None)

    with store.read() as connection:
        assert outbox.counts(connection) == {(hook, PENDING): 2, (hook, DEAD): 1}


def test_old_messages_that_were_sent_are_forgotten(store):
    """
    And nothing that still waits, or was given up.
    """
    hook = a_destination(store)
    put(store, hook, "a-1", "b-1", "c-1", "d-1")
    first, second, third, _ = leased(store, hook)
    sent(store, first)
    sent(store, second, NOON + timedelta(days=1))
    failed(store, third, None)

    with store.write() as connection:
        forgotten = outbox.forget_sent(connection, NOON + timedelta(hours=1))

    assert forgotten == 1
    assert names(dead(store)) == ["c-1"]


def test_many_who_lease_at_a_time_get_different_messages(store):
    """
    None waits for another, and none gets what another has.
    """
    hook = a_destination(store)
    put(store, hook, *(f"{number}-1" for number in range(40)))
    got = []

    def take():
        for _ in range(5):
            got.extend(names(leased(store, hook, limit=2)))

    threads = [Thread(target=take) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(got) == sorted(f"{number}-1" for number in range(40))


def test_what_was_sent_is_not_looked_through(store):
    """
    The next messages come from the indexes of what is pending.
    """
    hook = a_destination(store)
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    query = outbox._next_of(hook, NOON).limit(1).compile(store.engine, compile_kwargs={"literal_binds": True})

    with store.read() as connection:
        if not store.is_sqlite:
            # A table of one page is read as a whole, whatever indexes it has.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = str(connection.exec_driver_sql(explain + str(query).replace("%", "%%")).all())

    assert "ix_outbox_due" in plan
    assert "ix_outbox_first" in plan


def test_what_was_leased_by_whoever_is_gone_is_free_at_once(store):
    """
    Whoever came later keeps what is his.
    """
    key = a_destination(store)
    put(store, key, "1-a", "2-a")
    leased(store, key, limit=1)
    leased(store, key, limit=1, until=UNTIL + timedelta(seconds=1))
    with store.write() as connection:
        outbox.release_expired(connection, UNTIL)

    assert names(leased(store, key)) == ["1-a"]


def test_a_clock_that_was_put_back_delays_no_message(store):
    """
    What was put off is due now, and what is leased after one lease.
    """
    key = a_destination(store)
    put(store, key, "1-a", "2-a")
    [one] = leased(store, key, limit=1)
    failed(store, one, NOON + timedelta(hours=1))
    leased(store, key)
    earlier = NOON - timedelta(days=1)
    with store.write() as connection:
        outbox.bring_forward(connection, now=earlier, lease_until=earlier + timedelta(minutes=2))

    assert names(leased(store, key, now=earlier, until=earlier + timedelta(minutes=1))) == ["1-a"]
    assert names(leased(store, key, now=earlier + timedelta(minutes=2))) == ["1-a", "2-a"]
