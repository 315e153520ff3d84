"""The house is in order: start-up is light, and what is written about the code is true of it."""

import gzip
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HEAVY = {
    *("boto3", "botocore"),
    *("z3", "cvc5", "pysat"),
    *("fastapi", "flask", "starlette", "uvicorn", "werkzeug", "sqlalchemy", "jinja2"),
}
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def modules_imported_by(statement, *arguments):
    command = [sys.executable, "-X", "importtime", "-c", statement, *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", run.stderr, re.MULTILINE))


def names_in(requirements):
    return {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}


def names_in_table(heading):
    section = (ROOT / "docs" / "dependencies.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| \[([\w.-]+)\]\(https://\S+\) \| [\w.-]+ \| \w.* \|$", section, re.MULTILINE)


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        ("import ringwall", []),
        ("from ringwall.cli.main import main; main()", ["--help"]),
    ],
)
def test_starting_up_is_light(statement, arguments):
    """
    Neither the package nor its help text needs AWS, a solver or the web.
    """
    imported = modules_imported_by(statement, *arguments)

    assert "ringwall" in imported
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("heading", "requirements"),
    [
        ("At run time", PYPROJECT["project"]["dependencies"]),
        ("With the extra `proof`", PYPROJECT["project"]["optional-dependencies"]["proof"]),
        ("With the extra `postgres`", PYPROJECT["project"]["optional-dependencies"]["postgres"]),
        ("For development", PYPROJECT["dependency-groups"]["dev"]),
    ],
)
def test_every_dependency_has_its_line(heading, requirements):
    """
    docs/dependencies.md lists what pyproject.toml asks for, in alphabetical order, once each, and nothing else.
    """
    assert names_in_table(heading) == sorted(names_in(requirements))


def test_every_dependency_has_a_release_that_was_tested_last():
    """
    `make` installs nothing newer: a release of somebody else turns no build red.
    """
    lines = [each for each in (ROOT / "constraints.txt").read_text().splitlines() if not each.startswith("#")]
    asked = [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]

    assert [each for each in lines if not re.fullmatch(r"[a-z0-9-]+<=[\w.]+", each)] == []
    assert names_in(asked) <= names_in(lines)


def test_the_wheel_asks_for_no_test_dependency():
    """
    Whoever installs Ringwall gets nothing that the tests need; what an extra needs too, they test in one version.
    """
    extras = [each for extra in PYPROJECT["project"]["optional-dependencies"].values() for each in extra]
    dev = PYPROJECT["dependency-groups"]["dev"]

    assert names_in(PYPROJECT["project"]["dependencies"]).isdisjoint(names_in(dev))
    assert set(extras) <= set(dev)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_gives_its_reasons(page):
    """
    A decision has Context, Decision, Drawbacks and Alternatives, in this order.
    """
    headings = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)

    assert headings == ["Context", "Decision", "Drawbacks", "Alternatives"]


def test_the_architecture_page_is_fresh():
    """
    The map in docs/architecture.md is made of the modules' docstrings as they are now.
    """
    command = [sys.executable, "tools/architecture.py", "--check", "docs/architecture.md"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (run.stderr, run.returncode) == ("", 0)


def test_the_picture_of_the_rooms_is_the_contract():
    """
    docs/architecture.md draws the layers that import-linter holds: the same rooms on the same floors.
    """
    picture = re.search(r"```text\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(), re.DOTALL)[1]
    drawn = [re.split(r" {2,}", line.strip())[0].split(" | ") for line in picture.splitlines() if line.strip(" |")]
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]

    assert drawn == [layer.replace("ringwall.", "").split(" | ") for layer in layers]


def test_every_make_target_is_documented():
    """
    `make help` and CONTRIBUTING.md list the same targets.
    """
    targets = re.findall(r"^(\w+):.*  ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    documented = re.findall(r"^\| `make (\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)

    assert sorted(targets) == sorted(documented)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    """
    Every relative link in the documentation points at a file that is there.
    """
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_can_be_come_upon():
    """
    Whoever begins with the README and follows links gets to every page in docs/.
    """
    known = {ROOT / "README.md"}
    ahead = set(known)
    while ahead:
        page = ahead.pop()
        links = re.findall(r"\]\(([\w./-]+\.md)[)#]", page.read_text())
        found = {(page.parent / link).resolve() for link in links} - known
        known |= found
        ahead |= found

    assert set((ROOT / "docs").glob("*.md")) <= known


@pytest.mark.parametrize("packed", [gzip.compress(b"text")])
def test_no_test_is_named_after_the_second_in_which_it_was_collected(packed, request):
    """
    Processes that share the tests must name them alike; a packed file holds the time.
    """
    assert packed.startswith(b"\x1f\x8b")
    assert request.node.name.endswith("[packed]")
