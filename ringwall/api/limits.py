"""What one caller may cost: the size of a request, the time it may take to arrive, and how many a second."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from ringwall.api.errors import RequestError, SlowClientError, ThrottledError


@dataclass(frozen=True, slots=True)
class Limits:
    """With what is usual."""

    body_bytes: int = 1024 * 1024
    """Of one request."""
    body_seconds: float = 20.0
    """From the headers to the end of the body."""
    header_seconds: float = 10.0
    """From the opening of a connection, or the end of the last answer, to the end of the headers."""
    header_bytes: int = 32 * 1024
    """The address and all headers together."""
    connections: int = 1000
    """Open at a time; the next is answered 503."""
    threads: int = 3
    """Requests that are worked on at a time; others wait. More threads would only take turns: decision 0024."""
    long_threads: int = 2
    """The same, of requests that may take seconds."""
    requests_per_second: float = 500.0
    """Of one key, on average."""
    burst: int = 1000
    """Of one key, at once after a pause."""
    key_cache_seconds: float = 2.0
    """How long a key that was disabled may still work."""


Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGoneError(Exception):
    """The client has closed the connection: there is nobody to answer to."""


async def read_body(receive: Receive, lengths: Sequence[str], limits: Limits) -> bytes:
    """The body of a request; one that says that it is too long is not read at all.

    Args:
        receive: ASGI's.
        lengths: the headers Content-Length.
        limits: how long it may be, and take.

    Raises:
        RequestError: it is too long.
        SlowClientError: it did not arrive in time.
        ClientGoneError: it will never arrive.
    """
    # The server's parser has refused lengths that are no numbers.
    if any(int(each) > limits.body_bytes for each in lengths):
        raise _too_long(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read_all(receive, limits)
    except TimeoutError as error:
        raise SlowClientError(f"the request did not arrive within {limits.body_seconds:g} seconds") from error


async def _read_all(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limits.body_bytes:
            raise _too_long(limits)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_long(limits: Limits) -> RequestError:
    return RequestError("other", f"the request is longer than {limits.body_bytes} bytes", status=413)


@dataclass(slots=True)
class Throttle:
    """A bucket of tokens for each key: a request takes one, and they come back at a steady rate.

    Only keys that exist have a bucket, so that strangers cannot make it grow.
    """

    rate: float
    burst: int
    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By key: how many tokens there were, and when."""
    _lock: Lock = field(default_factory=Lock)

    def take(self, key_id: str) -> None:
        """Raises `ThrottledError` where the key has no token left."""
        now = self.monotonic()
        with self._lock:
            tokens, since = self._buckets.get(key_id, (float(self.burst), now))
            tokens = min(float(self.burst), tokens + (now - since) * self.rate)
            if tokens < 1:
                raise ThrottledError(math.ceil((1 - tokens) / self.rate))
            self._buckets[key_id] = (tokens - 1, now)
