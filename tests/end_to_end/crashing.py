"""A worker under load, to be killed: `python -m tests.end_to_end.crashing` starts one for every line that it is told.

It has read everything that a worker imports, and forks: fifty workers cost a second, and each is a process of its own.
"""

import json
import os
import signal
import sys
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4  # noqa: TID251 - as the service has them

from ringwall.errors import ConflictError
from ringwall.resources.base import Resource
from ringwall.service import procrastinate_worker  # noqa: F401 - read before the fork
from ringwall.service.context import Caller, Policy, Ringwall
from ringwall.service.delivering import Courier, OpenTransports
from ringwall.service.operations.findings import update_findings
from ringwall.service.queues import jobs_in
from ringwall.service.worker import Rhythm, Worker
from ringwall.store import findings
from ringwall.store.database import open_store
from ringwall.store.finding_pages import Sort
from tests.service.memory_source import MemoryEstate
from tests.service.work_for_tests import Plain, queue

OWNER = "111122223333"
REGION = "eu-west-1"
PARTNER = "444455556666"
ARN = f"arn:aws:access-analyzer:{REGION}:{OWNER}:analyzer/one"
ACCOUNTS = (OWNER, "222233334444", "333344445555")
REGIONS = ("eu-west-1", "us-east-1")
QUEUES = 16
GENERATION = 0.4
"""Seconds until everything is another."""
FINAL = -1
"""The generation that stays."""


def there(account: str, region: str, generation: int) -> dict[str, bool]:
    """The queues of a place: whether each is open. Some are not there."""
    chance = {
        f"q{number}": zlib.crc32(f"{account} {region} {number} {generation}".encode()) % 8 for number in range(QUEUES)
    }
    return {name: value < 4 for name, value in chance.items() if value != 7}


class ChangingSource:
    """An estate in which, again and again, everything is another; the same at the same time in every process."""

    def __init__(self, is_final: bool):
        self.is_final = is_final

    @property
    def generation(self):
        return FINAL if self.is_final else int(time.time() / GENERATION)  # noqa: TID251 - it changes by itself

    def estate(self, _scope, _type):
        return MemoryEstate(None, ACCOUNTS)

    def regions(self, _account):
        return REGIONS

    def read(self, account, region, types):
        if "AWS::SQS::Queue" in types:
            for name, is_open in there(account, region, self.generation).items():
                # So that a kill comes in the middle.
                time.sleep(0.001)
                yield _queue(account, region, name, is_open)

    def read_one(self, account, region, _type, arn):
        name = arn.rsplit(":", 1)[1]
        is_open = there(account, region, self.generation).get(name)
        return None if is_open is None else _queue(account, region, name, is_open)


def _queue(account: str, region: str, name: str, is_open: bool) -> Resource:
    return queue(name, *([PARTNER] if is_open else []), account=account, region=region)


class User:
    """Archives and unarchives one finding after another, and writes down what it was told is done."""

    def __init__(self, ringwall: Ringwall, decisions: Path):
        self.ringwall = ringwall
        self.caller = Caller(OWNER, REGION, key_id="AKIAEXAMPLE")
        self.decisions = decisions

    def decide(self) -> float:
        with self.ringwall.store.read() as connection:
            found = findings.page(connection, 1, {}, sort=Sort(), after=None, limit=200).findings
        wanted = [each for each in found if each.status.value != "RESOLVED"]
        if wanted:
            # Any will do, as long as it is not always the same one.
            reason = self.ringwall.new_id()
            chosen = wanted[zlib.crc32(reason.encode()) % len(wanted)]
            status = "ARCHIVED" if chosen.status.value == "ACTIVE" else "ACTIVE"
            self._decide(chosen.id, status, reason)
        return 0.02

    def _decide(self, finding: str, status: str, reason: str) -> None:
        request = {"analyzerArn": ARN, "ids": [finding], "status": status, "reason": reason}
        try:
            update_findings(self.ringwall, self.caller, request)
        except ConflictError:
            return
        with self.ringwall.store.read() as connection:
            history = findings.history(connection, 1, finding, limit=10_000)
        if reason not in {event.reason for event in history}:
            # A scan resolved it before: there was nothing to decide.
            return
        with self.decisions.open("a") as file:
            file.write(reason + "\n")


def service_over(url: str, ahead: float = 0.0) -> Ringwall:
    """The service, its clock so many seconds ahead: leases of those that were killed before have ended."""
    store = open_store(url)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)  # noqa: TID251 - the one clock

    policy = Policy(account=OWNER, region=REGION, allowed_hosts=("127.0.0.1",))
    return Ringwall(store, jobs_in(store, clock=clock), Plain(), clock, lambda: str(uuid4()), policy)


def work(url: str, decisions: str, *, ahead: float, is_final: bool) -> None:
    """Works until it is killed."""
    ringwall = service_over(url, ahead)
    courier = Courier(ringwall, OpenTransports(ringwall), limit=10)

    def deliver() -> float:
        courier.start_due()
        return 0.02

    beside = {"deliver": deliver}
    if not is_final:
        beside["decide"] = User(ringwall, Path(decisions)).decide
    rhythm = Rhythm(plan=timedelta(seconds=0.1), housekeeping=timedelta(seconds=1), lease=timedelta(seconds=2))
    Worker(ringwall, ChangingSource(is_final), threads=4, beside=beside, rhythm=rhythm).start()
    threading.Event().wait()


def main() -> None:
    """For every line of JSON, the arguments of `work`, a process; its id is the answer."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _say("ready")
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            work(**json.loads(line))
        _say(str(child))


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
