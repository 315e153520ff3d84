"""What whoever runs the service asks of it: alive, ready, and in numbers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert
from starlette.applications import Starlette

from ringwall.api.operations_pages import OperationsPages
from ringwall.errors import StoreError
from ringwall.service.metrics import Metrics
from ringwall.store import tables
from tests.service.service_for_tests import NOON, analyzer_in, service_over


def refuse():
    raise StoreError("the database is of another version")


class Asked:
    """Pages that are asked by a GET, from some address, and that differ as said."""

    def __init__(self, store):
        self.ringwall = service_over(store)
        self.metrics = Metrics()
        self.metrics.watch(self.ringwall)
        self.pages = OperationsPages(self.ringwall, self.metrics, lambda: None)

    def __call__(self, path, *, client="127.0.0.1", headers=None, **changes):
        app = Starlette(routes=replace(self.pages, **changes).routes())
        return asyncio.run(get(httpx.ASGITransport(app, client=(client, 1)), path, headers))


async def get(transport, path, headers):
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        return await client.get(path, headers=headers)


@pytest.fixture
def asked(store):
    return Asked(store)


def worker_seen(ringwall, at):
    with ringwall.store.write() as connection:
        connection.execute(insert(tables.worker).values(id="w", started_at=at, seen_at=at))


def test_health_asks_nobody(asked):
    """
    A process whose database pauses is alive.
    """
    answer = asked("/health", check_version=refuse)

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_ready_with_a_worker(asked):
    """
    The database answers, is of this version, and a worker was seen a minute ago.
    """
    worker_seen(asked.ringwall, NOON - timedelta(minutes=1))
    answer = asked("/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok", "workers": 1})


def test_not_ready_where_nobody_works(asked):
    """
    A worker that was last seen ten minutes ago does not count.
    """
    worker_seen(asked.ringwall, NOON - timedelta(minutes=10))
    answer = asked("/ready")

    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


def test_a_server_without_workers_is_ready_without_them(asked):
    """
    Where workers are other processes, the API answers without them.
    """
    answer = asked("/ready", needs_workers=False)

    assert (answer.status_code, answer.json()["workers"]) == (200, 0)


def test_not_ready_with_another_version(asked):
    """
    A database that this program does not know is not used, and the page does not say why.
    """
    answer = asked("/ready", check_version=refuse)

    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "database": "unusable"})


def test_metrics_tell_what_was_counted_and_what_is_stored(asked):
    """
    Requests, jobs and deliveries of this process; findings, analyzers, workers and the outbox of the store.
    """
    analyzer_in(asked.ringwall)
    asked.metrics.was_answered("ListFindings", 200, 0.02)
    asked.metrics.has_ended("scan", "done", 1.5)
    asked.metrics.was_delivered(2)
    lines = asked("/metrics").text.splitlines()

    assert 'ringwall_requests_total{operation="ListFindings",status="200"} 1.0' in lines
    assert 'ringwall_jobs_total{kind="scan",outcome="done"} 1.0' in lines
    assert "ringwall_deliveries_total 2.0" in lines
    assert 'ringwall_analyzers{status="ACTIVE"} 1.0' in lines
    assert 'ringwall_outbox_messages{status="DEAD"} 0.0' in lines
    assert "ringwall_workers 0.0" in lines
    assert "ringwall_database_up 1.0" in lines


TOKEN = {"metrics_token": "0123456789abcdef"}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"client": "::1"}, 200),
        ({"client": "10.0.0.7"}, 401),
        ({"is_behind_proxy": True}, 401),
        (TOKEN, 401),
        ({**TOKEN, "headers": {"authorization": "Bearer 0123456789abcdeX"}}, 401),
        ({**TOKEN, "headers": {"authorization": "Bearer 0123456789abcdef"}}, 200),
        ({**TOKEN, "client": "10.0.0.7", "headers": {"authorization": "Bearer 0123456789abcdef"}}, 200),
    ],
)
def test_metrics_are_for_loopback_or_a_token(asked, options, status):
    """
    How much access was found is nobody's business: beyond loopback, and behind a proxy, a token is wanted.
    """
    assert asked("/metrics", **options).status_code == status
