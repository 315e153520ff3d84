"""Watches for changes: what an event touched is looked at at once, by every analyzer that covers it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection

from ringwall.collector.event_queue import Message
from ringwall.collector.events import Malformed, Touched, Understood, read_event
from ringwall.service import work
from ringwall.service.analyzer_types import type_of
from ringwall.service.context import Job, Ringwall
from ringwall.service.looking import ACTIVE
from ringwall.service.sources import GLOBAL
from ringwall.store import analyzers, scans
from ringwall.store.analyzers import AnalyzerRecord

_LOG = logging.getLogger(__name__)
_CALM = timedelta(minutes=5)
"""Between two looks at everything: an organization may be rebuilt by a hundred calls in a row."""


class Queue(Protocol):
    """Where events come from. A message that is not deleted comes again."""

    def receive(self) -> list[Message]: ...

    def delete(self, messages: Sequence[Message], /) -> None: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of some messages."""

    received: int = 0
    ignored: int = 0
    """Events that changed nothing that is watched."""
    malformed: int = 0
    """Left to the queue, which moves them to its dead letters in the end."""
    enqueued: int = 0
    """Looks at resources that were put on the list; some of them may have been there already."""


def watch_once(ringwall: Ringwall, queue: Queue) -> Watched:
    """Receive the next events, and put what they touched on the list of things to do.

    A message is deleted after that is committed: whoever dies in between receives it again, and finds the list as it
    ought to be.

    Raises:
        CollectionError: the queue cannot be read.
        StoreError: the database cannot be used.
    """
    messages = queue.receive()
    if not messages:
        return Watched()
    done: list[Message] = []
    read: list[Understood] = []
    for message in messages:
        match read_event(message.body):
            case Malformed(reason):
                _LOG.warning("message %s, received %d times: %s", message.id, message.times_received, reason)
            case Understood() as event:
                done.append(message)
                read.append(event)
    enqueued = _enqueue(ringwall, [touched for event in read for touched in event.touched])
    queue.delete(done)
    ignored = sum(not event.touched for event in read)
    return Watched(len(messages), ignored, len(messages) - len(done), enqueued)


def _enqueue(ringwall: Ringwall, touched: Sequence[Touched]) -> int:
    if not touched:
        return 0
    with ringwall.store.write() as connection:
        jobs: dict[str, Job] = {}
        for analyzer in analyzers.everyone(connection):
            # What changes about a principal is judged once it is old enough: the daily scan does.
            if analyzer.status == ACTIVE and not type_of(analyzer.type).is_unused:
                found = (job for each in touched for job in _jobs(ringwall, connection, analyzer, each))
                jobs |= {str(job.queueing_lock): job for job in found}
        ringwall.jobs.enqueue(connection, *jobs.values())
    return len(jobs)


def _jobs(ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord, touched: Touched) -> Iterator[Job]:
    """The looks of one analyzer at what was touched; none where it looks elsewhere."""
    if touched.type is None:
        _bring_forward(ringwall, connection, analyzer)
        return
    for region in sorted(_regions(connection, analyzer, touched)):
        if touched.arn is None:
            yield work.rescan_type(analyzer.key, touched.account, region, touched.type)
        else:
            yield work.rescan(analyzer.key, touched.account, region, touched.type, touched.arn)


def _regions(connection: Connection, analyzer: AnalyzerRecord, touched: Touched) -> set[str]:
    """Where the analyzer looks at what was touched.

    That is never a place that no scan has been in: a message alone leads nobody into an account or a Region.
    """
    wanted, accounts = analyzer.scope.get("regions", ()), analyzer.scope.get("accounts", ())
    if accounts and touched.account not in accounts:
        return set()
    scanned = scans.regions_of(connection, analyzer.key, touched.account)
    covered = {each for each in scanned if not wanted or each in wanted or each == GLOBAL}
    if touched.region is None:
        return covered - {GLOBAL}
    return covered & {touched.region}


def _bring_forward(ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord) -> None:
    """Have everything looked at soon."""
    if analyzer.next_scan_at is None:
        return
    last = analyzer.next_scan_at - timedelta(seconds=analyzer.scan_interval)
    soon = max(ringwall.clock(), last + _CALM)
    if soon < analyzer.next_scan_at:
        analyzers.update(connection, analyzer.key, next_scan_at=soon)
