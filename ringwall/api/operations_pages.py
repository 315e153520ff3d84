"""What whoever runs the service asks of it: is it alive, is it ready, what does it count."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ringwall.errors import StoreError
from ringwall.service.context import Ringwall
from ringwall.service.metrics import CONTENT_TYPE, SEEN_LATELY, Metrics
from ringwall.store import depths


@dataclass(frozen=True, slots=True)
class OperationsPages:
    """How the three pages behave."""

    ringwall: Ringwall
    metrics: Metrics
    check_version: Callable[[], None]
    """Raises `StoreError` where the database is not of this program's version."""
    metrics_token: str | None = None
    is_behind_proxy: bool = False
    """Then every caller comes from the proxy's address, which proves nothing."""
    needs_workers: bool = True
    """Whether a process without workers is not ready; false where they run elsewhere."""

    def routes(self) -> list[Route]:
        return [
            Route("/health", self.health, methods=["GET"]),
            Route("/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.measurements, methods=["GET"]),
        ]

    async def health(self, _: Request) -> Response:
        """The process is alive: it does not ask the database, whose pauses are no reason to be restarted."""
        return JSONResponse({"status": "alive"})

    def ready(self, _: Request) -> Response:
        """Whether requests can be answered, and somebody does the work. In a thread: it waits for the database."""
        try:
            self.check_version()
            with self.ringwall.store.read() as connection:
                workers = depths.workers(connection, self.ringwall.clock() - SEEN_LATELY)
        except StoreError:
            # Why is for the log: this page is for anybody.
            return JSONResponse({"status": "not ready", "database": "unusable"}, 503)
        if self.needs_workers and not workers:
            return JSONResponse({"status": "not ready", "database": "ok", "workers": 0}, 503)
        return JSONResponse({"status": "ready", "database": "ok", "workers": workers})

    def measurements(self, request: Request) -> Response:
        """The metrics. How many findings there are is nobody's business: see `docs/service.md`."""
        if not self._may_read(request):
            return JSONResponse({"message": "metrics want a token"}, 401, {"WWW-Authenticate": "Bearer"})
        return Response(self.metrics.exposition(), media_type=CONTENT_TYPE)

    def _may_read(self, request: Request) -> bool:
        if self.metrics_token is not None:
            given = request.headers.get("authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {self.metrics_token}".encode())
        return not self.is_behind_proxy and _is_loopback(request)


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
