"""One engine in a process of its own: pickled questions on standard input, a line of JSON a verdict on standard output.

The clock is CPU time of the thread that answers, from the parsed policies to the verdict: writing a question down for
a solver is part of it, unpickling is not. (Linux counts a process's time in whole ticks while a timer runs on it, and a
thread's exactly; none of the engines has a second thread.) A question that takes longer than the limit ends the process, wherever it is: in native
code, too.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

# A script finds modules beside itself; the package that it belongs to is one level up.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ringwall.errors import UndecidedError
from ringwall.reasoning.question import find_answer

_KEPT = 4
_NO_LIMIT = 3_600.0
"""Seconds of wall-clock time for the solver's own timer: ours, of CPU time, ends first."""
Solve = Callable[[Any], str]
"""From a question to a verdict: `sat`, `unsat`, `undecided`, `unknown`, or what else it ends in."""


def _ringwall() -> Solve:
    def solve(question: Any) -> str:
        try:
            return "unsat" if find_answer(question) is None else "sat"
        except UndecidedError:
            return "undecided"

    return solve


def _solver(name: str) -> Solve:
    """The question as a script, put to a solver in this process, as the product's own workers do it."""
    from ringwall.reasoning.smt import script_of  # noqa: PLC0415 - no part of our own cold start
    from ringwall.solvers.engines import ENGINES as SOLVERS  # noqa: PLC0415 - as above

    check = SOLVERS[name]()

    def solve(question: Any) -> str:
        try:
            script = script_of(question)
        except UndecidedError as error:
            return f"not written: {error}"
        said, _ = check(script.text, (), _NO_LIMIT)
        # A model of a script that is not exact need not be a request: it proves nothing.
        return said if said != "sat" or script.is_exact else "unproven"

    return solve


ENGINES: dict[str, Callable[[], Solve]] = {
    "ringwall": _ringwall,
    "ringwall, cold caches": _ringwall,
    "cvc5": lambda: _solver("cvc5"),
    "z3": lambda: _solver("z3"),
}


def caches() -> Iterator[Any]:
    """Every cache of the package that can know a policy or a part of it.

    Those of the service reference hold packaged data, whatever the policy.
    """
    for name, module in [*sys.modules.items()]:
        if name.startswith("ringwall.") and name != "ringwall.policy.service_reference":
            holders = [module, *(value for value in vars(module).values() if isinstance(value, type))]
            yield from (value for each in holders for value in vars(each).values() if hasattr(value, "cache_clear"))


def forget() -> None:
    """Empty the caches."""
    for cache in caches():
        cache.cache_clear()


def answer(engine: str, limit: float, patience: float) -> None:
    """Answer the questions on standard input, until they or the patience (CPU seconds in all) end.

    The first question is asked once before, unmeasured, so that packaged data and the solver are loaded.
    """
    gc.set_threshold(50_000, 20, 100)  # as the commands do
    questions = _questions()
    solve = ENGINES[engine]()
    if patience:
        solve(next(questions))
    for question in questions:
        if "cold" in engine:
            forget()
        signal.setitimer(signal.ITIMER_PROF, limit)
        start = time.thread_time()
        verdict = solve(question)
        seconds = time.thread_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps([verdict, seconds]), flush=True)
        patience -= seconds
        if patience < 0:
            return


def _questions() -> Iterator[Any]:
    """One after the other. A policy that many are compared with is the same object every time, as it is in a scan."""
    known: list[Any] = []
    while True:
        try:
            question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        against = tuple(next((each for each in known if each == policy), policy) for policy in question.not_allowed)
        known = [*against, *known][:_KEPT]
        yield replace(question, not_allowed=against)


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    answer(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
