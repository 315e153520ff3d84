"""Counts the calls to AWS, and notices when nobody answers any more."""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

from ringwall.errors import CollectionError


@dataclass(slots=True)
class Traffic:
    """The calls of one collection. Threads may share it."""

    patience: int = 32
    """How many calls in a row may stay without any answer, retries included, before no more are made."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often each operation was called, page by page; retries are not counted."""
    _silent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def check(self, operation: str) -> None:
        """Whether it makes sense to call `operation` now.

        Raises:
            CollectionError: the calls before it were not answered, and waiting for this one is in vain.
        """
        with self._lock:
            if self._silent >= self.patience:
                raise CollectionError("INTERNAL_ERROR", f"{operation}: not asked, the last calls were not answered")

    def was_answered(self, operation: str) -> None:
        """AWS said something, be it an error."""
        with self._lock:
            self.calls[operation] += 1
            self._silent = 0

    def was_silent(self, operation: str) -> None:
        """Nothing came back."""
        with self._lock:
            self.calls[operation] += 1
            self._silent += 1


@cache
def is_absent_service(host: str) -> bool:
    """Whether AWS has no endpoint `host`, while the Region that it is named after is there.

    Not every service is offered in every Region, and no list of them stays true for long. Name servers know.
    """
    if (match := _ENDPOINT.fullmatch(host)) is None:
        return False
    return _has_no_address(host) and not _has_no_address(f"sts.{match['place']}", or_unknown=True)


_ENDPOINT = re.compile(r"[^.]+\.(?P<place>[a-z]+(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?)")
"""The host of a service in a Region. What stands before that, such as a bucket, needs no endpoint of its own."""


def _has_no_address(host: str, *, or_unknown: bool = False) -> bool:
    try:
        socket.getaddrinfo(host, 443)
    except socket.gaierror as error:
        return or_unknown or error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
    return False
