"""`ringwall diff`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import options
from ringwall.cli.analysis import Mode, analyzer_of, collect_garbage_rarely, name_of, opened
from ringwall.cli.output import check_output, view_of, write_text
from ringwall.cli.progress import progress_of
from ringwall.errors import UsageError
from ringwall.findings.report import Report
from ringwall.reports.differences import DIFFERENCE_FORMATS
from ringwall.service.scanning import FailOn, Selection, diff, diff_exit_code, scan


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@options.selection
@options.analysis
@click.option(
    "--format",
    "form",
    type=click.Choice(list(DIFFERENCE_FORMATS)),
    default="table",
    show_default=True,
    help="How to write the difference.",
)
@options.output
@options.fail_on
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    old: Path,
    new: Path,
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    zone: str | None,
    trusted: tuple[str, ...],
    mode: Mode,
    include: frozenset[str],
    form: str,
    output: Path | None,
    fail_on: str,
    quiet: bool,
) -> int:
    """Say which access from outside appeared and which went between the snapshots OLD and NEW.

    Either may be standard input (-). Policies that were merely written differently are no difference. --fail-on
    is about access that appeared.
    """
    if str(old) == str(new) == "-":
        raise UsageError("OLD and NEW cannot both be standard input: give a file for one of them")
    collect_garbage_rarely()
    check_output(output, (old, new))
    selection = Selection(resource_types, regions, accounts)

    def report_of(path: Path) -> Report:
        with (
            opened(path) as (header, seen),
            progress_of(f"Analyzing {Path(name_of(path)).name}", quiet=quiet) as progress,
        ):
            analyzer = analyzer_of(header.organization, zone=zone, trusted=trusted, mode=mode, include=include)
            return scan(
                seen,
                analyzer,
                accounts=header.accounts,
                selection=selection,
                progress=lambda done: progress(done, None, "resources"),
            )

    difference = diff(report_of(old), report_of(new))
    write_text(DIFFERENCE_FORMATS[form](difference, view_of(output)), output)
    return diff_exit_code(difference, FailOn(fail_on))
