"""Our own engine on all questions: times, verdicts, and the slowest of them, with what they spend their time on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.engines import OURS, Answer, ask, disagreements
from benchmarks.measure import Table, hot_spots, percentile
from benchmarks.question_sets import Case, Scale, question_sets
from ringwall.errors import UndecidedError
from ringwall.reasoning.question import find_answer

SHARES = (0.5, 0.95, 0.99, 1.0)
_SLOW = 20
_SPOTS = 6
_PROFILED = 4.0
"""Seconds: what takes longer is not run once more to see why."""


def question_tables(scale: Scale, path: Path | None, *, limit: float, patience: float) -> Iterator[Table]:
    """Ours alone: how long, what verdict, and why so long."""
    columns = ("questions", "asked", "p50 ms", "p95 ms", "p99 ms", "max ms", "sum s", "verdicts")
    table = Table("Questions: Ringwall alone, warm", columns)
    slow: list[tuple[Answer, Case, str]] = []
    for each in question_sets(scale, path):
        answers = ask(OURS, each.cases, limit=limit, patience=patience * each.patience)
        table.rows.append((each.name, len(answers), *_times(answers), _verdicts(answers)))
        table.notes += [*each.notes, *(f"DISAGREEMENT: {line}" for line in disagreements(each.cases, {OURS: answers}))]
        slow += ((answer, case, each.name) for answer, case in zip(answers, each.cases, strict=False))
    yield table
    slow.sort(key=lambda found: -found[0].seconds)
    yield _slowest(slow[:_SLOW])
    yield _undecided([found for found in slow if found[0].verdict not in ("sat", "unsat")])


def _times(answers: Sequence[Answer]) -> tuple[float, ...]:
    milliseconds = [each.seconds * 1_000 for each in answers]
    return (*(percentile(milliseconds, share) for share in SHARES), sum(milliseconds) / 1_000)


def _verdicts(answers: Sequence[Answer]) -> str:
    counted = Counter(answer.verdict for answer in answers)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counted.items()))


def _size(case: Case) -> str:
    return " + ".join(f"{len(policy.statements)}" for policy in case.question.policies)


def _slowest(slow: Sequence[tuple[Answer, Case, str]]) -> Table:
    table = Table("Questions: the slowest", ("question", "of", "statements", "ms", "verdict", "share and function"))
    for answer, case, name in slow:
        row = (case.id, name, _size(case), answer.seconds * 1_000, answer.verdict)
        spots = _spots(case) if answer.seconds < _PROFILED else ["not profiled"]
        table.rows.append((*row, spots[0] if spots else ""))
        table.rows += (("", "", "", "", "", spot) for spot in spots[1:])
    return table


def _spots(case: Case) -> list[str]:
    def work() -> None:
        try:
            find_answer(case.question)
        except UndecidedError:
            return

    return hot_spots(work, _SPOTS)


def _undecided(left: Sequence[tuple[Answer, Case, str]]) -> Table:
    table = Table("Questions: those without a verdict", ("question", "of", "statements", "ms", "verdict", "why"))
    for answer, case, name in left:
        why = _why(case) if answer.verdict == "undecided" and answer.seconds < _PROFILED else ""
        table.rows.append((case.id, name, _size(case), answer.seconds * 1_000, answer.verdict, why))
    return table


def _why(case: Case) -> str:
    try:
        find_answer(case.question)
    except UndecidedError as error:
        return str(error)
    return "decided when asked once more"
