"""How often somebody may try to sign in: few failures of one name from one address, more of one address or one name.

In memory, with an end: a server that starts again forgets them, and strangers cannot make it grow.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=10)
_OF_BOTH, _OF_ADDRESS, _OF_NAME = 5, 30, 100
"""A name alone may fail often: else anybody could lock its owner out."""
_REMEMBERED = 10_000
_Key = tuple[str, str]


@dataclass(slots=True)
class Attempts:
    """Failures of the last minutes. Threads may share it."""

    clock: Callable[[], datetime]
    _failures: OrderedDict[_Key, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def may_try(self, name: str, address: str) -> bool:
        """Whether there were not too many failures yet."""
        since = self.clock() - WINDOW
        with self._lock:
            return all(self._count(key, since) < limit for key, limit in _keys(name, address))

    def has_failed(self, name: str, address: str) -> None:
        """Counts a failure."""
        now = self.clock()
        with self._lock:
            for key, limit in _keys(name, address):
                kept = self._failures.pop(key, None) or deque[datetime](maxlen=limit)
                kept.append(now)
                self._failures[key] = kept
            while len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)

    def _count(self, key: _Key, since: datetime) -> int:
        return sum(at > since for at in self._failures.get(key, ()))


def _keys(name: str, address: str) -> Iterator[tuple[_Key, int]]:
    yield (name, address), _OF_BOTH
    yield ("", address), _OF_ADDRESS
    yield (name, ""), _OF_NAME
