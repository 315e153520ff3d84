"""The outermost loops of a worker: what goes wrong in a job or beside it is told, and does not end the process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from ringwall.errors import RingwallError

_log = logging.getLogger("ringwall.worker")
_LONGEST_WAIT = 30.0

Loop = Callable[[], float]
"""Does what is due; how many seconds may pass before it is called again."""


def attempt(name: str, what: Callable[[], None]) -> Exception | None:
    """Does something, and returns the error that it ended with."""
    try:
        what()
    except RingwallError as error:
        _log.warning("%s failed: %s", name, error)
        return error
    except Exception as error:  # noqa: BLE001 - the outermost loop of a worker, see tools/budgets.py
        _log.exception("%s failed", name)
        return error
    return None


class Looping(Thread):
    """Calls a loop until it is told to stop, more slowly while it fails."""

    def __init__(self, name: str, loop: Loop, stop: Event) -> None:
        super().__init__(name=name, daemon=True)
        self._loop = loop
        self._stop_event = stop
        self._wait = 0.0

    def run(self) -> None:
        failures = 0
        while not self._stop_event.wait(self._wait):
            failures = failures + 1 if attempt(self.name, self._once) else 0
            if failures:
                self._wait = min(2.0**failures / 4, _LONGEST_WAIT)

    def _once(self) -> None:
        self._wait = self._loop()
