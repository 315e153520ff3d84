"""The rules that pick the events that are understood, and what the templates of every format have in common."""

from __future__ import annotations

from typing import Any

from ringwall.collector.event_rows import ROWS, is_versioned
from ringwall.collector.events import DETAIL_TYPE

Json = dict[str, Any]

RETENTION = 4 * 24 * 3600
"""Seconds. A service that was away for longer has had everything looked at by a full pass meanwhile."""
DEAD_RETENTION = 14 * 24 * 3600
VISIBILITY = 60
"""Seconds that SQS leaves for putting what an event touched on the list."""
MOST_RECEIVED = 5
"""How often a message that nobody understands comes, before it is put with the dead letters."""
OF_QUEUE = "Tells Ringwall of changes: a queue, and the rules that fill it"
OF_FORWARDING = "Tells Ringwall of changes in this account and Region: rules that forward to its event bus"
OF_RULE = "Calls that may change how something is shared, for Ringwall"
OF_ROLE = "Lets EventBridge forward events to Ringwall's event bus"
OF_ORGANIZATION = "The organization whose accounts may forward events; empty: only this account's other Regions"
OF_BUS = "The event bus that the template of the queue made (its output BusArn)"


def event_patterns() -> dict[str, Json]:
    """The pattern of the rule for each service, by its short name: exactly the events that are understood."""
    return {source.removesuffix(".amazonaws.com"): _pattern(source, sorted(rows)) for source, rows in ROWS.items()}


def _pattern(source: str, names: list[str]) -> Json:
    # Lambda's events end in the version of its API, which may change.
    wanted = [{"prefix": name} for name in names] if is_versioned(source) else names
    service = source.removesuffix(".amazonaws.com")
    return {
        "source": [f"aws.{service}"],
        "detail-type": [DETAIL_TYPE],
        "detail": {"eventSource": [source], "eventName": wanted, "errorCode": [{"exists": False}]},
    }


def bus_pattern() -> Json:
    """What comes from elsewhere was filtered there; nobody but AWS can send events in AWS's name."""
    return {"source": [each["source"][0] for each in event_patterns().values()], "detail-type": [DETAIL_TYPE]}
