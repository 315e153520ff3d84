"""Passwords: kept as Argon2 hashes, with the library's parameters (those of RFC 9106 for little memory)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password that was kept; with None it takes as long to say no."""
    try:
        return _HASHER.verify(_nobodys() if kept is None else kept, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password, and whoever types it is nobody")
