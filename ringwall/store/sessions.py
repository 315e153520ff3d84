"""Who is signed in to the console. A session is found by the digest of its token: the token itself is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from ringwall.store.tables import session, user


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """Somebody who is signed in."""

    digest: str
    user_key: int | None
    """None: whoever started the server on this computer."""
    csrf_token: str
    created_at: datetime
    seen_at: datetime
    notice: Any = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session, and whose it is now."""

    session: SessionRecord
    name: str | None
    """None where no user belongs to it."""
    role: str | None


_COLUMNS = (
    session.c.digest,
    session.c.user_key,
    session.c.csrf_token,
    session.c.created_at,
    session.c.seen_at,
    session.c.notice,
)


def add(connection: Connection, record: SessionRecord) -> None:
    """Writes a new session."""
    values = {name: getattr(record, name) for name in SessionRecord.__slots__}
    connection.execute(insert(session).values(values))


def find(connection: Connection, digest: str) -> SignedIn | None:
    """The session, unless its user is disabled."""
    is_usable = or_(session.c.user_key.is_(None), user.c.disabled_at.is_(None))
    query = (
        select(*_COLUMNS, user.c.name, user.c.role)
        .join(user, session.c.user_key == user.c.key, isouter=True)
        .where(session.c.digest == digest, is_usable)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    *columns, name, role = row
    names = (each.name for each in _COLUMNS)
    return SignedIn(SessionRecord(**dict(zip(names, columns, strict=True))), name, role)


def set_seen(connection: Connection, digest: str, at: datetime) -> None:
    """It was used."""
    connection.execute(update(session).where(session.c.digest == digest).values(seen_at=at))


def set_notice(connection: Connection, digest: str, notice: Any) -> None:
    """What the next page says; None once it was said."""
    connection.execute(update(session).where(session.c.digest == digest).values(notice=notice))


def end(connection: Connection, digest: str) -> None:
    """The session is over."""
    connection.execute(delete(session).where(session.c.digest == digest))


def end_of_user(connection: Connection, user_key: int) -> None:
    """All sessions of a user are over."""
    connection.execute(delete(session).where(session.c.user_key == user_key))


def forget(connection: Connection, created_before: datetime, seen_before: datetime) -> None:
    """Deletes the sessions that are too old to be used."""
    is_over = or_(session.c.created_at < created_before, session.c.seen_at < seen_before)
    connection.execute(delete(session).where(is_over))
