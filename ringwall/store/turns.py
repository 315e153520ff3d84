"""Turns: whoever may not do something at the same time as others waits for them.

Whoever counts before adding takes one: else two could both add the last one that a quota allows. So does whoever changes
what others change, so that no two wait for each other. SQLite has one writer at a time in any case.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, text


def take_turn(connection: Connection, about: str) -> None:
    """Waits until no other transaction has or shares a turn on `about`; the turn ends with the transaction."""
    _wait(connection, "pg_advisory_xact_lock", about)


def share_turn(connection: Connection, about: str) -> None:
    """Waits only for a transaction that has its turn on `about` alone, or that waits for it already."""
    _wait(connection, "pg_advisory_xact_lock_shared", about)


def _wait(connection: Connection, function: str, about: str) -> None:
    if connection.dialect.name == "postgresql":
        # All 64 bits that PostgreSQL has for it: two turns that are one would wait for each other.
        number = int.from_bytes(hashlib.sha256(about.encode()).digest()[:8], signed=True)
        connection.execute(text(f"SELECT {function}(:turn)"), {"turn": number})
