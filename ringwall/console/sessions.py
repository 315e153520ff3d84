"""Who is signed in: from the cookie of a request to the user and the role, as they are now."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ringwall.console.settings import ConsoleSettings
from ringwall.service.context import Ringwall, Role
from ringwall.store import sessions
from ringwall.store.sessions import SessionRecord

LOCAL = "local"
"""The name of whoever started the server on this computer; no user can have it: see `service/operations/users.py`."""
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    digest: str = field(repr=False)
    name: str
    role: Role
    csrf_token: str = field(repr=False)
    notice: Any = None
    """What the next page says of the last step."""

    @property
    def actor(self) -> str:
        """Who it is in the audit log."""
        return LOCAL if self.name == LOCAL else f"user/{self.name}"


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of an installation."""

    ringwall: Ringwall
    settings: ConsoleSettings

    def start(self, user_key: int | None, replaced: Session | None = None) -> str:
        """A new session, with a token that nobody has seen before; the one before is over.

        Returns:
            The token for the cookie.
        """
        token, now = secrets.token_urlsafe(32), self.ringwall.clock()
        record = SessionRecord(
            digest=_digest(token),
            user_key=user_key,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
        )
        with self.ringwall.store.write() as connection:
            if replaced is not None:
                sessions.end(connection, replaced.digest)
            sessions.forget(connection, now - self.settings.session, now - self.settings.idle)
            sessions.add(connection, record)
        return token

    def find(self, token: str | None) -> Session | None:
        """Whose token this is, while the session lasts and the user may sign in."""
        if not token:
            return None
        now = self.ringwall.clock()
        with self.ringwall.store.read() as connection:
            found = sessions.find(connection, _digest(token))
        if found is None:
            return None
        record = found.session
        if now - record.created_at >= self.settings.session or now - record.seen_at >= self.settings.idle:
            return None
        if now - record.seen_at >= _SEEN_EVERY:
            with self.ringwall.store.write() as connection:
                sessions.set_seen(connection, record.digest, now)
        name = LOCAL if record.user_key is None else found.name or ""
        role = Role.ADMIN if record.user_key is None else Role(found.role)
        return Session(record.digest, name, role, record.csrf_token, record.notice)

    def end(self, session: Session) -> None:
        """The session is over."""
        with self.ringwall.store.write() as connection:
            sessions.end(connection, session.digest)

    def tell(self, session: Session, notice: Any) -> None:
        """Keeps what the next page is to say; None once it was said."""
        with self.ringwall.store.write() as connection:
            sessions.set_notice(connection, session.digest, notice)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
