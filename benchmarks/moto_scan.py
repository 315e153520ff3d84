"""A live scan of a moto server: which AWS calls are made, and what they cost us and what they cost moto."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Table
from ringwall import service
from ringwall.collector.accounts import find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.collect import collect
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.report import Report
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources import RESOURCE_TYPES

_SERVER = Path(__file__).with_name("moto_server.py")
_REGIONS = ("us-east-1",)
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a scan took, in seconds."""

    wall: float
    own_cpu: float
    moto_cpu: float


def moto_tables(count: int) -> Iterator[Table]:
    """A scan of about `count` resources: cost, and calls by operation."""
    os.environ |= _CREDENTIALS
    os.environ.pop("AWS_PROFILE", None)
    with _server(count) as (ready, ended):
        wall, cpu = time.perf_counter(), time.process_time()
        report, calls = _scan(ready["url"], ready["planted"])
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        cost = _Cost(wall, cpu, ended()["cpu"] - ready["cpu"])
    yield _costs(ready["planted"], report, calls, cost)
    yield _calls(ready["planted"], calls)


@contextmanager
def _server(count: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """A server in a process of its own: what it said when it was ready, and how to end it and hear its last word."""
    command = [sys.executable, str(_SERVER), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - both are pipes
        try:
            ready = json.loads(process.stdout.readline())
            yield ready, lambda: json.loads(process.communicate("stop\n")[0])
        finally:
            process.kill()


def _scan(url: str, planted: dict[str, int]) -> tuple[Report, Counter[str]]:
    estate = find_estate(Connection(endpoint_url=url))
    types = [RESOURCE_TYPES[name] for name in planted]
    analyzer = ExternalAccess(ZoneOfTrust("ACCOUNT", estate.organization))
    report = service.scan(collect(estate.targets, types, _REGIONS), analyzer, accounts=estate.accounts)
    return report, estate.traffic.calls


def _costs(planted: dict[str, int], report: Report, calls: Counter[str], cost: _Cost) -> Table:
    table = Table("moto: a scan of one account in one Region", ("", "value"))
    analyzed = report.coverage.analyzed
    table.rows += (
        ("resources planted", sum(planted.values())),
        ("resources analysed", sum(analyzed.values())),
        ("findings", sum(1 for finding in report.findings if not finding.error)),
        ("gaps", len(report.coverage.gaps)),
        ("AWS calls", calls.total()),
        ("calls a resource", calls.total() / max(1, sum(analyzed.values()))),
        ("wall seconds", cost.wall),
        ("our CPU seconds", cost.own_cpu),
        ("moto's CPU seconds", cost.moto_cpu),
        ("our CPU, share of both", f"{cost.own_cpu / (cost.own_cpu + cost.moto_cpu):.0%}"),
        ("our CPU, ms a call", cost.own_cpu / max(1, calls.total()) * 1e3),
    )
    return table


def _calls(planted: dict[str, int], calls: Counter[str]) -> Table:
    table = Table("moto: AWS calls", ("resource type", "resources", "operation", "calls", "a resource"))
    left = Counter(calls)
    for name, count in planted.items():
        for operation in RESOURCE_TYPES[name].calls:
            if made := left.pop(operation, 0):
                table.rows.append((name, count, operation, made, made / count))
    table.rows += (("(all)", sum(planted.values()), operation, made, "") for operation, made in sorted(left.items()))
    return table
