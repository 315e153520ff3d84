"""Writes what became of findings, and lets the world know: both or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from ringwall.errors import ConflictError
from ringwall.findings.remembered import Change
from ringwall.service.announcing import announce
from ringwall.service.context import Ringwall
from ringwall.store import findings
from ringwall.store.analyzers import AnalyzerRecord

T = TypeVar("T")
_ATTEMPTS = 5


def remember(  # noqa: PLR0913 - the parameters of one write, most of them by name
    ringwall: Ringwall,
    connection: Connection,
    analyzer: AnalyzerRecord,
    changes: Sequence[Change],
    *,
    resource_keys: Mapping[str, int],
    at: datetime,
    reason: str | None = None,
) -> None:
    """Write `changes` to the findings of `analyzer`, with their history and the messages that they are worth.

    Args:
        ringwall: the service.
        connection: the transaction that the changes were computed in.
        analyzer: whose findings they are.
        changes: what happened.
        resource_keys: the keys of the resources of new findings, by ARN.
        at: when it happened.
        reason: what a person gave as the reason.
    """
    if changes:
        findings.apply(connection, analyzer.key, changes, resource_keys, at, reason=reason)
        announce(ringwall, connection, analyzer, changes)


def undisturbed(write: Callable[[], T]) -> T:
    """What `write` gives; done again where somebody else changes one of the findings at the same time.

    Args:
        write: one transaction, from reading what is there to its end.

    Raises:
        ConflictError: others change the same findings again and again.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(ConflictError):
            return write()
    return write()
