"""Tables of measurements, the machine they were made on, and a stopwatch."""

from __future__ import annotations

import cProfile
import gc
import math
import platform
import pstats
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Table:
    """One benchmark's results."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        written = [self.columns, *(tuple(map(_written, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*written, strict=True)]
        lines = ["  ".join(_justified(cell, width) for cell, width in zip(row, widths, strict=True)) for row in written]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join(("", f"## {self.title}", lines[0], rule, *lines[1:], *self.notes))

    def as_markdown(self) -> str:
        """The table as a page of documentation holds it: as text, which reads well in both."""
        _, title, *lines = str(self).splitlines()
        return "\n".join((f"#{title}", "", "```", *map(str.rstrip, lines), "```", ""))

    def as_json(self) -> dict[str, Any]:
        """The table as JSON holds it."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "notes": self.notes}


def _written(cell: Any) -> str:
    match cell:
        case float():
            return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:,.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
        case int():
            return f"{cell:,}"
        case _:
            return str(cell)


def _justified(cell: str, width: int) -> str:
    return cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)


def machine() -> str:
    """Where and when, in one line."""
    cpus = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    model = cpus[0].partition(":")[2].strip() if cpus else platform.machine()
    today = datetime.now(UTC).date()
    installed = ((name, _version(name)) for name in ("ringwall", "boto3", "moto", "cvc5", "z3-solver"))
    packages = ", ".join(f"{name} {number}" for name, number in installed if number)
    return f"{today} | {len(cpus) or '?'} x {model} | Python {platform.python_version()} | {packages}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.exists() else []


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """CPU seconds of this process that `work` takes, and what it gives: what else runs on the machine counts less."""
    gc.collect()
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def hot_spots(work: Callable[[], object], count: int = 5) -> list[str]:
    """The functions of the package that take the most cumulative time, but for those that do nearly everything."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: Any = pstats.Stats(profile)
    package = "/ringwall/"
    rows = ((row[3], where) for where, row in stats.stats.items() if package in where[0] and where[2][0] != "<")
    (total, _), *inner = sorted(rows, reverse=True)
    parts = [(seconds / total, where) for seconds, where in inner if seconds < 0.95 * total]
    return [_spot(share, where, package) for share, where in parts[:count]]


def _spot(share: float, where: tuple[str, int, str], package: str) -> str:
    file, line, name = where
    return f"{share:6.0%}  {file.rpartition(package)[2]}:{line} {name}"


def growth(points: Iterable[tuple[int, float]]) -> float:
    """The exponent of n between the last two points: 1 is linear, 2 quadratic."""
    *_, (n, first), (m, last) = points
    return math.log(last / first) / math.log(m / n)
