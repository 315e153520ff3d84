"""How a script is put to each solver. Runs in the worker's process only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

Solve = Callable[[str, Sequence[str], float], tuple[str, str]]
"""From a script, the variables whose values are wanted, and a limit in seconds, to a status and those values."""

MODULES = {"cvc5": "cvc5", "z3": "z3"}
"""By solver, the module that it is imported from."""


def _cvc5() -> Solve:
    cvc5: Any = import_module(MODULES["cvc5"])

    def solve(script: str, symbols: Sequence[str], limit: float) -> tuple[str, str]:
        terms = cvc5.TermManager()
        solver = cvc5.Solver(terms)
        solver.setOption("tlimit-per", str(int(limit * 1000)))
        known = cvc5.SymbolManager(terms)

        def run(text: str) -> str:
            parser = cvc5.InputParser(solver, known)
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
            said = []
            while not (command := parser.nextCommand()).isNull():
                said.append(str(command.invoke(solver, known)))
            return "".join(said)

        return _asked(run, script, symbols)

    return solve


def _z3() -> Solve:
    z3: Any = import_module(MODULES["z3"])

    def solve(script: str, symbols: Sequence[str], limit: float) -> tuple[str, str]:
        context = z3.Context()

        def run(text: str) -> str:
            try:
                return str(z3.Z3_eval_smtlib2_string(context.ref(), text))
            except z3.Z3Exception as error:
                raise RuntimeError(str(error)) from error

        return _asked(run, f"(set-option :timeout {int(limit * 1000)})\n{script}", symbols)

    return solve


def _asked(run: Callable[[str], str], script: str, symbols: Sequence[str]) -> tuple[str, str]:
    """The status and, where there is a model, the values in it."""
    said = run(script).strip()
    status = said.split(maxsplit=1)[0] if said else "unknown"
    if status == "sat" and symbols:
        return status, run(f"(get-value ({' '.join(symbols)}))").strip()
    if status == "unknown":
        reason = run("(get-info :reason-unknown)").lower()
        return ("timeout" if "timeout" in reason or "canceled" in reason else status), ""
    return (status, "") if status in ("sat", "unsat") else ("error", said)


ENGINES: Mapping[str, Callable[[], Solve]] = {"cvc5": _cvc5, "z3": _z3}
