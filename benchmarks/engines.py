"""Puts questions to an engine in a process of its own, with a limit that holds in native code, too."""

from __future__ import annotations

import importlib.util
import json
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.question_sets import WARM_UP, Case
from ringwall.reasoning.question import Question

OURS, OURS_COLD = "ringwall", "ringwall, cold caches"
SOLVERS = {"cvc5": "cvc5", "z3": "z3-solver"}
"""By name of the engine, the package that brings it."""
DECIDED = ("sat", "unsat")
_SCRIPT = Path(__file__).with_name("engine_process.py")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine said to one question, and how many CPU seconds it took."""

    verdict: str
    seconds: float


def solvers() -> dict[str, str]:
    """The solvers that can be asked here, and their versions; none before our questions can be written for them."""
    if importlib.util.find_spec("ringwall.reasoning.smt") is None:
        return {}
    return {name: version(package) for name, package in SOLVERS.items() if importlib.util.find_spec(name)}


def ask(engine: str, cases: Sequence[Case], *, limit: float, patience: float) -> list[Answer]:
    """The engine's answers to the first of the cases: as many as it gives within its patience.

    Args:
        engine: one of `engine_process.ENGINES`.
        cases: what to ask.
        limit: CPU seconds a question.
        patience: CPU seconds after which no further question is asked.
    """
    answers: list[Answer] = []
    pickles = [pickle.dumps(case.question) for case in cases]
    while len(answers) < len(cases) and (left := patience - sum(each.seconds for each in answers)) > 0:
        given, ended = _run(engine, pickles[len(answers) :], limit, left)
        answers += given
        if len(answers) < len(cases) and ended:
            answers.append(Answer(ended, limit))
    return answers


def _run(engine: str, pickles: list[bytes], limit: float, patience: float) -> tuple[list[Answer], str]:
    """What one process answers, and how it ended where that was in the middle of a question."""
    command = [sys.executable, str(_SCRIPT), engine, str(limit), str(patience)]
    text = pickle.dumps(WARM_UP) + b"".join(pickles)
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    answers = [Answer(*json.loads(line)) for line in done.stdout.splitlines()]
    match done.returncode:
        case 0:
            return answers, ""
        case code if code == -signal.SIGPROF:
            return answers, "time-out"
        case code:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {code}"]
            return answers, f"failed: {last[0]}"


def cold(engine: str, question: Question, limit: float) -> float:
    """CPU seconds of a whole process that starts, imports and answers one question."""
    before = _children()
    command = [sys.executable, str(_SCRIPT), engine, str(limit), "0"]
    subprocess.run(command, input=pickle.dumps(question), stdout=subprocess.DEVNULL, check=False)
    return _children() - before


def bare() -> float:
    """CPU seconds of a Python process that does nothing."""
    before = _children()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return _children() - before


def _children() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def disagreements(cases: Sequence[Case], verdicts: dict[str, list[Answer]]) -> Iterator[str]:
    """The cases on which two that decided do not say the same, the construction of the case among them."""
    for number, case in enumerate(cases):
        said = {name: each[number].verdict for name, each in verdicts.items() if number < len(each)}
        if case.expected:
            said["by construction"] = case.expected
        decided = {name: verdict for name, verdict in said.items() if verdict in DECIDED}
        if len(set(decided.values())) > 1:
            yield f"{case.id}: " + ", ".join(f"{name} says {verdict}" for name, verdict in decided.items())
