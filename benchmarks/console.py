"""How long the console's pages take, and how heavy they are, with many active findings.

    python benchmarks/console.py [--findings 100000] [--url postgresql://…]

The service answers over HTTP on loopback; what is measured is from the request to the last byte, the median of nine: once
while nothing changes, and once with a change of a finding before every request, so that nothing counted before holds.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import quote

import httpx
from sqlalchemy import insert, select, text, update
from store_filling import ACCOUNT, NOW, fill

from ringwall.api.app import create_app
from ringwall.console.app import create_pages
from ringwall.console.settings import ConsoleSettings
from ringwall.service.context import Policy, Ringwall
from ringwall.store.database import Store, open_store
from ringwall.store.tables import analyzer, finding, finding_event, scan
from tests.api.serving import Backwards, NoJobs, served

REPEATED = 9
EVENTS_EACH_DAY = 2_000
MOST_MILLISECONDS = 200
MOST_BYTES = 300_000
PAGES = (
    "/",
    "/map",
    "/map?account={account}",
    "/resources",
    "/resources?state=external",
    "/resources?type=AWS%3A%3AS3%3A%3ABucket&state=public",
    "/resources?q=0000777",
    "/resources/detail?arn={arn}",
    "/resources/s3",
    "/archive-rules/edit",
    "/analyzers",
    "/analyzers/detail",
    "/findings",
    "/findings?status=ALL&sort=resource",
    "/findings?f=resourceType~eq~AWS%3A%3AS3%3A%3ABucket",
    "/findings?f=resource~contains~0000077",
    "/findings?f=condition.aws%3ASourceVpc~exists~true",
    "/findings?group=cause",
    "/findings?group=principal",
    "/findings/{id}",
    "/findings/{id}/rule",
)


@dataclass(frozen=True, slots=True)
class Example:
    """What pages are about: one finding."""

    analyzer: int
    id: str
    arn: str
    account: str

    def link(self, page: str) -> str:
        for name in ("id", "arn", "account"):
            page = page.replace(f"{{{name}}}", quote(getattr(self, name), safe=""))
        return f"/console{page}"


def prepare(store: Store, number: int) -> Example:
    """The store with all its findings active and changes of a month, and one finding of it."""
    key = fill(store, number)
    with store.write() as connection:
        connection.execute(update(analyzer).values(arn=f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/b"))
        connection.execute(update(finding).values(status="ACTIVE", archived_by=None))
        if not connection.scalar(select(finding_event.c.key).limit(1)):
            for day in range(30):
                connection.execute(insert(finding_event), list(_events(key, day)))
            connection.execute(insert(scan), list(_scans(key)))
        connection.execute(text("ANALYZE"))
        columns = (finding.c.id, finding.c.resource, finding.c.resource_owner_account)
        return Example(key, *connection.execute(select(*columns).where(finding.c.key == number // 2)).one())


def _events(key: int, day: int) -> Iterator[dict[str, object]]:
    for index in range(EVENTS_EACH_DAY):
        was, is_ = (None, "ACTIVE") if index % 2 else ("ACTIVE", "RESOLVED")
        at = NOW - timedelta(days=day, seconds=index)
        event = {"analyzer_key": key, "finding_id": f"{day}-{index}", "at": at, "previous_status": was}
        yield {**event, "status": is_, "cause": "scan", "actor": ""}


def _scans(key: int) -> Iterator[dict[str, object]]:
    for index in range(200 * 17):
        place = {"account": f"{index // 17:012}", "region": f"region-{index % 17}", "analyzer_key": key}
        yield {
            **place,
            "id": f"scan-{index}",
            "trigger": "schedule",
            "started_at": NOW,
            "ended_at": NOW,
            "status": "COMPLETE",
        }


def measure(store: Store, example: Example) -> bool:
    """Prints each page's time and weight; whether all keep to the limits."""
    policy = Policy(account=ACCOUNT, region="us-east-1")
    ringwall = Ringwall(store, NoJobs(), Backwards(), lambda: NOW, lambda: "x", policy)
    pages = create_pages(ringwall, ConsoleSettings(local_token="link"))
    is_good = True
    with served(create_app(ringwall, pages=pages)) as url, httpx.Client(base_url=url, timeout=120) as client:
        client.get("/console/local", params={"token": "link"})
        for page in PAGES:
            same, size = _visited(client, example.link(page), lambda: None)
            changed, _ = _visited(client, example.link(page), lambda: _change(store, example))
            is_good = is_good and max(median(same), median(changed)) < MOST_MILLISECONDS and size < MOST_BYTES
            print(
                f"{median(same):8.1f} ms  {max(same):8.1f} ms at most  {median(changed):8.1f} ms after a change"
                f"  {size:8,} bytes  {page}",
                flush=True,
            )
    return is_good


def _change(store: Store, example: Example) -> None:
    """The finding was updated, and its history says so."""
    now = datetime.now(tz=UTC)
    with store.write() as connection:
        own = (finding.c.analyzer_key == example.analyzer, finding.c.id == example.id)
        connection.execute(update(finding).where(*own).values(updated_at=now))
        event = {"analyzer_key": example.analyzer, "finding_id": example.id, "at": now, "previous_status": "ARCHIVED"}
        connection.execute(insert(finding_event), {**event, "status": "ACTIVE", "cause": "scan", "actor": ""})


def _visited(client: httpx.Client, address: str, before: Callable[[], None]) -> tuple[list[float], int]:
    times, size = [], 0
    for _ in range(REPEATED):
        before()
        start = perf_counter()
        answer = client.get(address)
        times.append((perf_counter() - start) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
        size = len(answer.content)
    return times, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--url")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(given.url or f"sqlite:///{Path(folder) / 'console.db'}")
        is_good = measure(store, prepare(store, given.findings))
        store.close()
    raise SystemExit(0 if is_good else 1)


if __name__ == "__main__":
    main()
