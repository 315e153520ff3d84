"""Break the code on purpose, one fault at a time, and see whether the tests notice.

`tools/mutants.toml` holds the faults: where, what stands there, what to put in its place, and the tests that catch it.
A text that is not found exactly once, a test that fails without any fault, and a fault that no test catches all end
the run with exit code 1, so that the list cannot rot.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tools" / "mutants.toml"
COPIED = ("ringwall", "tests", "docs", "tools", "pyproject.toml")
SECONDS = 180
"""For the tests of one fault. A fault that makes them run on and on has been noticed."""
PROFILE = """
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutants",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
"""
"""As the default profile, but a failing example is not made smaller: nobody reads it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One deliberate fault."""

    name: str
    file: str
    original: str
    """Occurs exactly once in the file."""
    replacement: str
    tests: tuple[str, ...]
    """Node ids, of which at least one fails with the fault in place."""


class Outcome(Enum):
    """What became of a fault."""

    KILLED = "killed"
    TIMED_OUT = "killed (timed out)"
    SURVIVED = "SURVIVED"
    BROKEN = "BROKEN (the tests did not run)"
    NOT_FOUND = "NOT FOUND (the text is not in the file exactly once)"

    @property
    def is_noticed(self) -> bool:
        """Whether the tests did what they are for."""
        return self in (Outcome.KILLED, Outcome.TIMED_OUT)


def read_mutants(path: Path = LIST) -> tuple[Mutant, ...]:
    """The list. Texts in it begin and end where the lines between their quotes do."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return tuple(
        Mutant(each["name"], each["file"], each["original"], each["replacement"], tuple(each["tests"]))
        for each in tables
    )


def is_found(mutant: Mutant, root: Path = ROOT) -> bool:
    """Whether the text stands in the file exactly once."""
    return (root / mutant.file).read_text(encoding="utf-8").count(mutant.original) == 1


def as_table(mutants: Iterable[Mutant]) -> str:
    """The list in Markdown."""
    rows = (f"| {each.name} | `{each.file}` | {_in_short(each.tests)} |" for each in mutants)
    return "\n".join(("| Fault | In | Caught by |", "|---|---|---|", *rows))


def _in_short(tests: Iterable[str]) -> str:
    return ", ".join(f"`{re.sub(r'^tests/', '', test)}`" for test in tests)


class Workshop:
    """A copy of the package and its tests, to break and to mend."""

    def __init__(self, root: Path) -> None:
        self._root = root
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, root / name)
        (root / "mutants_profile.py").write_text(PROFILE, encoding="utf-8")

    def run(self, tests: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
        """Runs the tests in the copy.

        Raises:
            subprocess.TimeoutExpired: they took too long.
        """
        environment = {
            **os.environ,
            "HYPOTHESIS_PROFILE": "mutants",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self._root),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "mutants_profile", "-p", "no:cacheprovider", *options]
        return subprocess.run(
            [*command, *tests],
            cwd=self._root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def try_out(self, mutant: Mutant, tests: Sequence[str], *options: str) -> tuple[Outcome, str]:
        """What the tests make of the fault, and what they print. The copy is whole again afterwards."""
        if not is_found(mutant, self._root):
            return Outcome.NOT_FOUND, ""
        path = self._root / mutant.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(mutant.original, mutant.replacement), encoding="utf-8")
        try:
            run = self.run(tests, *options)
        except subprocess.TimeoutExpired:
            return Outcome.TIMED_OUT, ""
        finally:
            path.write_text(whole, encoding="utf-8")
        outcomes = {0: Outcome.SURVIVED, 1: Outcome.KILLED}
        return outcomes.get(run.returncode, Outcome.BROKEN), run.stdout


def check(mutants: Sequence[Mutant], workshop: Workshop) -> bool:
    """Tries out every fault against the tests that ought to catch it; prints a table. Whether all are caught."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    print(f"without a fault: {len(tests)} tests …", flush=True)
    sound = workshop.run(tests, "--tb=line")
    if sound.returncode:
        print(sound.stdout, sound.stderr, "these tests fail without any fault", sep="\n")
        return False
    width = max(len(mutant.name) for mutant in mutants)
    outcomes = []
    for mutant in mutants:
        outcome, _ = workshop.try_out(mutant, mutant.tests, "-x", "--tb=no")
        outcomes.append(outcome)
        print(f"{mutant.name:<{width}}  {outcome.value}", flush=True)
    noticed = sum(outcome.is_noticed for outcome in outcomes)
    print(f"{noticed} of {len(mutants)} faults are caught")
    return noticed == len(mutants)


def find_catchers(mutants: Sequence[Mutant], workshop: Workshop, tests: Sequence[str]) -> bool:
    """Prints which of the tests catch each fault. Whether each is caught by one at least."""
    is_caught = True
    for mutant in mutants:
        outcome, printed = workshop.try_out(mutant, tests, "--tb=no")
        print(f"{mutant.name}: {outcome.value}")
        print(*(f"    {test}" for test in re.findall(r"^FAILED (\S+)", printed, re.MULTILINE)), sep="\n", flush=True)
        is_caught &= outcome.is_noticed
    return is_caught


def main() -> None:
    parser = argparse.ArgumentParser(description="Break the code on purpose and see whether the tests notice.")
    parser.add_argument("--list", action="store_true", help="print the list in Markdown, and try nothing out")
    parser.add_argument("--only", default="", metavar="TEXT", help="only faults with this text in their name or file")
    parser.add_argument("--all", nargs="+", metavar="TESTS", help="run these tests instead, and say what catches what")
    options = parser.parse_args()
    mutants = [each for each in read_mutants() if options.only in f"{each.name} {each.file}"]
    if options.list:
        print(as_table(mutants))
        return
    if not mutants:
        sys.exit(f"no fault has `{options.only}` in its name or file")
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        is_good = find_catchers(mutants, workshop, options.all) if options.all else check(mutants, workshop)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
