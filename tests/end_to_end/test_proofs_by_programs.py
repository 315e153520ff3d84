"""The files that `ringwall prove` writes are confirmed by the solvers' own programs, which know nothing of Ringwall."""

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from ringwall import examples
from tests.cli.running import ringwall

SNAPSHOT = str(files(examples) / "organization.jsonl")
CVC5 = shutil.which("cvc5")
Z3 = Path(sys.executable).parent / "z3"


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The files of the example organization, in both zones of trust."""
    found = []
    for zone in ("organization", "account"):
        folder = tmp_path_factory.mktemp(zone)
        run = ringwall("prove", "--snapshot", SNAPSHOT, "--zone", zone, "--output", str(folder), "--quiet")
        assert run.code in (0, 3), run.stdout + run.stderr
        found += sorted(folder.glob("*.smt2"))
    return found


@pytest.mark.parametrize(
    ("program", "most_open"),
    [
        pytest.param(
            [CVC5, "--strings-exp", "--tlimit=20000"],
            0,
            id="cvc5",
            marks=pytest.mark.skipif(CVC5 is None, reason="there is no program `cvc5` here (Debian: apt install cvc5)"),
        ),
        pytest.param([Z3, "-T:20"], 2, id="z3"),
    ],
)
def test_a_program_confirms_every_file(program, most_open, scripts):
    """
    On the file alone; where it gives up, that is counted, and never taken for agreement.
    """
    said = [subprocess.run([*program, file], capture_output=True, text=True, check=False).stdout for file in scripts]

    answers = [text.split("\n", 1)[0] for text in said]
    assert len(answers) >= 50
    assert set(answers) <= {"unsat", "unknown", "timeout", "cvc5 interrupted by timeout."}
    assert len(answers) - answers.count("unsat") <= most_open
