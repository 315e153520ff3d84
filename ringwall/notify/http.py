"""Posts to hosts that somebody configured, and only to public ones: the address that was checked is the one reached.

There is no proxy, no redirect is followed, and everything together has one time limit.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import httpcore

from ringwall.errors import DeliveryError, ValidationError
from ringwall.notify.addresses import is_private_by_itself, is_public

SECONDS = 10.0
"""For one message: to resolve, connect, send and hear back."""
_MOST_BYTES = 4096
"""As much of an answer is read."""
_FINAL = {400, 410, 413, 414, 415, 422, 431}
"""Statuses that say that this message will never be taken. All others may be mended at the receiver's."""


Resolver = Callable[[str, int], Collection[str]]
"""From a host's name and a port to its addresses. Raises `OSError` or `UnicodeError` where it has none."""


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True, slots=True)
class Poster:
    """Sends to public hosts, and to those that are allowed by name."""

    allowed_hosts: Collection[str] = ()
    """As they stand in URLs. They may have a private address, and be reached without TLS."""
    seconds: float = SECONDS
    resolve: Resolver = _resolved

    def check(self, url: str, *, field: str) -> None:
        """Refuses what is no URL that could ever be sent to.

        Raises:
            ValidationError: it is not HTTPS (HTTP where the host is allowed by name), not a plain URL, or its host is an
                address that is not public and not allowed by name.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise ValidationError(f"this is not a URL: {error}", field=field) from error
        if not host or not url.isascii() or not url.isprintable() or " " in url:
            raise ValidationError("this is not a URL with a host", field=field)
        if parts.username is not None or parts.password is not None:
            raise ValidationError(
                "a URL with a user name or a password would be shown to whoever lists it", field=field
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and is_allowed(host, self.allowed_hosts)):
            raise ValidationError("a URL begins with https:// unless its host is allowed by name", field=field)
        if is_private_by_itself(host) and not is_allowed(host, self.allowed_hosts):
            raise ValidationError(
                f"`{host}` is not public: it has to be allowed by name in the configuration", field=field
            )

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The beginning of what the host answers, if it took the message.

        Raises:
            DeliveryError: it did not take it, or may not be sent to. The text never has the URL: it may be a secret.
        """
        backend = _CheckedNetwork(self.allowed_hosts, monotonic() + self.seconds, self.resolve)
        given = [("Content-Type", "application/json"), ("Connection", "close"), *headers.items()]
        limits = {"connect": self.seconds, "read": self.seconds, "write": self.seconds, "pool": self.seconds}
        # To read all the authorities that there are takes longer than the rest of a post.
        trust = ssl.create_default_context() if urlsplit(url).scheme == "https" else None
        try:
            with (
                httpcore.ConnectionPool(ssl_context=trust, network_backend=backend) as pool,
                pool.stream("POST", url, headers=given, content=body, extensions={"timeout": limits}) as response,
            ):
                return _taken(response.status, _beginning(response.iter_stream()))
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise DeliveryError(f"no answer: {error or type(error).__name__}", retryable=True) from error


def is_allowed(host: str, allowed_hosts: Collection[str]) -> bool:
    """Whether a host is allowed by name, whatever its address is."""
    return host.lower().rstrip(".") in {each.lower().rstrip(".") for each in allowed_hosts}


def _beginning(stream: Iterable[bytes]) -> bytes:
    read = b""
    for chunk in stream:
        read += chunk
        if len(read) >= _MOST_BYTES:
            break
    return read[:_MOST_BYTES]


def _taken(status: int, answer: bytes) -> bytes:
    if 200 <= status < 300:
        return answer
    if 300 <= status < 400:
        raise DeliveryError(f"answered {status}: redirects are not followed", retryable=False)
    raise DeliveryError(f"answered {status}", retryable=status not in _FINAL)


@dataclass(frozen=True, slots=True)
class _CheckedNetwork(httpcore.NetworkBackend):
    """Resolves a name once, checks every address, and connects to one of those: a second answer of DNS is never asked."""

    allowed_hosts: Collection[str]
    deadline: float
    resolve: Resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - what is left until the deadline counts
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        last: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in self._addresses(host, port):
            try:
                connected = httpcore.SyncBackend().connect_tcp(
                    address, port, timeout=_left(self.deadline), socket_options=socket_options
                )
                return _TimedStream(connected, self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError("the name has no address")

    def _addresses(self, host: str, port: int) -> Collection[str]:
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise DeliveryError("the host's name has no address", retryable=True) from error
        if not is_allowed(host, self.allowed_hosts):
            for address in addresses:
                if not is_public(address):
                    message = "the host's address is not public: it has to be allowed by name in the configuration"
                    raise DeliveryError(message, retryable=False)
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection with a deadline: one that sends a byte now and then does not hold us up."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, timeout=_left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, timeout=_left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, timeout=_left(self._deadline))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left
