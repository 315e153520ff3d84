"""The list of deliberate faults is kept: every text is still there, every test exists, and the page says the same."""

import ast
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "decisions" / "0018-mutation-check.md"
tool = runpy.run_path(str(ROOT / "tools" / "mutants.py"))
MUTANTS = tool["read_mutants"]()


def names_of(path):
    """The test functions of a file."""
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_text_is_in_its_file_once(mutant):
    """
    A fault whose text is gone would be no fault; one that stands twice would be two.
    """
    assert tool["is_found"](mutant)
    assert mutant.replacement != mutant.original


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_fault_can_be_compiled(mutant):
    """
    A fault that is no Python would be caught by whatever imports it.
    """
    text = (ROOT / mutant.file).read_text().replace(mutant.original, mutant.replacement)

    compile(text, mutant.file, "exec")


@pytest.mark.parametrize("test", sorted({test for mutant in MUTANTS for test in mutant.tests}))
def test_the_test_is_there(test):
    """
    The file, and in it the function where one is named.
    """
    path, _, function = test.partition("::")

    assert not function or function.partition("[")[0] in names_of(ROOT / path)
    assert names_of(ROOT / path)


def test_every_fault_has_a_name_of_its_own_and_a_test():
    """
    The table tells them apart by it.
    """
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 30
    assert all(mutant.tests for mutant in MUTANTS)


def test_the_page_holds_the_list():
    """
    As `tools/mutants.py --list` prints it.
    """
    begin, end = "<!-- faults: written by tools/mutants.py --list -->\n", "\n<!-- /faults -->"

    assert PAGE.read_text().partition(begin)[2].partition(end)[0] == tool["as_table"](MUTANTS)


FAULT = tool["Mutant"]("a fault", "some.py", "x = 1", "x = 2", ("test_some.py",))


@pytest.mark.parametrize(
    ("text", "assertion", "outcome"),
    [
        ("x = 1\n", "x == 1", "KILLED"),
        ("x = 1\n", "x", "SURVIVED"),
        ("x = 0\n", "x == 0", "NOT_FOUND"),
        ("x = 1; x = 1\n", "x == 1", "NOT_FOUND"),
        ("x = 1\n", "x = 1", "BROKEN"),
    ],
)
def test_a_fault_is_tried_out(tmp_path, text, assertion, outcome):
    """
    Caught, not caught, not there, or in the way of the tests themselves; afterwards the text is as it was.
    """
    workshop = tool["Workshop"].__new__(tool["Workshop"])
    workshop._root = tmp_path
    (tmp_path / "mutants_profile.py").write_text(tool["PROFILE"])
    (tmp_path / "some.py").write_text(text)
    (tmp_path / "test_some.py").write_text(f"from some import x\n\ndef test_x():\n    assert {assertion}\n")

    found, _ = workshop.try_out(FAULT, FAULT.tests)

    assert found.name == outcome
    assert (tmp_path / "some.py").read_text() == text
