"""`ringwall collect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from ringwall.cli import options
from ringwall.cli.live import LiveSource, collected
from ringwall.cli.progress import progress_of
from ringwall.collector.snapshot import Seen, write_snapshot
from ringwall.errors import UsageError
from ringwall.findings.report import Gap
from ringwall.reports.wording import counted
from ringwall.service import Selection


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
@options.quiet
def command(
    *,
    output: Path,
    resource_types: frozenset[str],
    regions: frozenset[str],
    accounts: frozenset[str],
    quiet: bool,
    **source: Any,
) -> int:
    """Write what a scan needs to a snapshot file, to scan it later.

    Only what sharing needs is read: policies, access lists, grants; never a secret, an object or a message.
    Nothing is ever changed.
    """
    selection = Selection(resource_types, regions, accounts)
    numbers = Counter[str]()
    with progress_of("Collecting", quiet=quiet) as progress:
        found = collected(LiveSource(**source), selection, progress, "snapshot")
        try:
            write_snapshot(output, found.header, _counted(found.seen, numbers))
        except OSError as error:
            raise UsageError(f"cannot write `{output}`: {error.strerror or error}") from error
    written = f"Wrote {counted(numbers['resources'], 'resource')} to {output}"
    missing = f"; {counted(numbers['failures'], 'thing')} could not be read" if numbers["failures"] else ""
    click.echo(f"{written}{missing}.", err=True)
    if numbers["failures"]:
        return 3
    return 0 if numbers["resources"] else 4


def _counted(seen: Iterable[Seen], numbers: Counter[str]) -> Iterator[Seen]:
    for each in seen:
        if isinstance(each, Gap):
            numbers["failures"] += each.is_failure
        else:
            numbers["resources"] += 1
            numbers["failures"] += each.error is not None
        yield each
