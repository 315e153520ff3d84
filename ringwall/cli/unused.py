"""`ringwall unused`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.analysis import collect_garbage_rarely, name_of
from ringwall.cli.output import check_output, view_with, write_text
from ringwall.cli.principals import Wanted, judged
from ringwall.cli.trails import trail_wanted
from ringwall.cli.unused_options import age_option, exclusion_options, judge_of, trail_options
from ringwall.findings.finding import FindingType
from ringwall.principals.evidence import Confidence
from ringwall.reports.unused import UNUSED_FORMATS, find_unused_format
from ringwall.service.judging import FindingSelection, exit_code

_TYPES = {
    "role": FindingType.UNUSED_IAM_ROLE,
    "key": FindingType.UNUSED_IAM_USER_ACCESS_KEY,
    "password": FindingType.UNUSED_IAM_USER_PASSWORD,
    "permission": FindingType.UNUSED_PERMISSION,
}


@click.command("unused")
@click.argument("snapshot", metavar="[SNAPSHOT]", required=False, type=click.Path(path_type=Path))
@options.source
@options.account
@age_option
@exclusion_options
@trail_options
@click.option("--type", "kinds", type=click.Choice(list(_TYPES)), multiple=True, help="Only this. Repeatable.")
@click.option(
    "--min-confidence",
    type=click.Choice([each.value for each in reversed(Confidence)], case_sensitive=False),
    default=Confidence.LOW.value,
    show_default=True,
    help="Only findings that are at least so sure.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(UNUSED_FORMATS),
    default="table",
    show_default=True,
    help="How to write the report.",
)
@options.output
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many processes share a snapshot. Default: one for each core, where it is large.",
)
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    snapshot: Path | None,
    accounts: frozenset[str],
    age: int,
    excluded_accounts: tuple[str, ...],
    excluded_tags: tuple[str, ...],
    trail: str | None,
    trail_days: int,
    kinds: tuple[str, ...],
    min_confidence: str,
    form: str,
    output: Path | None,
    processes: int | None,
    quiet: bool,
    **source: Any,
) -> int:
    """Find roles, keys, passwords and permissions that nobody used: live, or in a snapshot.

    SNAPSHOT is what `ringwall collect --unused` wrote, or - for standard input. Without it the account of the current
    credentials is read, or those of --organization or --accounts. Nothing is ever changed.
    """
    collect_garbage_rarely()
    check_output(output, [snapshot] if snapshot else [])
    judge = judge_of(age, excluded_accounts, excluded_tags)
    types = frozenset(_TYPES[kind] for kind in kinds)
    selection = FindingSelection(types, accounts, Confidence(min_confidence.upper()))
    wanted = Wanted(snapshot, source, accounts, trail_wanted(trail, trail_days, source), quiet)
    tally, header, now = judged(wanted, judge, selection, processes)
    report = tally.report(judge, now, [each for each in header.accounts if selection.takes(each)])
    view = view_with(output, name_of(snapshot) if snapshot else None, header.organization)
    write_text(find_unused_format(form)(report, view), output)
    if not report.coverage.resources and snapshot and not report.left_out:
        click.echo("There are no principals in this snapshot: collect it with `ringwall collect --unused`.", err=True)
    return exit_code(report)
