"""The program, to be killed: `python -m tests.end_to_end.killed_server` starts one for every line that it is told.

It has read everything that `ringwall serve` imports, and forks: fifty servers cost seconds, and each is a process of its
own that runs the whole command. Only where resources come from is another, and over PostgreSQL leases are short.
"""

import json
import os
import signal
import sys
from datetime import timedelta
from functools import partial

from ringwall.cli import main, serve, serving, worker  # noqa: F401 - read before the fork
from ringwall.service import delivering, procrastinate_worker  # noqa: F401 - read before the fork
from ringwall.service import worker as working
from tests.end_to_end.crashing import OWNER, PARTNER, REGION, ChangingSource
from tests.service.work_for_tests import queue

STABLE = tuple(f"stable{number}" for number in range(4))
"""Queues that are always open: what becomes of their findings, the user alone decides."""
_SHORT = timedelta(seconds=3)


class ServedSource(ChangingSource):
    """An estate that changes, but for the stable queues."""

    def read(self, account, region, types):
        yield from super().read(account, region, types)
        if (account, region) == (OWNER, REGION) and "AWS::SQS::Queue" in types:
            yield from (queue(name, PARTNER, account=account, region=region) for name in STABLE)

    def read_one(self, account, region, type_, arn):
        name = arn.rsplit(":", 1)[1]
        if name in STABLE:
            return queue(name, PARTNER, account=account, region=region)
        return super().read_one(account, region, type_, arn)


def run(arguments: list[str], log: str, environment: dict[str, str], *, is_final: bool) -> None:
    """Becomes `ringwall ARGUMENTS`, until it is killed."""
    os.setpgrp()
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    os.environ.update(environment)
    serving.source_of = lambda _: ServedSource(is_final)
    rhythm = {"plan": timedelta(seconds=0.2)}
    if "RINGWALL_DATABASE_URL" in environment:
        rhythm["lease"] = delivering.LEASE = _SHORT
        delivering._LONGEST_SEND = timedelta(seconds=1)
    working.Rhythm = partial(working.Rhythm, **rhythm)
    sys.argv = ["ringwall", *arguments]
    main.main()


def told(line: dict, children: set[int]) -> int:
    """Does what it is told; the id of the process, or how it ended."""
    if "wait" in line:
        children.discard(line["wait"])
        return os.waitstatus_to_exitcode(os.waitpid(line["wait"], 0)[1])
    if child := os.fork():
        children.add(child)
        return child
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 99
    try:
        run(**line)
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code)


def _main() -> None:
    out = os.fdopen(os.dup(1), "w", buffering=1)
    out.write("ready\n")
    children = set[int]()
    for line in iter(sys.stdin.readline, ""):
        out.write(f"{told(json.loads(line), children)}\n")
    # Whoever told it is gone.
    for child in children:
        os.kill(child, signal.SIGKILL)
    # To tidy up all that was read takes long.
    os._exit(0)


if __name__ == "__main__":
    _main()
