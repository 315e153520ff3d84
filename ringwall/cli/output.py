"""Where a command's answer goes: a file, written all or not at all, or standard output."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import click

from ringwall.cli.endings import ReaderHasGoneError
from ringwall.collector.lines import replaced_file
from ringwall.errors import UsageError
from ringwall.findings.organization import Organization
from ringwall.findings.report import Report
from ringwall.reports import find_format
from ringwall.reports.base import View

_WIDEST = 120
_LINES = 256


def write_report(
    report: Report,
    form: str,
    output: Path | None,
    *,
    snapshot: str | None = None,
    organization: Organization | None = None,
) -> None:
    """Write `report` in the format `form` to `output`, or to standard output where that is None or `-`.

    Raises:
        UsageError: the file cannot be written.
    """
    write_text(find_format(form)(report, view_with(output, snapshot, organization)), output)


def view_with(output: Path | None, snapshot: str | None, organization: Organization | None) -> View:
    """As `view_of`, with the snapshot's name and those of the organization's accounts."""
    names = {account.id: account.name for account in organization.accounts} if organization else {}
    return replace(view_of(output), snapshot=snapshot, names=names)


def check_output(output: Path | None, reads: Iterable[Path] = ()) -> None:
    """Whether `output` can be written when the work is done, and is none of the files that the work reads.

    Raises:
        UsageError: it cannot, or is one of them.
    """
    if (
        output is None
        or is_standard_output(output)
        or (output.exists() and not output.is_file() and not output.is_dir())
    ):
        return
    if output.is_dir():
        raise UsageError(f"cannot write `{output}`: it is a directory")
    if output.exists() and any(each.exists() and each.samefile(output) for each in reads):
        raise UsageError(f"`{output}` is a file to read: write to another one")
    try:
        # The permissions of a folder do not tell whether its file system can be written.
        with tempfile.TemporaryFile(dir=output.resolve().parent):
            pass
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {error.strerror or error}") from error


def view_of(output: Path | None) -> View:
    """What the place where the answer goes looks like."""
    if not is_standard_output(output) or not sys.stdout.isatty():
        return View()
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return View(width, color=not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def is_standard_output(output: Path | None) -> bool:
    return output is None or str(output) == "-"


def _print(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise ReaderHasGoneError from error


def write_lines(lines: Iterable[str], output: Path | None) -> None:
    """Write lines as they come, so that no more than a few of them are held at a time.

    Raises:
        UsageError: the file cannot be written.
    """
    blocks = (text.encode("utf-8", "backslashreplace") for text in _blocks(lines))
    if output is None or is_standard_output(output):
        for block in blocks:
            _print(block)
        return
    try:
        with replaced_file(output, is_private=False) as file:
            for block in blocks:
                file.write(block)
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {error.strerror or error}") from error


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """Several lines at once: to write each by itself takes longer than to make it."""
    rest = iter(lines)
    while block := list(islice(rest, _LINES)):
        yield "".join(f"{line}\n" for line in block)


def show(text: str, *, is_beside: bool) -> None:
    """Write what somebody is asked about to the terminal: to standard error, where a program reads the outcome beside it."""
    if is_beside:
        click.echo(text, nl=False, err=True)
    else:
        write_text(text, None)


def write_text(text: str, output: Path | None) -> None:
    """Write `text` as UTF-8; half characters, which UTF-8 does not have, as escapes.

    Raises:
        UsageError: the file cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    if output is None or is_standard_output(output):
        _print(data)
        return
    try:
        with replaced_file(output, is_private=False) as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write `{output}`: {error.strerror or error}") from error
