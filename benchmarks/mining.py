"""How long both modes take over policies that make mining work hard: many statements whose labels overlap."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from benchmarks.measure import Table, timed
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources.base import Resource

_POLICIES = Path(__file__).parent.parent / "tests" / "corpus" / "mining"
_RUNS = 7


def mining_tables(*, quick: bool) -> Iterator[Table]:
    """One table: the whole analysis of each policy, parsing included, in a process that is warm."""
    table = Table("Mining: overlapping labels", ("policy", "aws ms", "findings", "concise ms", "findings", "cover"))
    paths = sorted(_POLICIES.glob("*/*.json"))
    for path in paths[::7] if quick else paths:
        every, all_of_them = _median(path, "aws")
        few, fewest = _median(path, "concise")
        cover = "/".join(sorted({each.cover.value for each in fewest if each.cover}))
        table.rows.append((f"{path.parent.name} {path.stem}", every, len(all_of_them), few, len(fewest), cover))
    table.notes.append(f"median of {_RUNS} runs after a first one")
    yield table


def _median(path: Path, mode: Literal["aws", "concise"]) -> tuple[float, tuple[Finding, ...]]:
    resource = Resource(
        "arn:aws:s3:::antsknmath", "AWS::S3::Bucket", "222634363387", "us-east-1", {"bucketPolicy": path.read_text()}
    )
    runs = [timed(lambda: ExternalAccess(ZoneOfTrust(), mode=mode).findings_of(resource)) for _ in range(_RUNS + 1)]
    return statistics.median(seconds for seconds, _ in runs[1:]) * 1_000, runs[0][1]
