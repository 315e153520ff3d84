"""Puts events on an EventBridge bus, in the shape that IAM Access Analyzer's own events have.

Shape: "Monitoring AWS IAM Access Analyzer with Amazon EventBridge",
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html. AWS lets nobody else write a `source`
that begins with `aws.`; the `account` and `region` of the envelope are those of whoever calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.notify.aws import calling, check_endpoint, refusal
from ringwall.notify.event import Event, EventKind, is_unused
from ringwall.notify.transport import Surroundings

_FINDING = "Access Analyzer Finding"
_UNUSED = "Unused Access Finding for IAM entities"
_PREVIEW = "Access Preview State Change"
_TEST = "Ringwall Test"
_SAME = ("id", "status", "resourceType", "resource", "createdAt", "analyzedAt", "updatedAt", "region", "error")
_SAME_OF_UNUSED = (
    "findingType",
    "status",
    "resourceType",
    "resource",
    "createdAt",
    "analyzedAt",
    "updatedAt",
    "numberOfUnusedServices",
    "numberOfUnusedActions",
    "error",
)
_OF_ACCESS = ("principal", "action", "condition", "isPublic")
_CALL = "events:PutEvents"


@dataclass(frozen=True, slots=True)
class EventBridge:
    """One event bus."""

    client: Any
    bus: str
    """Its name or ARN."""
    source: str

    def send(self, event: Event) -> None:
        with calling(_CALL):
            answer = self.client.put_events(Entries=[self.entry(event)])
        # A refused entry is no error of the call: API reference, PutEvents, "FailedEntryCount".
        for each in answer["Entries"]:
            if code := each.get("ErrorCode"):
                raise refusal(_CALL, code, each.get("ErrorMessage", ""))

    def entry(self, event: Event) -> dict[str, Any]:
        """The event, as PutEvents takes it."""
        kind, detail = _detail(event)
        return {
            "EventBusName": self.bus,
            "Source": self.source,
            "DetailType": kind,
            "Resources": [event.analyzer] if event.analyzer else [],
            "Time": event.time,
            "Detail": json.dumps({**detail, "eventId": event.id}),
        }


def _detail(event: Event) -> tuple[str, dict[str, Any]]:
    match event.kind:
        case EventKind.FINDING if is_unused(event.detail):
            return _UNUSED, _unused(event)
        case EventKind.FINDING:
            return _FINDING, _finding(event)
        case EventKind.PREVIEW:
            before = {"previousStatus": event.previous_status} if event.previous_status else {}
            return _PREVIEW, {"version": "1.0", "region": event.region, **event.detail, **before}
        case EventKind.TEST:
            return _TEST, {"version": "1.0", **event.detail}


def _finding(event: Event) -> dict[str, Any]:
    told = event.detail
    detail = {
        "version": "1.0",
        "isDeleted": event.is_deleted,
        "accountId": told["resourceOwnerAccount"],
        **{name: told[name] for name in _SAME if name in told},
    }
    if "error" in told:
        return detail
    access = {name: told[name] for name in _OF_ACCESS if name in told}
    if restriction := told.get("resourceControlPolicyRestriction"):
        # The samples show the member in internal findings alone, where its name ends in `Type`.
        access["resourceControlPolicyRestrictionType"] = restriction
    return {**detail, **access}


def _unused(event: Event) -> dict[str, Any]:
    """Names differ from those of external access: `findingId`, and `version`, which is another one in every event."""
    told = event.detail
    return {
        "version": event.id,
        "findingId": told["id"],
        "accountId": told["resourceOwnerAccount"],
        "previousStatus": event.previous_status or "",
        "isDeleted": event.is_deleted,
        **{name: told[name] for name in _SAME_OF_UNUSED if name in told},
    }


def open_eventbridge(settings: Mapping[str, str], secret: str, surroundings: Surroundings) -> EventBridge:  # noqa: ARG001
    """The bus that a destination's settings name."""
    endpoint = settings.get("endpoint")
    check_endpoint(endpoint, surroundings.allowed_hosts)
    return EventBridge(
        client=surroundings.new_client("events", settings["region"], endpoint),
        bus=settings.get("eventBusName", "default"),
        source=settings.get("source", surroundings.event_source),
    )
