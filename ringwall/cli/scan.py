"""`ringwall scan`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.analysis import Mode, collect_garbage_rarely, name_of, opened
from ringwall.cli.output import check_output, write_report
from ringwall.cli.progress import progress_of
from ringwall.cli.solvers import solver_on_demand
from ringwall.cli.verify import solvers_for, verified, with_verification
from ringwall.errors import UsageError
from ringwall.findings.organization import Organization
from ringwall.findings.report import Report
from ringwall.service.scanning import FailOn, Selection, exit_code
from ringwall.service.scanning import scan as scan_resources

Scanned = tuple[Report, Organization | None]


@click.command("scan")
@click.option(
    "--snapshot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Scan this file, or standard input (-), and not AWS.",
)
@options.source
@options.selection
@options.analysis
@options.report
@click.option("--verify", is_flag=True, help="Put every verdict to the solvers cvc5 and z3: needs ringwall[proof].")
@click.option(
    "--solver/--no-solver",
    "with_solver",
    default=True,
    show_default=True,
    help="Put to cvc5 and z3 what policy variables leave open. Only where ringwall[proof] is installed.",
)
@options.fail_on
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    snapshot: Path | None,
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    zone: str | None,
    trusted: tuple[str, ...],
    mode: Mode,
    include: frozenset[str],
    form: str,
    output: Path | None,
    verify: bool,
    with_solver: bool,
    fail_on: str,
    quiet: bool,
    **source: Any,
) -> int:
    """Find out who outside can reach what: live, or in a snapshot.

    Without --snapshot the account of the current credentials is read, or those of --organization or --accounts.
    Nothing is ever changed.
    """
    collect_garbage_rarely()
    check_output(output, [snapshot] if snapshot else [])
    selection = Selection(resource_types, regions, accounts)
    analysis: dict[str, Any] = {"zone": zone, "trusted": trusted, "mode": mode, "include": include}
    analysis["solver"] = solver_on_demand() if with_solver else None
    with solvers_for(verify=verify) as solvers:
        analysis["solvers"] = solvers
        if snapshot is None:
            report, organization = _live(source, selection, analysis, quiet=quiet)
        else:
            _refuse_both(source)
            report, organization = _offline(snapshot, selection, analysis, quiet=quiet)
    named = name_of(snapshot) if snapshot else None
    write_report(report, form, output, snapshot=named, organization=organization)
    return exit_code(report, FailOn(fail_on))


def _refuse_both(source: dict[str, Any]) -> None:
    if given := next((name for name, value in source.items() if value), None):
        option = given.removeprefix("source_").replace("_", "-")
        raise UsageError(f"--{option} is about AWS and --snapshot about a file: give one of them")


def _offline(snapshot: Path, selection: Selection, analysis: dict[str, Any], *, quiet: bool) -> Scanned:
    with opened(snapshot) as (header, seen), progress_of("Analyzing", quiet=quiet) as progress:
        analyzer = verified(header.organization, analysis)
        report = scan_resources(
            seen,
            analyzer,
            accounts=header.accounts,
            selection=selection,
            progress=lambda done: progress(done, None, "resources"),
        )
    return with_verification(report, analyzer), header.organization


def _live(source: dict[str, Any], selection: Selection, analysis: dict[str, Any], *, quiet: bool) -> Scanned:
    # boto3 takes half a second to import, which a scan of a file should not wait for.
    from ringwall.cli.live import LiveSource, collected  # noqa: PLC0415

    with progress_of("Collecting", quiet=quiet) as progress:
        found = collected(LiveSource(**source), selection, progress)
        organization = found.header.organization
        analyzer = verified(organization, analysis)
        report = scan_resources(
            found.seen,
            analyzer,
            accounts=found.header.accounts,
            regions=found.regions,
            selection=selection,
        )
    return with_verification(report, analyzer), organization
