"""The outermost loop: finds the command, and turns whatever happens into an exit code.

0    nothing to report
1    findings at or above --fail-on, or a check failed
2    usage or configuration
3    the analysis is incomplete, also when there are findings
4    nothing to analyse
101  a bug in Ringwall
130  interrupted
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click

from ringwall import __version__
from ringwall.cli.endings import ReaderHasGoneError
from ringwall.errors import CollectionError, RingwallError

COMMANDS = {
    "scan": "Find out who outside can reach what: live, or in a snapshot.",
    "collect": "Write what a scan needs to a snapshot file, to scan it later.",
    "diff": "Say which access from outside appeared and which went between two snapshots.",
    "unused": "Find roles, keys, passwords and permissions that nobody used: live, or in a snapshot.",
    "last-accessed": "Show what a user or a role is granted and what of it was used, when and where last.",
    "check": "Check policy documents: for new access, for access not to be granted, for public access.",
    "compare": "Say how much one policy document allows, next to another.",
    "simulate": "Decide one request, or a file of them, against any policies, and say why.",
    "explain": "Say in plain sentences what policies allow, and which statements add nothing.",
    "prove": "Write verdicts as scripts of SMT-LIB, and let the solvers cvc5 and z3 check them.",
    "fix": "Find the smallest edit that removes a finding, prove it, and write it to AWS if asked.",
    "demo": "Scan the packaged example organization.",
    "permissions": "Print the permissions that a collection, and the service, need.",
    "template": "Print templates of what the service needs in AWS, such as a queue that tells of changes.",
    "serve": "Keep watch, and answer AWS's API.",
    "worker": "Work on the jobs of a PostgreSQL database, beside servers and other workers.",
    "analyzer": "Make analyzers, which keep watch over accounts and Regions, and look after them.",
    "findings": "Look at findings, and say what becomes of them.",
    "archive-rule": "Archive findings of access that is meant to be, as soon as they appear.",
    "preview": "See which findings a configuration would make, before it is deployed.",
    "notify": "Say who is told of changes to findings, and see what did not arrive.",
    "keys": "Issue keys to callers of the API, and disable them.",
    "users": "Say who may sign in to the console.",
    "config": "Check the service's configuration, or show an example of it.",
    "backup": "Copy the SQLite database to FILE, while the server runs.",
    "restore": "Put a copy that `ringwall backup` made back into a data folder.",
}
"""Each stands in the module of its name, which is imported when the command is called and not before."""

_EXIT_CODES = """\b
Exit codes:
  0    nothing to report
  1    findings at or above --fail-on, or a check failed
  2    usage or configuration
  3    the analysis is incomplete, also when there are findings
  4    nothing to analyse
  101  a bug in Ringwall"""


@dataclass(slots=True)
class Invocation:
    """What the outermost loop has to know about the call."""

    debug: bool = False


def _remember_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.ensure_object(Invocation).debug = value


class Commands(click.Group):
    """The commands of `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"ringwall.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ringwall", message="%(prog)s %(version)s")
@click.option(
    "--debug",
    is_flag=True,
    # Before anything else: importing the command may be what fails.
    is_eager=True,
    expose_value=False,
    callback=_remember_debug,
    help="Show the traceback of an unexpected error.",
)
def cli() -> None:
    """Find out who can reach your AWS resources, with proof."""


def main() -> None:
    """Run the command that the command line names, and exit."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _reader_has_gone()
    if any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread()):
        # Calls that nobody waits for any more. Python would wait for them, which takes as long as AWS is silent.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """The exit code of the command that `arguments` name."""
    invocation = Invocation()
    try:
        return int(cli.main(list(arguments), prog_name="ringwall", standalone_mode=False, obj=invocation) or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return _said("Interrupted.", 130)
    except ReaderHasGoneError:
        return _reader_has_gone()
    except RingwallError as error:
        return _said(f"Error: {error}", 3 if isinstance(error, CollectionError) else 2)
    except Exception as error:  # noqa: BLE001 - the one place where every error ends
        return _report_bug(error, debug=invocation.debug)


def _said(message: str, code: int) -> int:
    click.echo(message, err=True)
    return code


def _report_bug(error: Exception, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    message = f"""This is a bug in Ringwall {__version__}: {type(error).__name__}: {error}
Nothing can be concluded from this run. Please report it, with what `ringwall --debug …` prints for the same
command. Leave out account numbers and policies that you cannot share."""
    return _said(message, 101)


def _reader_has_gone() -> int:
    """As a shell reports SIGPIPE. What is left in the buffer has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
