"""A service over a store, with a clock that a test moves, an estate in memory, and jobs that run when they are told."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from ringwall.findings.archive_rule import ArchiveRule, Criterion
from ringwall.resources.base import Resource
from ringwall.service.context import Policy, Ringwall
from ringwall.service.jobs import JOBS
from ringwall.service.queues import jobs_in
from ringwall.service.work import Work
from ringwall.store import analyzers, archive_rules, destinations, findings, jobs, outbox
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.database import Store
from ringwall.store.destinations import DestinationRecord
from ringwall.store.rows import is_sqlite
from tests.service.memory_source import MemorySource

ACCOUNT = "111122223333"
REGION = "eu-west-1"
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def move(self, **delta):
        self.now += timedelta(**delta)


class Ids:
    """1, 2, 3 …"""

    def __init__(self):
        self.last = 0

    def __call__(self):
        self.last += 1
        return f"{self.last:08d}-0000-0000-0000-000000000000"


class Plain:
    """Encrypts nothing."""

    def encrypt(self, plain):
        return plain

    def decrypt(self, secret):
        return secret


@dataclass
class Service:
    """All that a test of jobs needs."""

    store: Store
    source: MemorySource = field(default_factory=MemorySource)
    clock: Clock = field(default_factory=Clock)
    policy: dict = field(default_factory=dict)

    def __post_init__(self):
        policy = Policy(account=ACCOUNT, **self.policy)
        self.ringwall = Ringwall(self.store, jobs_in(self.store, clock=self.clock), Plain(), self.clock, Ids(), policy)
        self.work = Work(self.ringwall, self.source)

    def analyzer(self, name="one", kind="ACCOUNT", **columns):
        """A new analyzer that is due."""
        arn = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/{name}"
        record = AnalyzerRecord(arn, name, ACCOUNT, REGION, kind, self.clock(), next_scan_at=self.clock(), **columns)
        with self.store.write() as connection:
            return analyzers.insert(connection, record)

    def again(self, analyzer):
        """The analyzer as it is now."""
        with self.store.read() as connection:
            return analyzers.find_key(connection, analyzer.key)

    def rule(self, analyzer, name="quiet", expires_at=None, **criteria):
        rule = ArchiveRule(
            name, {key: Criterion(eq=(value,)) for key, value in criteria.items()}, START, START, expires_at=expires_at
        )
        with self.store.write() as connection:
            archive_rules.insert(connection, analyzer.key, rule)

    def destination(self, name="all"):
        with self.store.write() as connection:
            destinations.insert(connection, DestinationRecord(name, "webhook", self.clock()))

    def do(self, kind, **payload):
        """One job, at once."""
        JOBS[kind](self.work, payload)

    def scan(self, analyzer, account=ACCOUNT, region=REGION):
        self.do("scan", analyzer=analyzer.key, account=account, region=region, trigger="schedule")

    def pass_(self, **delta):
        """Time passes, then everything that is due is done."""
        self.clock.move(**delta)
        self.do("plan")
        while due := self.take():
            for kind, payload in due:
                JOBS[kind](self.work, payload)

    def take(self):
        """The jobs that wait, taken out of the queue."""
        with self.store.write() as connection:
            if is_sqlite(connection):
                table = jobs.job
                rows = connection.execute(select(table).order_by(table.c.priority.desc(), table.c.key)).all()
                connection.execute(table.delete())
                return [(row.kind, row.payload) for row in rows]
            rows = connection.execute(
                text("DELETE FROM procrastinate_jobs RETURNING task_name, args, priority, id")
            ).all()
            rows.sort(key=lambda row: (-row.priority, row.id))
            return [(row.task_name, row.args["payload"]) for row in rows]

    def waiting(self):
        """How many jobs of which kind wait."""
        taken = self.take()
        return {kind: sum(each == kind for each, _ in taken) for kind, _ in taken}

    def findings(self, analyzer):
        """The principal and the status of every finding."""
        with self.store.read() as connection:
            found = list(findings.each(connection, analyzer.key, {}))
        return sorted(
            (
                each.resource.rsplit(":", 1)[1],
                next(iter(each.detail.get("principal", {}).values()), each.error),
                each.status.value,
            )
            for each in found
        )

    def messages(self):
        """What the outbox holds: event ids."""
        with self.store.read() as connection:
            return [row.event_id for row in connection.execute(select(outbox.outbox).order_by(outbox.outbox.c.key))]

    def history(self, analyzer):
        """Status changes, oldest first, of all findings."""
        with self.store.read() as connection:
            events = [
                event
                for each in findings.each(connection, analyzer.key, {})
                for event in findings.history(connection, analyzer.key, each.id, limit=100)
            ]
        return [
            (event.status and event.status.value, event.reason) for event in sorted(events, key=lambda each: each.key)
        ]


def queue(name, *principals, account=ACCOUNT, region=REGION, **fields):
    """An SQS queue that lets these accounts in."""
    arn = f"arn:aws:sqs:{region}:{account}:{name}"
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": each}, "Action": "sqs:SendMessage", "Resource": arn}
        for each in principals
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""
    return Resource(arn, "AWS::SQS::Queue", account, region, {"queuePolicy": policy}, **fields)
