"""Connections that are kept: what becomes of them when the server ends one; and what a transaction sees."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select, text

from ringwall.errors import StoreError
from ringwall.store import jobs, tables, workers
from ringwall.store.jobs import NewJob
from ringwall.store.tables import worker
from tests.stores import empty


def process_of(connection):
    """PostgreSQL's process behind the connection."""
    return connection.scalar(text("SELECT pg_backend_pid()"))


def end(connection, process):
    """Ends it, and waits until it has."""
    assert connection.scalar(text("SELECT pg_terminate_backend(:process, 10000)"), {"process": process})


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_ended_is_not_handed_out(store):
    """
    Though it was used just now: nobody's request fails of it.
    """
    with store.read() as first, store.read() as second:
        before = {process_of(first), process_of(second)}
    with store.read() as connection:
        for ended in before - {process_of(connection)}:
            end(connection, ended)

    with store.read() as first, store.read() as second:
        after = {process_of(first), process_of(second)}

    assert len(before) == len(after) == 2
    assert ended not in after


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_connection_that_ends_while_it_is_used(store):
    """
    Is an error of the database, and the next request has another one.
    """

    def lose():
        with store.read() as connection, store.read() as other:
            end(other, process_of(connection))
            process_of(connection)

    with pytest.raises(StoreError):
        lose()

    with store.read() as connection:
        assert process_of(connection)


def test_a_reader_sees_one_state(store):
    """
    What is counted and what is listed belong together, whatever is written meanwhile.
    """
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with store.read() as reading:
        before = reading.scalar(select(func.count()).select_from(worker))
        with store.write() as writing:
            workers.seen(writing, "w-1", started_at=now, at=now)
        during = reading.scalar(select(func.count()).select_from(worker))
    with store.read() as reading:
        after = reading.scalar(select(func.count()).select_from(worker))

    assert (before, during, after) == (0, 0, 1)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_every_test_begins_with_the_first_key(store):
    """
    Also where the one before has deleted all that it had made.
    """
    job = NewJob("plan", {})
    keys = []
    for _ in range(2):
        with store.write() as connection:
            jobs.add(connection, [job], datetime(2026, 11, 1, tzinfo=UTC))
            keys += connection.execute(select(tables.job.c.key)).scalars()
            connection.execute(delete(tables.job))
        empty(store)

    assert keys == [1, 1]
