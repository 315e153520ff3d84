"""ListFindingsV2 over HTTP with a million findings in the store: sixteen clients at once, signed requests, real server.

`python benchmarks/api_load.py sqlite:////tmp/load/ringwall.db postgresql://…`: a database that was filled before is
used again. The clients share the machine with the server, and do no more than sign, send and read.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.measure import Table
from benchmarks.store_filling import ACCOUNT, ARN, fill
from ringwall.store.database import open_store

CLIENTS = 16
FINDINGS = 1_000_000
PORT = 8429
HOST = f"127.0.0.1:{PORT}"
DEEP = 30
"""So many pages on a client goes, before it begins another listing."""
_ACTIVE = {"status": {"eq": ["ACTIVE"]}}
FILTERS: dict[str, dict[str, Any]] = {
    "all": {},
    "active": _ACTIVE,
    "active buckets": {**_ACTIVE, "resourceType": {"eq": ["AWS::S3::Bucket"]}},
    "active, public": {**_ACTIVE, "isPublic": {"eq": ["true"]}},
    "active, of an account": {**_ACTIVE, "resourceOwnerAccount": {"eq": ["000000000700"]}},
    "active, of a type of access": {**_ACTIVE, "findingType": {"eq": ["ExternalAccess"]}},
    "resolved": {"status": {"eq": ["RESOLVED"]}},
}
NEWEST = {"attributeName": "updatedAt", "orderBy": "DESC"}
LISTINGS = [
    *((name, {"filter": filter_}) for name, filter_ in FILTERS.items()),
    ("active, newest first", {"filter": _ACTIVE, "sort": NEWEST}),
]


@dataclass(slots=True)
class Client:
    """Asks one page after the other, through one connection."""

    credentials: Credentials
    first: int
    times: list[tuple[str, float]]

    def run(self, end: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        for name, listing in self._listings():
            token = None
            for page in range(DEEP):
                if time.perf_counter() > end:
                    return
                kind = f"{name}, {'first page' if page == 0 else 'deep pages'}"
                token = self._page(connection, kind, {"analyzerArn": ARN, **listing, "nextToken": token})
                if token is None:
                    break

    def _listings(self) -> Iterator[tuple[str, dict[str, Any]]]:
        turn = self.first
        while True:
            yield LISTINGS[turn % len(LISTINGS)]
            turn += 1

    def _page(self, connection: http.client.HTTPConnection, kind: str, asked: dict[str, Any]) -> str | None:
        body = json.dumps({name: value for name, value in asked.items() if value is not None}).encode()
        headers = {"Content-Type": "application/json", "Host": HOST}
        request = AWSRequest("POST", f"http://{HOST}/findingv2", headers, body)
        SigV4Auth(self.credentials, "access-analyzer", "us-east-1").add_auth(request)
        start = time.perf_counter()
        connection.request("POST", "/findingv2", body, dict(request.headers.items()))
        answer = connection.getresponse()
        read = answer.read()
        self.times.append((kind, (time.perf_counter() - start) * 1000))
        if answer.status != 200:
            raise SystemExit(f"the server answers {answer.status}: {read[:300]!r}")
        # Reading all of the page would have the client cost more than the server.
        where = read.find(b'"nextToken":"')
        return None if where < 0 else read[where + 13 : read.index(b'"', where + 13)].decode()


@contextmanager
def served(url: str) -> Iterator[Credentials]:
    """A server over the store, without workers, and a key to it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "RINGWALL_DATA": folder,
            "RINGWALL_DATABASE_URL": url,
            "RINGWALL_AWS_ACCOUNT": ACCOUNT,
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        ringwall = [sys.executable, "-m", "ringwall"]
        made = subprocess.run(
            [*ringwall, "keys", "create", "--role", "reader", "--format", "json"],
            env=environment,
            check=True,
            capture_output=True,
        )
        key = json.loads(made.stdout)
        server = subprocess.Popen(
            [*ringwall, "serve", "--no-workers", "--port", str(PORT)], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait()
            yield Credentials(key["accessKeyId"], key["secretAccessKey"])
        finally:
            server.terminate()
            server.wait(30)


def _wait() -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def measured(url: str, seconds: float, clients: int) -> list[tuple[str, float]]:
    """Kind and milliseconds of every page that was answered."""
    with served(url) as credentials:
        times: list[tuple[str, float]] = []
        end = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=Client(credentials, number, times).run, args=(end,)) for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return times


def table_of(times: list[tuple[str, float]], seconds: float, title: str) -> Table:
    """How long the pages took, by kind and in all."""
    table = Table(title, ("page", "pages/s", "p50 ms", "p95", "p99", "worst"))
    kinds = sorted({kind for kind, _ in times})
    for kind in (*kinds, "every page"):
        some = [milliseconds for each, milliseconds in times if kind in (each, "every page")]
        if len(some) > 1:
            marks = quantiles(some, n=100)
            table.rows.append((kind, len(some) / seconds, marks[49], marks[94], marks[98], max(some)))
    return table


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("urls", nargs="+", metavar="URL")
    arguments.add_argument("--findings", type=int, default=FINDINGS)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--clients", type=int, default=CLIENTS)
    given = arguments.parse_args()
    for url in given.urls:
        store = open_store(url)
        fill(store, given.findings)
        store.close()
        times = measured(url, given.seconds, given.clients)
        print(table_of(times, given.seconds, f"ListFindingsV2, {given.clients} clients, {url.partition(':')[0]}"))
        print()


if __name__ == "__main__":
    main()
