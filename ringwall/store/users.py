"""Who may sign in to the console."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy import update as update_of

from ringwall.errors import ConflictError
from ringwall.store.rows import insert_once, record_of, values_of
from ringwall.store.tables import user


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A user as the store keeps it: its fields are the columns."""

    name: str
    role: str
    """`reader` or `admin`."""
    password_hash: str | None = None
    """None: signs in through an OpenID provider."""
    created_at: datetime
    disabled_at: datetime | None = None
    subject: str | None = None
    """Who it is to an OpenID provider; None for a local user."""
    key: int = 0
    """0 until it is added."""


def add(connection: Connection, record: UserRecord) -> UserRecord:
    """The new user, with its key.

    Raises:
        ConflictError: there is one of that name.
    """
    key = insert_once(connection, user, values_of(record))
    if key is None:
        message = f"there is a user `{record.name}` already"
        raise ConflictError(message, resource_id=record.name, resource_type="User")
    return replace(record, key=key)


def find(connection: Connection, name: str) -> UserRecord | None:
    """The user with this name."""
    row = connection.execute(select(user).where(user.c.name == name)).first()
    return record_of(UserRecord, row) if row else None


def find_subject(connection: Connection, subject: str) -> UserRecord | None:
    """The user whom an OpenID provider knows so."""
    row = connection.execute(select(user).where(user.c.subject == subject)).first()
    return record_of(UserRecord, row) if row else None


def page(connection: Connection, *, after: str = "", limit: int) -> list[UserRecord]:
    """Users in the order of their names, from after the name `after` on."""
    rows = connection.execute(select(user).where(user.c.name > after).order_by(user.c.name).limit(limit))
    return [record_of(UserRecord, row) for row in rows]


def lock_enabled(connection: Connection, role: str) -> frozenset[str]:
    """The names of the enabled users with this role, which nobody else changes until the transaction ends."""
    query = select(user.c.name).where(user.c.role == role, user.c.disabled_at.is_(None)).with_for_update()
    return frozenset(connection.scalars(query))


def update(connection: Connection, key: int, **columns: Any) -> None:
    """Sets some columns of a user."""
    connection.execute(update_of(user).where(user.c.key == key).values(columns))
