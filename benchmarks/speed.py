"""How fast an estate is analysed: from a line of a snapshot to findings, stage by stage, on one core."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.estate import ONLY_REPEATING, ONLY_UNIQUE, REALISTIC, SEED, Estate, Mixture, generate
from benchmarks.kinds import KINDS
from benchmarks.measure import Table, hot_spots, timed
from ringwall.collector.snapshot_lines import object_of, resource_as_json, resource_of
from ringwall.findings import analysis, grants
from ringwall.findings.evidence import Evidence
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.resources import configuration
from ringwall.resources.base import Resource

AIMS = {"unique": 3_000, "repeating": 20_000}
"""Resources a second."""
_MIXTURES = {"realistic": REALISTIC, "unique": ONLY_UNIQUE, "repeating": ONLY_REPEATING}
_REPEATS = 3


def estate_speed(count: int) -> Iterator[Table]:
    """Estates of three mixtures: how many resources a second, where the time goes, and what takes most of it."""
    _analyzed(_lines_of(_estate("realistic", 200, SEED - 1)), _estate("realistic", 1, SEED))  # loads packaged data
    yield _rates(count)
    yield _stages(count)
    yield _spots(min(count, 1_000))


def _estate(name: str, count: int, seed: int) -> Estate:
    """Every policy of the unique mixture is one: types without policies are left out."""
    mixture: Mixture = _MIXTURES[name]
    kinds = [kind for kind in KINDS if kind.actions or name != "unique"]
    return generate(count, seed=seed, mixture=mixture, kinds=kinds)


def _lines_of(estate: Estate) -> list[bytes]:
    return [json.dumps(resource_as_json(each)).encode() for each in estate.resources]


def _analyzer(estate: Estate) -> ExternalAccess:
    return ExternalAccess(ZoneOfTrust(ORGANIZATION, estate.organization))


def _read(lines: list[bytes]) -> Iterator[Resource]:
    """One at a time, as a scan does it: what is done with is let go."""
    return (resource_of(object_of(line)) for line in lines)


def _analyzed(lines: list[bytes], estate: Estate) -> list[Finding]:
    analyzer = _analyzer(estate)
    return [finding for resource in _read(lines) for finding in analyzer.findings_of(resource)]


def _rates(count: int) -> Table:
    """Each run has an estate of its own, so that nothing is known from the run before but what a process always has."""
    columns = (
        "estate",
        "resources",
        "KB",
        "resources/s",
        "aim",
        "us each",
        "x json.loads",
        "findings",
        "planted",
        "errors",
    )
    table = Table("Estate: from a snapshot's lines to findings, one core", columns)
    for name in _MIXTURES:
        runs = [_rate(_estate(name, count, SEED + run)) for run in range(_REPEATS)]
        rate, kilobytes, multiple, found, planted, errors = sorted(runs)[len(runs) // 2]
        aim = AIMS.get(name, "")
        table.rows.append((name, count, kilobytes, rate, aim, 1e6 / rate, multiple, found, planted, errors))
    shares = ", ".join(f"{name}: {mixture}" for name, mixture in _MIXTURES.items())
    table.notes.append(f"median of {_REPEATS} estates. {shares}".replace("Mixture", ""))
    return table


def _rate(estate: Estate) -> tuple[float, int, float, int, int, int]:
    lines = _lines_of(estate)
    seconds, findings = timed(lambda: _analyzed(lines, estate))
    plain, _ = timed(lambda: [json.loads(line) for line in lines])
    kilobytes = sum(map(len, lines)) // 1_000
    found = {finding.resource for finding in findings if not finding.error}
    errors = sum(1 for finding in findings if finding.error)
    return len(lines) / seconds, kilobytes, seconds / plain, len(found), len(estate.planted), errors


_PLACES: tuple[tuple[Any, str, str], ...] = (
    (configuration, "parse_policy", "parse"),
    (grants, "statement_applies", "encode"),
    (grants, "covers_resource", "encode"),
    (analysis, "statement_applies", "encode"),
    (analysis, "replays", "evidence"),
    (Evidence, "allowed_by", "evidence"),
    (Evidence, "narrowed_by", "evidence"),
    (Evidence, "contributing", "evidence"),
)
"""Where a stage begins: whatever runs below these functions is theirs, unless another stage begins there."""
_STAGES = ("read", "parse", "encode", "decide", "evidence")


class _Clock:
    """Time by stage. The stage that began last is the one that runs."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._stages = ["decide"]
        self._since = time.perf_counter()

    def _switch(self) -> None:
        now = time.perf_counter()
        self.spent[self._stages[-1]] += now - self._since  # type: ignore[assignment]
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What runs inside belongs to the stage."""
        self._switch()
        self._stages.append(name)
        try:
            yield
        finally:
            self._switch()
            self._stages.pop()

    def watched(self, work: Callable[..., Any], name: str) -> Callable[..., Any]:
        """`work`, as part of the stage."""

        def within(*given: Any, **named: Any) -> Any:
            with self.stage(name):
                return work(*given, **named)

        return within


@contextmanager
def _watching() -> Iterator[_Clock]:
    clock = _Clock()
    # A place that the code no longer has is none to watch; the smoke test says so when a whole stage is gone.
    places = [(place, name, vars(place)[name], stage) for place, name, stage in _PLACES if name in vars(place)]
    try:
        for place, name, work, stage in places:
            setattr(place, name, clock.watched(work, stage))
        yield clock
    finally:
        for place, name, work, _ in places:
            setattr(place, name, work)


def _stages(count: int) -> Table:
    table = Table("Estate: where the time goes, us a resource", ("estate", *_STAGES, "json.loads of the line"))
    for name in _MIXTURES:
        estate = _estate(name, count, SEED + _REPEATS)
        lines = _lines_of(estate)
        plain, _ = timed(lambda lines=lines: [json.loads(line) for line in lines])
        analyzer = _analyzer(estate)
        with _watching() as clock:
            with clock.stage("read"):
                resources = [*_read(lines)]
            for resource in resources:
                analyzer.findings_of(resource)
        spent = (clock.spent[stage] / count * 1e6 for stage in _STAGES)
        table.rows.append((name, *map(float, spent), plain / count * 1e6))
    table.notes.append(
        "read: a line to a Resource; parse: policy text to syntax tree; encode: statements to boxes; decide: the rest; "
        "evidence: replay, deciding and narrowing statements. The stopwatches themselves cost a few microseconds."
    )
    return table


def _spots(count: int) -> Table:
    table = Table("Estate: the functions with the most cumulative time", ("estate", "share and function"))
    for name in _MIXTURES:
        estate = _estate(name, count, SEED + _REPEATS + 1)
        analyzer = _analyzer(estate)
        spots = hot_spots(lambda analyzer=analyzer, estate=estate: [*map(analyzer.findings_of, estate.resources)])
        table.rows += ((name, spot) for spot in spots)
    return table
