"""`ringwall collect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.live import LiveSource, collected, until_interrupted
from ringwall.cli.live_principals import EvidenceWanted, principals_of, reports_of
from ringwall.cli.progress import progress_of
from ringwall.cli.trails import trail_wanted
from ringwall.cli.unused_options import trail_options
from ringwall.collector.snapshot import Seen, write_snapshot
from ringwall.errors import UsageError
from ringwall.findings.report import Gap
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.reports.wording import counted
from ringwall.service.scanning import Selection


@click.command("collect")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The snapshot to write. A name that ends with .gz or .zst compresses it.",
)
@options.source
@options.selection
@click.option("--unused", is_flag=True, help="Also users and roles, and what they used, for `ringwall unused`.")
@trail_options
@click.option(
    "--last-accessed-max-age",
    "max_age",
    type=click.IntRange(0),
    default=24,
    show_default=True,
    metavar="HOURS",
    help="With --unused: keep IAM's reports that the file at --output holds and that are no older.",
)
@options.quiet
def command(  # noqa: PLR0913 - one parameter per option
    *,
    output: Path,
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    unused: bool,
    trail: str | None,
    trail_days: int,
    max_age: int,
    quiet: bool,
    **source: Any,
) -> int:
    """Write what a scan needs to a snapshot file, to scan it later.

    Only what sharing needs is read: policies, access lists, grants; never a secret, an object or a message.
    Nothing is ever changed.
    """
    if trail and not unused:
        raise UsageError("--trail is evidence of what principals used: add --unused")
    selection = Selection(resource_types, regions, accounts)
    numbers = Counter[str]()
    with progress_of("Collecting", quiet=quiet) as progress:
        found = collected(LiveSource(**source), selection, progress, "snapshot")
        seen: Iterator[Seen] = found.seen
        if unused:
            reports = reports_of(output, timedelta(hours=max_age))
            evidence = EvidenceWanted(trail_wanted(trail, trail_days, source), reports)
            principals = principals_of(found.targets, evidence, progress, found.interrupted)
            seen = chain(seen, until_interrupted(principals, "snapshot", found.interrupted))
        try:
            write_snapshot(output, found.header, _counted(seen, numbers))
        except OSError as error:
            raise UsageError(f"cannot write `{output}`: {error.strerror or error}") from error
    beside = f" and {counted(numbers['principals'], 'principal')}" if unused else ""
    written = f"Wrote {counted(numbers['resources'], 'resource')}{beside} to {output}"
    missing = f"; {counted(numbers['failures'], 'thing')} could not be read" if numbers["failures"] else ""
    click.echo(f"{written}{missing}.", err=True)
    if numbers["failures"]:
        return 3
    return 0 if numbers["resources"] or numbers["principals"] else 4


def _counted(seen: Iterable[Seen], numbers: Counter[str]) -> Iterator[Seen]:
    for each in seen:
        if isinstance(each, Gap):
            numbers["failures"] += each.is_failure
        elif isinstance(each, PrincipalAccess):
            numbers["principals"] += 1
            numbers["failures"] += each.usage.report is None
        else:
            numbers["resources"] += 1
            numbers["failures"] += each.error is not None
        yield each
