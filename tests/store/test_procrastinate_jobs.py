"""Jobs in procrastinate's table: put in with our own transactions, and given back when a worker is gone."""

from threading import Thread

import pytest
from sqlalchemy import text

from ringwall.store import procrastinate_jobs
from ringwall.store.jobs import NewJob

pytestmark = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


@pytest.fixture
def queue(store):
    with store.write() as connection:
        procrastinate_jobs.prepare(connection)
    return store


def add(queue, *jobs):
    with queue.write() as connection:
        procrastinate_jobs.add(connection, jobs)


def counts(queue):
    with queue.read() as connection:
        return procrastinate_jobs.counts(connection)


def fetch(queue, worker=None):
    with queue.write() as connection:
        if worker is None:
            worker = connection.scalar(text("SELECT procrastinate_register_worker_v1()"))
        fetched = text("SELECT id FROM procrastinate_fetch_job_v2(NULL, :worker)")
        return worker, connection.scalar(fetched, {"worker": worker})


def abandon(queue, worker):
    with queue.write() as connection:
        connection.execute(text("DELETE FROM procrastinate_workers WHERE id = :id"), {"id": worker})


def put_back(queue, **options):
    with queue.write() as connection:
        return procrastinate_jobs.put_back_abandoned(connection, seconds=30, attempts=3, **options)


def test_two_that_prepare_at_once_do_it_once(queue):
    """Both end without an error, and there is one schema."""
    threads = [Thread(target=lambda: _prepare(queue)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts(queue) == {}


def _prepare(queue):
    with queue.write() as connection:
        procrastinate_jobs.prepare(connection)


def test_jobs_are_there_exactly_if_the_transaction_is_committed(queue):
    """They belong to the rows that were written with them."""
    with queue.write() as connection:
        procrastinate_jobs.add(connection, [NewJob("scan", {})])
        connection.rollback()

    assert counts(queue) == {}


def test_of_one_queueing_lock_one_waits(queue):
    """A second is not added, and spoils no transaction."""
    add(queue, NewJob("scan", {}, queueing_lock="q"), NewJob("scan", {}, queueing_lock="q"))

    add(queue, NewJob("scan", {}, queueing_lock="q"), NewJob("plan", {}))

    assert counts(queue) == {("scan", "WAITING"): 1, ("plan", "WAITING"): 1}


def test_a_job_of_a_worker_that_is_gone_waits_again(queue):
    """And one of a worker that is there does not."""
    add(queue, NewJob("scan", {}), NewJob("plan", {}))
    gone, _ = fetch(queue)
    fetch(queue)
    abandon(queue, gone)

    put_back(queue)

    assert counts(queue) == {("scan", "WAITING"): 1, ("plan", "RUNNING"): 1}


def test_work_that_waits_already_is_not_put_back(queue):
    """Procrastinate's own retry would end in an error here, for ever."""
    add(queue, NewJob("scan", {}, queueing_lock="q"))
    gone, _ = fetch(queue)
    add(queue, NewJob("scan", {}, queueing_lock="q"))
    abandon(queue, gone)

    put_back(queue)

    assert counts(queue) == {("scan", "WAITING"): 1}


def test_a_job_that_takes_its_workers_down_fails_in_the_end(queue):
    """It is kept, to be seen."""
    add(queue, NewJob("scan", {}))
    for _ in range(4):
        gone, _ = fetch(queue)
        abandon(queue, gone)
        put_back(queue)

    assert counts(queue) == {("scan", "FAILED"): 1}


def test_a_job_that_its_own_worker_lost_waits_again(queue):
    """Its connection was cut as it fetched the job."""
    add(queue, NewJob("scan", {}))
    _, job = fetch(queue)

    put_back(queue, lost=[job])

    assert counts(queue) == {("scan", "WAITING"): 1}
