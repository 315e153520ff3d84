"""Counts the calls to AWS, and notices when nobody answers any more."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlsplit

from ringwall.errors import CollectionError


@dataclass(slots=True)
class Traffic:
    """The calls of one collection. Threads may share it."""

    patience: int = 48
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


def is_absent_service(url: str, region: str) -> bool:
    """Whether AWS has no such endpoint, while the Region itself is there.

    Not every service is offered in every Region, and no list of them stays true for long. Name servers know.
    """
    host = urlsplit(url).hostname or ""
    return _has_no_address(host) and not _has_no_address(f"sts.{region}.{_domain(host)}", or_unknown=True)


def _domain(host: str) -> str:
    return "amazonaws.com.cn" if host.endswith(".cn") else "amazonaws.com"


def _has_no_address(host: str, *, or_unknown: bool = False) -> bool:
    try:
        socket.getaddrinfo(host, 443)
    except socket.gaierror as error:
        return or_unknown or error.errno in {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
    return False
