"""Counts that take long where there is much: for a while an older one is shown, and meanwhile it is counted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from ringwall.console.visit import Visit

T = TypeVar("T")
OLDEST = timedelta(minutes=1)
"""What was counted longer ago is not shown: the page waits for the new count."""
_RUNNING = "recounts"


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """What was counted."""

    value: T
    state: Any
    at: datetime
    is_current: bool = True
    """Whether nothing has changed since."""


@dataclass(frozen=True, slots=True)
class Count(Generic[T]):
    """How something is counted."""

    name: tuple[Any, ...]
    state: Callable[[Connection], Any]
    """What is another as soon as the count may be."""
    count: Callable[[Connection], T]
    is_long: Callable[[T], bool]
    """Whether it is so much that nobody should wait for it."""


def lately(visit: Visit, asked: Count[T], *, is_exact: bool = False) -> Counted[T]:
    """What was counted last, if nothing has changed since or it is long and not too old; else what there is now.

    Args:
        visit: the request.
        asked: what is counted.
        is_exact: only what there is now will do.
    """
    kept: Counted[T] | None = visit.console.state.get(asked.name)
    if kept is None:
        return _recount(visit, asked)
    with visit.ringwall.store.read() as connection:
        state = asked.state(connection)
    if kept.state == state:
        return kept
    if is_exact or not asked.is_long(kept.value) or visit.ringwall.clock() - kept.at >= OLDEST:
        return _recount(visit, asked)
    _recount_beside(visit, asked)
    return Counted(kept.value, kept.state, kept.at, is_current=False)


def _recount(visit: Visit, asked: Count[T]) -> Counted[T]:
    at = visit.ringwall.clock()
    with visit.ringwall.store.read() as connection:
        state = asked.state(connection)
        found = Counted(asked.count(connection), state, at)
    visit.console.state[asked.name] = found
    return found


def _recount_beside(visit: Visit, asked: Count[T]) -> None:
    """One at a time."""
    running: set[tuple[Any, ...]] = visit.console.state.setdefault(_RUNNING, set())
    if asked.name in running:
        return
    running.add(asked.name)

    def recount() -> None:
        try:
            _recount(visit, asked)
        finally:
            running.discard(asked.name)

    in_background(recount)


def in_background(work: Callable[[], None]) -> None:
    """Does it in a thread of its own, which does not keep the process alive."""
    Thread(target=work, name="recount", daemon=True).start()
