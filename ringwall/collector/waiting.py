"""How long is waited for what AWS does in the background: pauses that grow, until a deadline, or until all stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from threading import Event

from ringwall.errors import CollectionError

INTERRUPTED = "not read: the collection was interrupted"
_PAUSES = (1.0, 2.0, 4.0, 8.0)
_LONGEST = 15.0


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the default of an argument


@dataclass(frozen=True, slots=True)
class Waiting:
    """A clock, and what ends a pause early."""

    now: Callable[[], datetime] = utc_now
    """UTC."""
    sleep: Callable[[Event, float], object] = Event.wait
    """Lets seconds go by, or fewer where the event is set."""
    stop: Event = field(default_factory=Event)

    def pauses(self) -> Iterator[float]:
        """Seconds to wait between two questions: more each time."""
        return chain(_PAUSES, repeat(_LONGEST))

    def pause(self, seconds: float, end: datetime, late: str) -> None:
        """Let `seconds` go by.

        Raises:
            CollectionError: that would be after `end`, and the error says `late`; or the collection stops.
        """
        if self.now() + timedelta(seconds=seconds) > end:
            raise CollectionError("INTERNAL_ERROR", late)
        self.sleep(self.stop, seconds)
        if self.stop.is_set():
            raise CollectionError("INTERNAL_ERROR", INTERRUPTED)
