"""Access keys of the API: issued, listed, disabled. Also the audit log, which says who did what with them."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from ringwall.errors import ConflictError, NotFoundError
from ringwall.service.context import Caller, Ringwall, Role
from ringwall.service.paging import paging_of
from ringwall.store import audit, keys
from ringwall.store.audit import AuditEvent
from ringwall.store.keys import ApiKeyRecord

# Both as AWS makes them, so that no tool that checks their form is surprised.
_ID_PREFIX, _ID_LETTERS, _ID_LENGTH = "AKIA", string.ascii_uppercase + "234567", 16
_SECRET_LETTERS, _SECRET_LENGTH = string.ascii_letters + string.digits + "+/", 40


def create_api_key(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Issues a key. Its secret is in this answer and never again."""
    secret = _text(_SECRET_LETTERS, _SECRET_LENGTH)
    record = ApiKeyRecord(
        id=_ID_PREFIX + _text(_ID_LETTERS, _ID_LENGTH),
        secret=ringwall.cipher.encrypt(secret.encode()),
        role=request["role"],
        name=request.get("name", ""),
        created_at=ringwall.clock(),
    )
    with ringwall.store.write() as connection:
        keys.add(connection, record)
    shown = {name: value for name, value in _shown(record).items() if value is not None}
    return {**shown, "secretAccessKey": secret}


def list_api_keys(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The keys, without their secrets."""
    paging = paging_of(caller, "ListApiKeys", request, str)
    with ringwall.store.read() as connection:
        found = keys.page(connection, after=paging.after or "", limit=paging.limit + 1)
    return paging.answer("apiKeys", found, key=lambda each: each.id, shape=_shown)


def update_api_key(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Disables a key, or enables it again. The last admin key stays: nobody could issue another one."""
    key_id, enabled = request["accessKeyId"], request["enabled"]
    with ringwall.store.write() as connection:
        admins = keys.lock_enabled(connection, Role.ADMIN.value)
        record = keys.find(connection, key_id)
        if record is None:
            raise NotFoundError(f"there is no key `{key_id}`", resource_id=key_id, resource_type="ApiKey")
        if not enabled and admins == {key_id}:
            raise ConflictError(
                f"`{key_id}` is the last admin key: create another one first",
                resource_id=key_id,
                resource_type="ApiKey",
            )
        if enabled != (record.disabled_at is None):
            keys.set_disabled(connection, key_id, None if enabled else ringwall.clock())
        changed = keys.find(connection, key_id)
    return {"apiKey": _shown(changed or record)}


def list_audit_events(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Who changed what and when, the newest first."""
    paging = paging_of(caller, "ListAuditEvents", request)
    with ringwall.store.read() as connection:
        found = audit.page(
            connection,
            actor=request.get("actor"),
            operation=request.get("operation"),
            before=paging.after or 0,
            limit=paging.limit + 1,
        )
    return paging.answer("events", found, key=lambda each: each.key, shape=_event)


def _text(letters: str, length: int) -> str:
    return "".join(secrets.choice(letters) for _ in range(length))


def _shown(record: ApiKeyRecord) -> dict[str, Any]:
    return {
        "accessKeyId": record.id,
        "role": record.role,
        "name": record.name,
        "createdAt": record.created_at,
        "disabledAt": record.disabled_at,
    }


def _event(event: AuditEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "actor": event.actor,
        "operation": event.operation,
        "resource": event.resource or None,
        "parameters": event.parameters,
        "requestId": event.request_id,
        "error": event.error,
    }
