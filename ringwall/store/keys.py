"""The access keys of the API, their secrets encrypted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ringwall.store.tables import api_key


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRecord:
    """An access key."""

    id: str
    secret: bytes
    """Encrypted with the installation's master key."""
    role: str
    name: str = ""
    created_at: datetime
    disabled_at: datetime | None = None


def add(connection: Connection, record: ApiKeyRecord) -> None:
    """Writes a new key."""
    connection.execute(insert(api_key).values(asdict(record)))


def find(connection: Connection, key_id: str) -> ApiKeyRecord | None:
    """The key with this id."""
    row = connection.execute(select(api_key).where(api_key.c.id == key_id)).mappings().first()
    return ApiKeyRecord(**row) if row is not None else None


def page(connection: Connection, *, after: str = "", limit: int) -> list[ApiKeyRecord]:
    """Keys in the order of their ids, from after the id `after` on."""
    query = select(api_key).where(api_key.c.id > after).order_by(api_key.c.id).limit(limit)
    return [ApiKeyRecord(**row) for row in connection.execute(query).mappings()]


def lock_enabled(connection: Connection, role: str) -> frozenset[str]:
    """The ids of the enabled keys with this role, which nobody else changes until the transaction ends."""
    query = select(api_key.c.id).where(api_key.c.role == role, api_key.c.disabled_at.is_(None)).with_for_update()
    return frozenset(connection.scalars(query))


def set_disabled(connection: Connection, key_id: str, at: datetime | None) -> None:
    """Disables a key, or enables it again with None."""
    connection.execute(update(api_key).where(api_key.c.id == key_id).values(disabled_at=at))
