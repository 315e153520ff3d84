"""The solver behind a command: it starts when something is left open, and ends with the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from ringwall.errors import UndecidedError
from ringwall.reasoning.question import Answer, Ask, Question
from ringwall.reasoning.solver import Solver


def solver_on_demand() -> Ask:
    """Asks cvc5 and then z3, for as long as the command of the current context runs."""
    return click.get_current_context().with_resource(_on_demand())


@contextmanager
def _on_demand() -> Iterator[Ask]:
    with ExitStack() as running:
        started: list[Solver] = []

        def ask(question: Question) -> Answer:
            # Both are dear to import, and most commands decide everything without them.
            from ringwall.reasoning.smt import ask_in_turn  # noqa: PLC0415
            from ringwall.solvers import process  # noqa: PLC0415

            if not started:
                started.extend(each for each in running.enter_context(process.running()) if each.is_installed)
            if not started:
                raise UndecidedError("no solver is installed that could be asked: pip install 'ringwall[proof]'")
            return ask_in_turn(question, started)

        yield ask
