"""`ringwall permissions`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import options
from ringwall.cli.output import write_text
from ringwall.collector.permissions import DEFAULT_ROLE_NAME, Format, permissions_document


@click.command("permissions")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "cloudformation", "terraform"]),
    default="json",
    show_default=True,
    help="A policy document, or a template that creates a role with it.",
)
@click.option("--role-name", default=DEFAULT_ROLE_NAME, show_default=True, help="The role to create and to assume.")
@options.output
def command(*, form: Format, role_name: str, output: Path | None) -> int:
    """Print the read-only permissions that a collection needs.

    They are derived from the calls in the code: the least that will do, and nothing that changes anything.
    """
    write_text(permissions_document(form, role_name=role_name), output)
    return 0
