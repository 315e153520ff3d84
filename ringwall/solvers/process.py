"""A solver as a process that is kept warm, ended when its time is up, and replaced."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import perf_counter
from typing import IO

from ringwall.reasoning.solver import Status, Verdict
from ringwall.solvers.engines import MODULES
from ringwall.solvers.worker import GRACE

LIMIT = 10.0
"""Seconds that a solver has for one script, where nobody says otherwise."""
_START = 60.0
"""Seconds that a solver has to be loaded: nothing is asked of it yet."""


_STATUSES = {
    "sat": Status.SAT,
    "unsat": Status.UNSAT,
    "unknown": Status.UNKNOWN,
    "timeout": Status.TIMED_OUT,
    "error": Status.FAILED,
}


def missing_message(name: str) -> str:
    """What to do about a solver that is not installed."""
    return f"the solver `{name}` is not installed: pip install 'ringwall[proof]'"


def default_command(name: str) -> list[str]:
    """The worker's command line. `-P` keeps the current directory from being searched for modules."""
    return [sys.executable, "-P", "-m", "ringwall.solvers.worker", name]


@dataclass(slots=True)
class SolverProcess:
    """One solver. Its process starts with the first question, and is replaced after it was ended."""

    name: str
    limit: float = LIMIT
    command: Callable[[str], list[str]] = default_command
    module: str | None = None
    """What has to be there for the solver to be; None for the solver's own module."""
    _worker: _Worker | None = field(default=None, init=False)

    @property
    def is_installed(self) -> bool:
        return find_spec(self.module or MODULES[self.name]) is not None

    def solve(self, script: str, symbols: Sequence[str] = ()) -> Verdict:
        """The solver's verdict on a script that ends with `(check-sat)`, and values of `symbols` in its model."""
        if not self.is_installed:
            return Verdict(self.name, Status.MISSING, message=missing_message(self.name))
        started = perf_counter()
        verdict = self._asked(script, symbols)
        return Verdict(self.name, verdict.status, verdict.values, perf_counter() - started, verdict.message)

    def _asked(self, script: str, symbols: Sequence[str]) -> Verdict:
        worker = self._worker or self._started()
        if worker is None:
            return Verdict(self.name, Status.FAILED, message=f"the solver `{self.name}` does not start")
        answer = worker.ask({"script": script, "symbols": list(symbols), "limit": self.limit}, self.limit + GRACE)
        if answer is None:
            has_died = worker.has_ended
            self.close()
            message = f"`{self.name}` ended without an answer" if has_died else "its time was up"
            return Verdict(self.name, Status.FAILED if has_died else Status.TIMED_OUT, message=message)
        status = _STATUSES.get(answer["status"], Status.FAILED)
        return Verdict(
            self.name,
            status,
            values=answer["values"] if status is Status.SAT else "",
            message=answer["values"] if status is Status.FAILED else "",
        )

    def _started(self) -> _Worker | None:
        worker = _Worker(self.command(self.name))
        if worker.answer(_START) is None:
            worker.end()
            return None
        self._worker = worker
        return worker

    def close(self) -> None:
        """End the process, if there is one. The next question starts another."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class _Worker:
    """A running process that answers line by line. It ends by itself when its standard input is closed."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()

    def ask(self, question: dict[str, object], seconds: float) -> dict[str, str] | None:
        """The answer; None where there is none in time."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        return self.answer(seconds)

    def answer(self, seconds: float) -> dict[str, str] | None:
        """The next answer; None where there is none in time."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            self._process.wait()
            return None
        answer: dict[str, str] = json.loads(line)
        return answer

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End it at once, and leave nothing behind."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _read(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Hands on what the process says, line by line, and None when it says no more."""
    for line in stream:
        lines.put(line)
    lines.put(None)


SOLVERS = ("cvc5", "z3")
"""Those that are asked, in the order in which their answers are shown."""


@contextlib.contextmanager
def running(limit: float = LIMIT) -> Iterator[tuple[SolverProcess, ...]]:
    """Every solver, for as long as it is needed."""
    solvers = tuple(SolverProcess(name, limit) for name in SOLVERS)
    try:
        yield solvers
    finally:
        for solver in solvers:
            solver.close()
