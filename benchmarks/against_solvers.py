"""Our engine against cvc5 and z3 on identical questions: how many times faster, and does anyone disagree?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.engines import DECIDED, OURS, OURS_COLD, Answer, ask, bare, cold, disagreements, solvers
from benchmarks.managed import managed_table
from benchmarks.measure import Table, percentile
from benchmarks.question_sets import WARM_UP, QuestionSet, Scale, external_access, question_sets
from benchmarks.synthetic import synthetic_policy

SHARES = (0.5, 0.95, 0.99, 1.0)
AIM, AIM_LARGE, LARGE = 50, 100, 100
"""At least so many times the faster solver at p50 and p99; from how many statements on the higher one holds."""
_COLUMNS = (
    *("questions", "engine", "asked", "p50 ms", "p95 ms", "p99 ms", "max ms", "x p50", "x p95", "x p99", "x max"),
    *("sat", "unsat", "undecided", "unknown", "time-out", "failed"),
)
_USUAL = ("sat", "unsat", "undecided", "unknown", "time-out")
_SHOWN = 5
_COLD_RUNS = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What all engines said to one set of questions."""

    of: QuestionSet
    answers: dict[str, list[Answer]]

    def times(self, engine: str, count: int | None = None) -> list[float]:
        """Milliseconds of the first answers."""
        return [answer.seconds * 1_000 for answer in self.answers[engine][:count]]

    def ratio(self, engine: str, share: float) -> float:
        """How many times our time the engine takes at this percentile, over the questions that both were asked."""
        both = min(len(self.answers[OURS]), len(self.answers[engine]))
        return percentile(self.times(engine, both), share) / percentile(self.times(OURS, both), share)

    @property
    def left_to_solvers(self) -> list[str]:
        """The questions that we leave without a verdict and a solver decides."""
        return [
            f"{case.id} ({', '.join(deciding)})"
            for number, case in enumerate(self.of.cases)
            if _verdict(self.answers[OURS], number) not in (*DECIDED, "")
            and (deciding := [name for name in self.answers if _verdict(self.answers[name], number) in DECIDED])
        ]


def _verdict(answers: Sequence[Answer], number: int) -> str:
    return answers[number].verdict if number < len(answers) else ""


def solver_tables(scale: Scale, path: Path | None, *, limit: float, patience: float) -> Iterator[Table]:
    """One table for each family of questions, then cold processes, AWS's managed policies, and what is aimed at.

    Args:
        scale: how many questions.
        path: a file of real policies.
        limit: CPU seconds a question.
        patience: CPU seconds that an engine gets for a usual set of questions.
    """
    known = solvers()
    engines = (OURS, OURS_COLD, *known)
    results: list[Result] = []
    for family, sets in groupby(question_sets(scale, path), key=lambda each: each.family):
        asked = [
            Result(
                each, {name: ask(name, each.cases, limit=limit, patience=patience * each.patience) for name in engines}
            )
            for each in sets
        ]
        results += asked
        yield _family(family, asked, known, limit)
    yield _cold(known, limit)
    yield managed_table(path, (OURS, OURS_COLD, *known), scale, limit=limit, patience=4 * patience)
    yield _aims(results, known)


def _family(family: str, results: Sequence[Result], known: dict[str, str], limit: float) -> Table:
    versions = ", ".join(f"{name} {version}" for name, version in known.items()) or "no solver to be asked here"
    table = Table(f"Solvers: {family} questions, warm process ({versions})", _COLUMNS)
    for result in results:
        table.rows += (_row(result, engine) for engine in result.answers)
        table.notes += result.of.notes
        table.notes += (f"DISAGREEMENT: {line}" for line in disagreements(result.of.cases, result.answers))
        table.notes += _failures(result)
        if left := result.left_to_solvers:
            shown = "; ".join(left[:_SHOWN])
            table.notes.append(f"{result.of.name} {len(left)} undecided by us, decided by a solver, such as {shown}")
    disagreeing = sum(note.startswith("DISAGREEMENT") for note in table.notes)
    table.notes.append(f"{disagreeing} disagreements. Limit {limit:g} s a question; x: times Ringwall, same questions.")
    return table


def _failures(result: Result) -> Iterator[str]:
    """What else an engine said, in its own words."""
    for engine, answers in result.answers.items():
        counted = Counter(answer.verdict for answer in answers if answer.verdict not in _USUAL)
        yield from (f"{result.of.name} {engine}, {count} times: {said}" for said, count in counted.items())


def _row(result: Result, engine: str) -> tuple[object, ...]:
    times, answers = result.times(engine), result.answers[engine]
    counted = Counter(answer.verdict for answer in answers)
    rest = counted.total() - sum(counted[name] for name in _USUAL)
    ratios = (result.ratio(engine, share) if engine != OURS else "" for share in SHARES)
    quantiles = (percentile(times, share) for share in SHARES)
    return (result.of.name, engine, len(answers), *quantiles, *ratios, *(counted[name] for name in _USUAL), rest)


def _cold(known: dict[str, str], limit: float) -> Table:
    """A process for one question: start, imports, the question, end."""
    columns = ("question", "engine", "runs", "median ms", "max ms", "x")
    table = Table("Solvers: a cold process, import and one question", columns)
    ten = external_access(synthetic_policy(10, 1, leaks=True).policy)
    for name, question in (("one statement", WARM_UP), ("ten statements", ten)):
        times = {engine: [cold(engine, question, limit) for _ in range(_COLD_RUNS)] for engine in (OURS, *known)}
        base = percentile(times[OURS], 0.5)
        for engine, seconds in times.items():
            middle = percentile(seconds, 0.5)
            table.rows.append((name, engine, len(seconds), middle * 1_000, max(seconds) * 1_000, middle / base))
    nothing = percentile([bare() for _ in range(_COLD_RUNS)], 0.5) * 1_000
    table.notes.append(f"A Python process that does nothing takes {nothing:.0f} ms.")
    return table


def _aims(results: Sequence[Result], known: dict[str, str]) -> Table:
    columns = ("questions", "aim x", "x p50", "x p99", "verdict", "left to solvers", "disagreements")
    table = Table("Solvers: what was aimed at, against the faster solver", columns)
    for result in results:
        aim = AIM_LARGE if result.of.statements >= LARGE else AIM if result.of.family in ("real", "stand-in") else 0
        middle, late = (min((result.ratio(name, share) for name in known), default=0.0) for share in (0.5, 0.99))
        verdict = _judged(min(middle, late), aim) if known else "not measured"
        disagreeing = len([*disagreements(result.of.cases, result.answers)])
        left = len(result.left_to_solvers)
        table.rows.append((result.of.name, aim or "", middle, late, verdict, left, disagreeing))
    return table


def _judged(reached: float, aim: int) -> str:
    if not aim:
        return ""
    return "met" if reached >= aim else f"missed by a factor of {aim / reached:.1f}"
