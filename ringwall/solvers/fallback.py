"""Questions that regions leave open, put to those solvers that are installed."""

from __future__ import annotations

from collections.abc import Sequence

from ringwall.errors import UndecidedError
from ringwall.reasoning.question import Answer, Question
from ringwall.reasoning.smt import ask_in_turn
from ringwall.solvers.process import SolverProcess


def ask_installed(question: Question, solvers: Sequence[SolverProcess]) -> Answer:
    """The answer of the first solver that is installed and has one.

    Raises:
        UndecidedError: none has an answer, or none is installed.
    """
    installed = [each for each in solvers if each.is_installed]
    if not installed:
        raise UndecidedError("no solver is installed that could be asked: pip install 'ringwall[proof]'")
    return ask_in_turn(question, installed)
