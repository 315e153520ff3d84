"""`ringwall demo`."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import click

from ringwall import examples
from ringwall.cli import options
from ringwall.cli.analysis import analyzer_of
from ringwall.cli.output import check_output, is_standard_output, write_report
from ringwall.collector.snapshot import open_snapshot, resources_in
from ringwall.service.scanning import scan

EXAMPLE = "organization.jsonl"


@click.command("demo")
@options.report
def command(*, form: str, output: Path | None) -> int:
    """Scan the packaged example organization.

    The accounts Website and Audit are meant to have access to Project XYZ. Project ABC, which is not of the
    organization, and the public have got in by mistake: see where, and through which statement.
    """
    check_output(output)
    with as_file(files(examples) / EXAMPLE) as path:
        header, seen = open_snapshot(path)
        report = scan(resources_in(seen), analyzer_of(header.organization), accounts=header.accounts)
    write_report(report, form, output, organization=header.organization)
    if form == "table" and is_standard_output(output):
        click.echo("\nThis was the packaged example. Next: ringwall demo --format html --output report.html", err=True)
    return 0
