"""Listens: uvicorn with limits, TLS where files are given, and nothing in the clear beyond this computer."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from ringwall.api.limits import Limits
from ringwall.errors import UsageError

_SHUTDOWN_SECONDS = 20
_KEEP_ALIVE_SECONDS = 30
_JOINED_BYTES = 256 * 1024
"""More is sent as it comes, so that the protocol sees when a client does not keep up."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate and of its key, in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and who stands in front."""

    host: str = "127.0.0.1"
    port: int = 8420
    tls: Tls | None = None
    behind_proxy: bool = False
    """Whether a proxy that is trusted does TLS: only then are the headers X-Forwarded-* believed."""


def check_listening(listening: Listening) -> None:
    """Raises `UsageError` where requests would pass in the clear between computers."""
    if listening.tls is None and not listening.behind_proxy and not is_loopback(listening.host):
        raise UsageError(
            f"listening on `{listening.host}` needs TLS: give a certificate and its key, or say that a proxy that does "
            "TLS stands in front (behind proxy); without either only this computer can be served (127.0.0.1)"
        )
    for file in (listening.tls.certificate, listening.tls.key) if listening.tls else ():
        if not file.is_file():
            raise UsageError(f"there is no file `{file}`")


def check_free(listening: Listening) -> None:
    """Raises `UsageError` where nobody can listen there: the port is taken, or the host is none of this computer's."""
    try:
        places = socket.getaddrinfo(listening.host, listening.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in places:
            with socket.socket(family, kind, protocol) as tried:
                # As asyncio will: what a server before us has just left is free.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                tried.bind(address)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"cannot listen on `{listening.host}`, port {listening.port}: {reason or error}") from error


def server_of(app: Starlette, listening: Listening, limits: Limits | None = None) -> uvicorn.Server:
    """A server that is not started yet: `run()` returns after SIGTERM, or once `should_exit` is set.

    Requests that are being answered when it is told to stop are answered first.

    Raises:
        UsageError: requests would pass in the clear between computers.
    """
    check_listening(listening)
    limits = limits or Limits()
    tls = listening.tls
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=listening.host,
            port=listening.port,
            http=_protocol(limits),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=listening.behind_proxy,
            forwarded_allow_ips="*" if listening.behind_proxy else None,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
            limit_concurrency=limits.connections,
            backlog=1024,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            h11_max_incomplete_event_size=limits.header_bytes,
        )
    )


def run(server: uvicorn.Server, listening: Listening) -> None:
    """Serve until SIGTERM, or until the server's `should_exit` is set.

    Raises:
        UsageError: somebody else listens there.
    """
    try:
        server.run()
    except SystemExit as end:
        # uvicorn has logged why, and ends the process with a code that means something else here.
        raise UsageError(f"listening at {listening.host}:{listening.port} is not possible: see the log") from end


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _protocol(limits: Limits) -> type[asyncio.Protocol]:
    return partial(_PatientProtocol, header_seconds=limits.header_seconds)  # type: ignore[return-value]  # is only called


class _PatientProtocol(H11Protocol):
    """HTTP whose patience has an end: headers that trickle in are not waited for, on no connection."""

    def __init__(self, *arguments: Any, header_seconds: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._header_seconds = header_seconds
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        joining: Any = _JoiningTransport(transport, self.loop)
        super().connection_made(joining)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._cancel()
        elif self._deadline is None:
            # The first bytes after a pause: the next request has begun.
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(self._header_seconds, self.transport.close)

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _JoiningTransport:
    """Sends what is written in one turn of the loop at once: the head of an answer and its body in one packet.

    Each call of the system also gives Python's lock away, and the loop then waits for it.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not data:
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > _JOINED_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
            self._transport.write(data)
