"""The budgets are held: `tools/budgets.py` sees what breaks them, and nothing else."""

import runpy
from pathlib import Path

import pytest

offences = runpy.run_path(str(Path(__file__).parent.parent / "tools" / "budgets.py"))["offences"]
DOCSTRING = '    """Prose.\n\n    More of it.\n    """\n'


def a_function(lines, *, docstring=""):
    return "@decorated\ndef stretch():\n" + docstring + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("name", "text", "offence"),
    [
        ("ringwall/arn.py", a_function(41), "ringwall/arn.py:2: `stretch` has 41 lines, at most 40"),
        ("ringwall/arn.py", "x = 1\n" * 401, "ringwall/arn.py: 401 lines, at most 400"),
        ("tools/budgets.py", "x = 1\n" * 401, "tools/budgets.py: 401 lines, at most 400"),
        ("ringwall/policy/utils.py", "", "ringwall/policy/utils.py: `utils` says nothing about what is inside"),
        ("ringwall/common/arn.py", "", "ringwall/common/arn.py: `common` says nothing about what is inside"),
        *(
            ("ringwall/arn.py", text, f"ringwall/arn.py:{line}: broad `except` outside the outermost loop")
            for line, text in [
                (3, "try:\n    x()\nexcept:\n    pass\n"),
                (3, "try:\n    x()\nexcept Exception:\n    pass\n"),
                (3, "try:\n    x()\nexcept (ValueError, BaseException) as error:\n    pass\n"),
                (1, "with suppress(Exception):\n    x()\n"),
                (1, "with contextlib.suppress(Exception):\n    x()\n"),
            ]
        ),
    ],
)
def test_what_breaks_a_budget_is_named_with_its_place(name, text, offence):
    """
    Each offence is one line: where, what, and what would be allowed.
    """
    assert list(offences(name, text)) == [offence]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ringwall/arn.py", a_function(40)),
        ("ringwall/arn.py", a_function(40, docstring=DOCSTRING)),
        ("ringwall/arn.py", "x = 1\n" * 400),
        ("ringwall/arn.py", "try:\n    x()\nexcept ValueError:\n    pass\n"),
        ("ringwall/arn.py", "try:\n    x()\nexcept BaseException:\n    y()\n    raise\n"),
        ("ringwall/cli/main.py", "try:\n    x()\nexcept Exception:\n    pass\n"),
        ("benchmarks/run.py", a_function(41)),
    ],
)
def test_what_keeps_to_the_budgets_passes(name, text):
    """
    Docstrings and decorators are free, cleaning up is no silence, and the outermost loop may catch everything.
    """
    assert list(offences(name, text)) == []
