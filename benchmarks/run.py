"""`make bench`: every benchmark in one run. See `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.against_solvers import solver_tables
from benchmarks.corpus import corpus_tables
from benchmarks.growth import growth_tables
from benchmarks.growth_questions import question_growth
from benchmarks.measure import Table, machine
from benchmarks.mining import mining_tables
from benchmarks.moto_scan import moto_tables
from benchmarks.peers import peer_tables
from benchmarks.question_sets import FULL, QUICK, USUAL, Scale
from benchmarks.questions import question_tables
from benchmarks.speed import estate_speed
from benchmarks.trail import trail_tables
from benchmarks.unused_access import COUNT, access_tables
from ringwall.cli.analysis import collect_garbage_rarely


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    quick: bool = False
    full: bool = False
    policies: Path | None = None

    @property
    def scale(self) -> Scale:
        """How many questions the engines are asked."""
        return QUICK if self.quick else FULL if self.full else USUAL

    @property
    def limit(self) -> float:
        """Seconds that an engine has for one question."""
        return 1 if self.quick else 10

    @property
    def patience(self) -> float:
        """Seconds that an engine has for a usual set of questions."""
        return 1 if self.quick else 120 if self.full else 4


def _estate(options: Options) -> Iterator[Table]:
    return estate_speed(60 if options.quick else 10_000)


def _growth(options: Options) -> Iterator[Table]:
    yield from growth_tables(quick=options.quick)
    yield from question_growth(quick=options.quick)


def _questions(options: Options) -> Iterator[Table]:
    return question_tables(options.scale, options.policies, limit=options.limit, patience=options.patience)


def _solvers(options: Options) -> Iterator[Table]:
    return solver_tables(options.scale, options.policies, limit=options.limit, patience=options.patience)


def _mining(options: Options) -> Iterator[Table]:
    return mining_tables(quick=options.quick)


def _peers(options: Options) -> Iterator[Table]:
    return peer_tables(options.policies, count=20 if options.quick else 2_000)


def _moto(options: Options) -> Iterator[Table]:
    return moto_tables(100 if options.quick else 5_000)


def _unused(options: Options) -> Iterator[Table]:
    return access_tables(60 if options.quick else COUNT)


def _trail(options: Options) -> Iterator[Table]:
    return trail_tables(20_000, 2) if options.quick else trail_tables(1_000_000, 10)


def _corpus(options: Options) -> Iterator[Table]:
    return corpus_tables(options.policies) if options.policies else iter(())


BENCHMARKS: dict[str, Callable[[Options], Iterator[Table]]] = {
    "estate": _estate,
    "growth": _growth,
    "questions": _questions,
    "solvers": _solvers,
    "mining": _mining,
    "peers": _peers,
    "corpus": _corpus,
    "moto": _moto,
    "unused": _unused,
    "trail": _trail,
}
"""To add a benchmark, add a function that yields tables."""


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmarks that were asked for, and print their tables as they come."""
    parser = argparse.ArgumentParser(description="Measure Ringwall on this machine.")
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything work?")
    parser.add_argument("--full", action="store_true", help="as many questions as there are; takes an hour or more")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="this one; may be repeated")
    parser.add_argument("--policies", type=Path, help="JSON Lines of real policies, plain or .xz")
    parser.add_argument("--json", type=Path, help="write the tables to this file, too")
    parser.add_argument("--markdown", type=Path, help="and to this one, as `docs/benchmarks.md` shows them")
    given = parser.parse_args(arguments)
    options = Options(given.quick, given.full, given.policies)
    collect_garbage_rarely()  # as the commands that scan do
    print(machine())
    tables: list[Table] = []
    for name in given.only or BENCHMARKS:
        for table in BENCHMARKS[name](options):
            tables.append(table)
            print(table, flush=True)
    if given.markdown:
        given.markdown.write_text("\n".join((f"{machine()}\n", *(table.as_markdown() for table in tables))))
    if given.json:
        written = {"machine": machine(), "tables": [table.as_json() for table in tables]}
        given.json.write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
