"""The process in which a solver runs: `python -m ringwall.solvers.worker NAME`. Answers one script a line, until told no more.

A question is one line of JSON: `{"script", "symbols", "limit"}`, the limit in seconds. The answer is
`{"status", "values"}`, with the text of `(get-value …)` where the script is satisfiable.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence

from ringwall.solvers.engines import ENGINES

GRACE = 1.0
"""Seconds beyond the limit after which the process is ended from without: by its parent, or by its own alarm."""


def main(name: str) -> None:
    """Answer questions on standard input until it is closed."""
    solve = ENGINES[name]()
    _say({"status": "ready", "values": ""})
    for line in sys.stdin:
        question = json.loads(line)
        _limit(question["limit"] + 2 * GRACE)
        status, values = _answered(solve, question["script"], question["symbols"], question["limit"])
        _limit(0)
        _say({"status": status, "values": values})


def _answered(
    solve: Callable[[str, Sequence[str], float], tuple[str, str]], script: str, symbols: Sequence[str], limit: float
) -> tuple[str, str]:
    try:
        return solve(script, symbols, limit)
    except RuntimeError as error:
        # What a solver cannot read is told in its own words; whoever asked has to know.
        return "error", str(error)


def _limit(seconds: float) -> None:
    """End this process after so many seconds, whatever it is doing, also where nobody is left to end it."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _say(answer: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
