"""Users of the console: made, listed, changed, disabled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import ConflictError, NotFoundError, ValidationError
from ringwall.service.context import Caller, Ringwall, Role
from ringwall.service.paging import paging_of
from ringwall.service.passwords import hashed
from ringwall.store import sessions, users
from ringwall.store.users import UserRecord

_RESERVED = "local"


def create_user(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Lets somebody sign in with a password."""
    if request["name"] == _RESERVED:
        raise ValidationError(f"`{_RESERVED}` is who uses the server's own data folder", field="name")
    record = UserRecord(
        name=request["name"],
        role=request["role"],
        password_hash=hashed(request["password"]),
        created_at=ringwall.clock(),
    )
    with ringwall.store.write() as connection:
        return {"user": _shown(users.add(connection, record))}


def list_users(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Everybody who may sign in, or might before being disabled."""
    paging = paging_of(caller, "ListUsers", request, str)
    with ringwall.store.read() as connection:
        found = users.page(connection, after=paging.after or "", limit=paging.limit + 1)
    return paging.answer("users", found, key=lambda each: each.name, shape=_shown)


def update_user(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    """Changes what is given. The last enabled admin stays: nobody could make another one."""
    name = request["name"]
    with ringwall.store.write() as connection:
        admins = users.lock_enabled(connection, Role.ADMIN.value)
        record = users.find(connection, name)
        if record is None:
            raise NotFoundError(f"there is no user `{name}`", resource_id=name, resource_type="User")
        is_demoted = request.get("role", record.role) != Role.ADMIN.value or request.get("enabled") is False
        if is_demoted and admins == {name}:
            message = f"`{name}` is the last admin: make another one first"
            raise ConflictError(message, resource_id=name, resource_type="User")
        _change(connection, record, _changes(ringwall, record, request))
        changed = users.find(connection, name)
    return {"user": _shown(changed or record)}


def _changes(ringwall: Ringwall, record: UserRecord, request: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "role" in request:
        changes["role"] = request["role"]
    if "password" in request:
        if record.subject is not None:
            raise ValidationError("this user signs in through a provider, and has no password here", field="password")
        changes["password_hash"] = hashed(request["password"])
    enabled = request.get("enabled")
    if enabled is not None and enabled != (record.disabled_at is None):
        changes["disabled_at"] = None if enabled else ringwall.clock()
    return changes


def _change(connection: Connection, record: UserRecord, changes: Mapping[str, Any]) -> None:
    if changes:
        users.update(connection, record.key, **changes)
    if "password_hash" in changes or changes.get("disabled_at") is not None:
        sessions.end_of_user(connection, record.key)


def _shown(record: UserRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "role": record.role,
        "isLocal": record.subject is None,
        "createdAt": record.created_at,
        "disabledAt": record.disabled_at,
    }
