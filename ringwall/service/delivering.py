"""Takes what waits in the outbox to its destinations: leased, sent outside of any transaction, marked.

A process that dies between sending and marking leaves the message to be sent again, with the same id: receivers tell by
it that they have it (decision 0033). What is refused is tried again for about a day, then it is a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import DeliveryError, StoreError, ValidationError
from ringwall.findings.archive_rule import LISTING_KEYS, facts_of, matches, parse_filter
from ringwall.notify.event import Event, event_from_json, finding_as_json
from ringwall.notify.registry import kind_of
from ringwall.notify.transport import Surroundings, Transport
from ringwall.service.context import Ringwall
from ringwall.store import analyzers, destinations, findings, outbox
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import Message

Transports = Callable[[DestinationRecord], Transport]
"""Opens a destination. Raises `DeliveryError`, `StoreError` or `ValidationError` where it cannot be opened as it is."""

ATTEMPTS = 32
"""With the delays below: a day."""
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(hours=1)
LEASE = timedelta(minutes=2)
_LONGEST_SEND = timedelta(seconds=40)
"""A transport's own time limits, and time to spare: with less left of the lease, no message is begun."""
_PATIENCE = 3
"""After as many failures one after another the others are left for later: each may take its whole time limit."""
_THREADS = 16


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many refusals. It is the same for all, so that a failure can be told again."""
    # The longest is reached after ten: more would only make a number too large.
    doublings = min(attempts - 1, 10)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)


def deliver_due(ringwall: Ringwall, transports: Transports, *, limit: int = 100) -> int:
    """Send what is due, and return how many messages were taken.

    Every destination has a thread of its own, so that a slow one keeps nobody waiting but the caller: a worker that
    has other things to do uses a `Courier`.

    Args:
        ringwall: the service.
        transports: opens a destination.
        limit: how many messages each destination gets at most.
    """
    due = _due(ringwall)
    if not due:
        return 0
    with ThreadPoolExecutor(max_workers=min(len(due), _THREADS), thread_name_prefix="deliver") as threads:
        return sum(threads.map(lambda each: _deliver_to(ringwall, transports, each, limit), due))


class Courier:
    """Delivers beside other work: a destination that is slow is left alone until its thread is back."""

    def __init__(self, ringwall: Ringwall, transports: Transports, *, limit: int = 100) -> None:
        self._ringwall = ringwall
        self._transports = transports
        self._limit = limit
        self._threads = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="deliver")
        self._under_way: dict[int, Future[int]] = {}
        self._lock = Lock()

    def start_due(self) -> int:
        """Start to deliver wherever something is due and nothing under way; how many messages were taken since.

        Raises:
            StoreError: the database does not answer now, or did not in a thread since. Both may be called again.
        """
        with self._lock:
            taken = self._collect()
            for destination in _due(self._ringwall):
                if destination.key not in self._under_way:
                    work = self._threads.submit(_deliver_to, self._ringwall, self._transports, destination, self._limit)
                    self._under_way[destination.key] = work
            return taken

    def _collect(self) -> int:
        ended = {key: work for key, work in self._under_way.items() if work.done()}
        for key in ended:
            del self._under_way[key]
        return sum(work.result() for work in ended.values())

    def close(self) -> None:
        """Wait for what is under way, each message for its time limit at most, and begin nothing new."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _due(ringwall: Ringwall) -> list[DestinationRecord]:
    now = ringwall.clock()
    with ringwall.store.read() as connection:
        return [each for each in destinations.enabled(connection) if outbox.has_due(connection, each.key, now)]


def _deliver_to(ringwall: Ringwall, transports: Transports, destination: DestinationRecord, limit: int) -> int:
    now = ringwall.clock()
    until = now + LEASE
    with ringwall.store.write() as connection:
        leased = outbox.lease(connection, destination.key, now=now, until=until, limit=limit)
    taken = failures = 0
    for number, message in enumerate(leased):
        if failures >= _PATIENCE or ringwall.clock() > until - _LONGEST_SEND:
            with ringwall.store.write() as connection:
                outbox.release(connection, leased[number:])
            break
        is_taken = _deliver(ringwall, transports, destination, message)
        taken += is_taken
        failures = 0 if is_taken else failures + 1
    return taken


def _deliver(ringwall: Ringwall, transports: Transports, destination: DestinationRecord, message: Message) -> bool:
    refused = send(transports, destination, event_from_json(message.payload))
    now = ringwall.clock()
    with ringwall.store.write() as connection:
        if refused is None:
            outbox.mark_sent(connection, message, now)
        else:
            again = _next_attempt(message, refused, now)
            outbox.mark_failed(connection, message, str(refused), next_attempt_at=again)
    return refused is None


def send(transports: Transports, destination: DestinationRecord, event: Event) -> DeliveryError | None:
    """Send one event now; why it was not taken, or None if it was."""
    try:
        transports(destination).send(event)
    except DeliveryError as error:
        return error
    except (StoreError, ValidationError) as error:
        # The master key or the configuration is another one than when the destination was made: that can be mended.
        return DeliveryError(str(error), retryable=True)
    return None


def _next_attempt(message: Message, refused: DeliveryError, now: datetime) -> datetime | None:
    attempts = message.attempts + 1
    return now + delay_after(attempts) if refused.retryable and attempts < ATTEMPTS else None


class OpenTransports:
    """The transports of the service's destinations, each opened once."""

    def __init__(self, ringwall: Ringwall, surroundings: Surroundings | None = None) -> None:
        self._ringwall = ringwall
        self._surroundings = surroundings or surroundings_of(ringwall)
        self._opened: dict[int, tuple[DestinationRecord, Transport]] = {}
        self._lock = Lock()

    def __call__(self, destination: DestinationRecord) -> Transport:
        with self._lock:
            opened = self._opened.get(destination.key)
            # SQLite may give the key of a deleted destination to a new one.
            if opened is None or opened[0] != destination:
                opened = (destination, self._open(destination))
                self._opened[destination.key] = opened
            return opened[1]

    def _open(self, destination: DestinationRecord) -> Transport:
        kind = kind_of(destination.kind)
        secret = self._ringwall.cipher.decrypt(destination.secret).decode() if destination.secret else ""
        own = replace(self._surroundings, findings_of=_findings_for(self._ringwall, destination))
        return kind.open(destination.settings, secret, own)


def surroundings_of(ringwall: Ringwall) -> Surroundings:
    """What transports are given of this service."""
    policy = ringwall.policy
    return Surroundings(
        clock=ringwall.clock,
        findings_of=lambda analyzer, resource: _findings_of(ringwall, analyzer, resource, {}),
        allowed_hosts=policy.allowed_hosts,
        event_source=policy.event_source,
        partition=policy.partition,
    )


def _findings_for(ringwall: Ringwall, destination: DestinationRecord) -> Callable[[str, str], list[dict[str, Any]]]:
    """The findings of a resource, as far as the destination wants to know of them."""
    return lambda analyzer, resource: _findings_of(ringwall, analyzer, resource, destination.filter)


def _findings_of(ringwall: Ringwall, analyzer: str, resource: str, criteria: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = parse_filter(criteria, LISTING_KEYS)
    with ringwall.store.read() as connection:
        found = _remembered(connection, analyzer, resource)
    return [finding_as_json(each) for each in found if matches(wanted, facts_of(each))]


def _remembered(connection: Connection, analyzer: str, resource: str) -> list[Any]:
    record = analyzers.find(connection, analyzer)
    return [] if record is None else list(findings.of_arn(connection, record.key, resource))
