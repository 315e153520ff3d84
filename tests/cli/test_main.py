"""The outermost loop: light, and every ending has its exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ringwall import __version__
from ringwall.cli import main
from ringwall.errors import CollectionError, SnapshotError, UsageError
from tests.cli.running import ringwall

ROOT = Path(__file__).parents[2]
ENGINE = ("ringwall.reasoning", "ringwall.policy", "ringwall.findings", "ringwall.resources", "ringwall.collector")


def python(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments):
    """
    Reading the help takes click and nothing of ours but the list of commands.
    """
    code = f"""
import atexit, sys
from ringwall.cli.main import main
sys.argv[1:] = {arguments}
heavy = ("boto3", "botocore", "rich", "jinja2", "zstandard", "sqlalchemy", "starlette", "uvicorn", *{ENGINE})
atexit.register(lambda: print("heavy:", [name for name in heavy if name in sys.modules], file=sys.stderr))
main()
"""
    run = python(code)

    assert run.stderr.endswith("heavy: []\n")


@pytest.mark.parametrize("name", ["analyzer", "findings", "archive-rule", "preview", "notify", "keys", "config"])
def test_help_on_a_command_of_the_service_is_light(name):
    """
    Reading what a group can do waits for no database, no web server and no AWS.
    """
    code = f"""
import atexit, sys
from ringwall.cli.main import main
sys.argv[1:] = ["{name}", "--help"]
heavy = ("boto3", "botocore", "alembic", "starlette", "uvicorn", "cryptography")
atexit.register(lambda: print("heavy:", [each for each in heavy if each in sys.modules], file=sys.stderr))
main()
"""

    assert python(code).stderr.endswith("heavy: []\n")


def test_an_offline_scan_needs_no_boto3():
    """
    Scanning a file does not wait for AWS's library.
    """
    run = python(
        "import sys; import ringwall.cli.scan, ringwall.cli.demo, ringwall.cli.diff; print('boto3' in sys.modules)"
    )

    assert run.stdout == "False\n"


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_is_there(name):
    """
    The list of commands says of each what its own help begins with, or means.
    """
    command = main.cli.get_command(click.Context(main.cli), name)

    assert command.name == name
    assert command.help.partition("\n")[0].split()[0] == main.COMMANDS[name].split()[0]


OF_ALL_CALLS = {"--url", "--ca-bundle", "--data", "--config", "--region", "--format"}
"""Of the commands that call the API; they are documented once."""


def with_subcommands(name):
    """The command, and the commands of a group with what they are called in it."""
    command = main.cli.get_command(click.Context(main.cli), name)
    yield "", command
    if isinstance(command, click.Group):
        yield from command.commands.items()


def every_option():
    for name in main.COMMANDS:
        for subcommand, command in with_subcommands(name):
            options = {option for each in command.params for option in each.opts if option.startswith("--")}
            yield from ((name, subcommand, option) for option in sorted(options))


def section_of(heading):
    page = (ROOT / "docs" / "cli.md").read_text()
    return page.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_page_begins_with_all_commands():
    """
    Its first table has every command, in the order of the help, with a link to its section.
    """
    page = (ROOT / "docs" / "cli.md").read_text()
    rows = re.findall(r"^\| \[`ringwall ([\w-]+)`\]\(#ringwall-([\w-]+)\) \| \w", page, re.MULTILINE)

    assert rows == [(name, name) for name in main.COMMANDS]


@pytest.mark.parametrize(("command", "subcommand", "option"), sorted(every_option()))
def test_every_option_is_documented(command, subcommand, option):
    """
    The page about the command line names every command, and every option in the section of its command.
    """
    shared = section_of("Calling a server, or the local store") if subcommand and option in OF_ALL_CALLS else ""

    assert f"`{option}" in section_of(f"ringwall {command}") + shared


@pytest.mark.parametrize(
    ("name", "subcommand"), [(name, each) for name in main.COMMANDS for each, _ in with_subcommands(name) if each]
)
def test_every_subcommand_is_documented(name, subcommand):
    """
    What a group of commands can do stands in its section, as it is typed.
    """
    assert f"ringwall {name} {subcommand}" in section_of(f"ringwall {name}")


def test_exit_codes_are_documented():
    """
    The page lists the exit codes that the help lists.
    """
    page = (ROOT / "docs" / "cli.md").read_text()
    codes = re.findall(r"^ +(\d+) +\w", ringwall("--help").stdout, re.MULTILINE)

    assert codes == ["0", "1", "2", "3", "4", "101"]
    assert all(f"| {code} |" in page for code in codes)


def test_the_version():
    """
    `--version` prints name and version.
    """
    assert ringwall("--version").stdout == f"ringwall {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["scan", "--format", "yaml"],
        ["scan", "--account", "12"],
        ["scan", "--region", "nowhere-1"],
        ["scan", "--resource-type", "AWS::Nothing::There"],
        ["diff", "only-one"],
        ["collect"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments):
    """
    What makes no sense is said in a sentence, and ends with 2.
    """
    run = ringwall(*arguments)

    assert run.code == 2
    assert "Error: " in run.stderr
    assert "Traceback" not in run.stderr


@pytest.fixture
def failing(monkeypatch):
    """`ringwall demo`, which raises what it is told to."""

    def install(error):
        @click.command("demo")
        def command():
            raise error

        monkeypatch.setattr(main.Commands, "get_command", lambda *_: command)

    return install


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("give one of them"), 2, "Error: give one of them\n"),
        (
            SnapshotError("estate.jsonl, line 1: the file is empty"),
            2,
            "Error: estate.jsonl, line 1: the file is empty\n",
        ),
        (CollectionError("ACCESS_DENIED", "sts was refused"), 3, "Error: sts was refused\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_errors_have_their_exit_codes(failing, error, code, message):
    """
    Every error of ours is one sentence and a code.
    """
    failing(error)
    run = ringwall("demo")

    assert (run.code, run.stdout) == (code, "")
    assert run.stderr.strip() == message.strip()


def test_a_bug_is_called_one(failing):
    """
    Whatever nobody expected ends with 101, says how to report it, and shows no traceback.
    """
    failing(ZeroDivisionError("division by zero"))
    run = ringwall("demo")

    assert run.code == 101
    assert "This is a bug in Ringwall" in run.stderr
    assert "ringwall --debug" in run.stderr
    assert "Traceback" not in run.stderr


def test_debug_shows_where(failing):
    """
    With --debug the traceback is there for the report.
    """
    failing(ZeroDivisionError("division by zero"))
    run = ringwall("--debug", "demo")

    assert run.code == 101
    assert "Traceback" in run.stderr


def test_a_reader_that_goes_away_is_no_bug():
    """
    `ringwall … | head` ends as a shell expects, without a word.
    """
    reader, writer = os.pipe()
    os.close(reader)
    code = "from ringwall.cli.main import main; import sys; sys.argv[1:] = ['permissions']; main()"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (run.returncode, run.stderr) == (141, b"")


def test_the_package_can_be_run():
    """
    `python -m ringwall` is `ringwall`.
    """
    run = subprocess.run([sys.executable, "-m", "ringwall", "--version"], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, f"ringwall {__version__}\n")
