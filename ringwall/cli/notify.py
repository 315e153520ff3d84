"""`ringwall notify`."""

from __future__ import annotations

import sys
from typing import Any

import click

from ringwall.cli.client import Client, calls, every, json_of, limit_option
from ringwall.cli.filters import filter_of, filter_option, filter_words
from ringwall.cli.tables import Column, Output
from ringwall.errors import ServiceError, UsageError

_KINDS = ("eventbridge", "sns", "securityhub", "webhook", "slack")
_DESTINATIONS = (
    Column("NAME", "name"),
    Column("KIND", "kind", is_whole=True),
    Column("SETTINGS", "settings"),
    Column("FILTER", lambda item: filter_words(item.get("filter") or {})),
)
_LETTERS = (
    Column("ID", "id", is_whole=True),
    Column("DESTINATION", "destination"),
    Column("CREATED", "createdAt", is_whole=True),
    Column("TRIES", "attempts", is_whole=True),
    Column("LAST ERROR", "lastError"),
)


@click.group("notify")
def command() -> None:
    """Say who is told of changes to findings, and see what did not arrive."""


@command.command("create")
@calls
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="How it is told.")
@click.option("--set", "settings", metavar="KEY=VALUE", multiple=True, help="A setting, such as url=https://….")
@click.option("--settings", "whole", metavar="JSON|file://FILE", help="All settings at once.")
@click.option("--secret-stdin", is_flag=True, help="Read the signing key or the Slack address from standard input.")
@filter_option
def create(client: Client, output: Output, *, name: str, kind: str, filters: tuple[str, ...], **options: Any) -> None:
    """Tell somebody of every change to a finding that meets the filter."""
    answer = client.call(
        "CreateDestination",
        name=name,
        kind=kind,
        settings=_settings(options["whole"], options["settings"]) or None,
        # Not an option: the list of processes and the shell's history are for other eyes, too.
        secret=sys.stdin.readline().strip() if options["secret_stdin"] else None,
        filter=filter_of(filters) or None,
    )
    output.done(answer, f"Created {name}. Try it: ringwall notify test {name}")


def _settings(whole: str | None, single: tuple[str, ...]) -> dict[str, Any]:
    found = json_of(whole, "the settings") if whole else {}
    if not isinstance(found, dict):
        raise UsageError("settings are an object")
    if wrong := [each for each in single if "=" not in each]:
        raise UsageError(f"`{wrong[0]}` is no setting: write KEY=VALUE")
    return {**found, **dict(each.split("=", 1) for each in single)}


@command.command("list")
@calls
def list_(client: Client, output: Output) -> None:
    """List who is told."""
    found = every(client, "ListDestinations", "destinations")
    output.items("destinations", found, _DESTINATIONS, none="Nobody is told: ringwall notify create NAME --kind …")


@command.command("test")
@calls
@click.argument("name")
def test(client: Client, output: Output, *, name: str) -> None:
    """Send a made-up event at once, and say whether it arrived."""
    answer = client.call("TestDestination", name=name)
    if not answer["delivered"]:
        raise ServiceError(f"{name}: not delivered: {answer.get('message', '')}")
    output.done(answer, f"{name}: delivered")


@command.command("delete")
@calls
@click.argument("name")
def delete(client: Client, output: Output, *, name: str) -> None:
    """Tell somebody no longer. What was not sent yet is dropped."""
    output.done(client.call("DeleteDestination", name=name), f"Deleted {name}")


@command.command("dead-letters")
@calls
@click.option("--destination", metavar="NAME", help="Only of this destination.")
@limit_option
def dead_letters(client: Client, output: Output, *, destination: str | None, limit: int | None) -> None:
    """List what was given up on, and why."""
    found = every(client, "ListDeadLetters", "deadLetters", limit=limit, destination=destination)
    output.items("deadLetters", found, _LETTERS, none="Everything arrived, or is on its way.")


@command.command("retry")
@calls
@click.argument("ids", metavar="[ID]…", nargs=-1)
@click.option("--destination", metavar="NAME", help="All of this destination.")
def retry(client: Client, output: Output, *, ids: tuple[str, ...], destination: str | None) -> None:
    """Send dead letters again: those with these ids, those of a destination, or all."""
    answer = client.call("RetryDeadLetters", ids=list(ids) or None, destination=destination)
    output.done(answer, f"On their way again: {answer['retried']}")
