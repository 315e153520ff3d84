"""Where notifications go: create, list, delete, try out, and what could not be delivered.

`settings` are texts by name; which there are is said by the kind's row in `notify.registry`. A secret is only ever
written: a signing key (`whsec_…`) for a webhook, the incoming webhook's URL for Slack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, QuotaError, ValidationError
from ringwall.findings.archive_rule import ARCHIVE_RULE_KEYS, LISTING_KEYS, FilterKeys, filter_as_json, parse_filter
from ringwall.notify.event import Event, EventKind
from ringwall.notify.registry import kind_of, parse_settings
from ringwall.service.context import Caller, Ringwall
from ringwall.service.delivering import OpenTransports, send, surroundings_of
from ringwall.service.paging import paging_of
from ringwall.store import destinations, outbox
from ringwall.store.destinations import DestinationRecord
from ringwall.store.outbox import Message

_MOST = 50
"""Every change is written once for each destination that wants it."""
_GROUPED_KEYS = FilterKeys(ARCHIVE_RULE_KEYS.names)
"""Who is told of resources needs every status: without `status` in the filter, the end of an access is told, too."""


def create_destination(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """A new destination: it gets what happens from now on."""
    kind = kind_of(request["kind"])
    settings, secret = parse_settings(kind, request.get("settings") or {}), request.get("secret", "")
    if kind.has_secret is not bool(secret):
        raise ValidationError(
            f"a destination of the kind `{request['kind']}` {'needs' if kind.has_secret else 'has no'} secret",
            field="secret",
        )
    criteria = parse_filter(request.get("filter") or {}, _GROUPED_KEYS if kind.is_grouped else LISTING_KEYS)
    # What can never be opened is refused now and not when there is something to tell. A client takes time to make.
    kind.open(settings, secret, replace(surroundings_of(ringwall), new_client=lambda *_: None))
    record = DestinationRecord(
        name=request["name"],
        kind=request["kind"],
        created_at=ringwall.clock(),
        settings=settings,
        secret=ringwall.cipher.encrypt(secret.encode()) if secret else None,
        filter=filter_as_json(criteria),
    )
    with ringwall.store.write() as connection:
        if destinations.count(connection) >= _MOST:
            message = f"there are {_MOST} destinations already"
            raise QuotaError(message, resource_id=record.name, resource_type="Destination")
        destinations.insert(connection, record)
    return {"name": record.name}


def list_destinations(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The destinations, oldest first, without their secrets."""
    paging = paging_of(caller, "ListDestinations", request)
    with ringwall.store.read() as connection:
        found = destinations.page(connection, after=paging.after or 0, limit=paging.limit + 1)
        counts = outbox.counts(connection)
    return paging.answer("destinations", found, key=lambda each: each.key, shape=lambda each: _shape(each, counts))


def delete_destination(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Takes a destination away, with what was still to be sent to it."""
    with ringwall.store.write() as connection:
        _named(connection, request["name"])
        destinations.delete(connection, request["name"])
    return {}


def test_destination(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Sends a test event now, and says whether it was taken."""
    with ringwall.store.read() as connection:
        destination = _named(connection, request["name"])
    event = Event(
        id=ringwall.new_id(),
        kind=EventKind.TEST,
        analyzer="",
        account=caller.account,
        region=caller.region,
        time=ringwall.clock(),
        detail={"message": "Somebody tried this destination. There is nothing to do.", "destination": destination.name},
    )
    refused = send(OpenTransports(ringwall), destination, event)
    return {"delivered": refused is None, "message": str(refused) if refused else f"event {event.id} was taken"}


def list_dead_letters(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What was given up, oldest first, with the last reason."""
    paging = paging_of(caller, "ListDeadLetters", request)
    with ringwall.store.read() as connection:
        key = _named(connection, request["destination"]).key if "destination" in request else None
        found = outbox.dead(connection, destination_key=key, after=paging.after or 0, limit=paging.limit + 1)
        names = destinations.names(connection)
    return paging.answer(
        "deadLetters",
        found,
        key=lambda each: each.key,
        shape=lambda each: _dead_letter(each, names[each.destination_key]),
    )


def retry_dead_letters(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Lets what was given up be sent again: of one destination or of all, these letters or all of them."""
    ids = [_key_of(each) for each in request.get("ids", ())]
    with ringwall.store.write() as connection:
        key = _named(connection, request["destination"]).key if "destination" in request else None
        return {"retried": outbox.revive(connection, now=ringwall.clock(), destination_key=key, keys=ids or None)}


def _named(connection: Connection, name: str) -> DestinationRecord:
    if (found := destinations.find(connection, name)) is None:
        raise NotFoundError(f"there is no destination `{name}`", resource_id=name, resource_type="Destination")
    return found


def _key_of(letter_id: str) -> int:
    if not letter_id.isascii() or not letter_id.isdigit() or len(letter_id) > 18:
        raise ValidationError(f"`{letter_id}` is not the id of a dead letter", field="ids")
    return int(letter_id)


def _shape(record: DestinationRecord, counts: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    shape = {
        "name": record.name,
        "kind": record.kind,
        "settings": dict(record.settings),
        "hasSecret": record.secret is not None,
        "filter": dict(record.filter),
        "createdAt": record.created_at,
        "waiting": counts.get((record.key, outbox.PENDING), 0),
        "dead": counts.get((record.key, outbox.DEAD), 0),
    }
    return {**shape, "disabledAt": record.disabled_at} if record.disabled_at else shape


def _dead_letter(message: Message, name: str) -> dict[str, Any]:
    return {
        "id": str(message.key),
        "destination": name,
        "eventId": message.event_id,
        "createdAt": message.created_at,
        "attempts": message.attempts,
        "lastError": message.last_error or "",
        "payload": dict(message.payload),
    }
