"""Runs a command line in this process, as the tests of the commands need it."""

import io
import sys
from dataclasses import dataclass

from ringwall.cli.main import run


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


def ringwall(*arguments, stdin=b""):
    """The exit code and the output of `ringwall ARGUMENTS`."""
    kept = sys.stdin, sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(stdin), "utf-8"), out, err
    try:
        code = run(arguments)
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    return Run(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())
