"""The keys that requests are signed with, remembered for a few seconds, so that not every request asks the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ringwall.api.errors import AuthenticationError
from ringwall.service.context import Ringwall, Role
from ringwall.store import keys


@dataclass(frozen=True, slots=True)
class Key:
    """An enabled key."""

    id: str
    secret: str = field(repr=False)
    role: Role


@dataclass(slots=True)
class KeyRing:
    """Finds keys by their ids. Threads may share it.

    Only keys that exist are remembered, so that strangers cannot make it grow.
    """

    ringwall: Ringwall
    seconds: float
    """How long a key is remembered: as long it may work after it was disabled."""
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Key]] = field(default_factory=dict)

    def find(self, key_id: str) -> Key:
        """Raises `AuthenticationError` where there is no such key, or it is disabled."""
        now = self.monotonic()
        until, key = self._known.get(key_id, (now, None))
        if key is None or until <= now:
            key = self._read(key_id)
            self._known[key_id] = (now + self.seconds, key)
        return key

    def _read(self, key_id: str) -> Key:
        with self.ringwall.store.read() as connection:
            record = keys.find(connection, key_id)
        if record is None or record.disabled_at is not None:
            self._known.pop(key_id, None)
            raise AuthenticationError(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        secret = self.ringwall.cipher.decrypt(record.secret).decode()
        return Key(record.id, secret, Role(record.role))
