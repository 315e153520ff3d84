"""Many accounts over PostgreSQL with workers that are killed, and the nightly pass over resources that did not change.

`python benchmarks/scale.py organization postgresql://… --minutes 10` and `python benchmarks/scale.py nightly DATABASE`.
The database has to be an empty one: the benchmark makes its tables, and leaves them to be looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from benchmarks.measure import Table
from ringwall.findings.organization import Account, Organization
from ringwall.findings.report import Gap
from ringwall.resources.base import Resource
from ringwall.service.context import Policy, Ringwall, Scope
from ringwall.service.queues import jobs_in
from ringwall.service.scan_job import scan
from ringwall.service.work import Work
from ringwall.service.worker import Rhythm, Worker
from ringwall.store import analyzers
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.database import open_store
from ringwall.store.migrate import migrate

REGION = "eu-west-1"
PARTNER = "999999999999"
PLACES = 21
"""Twenty Regions, and what is in none."""
NEEDED = 56
"""Jobs a second: 5,000 accounts, 20 Regions, 30 minutes."""
SLOW = "000000000007"
SLOW_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class SimulatedEstate:
    """What a plan is told."""

    organization: Organization | None
    accounts: tuple[str, ...]
    gaps: tuple[Gap, ...] = ()


class Simulated:
    """An organization that answers from memory. One of its accounts is slow."""

    def __init__(self, accounts: int) -> None:
        self.accounts = tuple(f"{number:012d}" for number in range(accounts))

    def estate(self, _scope: Scope, _type: str, /) -> SimulatedEstate:
        members = tuple(Account(each, "", "o-exampleorgid/r-ab12/") for each in self.accounts)
        return SimulatedEstate(Organization("o-exampleorgid", self.accounts[0], members), self.accounts)

    def regions(self, _account: str, /) -> tuple[str, ...]:
        return tuple(f"eu-west-{number}" for number in range(1, PLACES))

    def read(self, account: str, region: str, types: Sequence[str], /) -> Iterator[Resource | Gap]:
        if account == SLOW:
            time.sleep(SLOW_SECONDS)
        if "AWS::SQS::Queue" in types:
            # One in fifty Regions lets somebody in.
            is_open = hash((account, region)) % 50 == 0
            yield queue_of(account, region, "closed", "o-exampleorgid")
            yield queue_of(account, region, "perhaps", None if is_open else "o-exampleorgid")

    def read_one(self, _account: str, _region: str, _type: str, _arn: str, /) -> Resource | Gap | None:
        return None


def queue_of(account: str, region: str, name: str, organization: str | None) -> Resource:
    """A queue for an organization, or for a partner outside of it."""
    arn = f"arn:aws:sqs:{region}:{account}:{name}"
    statement: dict[str, object] = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    if organization is None:
        statement["Principal"] = {"AWS": PARTNER}
    else:
        statement |= {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}}
    return Resource(arn, "AWS::SQS::Queue", account, region, {"queuePolicy": json.dumps({"Statement": [statement]})})


class Plain:
    """Nothing here is secret."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, secret: bytes) -> bytes:
        return secret


def now() -> datetime:
    return datetime.now(UTC)


def service(url: str) -> Ringwall:
    """The service over an empty database."""
    store = open_store(url)
    migrate(store)
    return Ringwall(store, jobs_in(store, clock=now), Plain(), now, lambda: str(uuid4()), Policy())


def add_analyzer(ringwall: Ringwall, kind: str) -> AnalyzerRecord:
    account = "000000000000"
    arn = f"arn:aws:access-analyzer:{REGION}:{account}:analyzer/scale"
    status = "CREATING" if kind == "ORGANIZATION" else "ACTIVE"
    record = AnalyzerRecord(arn, "scale", account, REGION, kind, now(), status=status, next_scan_at=now())
    with ringwall.store.write() as connection:
        return analyzers.insert(connection, record)


def work(url: str, accounts: int, threads: int) -> None:
    """One worker, until it is killed."""
    worker = Worker(service(url), Simulated(accounts), threads=threads, rhythm=Rhythm(lease=timedelta(seconds=10)))
    worker.start()
    signal.pause()


class Workers:
    """Some processes. One that is killed is replaced."""

    def __init__(self, url: str, accounts: int, count: int, threads: int) -> None:
        self._command = [sys.executable, __file__, "work", url, f"--accounts={accounts}", f"--threads={threads}"]
        # Strings have to hash alike in all of them: what a Region holds must not depend on who asks.
        self._environment = {**os.environ, "PYTHONHASHSEED": "0"}
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment)

    def kill_one(self, chance: random.Random) -> None:
        number = chance.randrange(len(self._running))
        self._running[number].kill()
        self._running[number].wait()
        self._running[number] = self._start()

    def kill_all(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


def organization(options: argparse.Namespace) -> None:
    """Several workers scan an organization while one of them is killed every minute."""
    ringwall = service(options.database)
    add_analyzer(ringwall, "ORGANIZATION")
    workers = Workers(options.database, options.accounts, options.workers, options.threads)
    chance = random.Random(1)
    table = Table(
        f"{options.accounts} accounts, 20 Regions, {options.workers} workers, one killed every {options.kill_every} s",
        ("minute", "scans", "a second", "waiting", "failed"),
    )
    done = 0
    try:
        for minute in range(1, options.minutes + 1):
            for _ in range(max(1, 60 // options.kill_every)):
                time.sleep(min(60, options.kill_every))
                workers.kill_one(chance)
            before, done = done, count(ringwall, "SELECT count(*) FROM scan WHERE status <> 'RUNNING' AND region <> ''")
            waiting = count(ringwall, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
            failed = count(ringwall, "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
            table.rows.append((minute, done - before, round((done - before) / 60, 1), waiting, failed))
            print(table.rows[-1], flush=True)
    finally:
        workers.kill_all()
    table.notes += notes(ringwall)
    print(table)


def count(ringwall: Ringwall, query: str) -> int:
    with ringwall.store.read() as connection:
        return int(connection.scalar(text(query)) or 0)


LOST = f"""
    SELECT count(*) FROM (
        SELECT DISTINCT owner_account AS account FROM resource
    ) AS begun
    CROSS JOIN (SELECT 'eu-west-' || number AS region FROM generate_series(1, {PLACES - 1}) AS number) AS regions
    WHERE NOT EXISTS (
        SELECT 1 FROM scan WHERE scan.account = begun.account AND scan.region = regions.region
            AND scan.status = 'COMPLETE')
    AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs AS job WHERE job.status IN ('todo', 'doing') AND job.task_name = 'scan'
            AND job.args->'payload'->>'account' = begun.account AND job.args->'payload'->>'region' = regions.region)
"""
TWICE = "SELECT count(*) FROM (SELECT finding_id FROM finding_event GROUP BY finding_id HAVING count(*) > 1) AS found"
SLOWLY = f"SELECT count(*) FROM scan WHERE account = '{SLOW}' AND status = 'COMPLETE'"


def notes(ringwall: Ringwall) -> list[str]:
    """What has to hold in the end."""
    return [
        f"needed: {NEEDED} scans a second",
        f"places of accounts that were begun, neither scanned nor waiting: {count(ringwall, LOST)}",
        f"findings: {count(ringwall, 'SELECT count(*) FROM finding')}, shown twice: {count(ringwall, TWICE)}",
        f"scans of the account that takes {SLOW_SECONDS:g} s for each: {count(ringwall, SLOWLY)}",
    ]


class Nightly:
    """One Region full of queues. Some of them change from night to night."""

    def __init__(self, resources: int) -> None:
        self.resources = resources
        self.changed = 0.0
        self.night = 0

    def read(self, account: str, region: str, types: Sequence[str], /) -> Iterator[Resource | Gap]:
        if "AWS::SQS::Queue" not in types:
            return
        limit = int(self.resources * self.changed)
        for number in range(self.resources):
            organization = f"o-night{self.night:04d}" if number < limit else "o-first00000"
            yield queue_of(account, region, f"queue-{number}", organization)


def nightly(options: argparse.Namespace) -> None:
    """One scan after another, of resources that are as they were, but for a part."""
    ringwall = service(options.database)
    analyzer = add_analyzer(ringwall, "ACCOUNT")
    source = Nightly(options.resources)
    jobs = Work(ringwall, source)  # type: ignore[arg-type]  # nothing else is asked of it
    payload = {"analyzer": analyzer.key, "account": analyzer.account, "region": REGION, "trigger": "schedule"}
    table = Table(f"a pass over {options.resources:,} resources", ("pass", "CPU s", "s", "peak MB"))
    for name, changed in (("first", 0.0), ("unchanged", 0.0), ("1 % changed", 0.01)):
        source.changed = changed
        source.night += 1
        began, cpu = time.perf_counter(), time.process_time()
        scan(jobs, payload)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        row = (name, round(time.process_time() - cpu, 1), round(time.perf_counter() - began, 1), peak)
        table.rows.append(row)
        print(row, flush=True)
    print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("organization", "nightly", "work"))
    parser.add_argument("database", help="a URL, of an empty database")
    parser.add_argument("--accounts", type=int, default=5000)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=4, help="of each worker")
    parser.add_argument("--kill-every", type=int, default=60, help="seconds")
    parser.add_argument("--resources", type=int, default=100_000)
    options = parser.parse_args()
    if options.what == "work":
        work(options.database, options.accounts, options.threads)
    else:
        {"organization": organization, "nightly": nightly}[options.what](options)


if __name__ == "__main__":
    main()
