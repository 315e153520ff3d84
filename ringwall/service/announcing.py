"""Puts what there is to tell into the outbox, in the transaction that changes it: none is lost, none is made up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ringwall.findings.archive_rule import LISTING_KEYS, Filter, facts_of, matches, parse_filter
from ringwall.findings.remembered import Change
from ringwall.notify.event import Event, event_of, preview_event
from ringwall.notify.registry import KINDS
from ringwall.service.context import Ringwall
from ringwall.store import destinations, outbox
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import Message


def announce(ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord, changes: Sequence[Change]) -> None:
    """Write one message for every new, changed or deleted status and every destination that wants it.

    A write that leaves the status as it was is no news. Call it after the findings are written: their rows are then
    locked, so that the messages about one finding are numbered in the order of its changes.
    """
    at = ringwall.clock()
    told = [(change, event) for change in changes if (event := _event(analyzer, change, at)) is not None]
    if not told:
        return
    receivers = [(each, _filter_of(each)) for each in destinations.enabled(connection)]
    outbox.add(connection, [message for change, event in told for message in _messages(change, event, receivers, at)])


def announce_preview(
    ringwall: Ringwall,
    connection: Connection,
    analyzer: AnalyzerRecord,
    detail: Mapping[str, Any],
    *,
    previous_status: str | None = None,
) -> None:
    """Write that an access preview was made, or that its status changed.

    Destinations with a filter on findings are not told, and Security Hub has no place for it.

    Args:
        ringwall: the service.
        connection: the transaction that writes the preview.
        analyzer: whose preview it is.
        detail: JSON: `accessPreviewId`, `configuredResources`, `createdAt`, `status`, and `statusReason` if it failed.
        previous_status: what it was before; None where it is new.
    """
    at = ringwall.clock()
    event = preview_event(
        detail,
        analyzer=analyzer.arn,
        account=analyzer.account,
        region=analyzer.region,
        at=at,
        previous_status=previous_status,
    )
    subject = f"{analyzer.arn} {detail['accessPreviewId']}"
    receivers = [
        each for each in destinations.enabled(connection) if KINDS[each.kind].takes_previews and not each.filter
    ]
    outbox.add(connection, [_message(event, each, subject, at) for each in receivers])


def _event(analyzer: AnalyzerRecord, change: Change, at: datetime) -> Event | None:
    return event_of(change, analyzer=analyzer.arn, account=analyzer.account, region=analyzer.region, at=at)


def _filter_of(destination: DestinationRecord) -> Filter:
    return parse_filter(destination.filter, LISTING_KEYS)


def _messages(
    change: Change, event: Event, receivers: Sequence[tuple[DestinationRecord, Filter]], at: datetime
) -> Iterator[Message]:
    facts = facts_of(change.finding)
    for destination, criteria in receivers:
        if matches(criteria, facts):
            # Security Hub has one finding for a resource: what is said of it must not overtake either.
            is_grouped = KINDS[destination.kind].is_grouped
            about = change.finding.resource if is_grouped else change.finding.id
            yield _message(event, destination, f"{event.analyzer} {about}", at)


def _message(event: Event, destination: DestinationRecord, subject: str, at: datetime) -> Message:
    return Message(
        event_id=event.id,
        destination_key=destination.key,
        subject=subject,
        payload=event.as_json(),
        created_at=at,
    )
