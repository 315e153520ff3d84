"""Runs the service until it is told to stop: the API, and beside it the workers."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
from starlette.routing import BaseRoute

from ringwall import __version__
from ringwall.api.app import Served, create_app
from ringwall.api.limits import Limits
from ringwall.api.operations_pages import OperationsPages
from ringwall.api.server import Listening, Tls, check_listening, run, server_of
from ringwall.cli.console_settings import console_settings
from ringwall.cli.running import connection_of, days_reader_of, source_of
from ringwall.collector.event_queue import EventQueue
from ringwall.collector.sessions import Sessions
from ringwall.console.app import create_pages
from ringwall.service.configuration import Configuration
from ringwall.service.context import Ringwall
from ringwall.service.delivering import Courier, OpenTransports
from ringwall.service.metrics import Metrics
from ringwall.service.outermost import Loop
from ringwall.service.watching import watch_once
from ringwall.service.work import Work
from ringwall.service.worker import Worker
from ringwall.store.version import check_version

_LOG = logging.getLogger(__name__)
_DELIVER_EVERY = 0.5
_STOP_SECONDS = 30.0


def listening_of(configuration: Configuration) -> Listening:
    """Where the configuration wants the API.

    Raises:
        UsageError: requests would pass in the clear between computers, or a file of TLS is missing.
    """
    server = configuration.server
    tls = None
    if server.tls_certificate and server.tls_key:
        tls = Tls(Path(server.tls_certificate), Path(server.tls_key))
    listening = Listening(server.host, server.port, tls, server.behind_proxy)
    check_listening(listening)
    return listening


def limits_of(configuration: Configuration) -> Limits:
    """What one caller may cost."""
    return Limits(**msgspec.structs.asdict(configuration.api))


def serve(
    ringwall: Ringwall,
    configuration: Configuration,
    listening: Listening,
    *,
    has_workers: bool,
    local_token: str | None = None,
) -> None:
    """Answer the API and the console, and work, until SIGTERM or SIGINT.

    `local_token` is what the one-time link for whoever started the server carries.

    Raises:
        UsageError: somebody else listens there.
    """
    metrics, limits = metrics_of(ringwall), limits_of(configuration)
    app = create_app(
        ringwall,
        limits=limits,
        behind_proxy=listening.behind_proxy,
        pages=[
            *_pages(ringwall, configuration, metrics, needs_workers=has_workers),
            *create_pages(ringwall, console_settings(configuration, listening, local_token), limits),
        ],
        observe=lambda served: _count(metrics, served),
    )
    server = server_of(app, listening, limits)
    scheme = "https" if listening.tls else "http"
    _LOG.info("Ringwall %s starts at %s://%s:%d", __version__, scheme, listening.host, listening.port)
    # The server does not hear a signal that comes before it runs, and passes on the one that stopped it.
    leave = partial(setattr, server, "should_exit", True)
    with _told_to_stop(leave), working(ringwall, configuration, metrics) if has_workers else nullcontext():
        # What is there by now stays: looking through all of it for garbage would stop every request meanwhile.
        gc.collect()
        gc.freeze()
        run(server, listening)
        _LOG.info("stopping: what is under way ends first")
    _LOG.info("stopped")


def work(ringwall: Ringwall, configuration: Configuration, metrics: Metrics) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = Event()
    with _told_to_stop(stop.set), working(ringwall, configuration, metrics):
        _LOG.info("Ringwall %s works, %d jobs at a time", __version__, configuration.scanning.threads)
        # Waiting for good would not let a signal through everywhere.
        while not stop.wait(1.0):
            pass
        _LOG.info("stopping: what is under way ends first")
    _LOG.info("stopped")


def metrics_of(ringwall: Ringwall) -> Metrics:
    """The counters of this process, and what is in the store."""
    metrics = Metrics()
    metrics.watch(ringwall)
    return metrics


@contextmanager
def working(ringwall: Ringwall, configuration: Configuration, metrics: Metrics) -> Iterator[None]:
    """Jobs, deliveries and events, in threads; at the end what is under way ends, or is given back."""
    courier = Courier(ringwall, OpenTransports(ringwall))
    worker = Worker(
        ringwall,
        source_of(configuration),
        threads=configuration.scanning.threads,
        beside={"deliveries": _deliveries(courier, metrics), **_events(ringwall, configuration)},
        work=Work(
            ringwall,
            source_of(configuration),
            ringwall.zones,
            metrics.has_ended,
            days_reader_of(configuration),
        ),
    )
    worker.start()
    try:
        yield
    finally:
        worker.stop(_STOP_SECONDS)
        courier.close()


def _deliveries(courier: Courier, metrics: Metrics) -> Loop:
    def deliver() -> float:
        metrics.was_delivered(courier.start_due())
        return _DELIVER_EVERY

    return deliver


def _events(ringwall: Ringwall, configuration: Configuration) -> dict[str, Loop]:
    url = configuration.scanning.events_queue_url
    if url is None:
        return {}
    queue = EventQueue(Sessions(connection_of(configuration)), url, region=ringwall.policy.region)

    def watch() -> float:
        # It waits for messages itself.
        watch_once(ringwall, queue)
        return 0.0

    return {"events": watch}


def _pages(
    ringwall: Ringwall, configuration: Configuration, metrics: Metrics, *, needs_workers: bool
) -> list[BaseRoute]:
    pages = OperationsPages(
        ringwall,
        metrics,
        check_version=lambda: check_version(ringwall.store),
        metrics_token=configuration.server.metrics_token,
        is_behind_proxy=configuration.server.behind_proxy,
        needs_workers=needs_workers,
    )
    return list(pages.routes())


def _count(metrics: Metrics, served: Served) -> None:
    metrics.was_answered(served.operation or "none", served.status, served.seconds)


@contextmanager
def _told_to_stop(tell: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT call `tell`; the second one ends the process."""

    def handle(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        tell()

    kept = {each: signal.signal(each, handle) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
