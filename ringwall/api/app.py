"""The API over HTTP: who calls, which operation is meant, and what is answered.

A request that is refused costs as little as it can: what the headers alone say is looked at before the body is read, and
the body before the database is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from ringwall.api.caller_identity import CallerIdentity
from ringwall.api.calls import Call, perform
from ringwall.api.errors import INTERNAL, Refusal, SlowClientError, refusal_of
from ringwall.api.key_ring import KeyRing
from ringwall.api.limits import ClientGoneError, Limits, Throttle, read_body
from ringwall.api.routes import Routes
from ringwall.api.signature import Authorization, read_authorization, verify
from ringwall.api.wire import RawRequest, encode, endpoints, parse
from ringwall.errors import RingwallError, StoreError
from ringwall.service.context import Caller, Operation, Ringwall
from ringwall.service.operations import OPERATIONS

_LOG = logging.getLogger(__name__)

_LONG = ("/policy/", "/analyzer/findings/statistics")
"""Where the paths of operations begin that reason about policies, or count everything."""


@dataclass(frozen=True, slots=True)
class Served:
    """One request that was answered, for whoever counts."""

    operation: str
    """Empty where none was found."""
    status: int
    seconds: float


@dataclass(slots=True)
class _Request:
    """What is known of a request by now."""

    id: str
    key_id: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """An ASGI application."""

    ringwall: Ringwall
    limits: Limits
    behind_proxy: bool
    observe: Callable[[Served], None]
    operations: Mapping[str, Operation]
    keys: KeyRing
    throttle: Throttle
    threads: ThreadPoolExecutor
    long: ThreadPoolExecutor
    """For what may take seconds: pages of findings do not wait for it."""
    routes: Routes = field(default_factory=lambda: Routes(endpoints().values()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = _Request(self.ringwall.new_id())
        try:
            response = await self._answer(request, scope, receive)
        except ClientGoneError:
            return
        seconds = time.perf_counter() - started
        self._tell(request, response.status_code, seconds)
        await response(scope, receive, send)

    async def _answer(self, request: _Request, scope: Scope, receive: Receive) -> Response:
        try:
            raw = _raw_request(scope, self.behind_proxy)
            authorization = read_authorization(raw, self.ringwall.clock())
            body = await read_body(receive, raw.headers.get("content-length", ()), self.limits)
            work = partial(self._work, request, authorization, raw, body)
            threads = self.long if raw.path.startswith(_LONG) else self.threads
            output = await asyncio.get_running_loop().run_in_executor(threads, work)
        except RingwallError as error:
            if isinstance(error, StoreError):
                _LOG.error("%s", error, extra=_fields(request))
            return _refuse(request, refusal_of(error), closes=isinstance(error, SlowClientError))
        except ClientGoneError:
            raise
        except Exception:  # noqa: BLE001 - the server's outermost loop: a fault costs one request, and is in the log
            _LOG.exception("a fault in %s", request.operation or "the front door", extra=_fields(request))
            return _refuse(request, INTERNAL)
        return Response(output, headers=_headers(request), media_type="application/json")

    def _work(self, request: _Request, authorization: Authorization, raw: RawRequest, body: bytes) -> bytes:
        """What is done in a thread: all that needs the body or the database."""
        raw = RawRequest(raw.method, raw.path, raw.query, raw.headers, body)
        key = self.keys.find(authorization.key_id)
        verify(authorization, key.secret, raw)
        request.key_id = key.id
        self.throttle.take(key.id)
        endpoint, labels = self.routes.find(raw.method, raw.path)
        request.operation = endpoint.name
        policy = self.ringwall.policy
        caller = Caller(policy.account, authorization.region, key.role, key.id, policy.partition, request.id)
        call = Call(self.ringwall, caller, endpoint, self.operations.get(endpoint.function_name))
        return encode(perform(call, partial(parse, endpoint, raw, labels)))

    def _tell(self, request: _Request, status: int, seconds: float) -> None:
        fields = {**_fields(request), "status": status, "milliseconds": round(seconds * 1000, 1)}
        _LOG.info("%s %d", request.operation or "-", status, extra=fields)
        self.observe(Served(request.operation, status, seconds))


def create_app(
    ringwall: Ringwall,
    *,
    limits: Limits | None = None,
    behind_proxy: bool = False,
    pages: Sequence[BaseRoute] = (),
    observe: Callable[[Served], None] = lambda _: None,
    operations: Mapping[str, Operation] = OPERATIONS,
) -> Starlette:
    """The web application.

    Args:
        ringwall: the service.
        limits: what one caller may cost.
        behind_proxy: whether a proxy that is trusted stands in front: then what it says of the host is believed.
        pages: routes beside the API, which come first, such as `/health`.
        observe: is told of every request that was answered.
        operations: by name, such as `create_analyzer`; tests give their own.
    """
    limits = limits or Limits()
    api = Api(
        ringwall=ringwall,
        limits=limits,
        behind_proxy=behind_proxy,
        observe=observe,
        operations=operations,
        keys=KeyRing(ringwall, limits.key_cache_seconds),
        throttle=Throttle(limits.requests_per_second, limits.burst),
        threads=ThreadPoolExecutor(limits.threads, "api"),
        long=ThreadPoolExecutor(limits.long_threads, "api-long"),
    )
    read = partial(_raw_request, behind_proxy=behind_proxy)
    identity = CallerIdentity(ringwall, limits, api.keys, api.throttle, api.threads, read)
    return _Application(api, [*pages, Route("/", identity, methods=["POST"])])


class _Application(Starlette):
    """What no route can be meant by goes to the API at once: the console has dozens, each of which would be tried."""

    def __init__(self, api: Api, routes: Sequence[BaseRoute]) -> None:
        super().__init__(routes=[*routes, Mount("/", app=api)])
        self._api = api
        self._first_segments = frozenset(
            _first_segment(each.path) for each in routes if isinstance(each, Route | Mount)
        )
        # Else a request would pass by a route that is for it.
        assert all(isinstance(each, Route | Mount) for each in routes)
        assert not any("{" in each for each in self._first_segments)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _first_segment(scope["path"]) not in self._first_segments:
            await self._api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _first_segment(path: str) -> str:
    return path[1:].partition("/")[0]


def _raw_request(scope: Scope, behind_proxy: bool) -> RawRequest:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    if behind_proxy and "x-forwarded-host" in headers:
        # The client signed the name that it called, which the proxy may have replaced.
        headers["host"] = headers["x-forwarded-host"]
    path = scope["raw_path"].decode("latin-1")
    return RawRequest(scope["method"], path, scope["query_string"].decode("latin-1"), headers)


def _fields(request: _Request) -> dict[str, Any]:
    """What the log says of a request beside the message."""
    return {"request_id": request.id, "operation": request.operation, "key_id": request.key_id}


def _headers(request: _Request) -> MutableMapping[str, str]:
    return {"x-amzn-requestid": request.id, "cache-control": "no-store"}


def _refuse(request: _Request, refusal: Refusal, *, closes: bool = False) -> Response:
    headers = {**_headers(request), "x-amzn-errortype": refusal.code}
    if refusal.retry_after is not None:
        headers["retry-after"] = str(refusal.retry_after)
    if closes or refusal.status == 413:
        # What is left of the body is not waited for.
        headers["connection"] = "close"
    return Response(encode(refusal.body), refusal.status, headers, "application/json")
