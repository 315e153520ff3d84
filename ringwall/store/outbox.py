"""Notifications that wait to be sent, in the database: written with the change that they tell of.

A row is leased, sent outside of the transaction, then marked. Of the rows about one subject only the first that is not
sent yet can be leased, so that a later change never overtakes an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, or_, select, update
from sqlalchemy import delete as delete_from

from ringwall.store.rows import among, insert_into, record_of
from ringwall.store.tables import outbox

PENDING = "PENDING"
SENT = "SENT"
DEAD = "DEAD"
# As a literal: an index of what is pending is only used where the query shows that it asks for nothing else.
_PENDING: ColumnElement[str] = literal_column(f"'{PENDING}'")


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one destination."""

    event_id: str
    destination_key: int
    subject: str
    """What it is about."""
    payload: Mapping[str, Any]
    created_at: datetime
    status: str = PENDING
    attempts: int = 0
    """How often it was refused."""
    next_attempt_at: datetime | None = None
    """None until it is written."""
    lease_until: datetime | None = None
    last_error: str | None = None
    sent_at: datetime | None = None
    key: int = 0
    """0 until it is written. Keys grow in the order in which changes to one subject happened."""


def add(connection: Connection, messages: Sequence[Message]) -> None:
    """Writes messages, to be sent at once; one that is there already is not written again."""
    if not messages:
        return
    rows = [
        {
            "event_id": each.event_id,
            "destination_key": each.destination_key,
            "subject": each.subject,
            "payload": dict(each.payload),
            "created_at": each.created_at,
            "status": PENDING,
            "next_attempt_at": each.created_at,
        }
        for each in messages
    ]
    unique = ("destination_key", "event_id")
    connection.execute(insert_into(connection, outbox).on_conflict_do_nothing(index_elements=unique), rows)


def lease(
    connection: Connection, destination_key: int, *, now: datetime, until: datetime, limit: int
) -> tuple[Message, ...]:
    """The next messages of a destination, oldest first; nobody else gets them until the lease ends.

    What was leased by a process that died is free again when its lease has ended.
    """
    rows = connection.execute(_next_of(destination_key, now).limit(limit).with_for_update(skip_locked=True)).all()
    keys = [row.key for row in rows]
    if keys:
        connection.execute(update(outbox).where(among(connection, outbox.c.key, keys)).values(lease_until=until))
    return tuple(replace(record_of(Message, row), lease_until=until) for row in rows)


def _next_of(destination_key: int, now: datetime) -> Select[Any]:
    earlier = outbox.alias("earlier")
    # A subquery that gives one key, and not `NOT EXISTS`: PostgreSQL would join that, which takes minutes where it has no
    # statistics yet of a table that has just grown.
    first = (
        select(earlier.c.key)
        .where(
            earlier.c.destination_key == outbox.c.destination_key,
            earlier.c.subject == outbox.c.subject,
            earlier.c.status == _PENDING,
        )
        .order_by(earlier.c.key)
        .limit(1)
    )
    return (
        select(outbox)
        .where(
            outbox.c.destination_key == destination_key,
            outbox.c.status == _PENDING,
            outbox.c.next_attempt_at <= now,
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
            outbox.c.key == first.scalar_subquery(),
        )
        .order_by(outbox.c.next_attempt_at, outbox.c.key)
    )


def has_due(connection: Connection, destination_key: int, now: datetime) -> bool:
    """Whether something waits for a destination that `lease` would hand out: reading costs no lock."""
    return connection.execute(_next_of(destination_key, now).limit(1)).first() is not None


def mark_sent(connection: Connection, message: Message, at: datetime) -> None:
    """Writes down that the receiver has it, even if the lease ended meanwhile."""
    columns = {"status": SENT, "sent_at": at, "lease_until": None, "last_error": None}
    connection.execute(update(outbox).where(outbox.c.key == message.key, outbox.c.status != SENT).values(**columns))


def mark_failed(connection: Connection, message: Message, error: str, *, next_attempt_at: datetime | None) -> None:
    """Writes down that the receiver did not take it.

    Args:
        connection: a transaction that writes.
        message: as it was leased. If somebody else has leased it since, it is theirs.
        error: why, for whoever looks after the destination.
        next_attempt_at: when to try again; None where it is given up.
    """
    columns: dict[str, Any] = {"attempts": message.attempts + 1, "last_error": error, "lease_until": None}
    if next_attempt_at is None:
        columns["status"] = DEAD
    else:
        columns["next_attempt_at"] = next_attempt_at
    connection.execute(update(outbox).where(*_leased(message)).values(**columns))


def release(connection: Connection, messages: Sequence[Message]) -> None:
    """Gives back what was leased and not tried."""
    for message in messages:
        connection.execute(update(outbox).where(*_leased(message)).values(lease_until=None))


def release_expired(connection: Connection, until: datetime) -> None:
    """What was leased until then at most is free at once: whoever leased it is gone."""
    is_over = (outbox.c.status == _PENDING) & (outbox.c.lease_until <= until)
    connection.execute(update(outbox).where(is_over).values(lease_until=None))


def bring_forward(connection: Connection, *, now: datetime, lease_until: datetime) -> None:
    """The clock was put back: what was put off is due now, and no lease ends later than one that begins now."""
    pending = outbox.c.status == _PENDING
    connection.execute(update(outbox).where(pending, outbox.c.next_attempt_at > now).values(next_attempt_at=now))
    held = update(outbox).where(pending, outbox.c.lease_until > lease_until)
    connection.execute(held.values(lease_until=lease_until))


def _leased(message: Message) -> tuple[Any, ...]:
    return (
        outbox.c.key == message.key,
        outbox.c.status == PENDING,
        outbox.c.lease_until == message.lease_until,
    )


def dead(
    connection: Connection, *, destination_key: int | None = None, after: int = 0, limit: int
) -> tuple[Message, ...]:
    """Messages that were given up, oldest first, of one destination or of all."""
    query = select(outbox).where(outbox.c.status == DEAD, outbox.c.key > after).order_by(outbox.c.key).limit(limit)
    if destination_key is not None:
        query = query.where(outbox.c.destination_key == destination_key)
    return tuple(record_of(Message, row) for row in connection.execute(query))


def revive(
    connection: Connection, *, now: datetime, destination_key: int | None = None, keys: Sequence[int] | None = None
) -> int:
    """Lets messages that were given up be sent again, and returns how many there were.

    Args:
        connection: a transaction that writes.
        now: when they are due.
        destination_key: of which destination; None: of all.
        keys: which; None: all of them.
    """
    chosen = [outbox.c.status == DEAD]
    if destination_key is not None:
        chosen.append(outbox.c.destination_key == destination_key)
    if keys is not None:
        chosen.append(among(connection, outbox.c.key, keys))
    columns = {"status": PENDING, "attempts": 0, "next_attempt_at": now, "lease_until": None}
    return int(connection.execute(update(outbox).where(*chosen).values(**columns)).rowcount)


def counts(connection: Connection) -> dict[tuple[int, str], int]:
    """How many messages wait or were given up, by the key of the destination and the status."""
    query = (
        select(outbox.c.destination_key, outbox.c.status, func.count())
        .where(outbox.c.status.in_((PENDING, DEAD)))
        .group_by(outbox.c.destination_key, outbox.c.status)
    )
    return {(key, status): number for key, status, number in connection.execute(query)}


def forget_sent(connection: Connection, before: datetime) -> int:
    """Deletes what was sent before then; how many there were."""
    old = (outbox.c.status == SENT, outbox.c.sent_at < before)
    return int(connection.execute(delete_from(outbox).where(*old)).rowcount)
