"""Workers are killed, and their connections cut, at any moment under load: nothing is lost, nothing is done twice."""

import json
import os
import random  # noqa: TID251 - with a seed: the same moments in every run, as far as the machine lets it
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from ringwall.store import analyzers, destinations, findings, tables
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.destinations import DestinationRecord
from tests.end_to_end.after_crashes import (
    check_database,
    check_history,
    check_messages,
    left_to_do,
    open_queues,
    rows,
    unresolved,
)
from tests.end_to_end.crashing import ARN, OWNER, PARTNER, REGION, service_over
from tests.notify.receiver import Receiver
from tests.stores import postgres_url

ROOT = Path(__file__).parents[2]
KILLS = {"sqlite": 15, "postgresql": 25}
"""Over SQLite the server as a whole is killed more often: `test_server_crashes.py`."""
CUTS = 20
CHANGES, DECISIONS = 100, 10
"""There have to be more of each, or nothing was tested."""
SEED = 20260131
FAR = 100_000
"""Seconds: the last worker's clock is ahead of all leases."""
PATIENCE = 240
LONGEST = 4
"""Seconds until a worker is killed although it got nothing done."""
WORKERS = f"ringwall-workers-{os.getpid()}"
"""What the database calls their connections: those of this run, and of no other beside it."""


class Mother:
    """Starts workers."""

    def __init__(self, url, decisions):
        self.url, self.decisions = url, str(decisions)
        command = [sys.executable, "-m", "tests.end_to_end.crashing"]
        with decisions.with_name("log").open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout.readline() == "ready\n"

    def start(self, *, ahead=0, is_final=False):
        arguments = {"url": self.url, "decisions": self.decisions, "ahead": ahead, "is_final": is_final}
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        # A worker that is still there, as after a failure, would work on what other tests have in the database.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture
def setting(store, tmp_path):
    """An analyzer that is always due, a webhook that wants everything, and workers to come."""
    named = {} if store.is_sqlite else {"application_name": WORKERS}
    url = store.engine.url.update_query_dict(named).render_as_string(hide_password=False)
    ringwall = service_over(url)
    with Receiver() as receiver:
        with store.write() as connection:
            arrange(connection, ringwall, receiver)
        mother = Mother(url, tmp_path / "decisions")
        yield Setting(store, receiver, mother, tmp_path / "decisions")
        mother.end()
    ringwall.store.close()


def arrange(connection, ringwall, receiver):
    now = ringwall.clock()
    analyzer = AnalyzerRecord(ARN, "one", OWNER, REGION, "ACCOUNT", now, scan_interval=0, next_scan_at=now)
    analyzers.insert(connection, analyzer)
    secret = b"whsec_" + b"A" * 32
    settings = {"url": receiver.url}
    destinations.insert(connection, DestinationRecord("all", "webhook", now, settings, secret))


class Setting:
    """What a test does, and what it finds afterwards."""

    def __init__(self, store, receiver, mother, decisions):
        self.store, self.receiver, self.mother, self.decisions = store, receiver, mother, decisions
        self.ended = 0

    @property
    def kind(self):
        return "sqlite" if self.store.is_sqlite else "postgresql"

    def kill_again_and_again(self, chance):
        # Over PostgreSQL the queue goes by the database's clock.
        step = 150 if self.store.is_sqlite else 0
        for number in self.rounds(KILLS[self.kind]):
            worker = self.mother.start(ahead=number * step)
            self.wait_a_while(chance)
            os.kill(worker, signal.SIGKILL)

    def rounds(self, least):
        """So many, and on a slow machine more: until there is something that can be lost."""
        for number in range(4 * least):
            if number >= least and len(self.told) > DECISIONS and len(rows(self.store, tables.finding_event)) > CHANGES:
                return
            yield number
            self.ended += 1

    def wait_a_while(self, chance):
        """Until some messages and decisions have got through: on a slow machine, as many as on a fast one."""
        enough = self.progress + chance.randint(1, 10)
        end = time.monotonic() + LONGEST
        while self.progress < enough and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))

    @property
    def progress(self):
        return len(self.receiver.received) + len(self.told)

    @property
    def told(self):
        return self.decisions.read_text().split() if self.decisions.exists() else []

    def end_well(self):
        """One more worker, over an estate that stays as it is, until there is nothing left to do."""
        with self.store.write() as connection:
            created_at = connection.execute(select(tables.analyzer.c.created_at)).scalar_one()
            analyzers.update(connection, 1, scan_interval=10 * FAR, next_scan_at=created_at)
        worker = self.mother.start(ahead=FAR, is_final=True)
        end = time.monotonic() + PATIENCE
        while (left := left_to_do(self.store)) and time.monotonic() < end:
            time.sleep(0.1)
        os.kill(worker, signal.SIGKILL)
        assert not left


def check(setting):
    """All that has to hold, however often somebody was killed."""
    setting.end_well()
    history = rows(setting.store, tables.finding_event)
    assert len(history) > CHANGES
    check_history(setting.store, history)
    check_findings(setting)
    check_decisions(setting, history)
    check_messages(setting.store, setting.receiver, history, most_twice=max(60, setting.ended + 10))
    check_database(setting.store)


def check_findings(setting):
    """Exactly what is open now has a finding that is not resolved."""
    assert unresolved(setting.store) == open_queues()
    with setting.store.read() as connection:
        assert all(each.detail["principal"] == {"AWS": PARTNER} for each in findings.each(connection, 1, {}))


def check_decisions(setting, history):
    """What a user was told is done was done, and once. One that was not told may have been done or not."""
    told = setting.told
    done = Counter(event.reason for event in history if event.cause == "user")
    assert len(told) > DECISIONS
    assert set(told) <= set(done)
    assert set(done.values()) == {1}


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_done_twice(setting):
    """Kill after kill while scans run, a user decides, and messages leave."""
    setting.kill_again_and_again(random.Random(SEED))

    check(setting)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_cut_off_from_the_database_nothing_is_lost_and_nothing_is_done_twice(setting):
    """All connections of one worker are cut, again and again; it goes on by itself."""
    chance = random.Random(SEED)
    worker = setting.mother.start()
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        for _ in setting.rounds(CUTS):
            setting.wait_a_while(chance)
            cut(connection)
    os.kill(worker, signal.SIGKILL)

    check(setting)


def cut(connection):
    """Ends the connections of workers, and no others."""
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = %s",
        [WORKERS],
    )
