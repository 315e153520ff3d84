"""Principals judged from a snapshot's lines, in several processes: what of their access nobody used.

`python benchmarks/unused_access.py 2000` for so many principals, and `--profile` for where the time goes.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Table, hot_spots
from benchmarks.principals import NOW, made_principal
from ringwall.collector.lines import Line, read_lines
from ringwall.collector.snapshot_principals import principal_line
from ringwall.findings.unused_access import UnusedAccess
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.service.judging_lines import principals_in

COUNT = 70_000
"""The service's own limit for internal access."""
AIM = 300.0
"""Seconds for all of them on two cores."""
ANALYSIS = UnusedAccess()
CHUNK = 100
"""Lines that a process is given at a time."""
Said = Counter[str]
Judge = Callable[[PrincipalAccess], Said]


def judged(access: PrincipalAccess) -> Said:
    """The findings about a principal, by type, and what they name."""
    found = ANALYSIS.findings_of(access, NOW)
    said: Said = Counter(principals=1)
    for each in found:
        said[f"{each.type.value} errors" if each.error else each.type.value] += 1
        said["services"] += len(each.services)
        said["actions"] += sum(len(service.actions) for service in each.services)
    return said


def access_tables(count: int = COUNT, *, judge: Judge = judged, processes: int = 2) -> Iterator[Table]:
    """How many principals a second, and in how much memory; where the time goes."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "principals.jsonl"
        write(path, count)
        yield _speed(path, judge, processes)
        yield _spots(path, judge)


def write(path: Path, count: int) -> None:
    """Generated principals, one a line."""
    with path.open("wb") as file:
        file.writelines(msgspec.json.encode(principal_line(made_principal(number))) + b"\n" for number in range(count))


def _speed(path: Path, judge: Judge, processes: int) -> Table:
    start, used = time.perf_counter(), _child_seconds()
    said = analysed(path, judge, processes)
    seconds, busy = time.perf_counter() - start, _child_seconds() - used
    count = said["principals"]
    own, theirs = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    size = path.stat().st_size / 1_000_000
    columns = ("principals", "processes", "MB of file", "s", "principals/s", "CPU ms each", f"s for {COUNT:,}", "aim s")
    table = Table(
        "Unused access: principals from the lines of a snapshot", (*columns, "MB of a worker", "MB of the reader")
    )
    projected = COUNT * busy / count / processes
    row = (count, processes, size, seconds, count / seconds, 1_000 * busy / count, projected, AIM, theirs, own)
    table.rows.append(row)
    table.notes.append(", ".join(f"{name}: {number:,}" for name, number in said.items()))
    table.notes.append(
        "Seconds on the clock. CPU is that of the workers, their start included; what 70,000 take follows"
    )
    table.notes.append("from it, on as many free cores as there are workers.")
    return table


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def analysed(path: Path, judge: Judge, processes: int) -> Said:
    """What the judge says of all the principals in a file, added up; chunks of lines go to whoever is free."""
    said: Said = Counter()
    waiting: list[Future[list[Said]]] = []
    lines = read_lines(path)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        while chunk := list(islice(lines, CHUNK)):
            waiting.append(pool.submit(_said_of, chunk, judge))
            if len(waiting) > 2 * processes:
                said.update(_added(waiting.pop(0).result()))
        for each in waiting:
            said.update(_added(each.result()))
    return said


def _said_of(lines: Iterable[Line], judge: Judge) -> list[Said]:
    """What the judge says of each principal; one that cannot be read is counted as a gap."""
    seen = principals_in("principals.jsonl", lines)
    return [judge(each) if isinstance(each, PrincipalAccess) else Counter(gaps=1) for each in seen]


def _added(several: list[Said]) -> Said:
    return sum(several, Counter())


def _spots(path: Path, judge: Judge, count: int = 1_000) -> Table:
    """Where one process spends its time, once its caches are as warm as they get."""
    some = list(islice(read_lines(path), count))
    table = Table("Unused access: where the time goes", ("share of the time, calls included",))
    table.rows += ((spot,) for spot in hot_spots(lambda: _said_of(some, judge), 12))
    return table


def main() -> None:
    """Measure as many principals as are asked for."""
    parser = argparse.ArgumentParser(description="Measure the analysis of unused access.")
    parser.add_argument("count", type=int, nargs="?", default=5_000)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    for table in access_tables(given.count, processes=given.processes):
        print(table, flush=True)


if __name__ == "__main__":
    main()
