"""Mining against published results: policies of 1 to 15 overlapping statements, and how long their findings take."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Literal

from benchmarks.measure import Table, percentile, timed
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources.base import Resource

Mode = Literal["aws", "concise"]
MODES: tuple[Mode, ...] = ("aws", "concise")
AIM = 30.0
"""Milliseconds a policy, in either mode, in a warm process."""
CORPUS = Path(__file__).parents[1] / "tests" / "corpus" / "mining"
_ARN, _OWNER = "arn:aws:s3:::antsknmath", "222634363387"
_FEWEST, _PATIENCE = 3, 1.0
"""Runs of each at least; seconds after which no more are made."""
_SHARES = (0.5, 0.95, 1.0)
_PUBLISHED: dict[tuple[str, int], tuple[float | None, float, float, float | None]] = {
    ("two-keys", 5): (23_754, 161, 136, 63_000),
    ("two-keys", 10): (228_677, 551, 651, 567_000),
    ("two-keys", 15): (1_183_988, 2_023, 2_623, None),
    ("three-keys", 5): (None, 184, 204, 122_000),
    ("three-keys", 10): (None, 1_518, 1_706, None),
    ("three-keys", 15): (None, 8_261, 8_925, None),
}
"""Milliseconds on the authors' machine, one run: the service's algorithm on z3, AccessRefinery with all cubes and
minimised, and the service itself with its queue; None where it timed out or gave up.

Source: the artifact of AccessRefinery (FSE 2026), revision 7ebd5c3e.
"""


def mining_tables(*, quick: bool) -> Iterator[Table]:
    """A row for each policy and mode, then those that have published times beside ours."""
    columns = ("keys", "n", "mode", "cubes", "expected", "first ms", "median ms", "p95 ms", "worst ms", "aim")
    table = Table("Mining: overlapping statements, warm process", columns)
    medians: dict[tuple[str, int, Mode], float] = {}
    paths = sorted(CORPUS.glob("*/*.json"), key=lambda path: (-len(path.parent.name), path.name), reverse=True)
    for keys, group in groupby(paths, key=lambda path: path.parent.name):
        for path in sorted(group)[: 2 if quick else None]:
            for mode in MODES:
                n = int(path.name[:2])
                first, times, cubes = _measured(path, mode, repeats=1 if quick else 20)
                medians[keys, n, mode] = percentile(times, 0.5)
                quantiles = [percentile(times, share) for share in _SHARES]
                aim = "met" if quantiles[-1] <= AIM else f"x {quantiles[-1] / AIM:.1f}"
                expected = n * n if mode == "aws" else n
                table.rows.append((keys, n, mode, cubes, expected, first, *quantiles, aim))
    table.notes.append(f"Aim: at most {AIM:g} ms at worst, after a first run; n x n cubes in aws mode, n in concise.")
    yield table
    if not quick:
        yield _beside_published(medians)


def _measured(path: Path, mode: Mode, *, repeats: int) -> tuple[float, list[float], int]:
    """Milliseconds of the first run in this process and of the others, and how many findings; errors count none.

    Every run has a resource and an analyzer of its own: what is remembered between them is what a process remembers.
    """
    text = path.read_text()
    first, findings = timed(lambda: _findings(text, mode))
    times: list[float] = []
    while len(times) < min(repeats, _FEWEST) or (len(times) < repeats and sum(times) < _PATIENCE):
        times.append(timed(lambda: _findings(text, mode))[0])
    milliseconds = [seconds * 1_000 for seconds in times]
    return first * 1_000, milliseconds, sum(1 for finding in findings if not finding.error)


def _findings(text: str, mode: Mode) -> tuple[Finding, ...]:
    resource = Resource(_ARN, "AWS::S3::Bucket", _OWNER, "us-east-1", {"bucketPolicy": text})
    return ExternalAccess(ZoneOfTrust(), mode=mode).findings_of(resource)


def _beside_published(medians: dict[tuple[str, int, Mode], float]) -> Table:
    columns = ("keys", "n", "mode", "ours ms", "published", "published ms", "x")
    table = Table("Mining: beside published times", columns)
    for (keys, n), (algorithm, all_cubes, minimised, service) in _PUBLISHED.items():
        own = medians[keys, n, "aws"]
        for name, published in (
            ("the service's algorithm, z3", algorithm),
            ("AccessRefinery", all_cubes),
            ("the service", service),
        ):
            written = ("time-out or given up", "") if published is None else (published, published / own)
            table.rows.append((keys, n, "aws", own, name, *written))
        own = medians[keys, n, "concise"]
        table.rows.append((keys, n, "concise", own, "AccessRefinery, minimised", minimised, minimised / own))
    table.notes.append("Ours: median CPU ms here. Published: wall ms, one run, on the authors' machine (Xeon 6226R).")
    table.notes.append("The service's times include its queue, which takes some eleven seconds whatever the policy.")
    return table
