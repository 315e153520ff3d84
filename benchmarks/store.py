"""Listings of a million findings, and the nightly pass over 100,000 resources, on SQLite and PostgreSQL.

`python benchmarks/store.py sqlite:////tmp/ringwall.db postgresql://…`: a database that was filled before is used again.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import Connection, func, select

from benchmarks.measure import Table
from benchmarks.store_filling import NOW, fill
from ringwall.findings.archive_rule import Criterion, Filter
from ringwall.findings.remembered import RememberedFinding
from ringwall.store import findings, resources
from ringwall.store.database import Store, open_store
from ringwall.store.findings import Cursor, Depth, Sort
from ringwall.store.tables import finding, resource

CLIENTS = 16
PAGE = 100
SAMPLE = 99
ACTIVE: Filter = {"status": Criterion(eq=("ACTIVE",))}
NEWEST = Sort("updatedAt", is_descending=True)


def _of(**properties: str) -> Filter:
    return {name: Criterion(eq=(value,)) for name, value in properties.items()}


BUCKETS, SECRETS = _of(resourceType="AWS::S3::Bucket"), _of(resourceType="AWS::SecretsManager::Secret")
LARGE, SMALL = _of(resourceOwnerAccount="000000000001"), _of(resourceOwnerAccount="000000000700")
PUBLIC, EXTERNAL = _of(isPublic="true"), _of(findingType="ExternalAccess")
PRINCIPAL = {"principal.AWS": Criterion(eq=("000000000042",))}
CONDITION = {"condition.aws:SourceVpc": Criterion(eq=("aws:sourcevpc-42",))}
FILTERS: dict[str, Filter] = {
    "none": {},
    "status ACTIVE": ACTIVE,
    "status RESOLVED": _of(status="RESOLVED"),
    "type, frequent": BUCKETS,
    "type, rare": SECRETS,
    "account, large": LARGE,
    "account, small": SMALL,
    "public": PUBLIC,
    "finding type": EXTERNAL,
    "active, type": {**ACTIVE, **BUCKETS},
    "active, rare type": {**ACTIVE, **SECRETS},
    "active, small account": {**ACTIVE, **SMALL},
    "active, public": {**ACTIVE, **PUBLIC},
    "active, type, account": {**ACTIVE, **BUCKETS, **SMALL},
    "active, rare type, public, large account": {**ACTIVE, **SECRETS, **PUBLIC, **LARGE},
    "all five, small account": {**ACTIVE, **EXTERNAL, **BUCKETS, **SMALL, **PUBLIC},
    "nothing meets it": {**ACTIVE, **SECRETS, **PUBLIC, **_of(resourceOwnerAccount="none")},
    "error": {"error": Criterion(exists=True)},
    "not archived": {"status": Criterion(neq=("ARCHIVED",))},
    "region": _of(region="ap-southeast-2"),
    "principal": PRINCIPAL,
    "condition": CONDITION,
    "resource contains, frequent": {"resource": Criterion(contains=("us-east-1",))},
    "resource contains, one": {"resource": Criterion(contains=("thing/0099999",))},
    "resource contains, none": {"resource": Criterion(contains=("nowhere",))},
}
UNUSUAL = ("contains", "large account", "account, large, by resource", "region, by resource")
"""What is there to be slow, and to show how slow."""
SORTS = {
    "": Sort(),
    "updatedAt": NEWEST,
    "createdAt": Sort("createdAt"),
    "resource": Sort("resource"),
    "analyzedAt": Sort("analyzedAt", is_descending=True),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One page that somebody asks for."""

    name: str
    criteria: Filter
    sort: Sort
    after: Cursor | None

    def ask(self, store: Store, analyzer: int) -> int:
        with store.read() as connection:
            page = findings.page(
                connection,
                analyzer,
                self.criteria,
                sort=self.sort,
                after=self.after,
                limit=PAGE,
                depth=Depth.SUMMARY,
            )
        return len(page.findings)


def questions(store: Store, analyzer: int, wanted: str) -> Iterator[Question]:
    """Every filter in every order, the first page and one that is deep in what there is."""
    deep = _far_places(store, analyzer)
    for filter_name, criteria in FILTERS.items():
        for sort_name, sort in SORTS.items():
            name = f"{filter_name}{f', by {sort_name}' if sort_name else ''}"
            if wanted in name:
                yield Question(name, criteria, sort, None)
                yield Question(f"{name}, deep", criteria, sort, deep[sort_name])


def _far_places(store: Store, analyzer: int) -> dict[str, Cursor]:
    """Two thirds down each order, as some findings from all over the store say."""
    with store.read() as connection:
        last = connection.scalar(select(func.max(finding.c.key))) or 0
        some = [_one_behind(connection, analyzer, last * part // SAMPLE) for part in range(SAMPLE)]
    third = SAMPLE // 3
    return {
        "": Cursor((2 * last // 3,)),
        "updatedAt": Cursor((sorted(_microseconds(each.updated_at) for each in some)[third], 0)),
        "createdAt": Cursor((sorted(_microseconds(each.created_at) for each in some)[-third], 0)),
        "resource": Cursor((sorted(each.resource for each in some)[-third], 0)),
        "analyzedAt": Cursor((sorted(_microseconds(each.analyzed_at) for each in some)[third], 0, 0)),
    }


def _one_behind(connection: Connection, analyzer: int, key: int) -> RememberedFinding:
    return findings.page(connection, analyzer, {}, after=Cursor((key,)), limit=1).findings[0]


def _microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def alone(store: Store, analyzer: int, asked: list[Question], tries: int) -> Table:
    """Each page, asked by one client: where a query is slow, it is slow here."""
    table = Table(f"Pages of {PAGE}, one client, {store.engine.dialect.name}", ("page", "rows", "ms, best", "worst"))
    for question in asked:
        times = [_milliseconds(partial(question.ask, store, analyzer)) for _ in range(tries)]
        table.rows.append((question.name, question.ask(store, analyzer), min(times), max(times)))
    table.rows.sort(key=lambda row: -float(row[2]))
    return table


def together(store: Store, analyzer: int, asked: list[Question], seconds: float, title: str) -> Table:
    """Sixteen clients that ask one page after another, all pages in turn."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        turn = number * len(asked) // CLIENTS
        while time.perf_counter() < end:
            question = asked[turn % len(asked)]
            times.append(_milliseconds(partial(question.ask, store, analyzer)))
            turn += 1

    cpu = time.process_time()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu = time.process_time() - cpu
    marks = quantiles(times, n=100)
    columns = ("pages", "pages/s", "p50 ms", "p95", "p99", "worst", "CPU ms/page")
    table = Table(f"{CLIENTS} clients at once, {title}, {store.engine.dialect.name}", columns)
    figures = (marks[49], marks[94], marks[98], max(times), cpu * 1000 / len(times))
    table.rows.append((len(times), len(times) / seconds, *figures))
    return table


def nightly(store: Store, analyzer: int) -> Table:
    """What a pass over all resources costs the store when nothing has changed: read what is known, write the time."""
    table = Table(
        f"A pass over all resources, {store.engine.dialect.name}", ("step", "resources", "s", "CPU s, this process")
    )
    with store.read() as connection:
        places = connection.execute(
            select(resource.c.owner_account, resource.c.region, resource.c.type).distinct()
        ).all()
    types: dict[tuple[str, str], list[str]] = {}
    for account, region, type_ in places:
        types.setdefault((account, region), []).append(type_)
    cpu, start, keys = time.process_time(), time.perf_counter(), []
    for (account, region), each in sorted(types.items()):
        with store.write() as connection:
            known = resources.known(connection, analyzer, account, region, each)
            keys.append([one.key for one in known.values()])
            resources.touch(connection, keys[-1], NOW + timedelta(seconds=len(keys)))
    spent = (time.perf_counter() - start, time.process_time() - cpu)
    table.rows.append((f"known and touch, {len(keys):,} transactions", sum(map(len, keys)), *spent))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="+")
    parser.add_argument("--findings", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", default="", help="pages whose name contains this")
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--worst", type=int, default=25)
    options = parser.parse_args()
    for url in options.url:
        store = open_store(url)
        seconds = _milliseconds(partial(fill, store, options.findings)) / 1000
        print(f"{store.engine.dialect.name}: filled in {seconds:.0f} s")
        analyzer = fill(store, options.findings)
        asked = list(questions(store, analyzer, options.only))
        table = alone(store, analyzer, asked, options.tries)
        table.notes.append(f"{len(table.rows)} pages, the slowest {options.worst} shown")
        del table.rows[options.worst :]
        usual = [question for question in asked if not any(word in question.name for word in UNUSUAL)]
        print(
            table,
            together(store, analyzer, usual, options.seconds, "usual pages"),
            together(store, analyzer, asked, options.seconds, "all pages"),
            nightly(store, analyzer),
            sep="\n",
        )
        store.close()


if __name__ == "__main__":
    main()
