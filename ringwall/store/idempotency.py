"""Remembers what requests with a client token were answered, so that each takes effect once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ringwall.store.tables import idempotency

REMEMBERED_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Token:
    """A client token, where it is valid: in one account and Region, for one operation."""

    account: str
    region: str
    operation: str
    token: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered before."""

    request_digest: str
    response: Mapping[str, Any]


def claim(connection: Connection, token: Token, request_digest: str, at: datetime) -> Answered | None:
    """Takes the token for this request; returns what was answered where the token was used before.

    Whoever comes second waits here until the first one's transaction has ended: on PostgreSQL for the row, on SQLite
    for its turn to write.
    """
    connection.execute(delete(idempotency).where(_is(token), idempotency.c.created_at < at - REMEMBERED_FOR))
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(idempotency)
    claimed = connection.execute(
        insert.values(
            account=token.account,
            region=token.region,
            operation=token.operation,
            token=token.token,
            request_digest=request_digest,
            response={},
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(idempotency.c.token)
    ).first()
    if claimed is not None:
        return None
    row = connection.execute(select(idempotency.c.request_digest, idempotency.c.response).where(_is(token))).one()
    return Answered(row.request_digest, row.response)


def record(connection: Connection, token: Token, response: Mapping[str, Any]) -> None:
    """Keeps what was answered, in the transaction in which it was done."""
    connection.execute(update(idempotency).where(_is(token)).values(response=dict(response)))


def delete_before(connection: Connection, at: datetime) -> int:
    """Forgets the tokens that were used before; returns how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < at)).rowcount


def _is(token: Token) -> ColumnElement[bool]:
    return and_(
        idempotency.c.account == token.account,
        idempotency.c.region == token.region,
        idempotency.c.operation == token.operation,
        idempotency.c.token == token.token,
    )
