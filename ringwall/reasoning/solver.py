"""What a solver is to us: something that is given a script of SMT-LIB and may answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Status(Enum):
    """How a solver answered, or that it did not."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"
    TIMED_OUT = "timed out"
    MISSING = "missing"
    """It is not installed."""
    FAILED = "failed"
    """It did not understand the script, or died."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a solver says of one script."""

    solver: str
    status: Status
    values: str = ""
    """The answer to `(get-value …)`, where the script is satisfiable and values were asked for."""
    seconds: float = 0.0
    message: str = ""
    """Why there is no answer."""

    @property
    def is_answer(self) -> bool:
        """Whether the solver said yes or no."""
        return self.status in (Status.SAT, Status.UNSAT)


class Solver(Protocol):
    """Answers scripts. Whatever goes wrong with it is a verdict, never an exception."""

    def solve(self, script: str, symbols: Sequence[str] = ()) -> Verdict:
        """The verdict on a script that ends with `(check-sat)`, and the values of `symbols` in the model."""
