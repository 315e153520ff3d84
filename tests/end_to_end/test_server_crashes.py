"""The server itself is killed under load, again and again: what it answered and what it found is neither lost nor doubled."""

import json
import os
import random  # noqa: TID251 - with a seed: the same moments in every run, as far as the machine lets it
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from ringwall.service.context import Caller, Policy, Ringwall
from ringwall.service.operations.keys import create_api_key
from ringwall.service.queues import jobs_in
from ringwall.service.secrets import MasterKey
from ringwall.store import analyzers, destinations, tables
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.destinations import DestinationRecord
from tests.api.serving import Key, real_time
from tests.end_to_end.after_crashes import (
    check_database,
    check_history,
    check_messages,
    left_to_do,
    open_queues,
    rows,
    unresolved,
)
from tests.end_to_end.crashing import ARN, OWNER, REGION
from tests.end_to_end.killed_server import STABLE
from tests.end_to_end.server_process import fetched
from tests.end_to_end.under_load import Decider, RuleMaker
from tests.notify.receiver import Receiver
from tests.stores import postgres_url

ROOT = Path(__file__).parents[2]
TIMES = int(os.environ.get("RINGWALL_CRASHES", "1"))
"""How often as many kills as by default."""
KILLS = {"sqlite": 50, "postgresql": 12}
"""Under load; one more after every five, while it starts."""
CUTS = 12
SEED = 20261126
PATIENCE = 90
SERVED = f"ringwall-served-{os.getpid()}"
"""What the database calls the servers' connections: those of this run, and of no other beside it."""

pytestmark = pytest.mark.timeout(600 * TIMES)


class Mother:
    """Starts servers and workers."""

    def __init__(self, log):
        command = [sys.executable, "-m", "tests.end_to_end.killed_server"]
        with log.open("w") as file:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )
        assert self.process.stdout.readline() == "ready\n"

    def told(self, **line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def a_port_that_stays_free():
    """Below those that the system hands out: between two servers nobody is given this one."""
    for port in range(20_000 + os.getpid() % 10_000, 32_768):
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class Setting:
    """A database, a webhook, callers, and the processes of a service that come and go."""

    def __init__(self, store, folder, receiver):
        self.store, self.folder, self.receiver = store, folder, receiver
        self.log = folder / "serve.log"
        self.mother = Mother(folder / "mother.log")
        self.port = a_port_that_stays_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "RINGWALL_DATA": str(folder),
            "RINGWALL_MASTER_KEY": Fernet.generate_key().decode(),
            "RINGWALL_AWS_ACCOUNT": OWNER,
            "RINGWALL_AWS_REGION": REGION,
            "RINGWALL_NOTIFICATIONS_ALLOWED_HOSTS": "127.0.0.1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if not store.is_sqlite:
            named = store.engine.url.update_query_dict({"application_name": SERVED})
            self.environment["RINGWALL_DATABASE_URL"] = named.render_as_string(hide_password=False)
        self.stopped = threading.Event()
        key = self.arrange()
        self.decider = Decider(self.url, key, self.stopped)
        self.callers = [self.decider, RuleMaker(self.url, key, self.stopped)]
        for each in self.callers:
            each.start()

    def arrange(self):
        cipher = MasterKey(self.environment["RINGWALL_MASTER_KEY"])
        policy = Policy(account=OWNER, region=REGION)
        jobs = jobs_in(self.store, clock=real_time)
        ringwall = Ringwall(self.store, jobs, cipher, real_time, lambda: "only", policy)
        made = create_api_key(ringwall, Caller(OWNER, REGION), {"role": "admin"})
        now = real_time()
        secret = cipher.encrypt(b"whsec_" + b"A" * 32)
        with self.store.write() as connection:
            analyzer = AnalyzerRecord(ARN, "one", OWNER, REGION, "ACCOUNT", now, scan_interval=0, next_scan_at=now)
            analyzers.insert(connection, analyzer)
            destinations.insert(
                connection, DestinationRecord("all", "webhook", now, {"url": self.receiver.url}, secret)
            )
        return Key(made["accessKeyId"], made["secretAccessKey"])

    @property
    def kind(self):
        return "sqlite" if self.store.is_sqlite else "postgresql"

    @property
    def progress(self):
        return len(self.receiver.received) + sum(each.answered for each in self.callers)

    def start(self, *, is_final=False):
        """All processes of the service: one over SQLite, two over PostgreSQL."""
        serve = ["serve", "--port", str(self.port), *([] if self.store.is_sqlite else ["--no-workers"])]
        commands = [serve] if self.store.is_sqlite else [serve, ["worker"]]
        line = {"log": str(self.log), "environment": self.environment, "is_final": is_final}
        return [self.mother.told(arguments=command, **line) for command in commands]

    def end(self, process, how):
        os.kill(process, how)
        return self.mother.told(wait=process)

    def wait_a_while(self, chance):
        """Until some messages have left and some requests were answered."""
        enough = self.progress + chance.randint(2, 20)
        end = time.monotonic() + PATIENCE
        while self.progress < enough:
            assert time.monotonic() < end, "nothing is done any more"
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.05))

    def wait_for_messages(self):
        """Until all processes are at work."""
        end = time.monotonic() + PATIENCE
        while not self.receiver.received:
            assert time.monotonic() < end, "nothing was sent"
            time.sleep(0.01)

    def end_well(self):
        """Callers go; one more service, over an estate that stays as it is, until there is nothing left to do."""
        self.stopped.set()
        for each in self.callers:
            each.join(30)
        with self.store.write() as connection:
            created_at = connection.execute(select(tables.analyzer.c.created_at)).scalar_one()
            analyzers.update(connection, 1, scan_interval=10**6, next_scan_at=created_at)
        processes = self.start(is_final=True)
        end = time.monotonic() + PATIENCE
        while (left := left_to_do(self.store)) and time.monotonic() < end:
            time.sleep(0.1)
        assert (left, fetched(f"{self.url}/health")) == ([], (200, '{"status":"alive"}'))
        assert [self.end(each, signal.SIGTERM) for each in processes] == [0] * len(processes)


@pytest.fixture
def setting(store, tmp_path):
    with Receiver() as receiver:
        made = Setting(store, tmp_path, receiver)
        yield made
        made.stopped.set()
        made.mother.end()


def check(setting, times):
    """All that has to hold, however often somebody was killed."""
    setting.end_well()
    history = rows(setting.store, tables.finding_event)
    assert len(history) > times
    assert {status for each in setting.callers for status in each.refused} <= {500}
    check_history(setting.store, history)
    stable = [f"arn:aws:sqs:{REGION}:{OWNER}:{name}" for name in STABLE]
    assert unresolved(setting.store) == sorted([*open_queues(), *stable])
    check_decisions(setting.decider, history)
    check_rules(setting)
    check_messages(setting.store, setting.receiver, history, most_twice=2 * times)
    check_database(setting.store)


def check_decisions(decider, history):
    """Every decision that was answered was made, once and in this order; the one that was not may have been made."""
    assert sum(map(len, decider.decided.values())) > 10
    for id_, decided in decider.decided.items():
        made = [event.status for event in history if event.finding_id == id_ and event.cause == "user"]
        open_ = [decider.wish[1]] if decider.wish and decider.wish[0] == id_ else []
        assert made in (decided, [*decided, *open_])


def check_rules(setting):
    """Every rule that was answered is there, once, and none that was not asked for."""
    names = [row.name for row in rows(setting.store, tables.archive_rule)]
    assert len(names) == len(set(names))
    answered = setting.callers[1].answered
    assert {f"rule-{number}" for number in range(min(answered, 80))} <= set(names)


def test_a_server_that_is_killed_loses_and_doubles_nothing(setting):
    """Fifty times while it scans, is asked, and tells of changes; now and then while it starts, or in good order."""
    chance, times = random.Random(SEED), TIMES * KILLS[setting.kind]
    for number in range(times + times // 9):
        if number % 5 == 4:
            processes = setting.start()
            time.sleep(chance.uniform(0, 0.4))
            for process in processes:
                setting.end(process, signal.SIGKILL)
        processes = setting.start()
        setting.wait_a_while(chance)
        # Every tenth is asked to go, in the middle of its work.
        how = signal.SIGTERM if number % 10 == 9 else signal.SIGKILL
        ended = {setting.end(process, how) for process in processes}
        # Of two processes one may not have come so far that it could end in order.
        assert ended <= ({0, -how} if how == signal.SIGTERM else {-how})

    check(setting, times)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_server_that_is_cut_off_loses_and_doubles_nothing(setting):
    """All connections of server and worker are cut, again and again; both go on by themselves."""
    chance = random.Random(SEED)
    processes = setting.start()
    setting.wait_for_messages()
    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        for _ in range(TIMES * CUTS):
            setting.wait_a_while(chance)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = %s",
                [SERVED],
            )
    ended = [setting.end(each, signal.SIGTERM) for each in processes]

    assert ended == [0, 0]
    check(setting, TIMES * CUTS)
