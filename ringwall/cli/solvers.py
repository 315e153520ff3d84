"""The solver behind a command: it starts when something is left open, and ends with the command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from ringwall.reasoning.question import Answer, Ask, Question


def solver_on_demand() -> Ask:
    """Asks cvc5 and then z3, for as long as the command of the current context runs."""
    return click.get_current_context().with_resource(_on_demand())


@contextmanager
def _on_demand() -> Iterator[Ask]:
    with ExitStack() as ending:
        started: Sequence[Any] = ()

        def ask(question: Question) -> Answer:
            nonlocal started
            # They are dear to import, and most commands decide everything without them.
            from ringwall.solvers.fallback import ask_installed  # noqa: PLC0415
            from ringwall.solvers.process import running  # noqa: PLC0415

            started = started or ending.enter_context(running())
            return ask_installed(question, started)

        yield ask
