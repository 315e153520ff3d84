"""`ringwall permissions`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import options
from ringwall.cli.output import write_text
from ringwall.collector.permissions import DEFAULT_ROLE_NAME, Format, Grant, Purpose, permissions_document


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
@click.option(
    "--for",
    "purposes",
    type=click.Choice(["scan", "unused", "trail", "watch", "notify", "fix", "fix-unused"]),
    multiple=True,
    default=["scan"],
    show_default=True,
    help="What Ringwall is to do: read resources, what is unused, or a trail, receive events, notify, write fixes. Repeatable.",
)
@click.option(
    "--resource",
    "resources",
    multiple=True,
    metavar="ARN",
    help="The queue to watch, the bucket of a trail (and all in it), or an event bus, a topic or a Security Hub product to notify. Repeatable.",
)
@options.output
def command(
    *, form: Format, role_name: str, purposes: tuple[Purpose, ...], resources: tuple[str, ...], output: Path | None
) -> int:
    """Print the permissions that a collection needs, or the service.

    They are derived from the calls in the code: the least that will do, and nothing that changes a
    resource, unless --for fix.
    """
    write_text(permissions_document(form, Grant(role_name, purposes, resources)), output)
    return 0
