"""Serves the API for tests: over real HTTP on loopback, with keys and a clock that a test can set."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from uuid import UUID

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from starlette.applications import Starlette

from ringwall.api.limits import Limits
from ringwall.api.server import Listening, server_of
from ringwall.service.context import Caller, Policy, Ringwall
from ringwall.service.operations.keys import create_api_key

ACCOUNT = "111122223333"
REGION = "eu-west-1"
_START_SECONDS = 60


def real_time() -> datetime:
    """What the clients sign with: botocore takes no other clock."""
    return datetime.now(UTC)  # noqa: TID251 - see above


class NoJobs:
    """Nothing is put off."""

    def enqueue(self, connection, *jobs):
        pass


class Backwards:
    """No secret, but not the plain text either."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain[::-1]

    def decrypt(self, secret: bytes) -> bytes:
        return secret[::-1]


def a_ringwall(store, **changes) -> Ringwall:
    """The service over a store, with the real clock: clients sign with it."""
    numbers = count(1)
    given = {
        "store": store,
        "jobs": NoJobs(),
        "cipher": Backwards(),
        "clock": real_time,
        "new_id": lambda: str(UUID(int=next(numbers))),
        "policy": Policy(account=ACCOUNT, region=REGION),
    }
    return Ringwall(**{**given, **changes})


@dataclass(frozen=True)
class Key:
    """An access key with its secret."""

    id: str
    secret: str


def a_key(ringwall: Ringwall, role: str = "admin") -> Key:
    """A new key of the service."""
    made = create_api_key(ringwall, Caller(ACCOUNT, REGION), {"role": role})
    return Key(made["accessKeyId"], made["secretAccessKey"])


@contextmanager
def served(app: Starlette, limits: Limits | None = None) -> Iterator[str]:
    """The address at which a server in a thread of its own serves the application."""
    server = server_of(app, Listening(port=0), limits)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(_START_SECONDS)


def a_client(url: str, key: Key, service: str = "accessanalyzer", **config):
    """An unmodified client of AWS's SDK."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


@dataclass
class Request:
    """A request that a test may change before it is sent."""

    method: str
    path: str
    """With the query."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def signed(url: str, key: Key, request: Request, *, region: str = REGION, service: str = "access-analyzer") -> Request:
    """The request as botocore signs it."""
    prepared = AWSRequest(request.method, url + request.path, headers=dict(request.headers), data=request.body)
    prepared.headers["Host"] = url.removeprefix("http://")
    SigV4Auth(Credentials(key.id, key.secret), service, region).add_auth(prepared)
    return Request(request.method, request.path, dict(prepared.headers.items()), request.body)


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    code: str
    """Of the error; empty where there is none."""
    body: dict
    headers: dict[str, str]


def send(url: str, request: Request) -> Answer:
    """Sends the request just as it is."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        response = connection.getresponse()
        text = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers.get("x-amzn-errortype", ""), json.loads(text or b"{}"), headers)
    finally:
        connection.close()
