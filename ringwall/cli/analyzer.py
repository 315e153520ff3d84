"""`ringwall analyzer`."""

from __future__ import annotations

from typing import Any

import click

from ringwall.cli.client import Client, calls, every
from ringwall.cli.options import separated, together
from ringwall.cli.tables import Column, Output
from ringwall.cli.unused_configuration import changed, configured
from ringwall.cli.unused_options import exclusion_options
from ringwall.errors import UsageError

_COLUMNS = (
    Column("NAME", "name"),
    Column("TYPE", "type", is_whole=True),
    Column("STATUS", "status", is_whole=True),
    Column("ACCOUNTS", lambda item: (item.get("scope") or {}).get("accounts") or "all"),
    Column("REGIONS", lambda item: (item.get("scope") or {}).get("regions") or "all"),
    Column("LAST LOOK", "lastResourceAnalyzedAt", is_whole=True),
)


@click.group("analyzer")
def command() -> None:
    """Make analyzers, which keep watch over accounts and Regions, and look after them."""


def _scope(accounts: tuple[str, ...], regions: tuple[str, ...]) -> dict[str, list[str]] | None:
    return {"accounts": list(accounts), "regions": list(regions)} if accounts or regions else None


def _tags(values: tuple[str, ...]) -> dict[str, str]:
    if wrong := [each for each in values if "=" not in each]:
        raise UsageError(f"`{wrong[0]}` is no tag: write KEY=VALUE")
    return dict(each.split("=", 1) for each in values)


_accounts = click.option(
    "--accounts",
    metavar="ACCOUNT[,ACCOUNT…]",
    multiple=True,
    callback=separated,
    help="Only these accounts. Default: all that the server can see.",
)
_regions = click.option(
    "--regions", metavar="REGION[,REGION…]", multiple=True, callback=separated, help="Only these Regions. Default: all."
)
_interval = click.option(
    "--scan-interval", metavar="SECONDS", type=click.IntRange(60), help="How often everything is looked at."
)
_unused = together(
    click.option(
        "--unused-age", metavar="DAYS", type=click.IntRange(1, 365), help="Unused is what nobody used so long."
    ),
    exclusion_options,
)


@command.command("create")
@calls
@click.argument("name")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["ACCOUNT", "ORGANIZATION", "ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS"]),
    default="ACCOUNT",
    show_default=True,
    help="The zone of trust of external access, or whose unused access is looked for.",
)
@_accounts
@_regions
@_interval
@_unused
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag. Repeatable.")
def create(client: Client, output: Output, *, name: str, kind: str, tags: tuple[str, ...], **options: Any) -> None:
    """Make an analyzer. It begins to look at once."""
    configuration = configured(options)
    if configuration and not kind.endswith("_UNUSED_ACCESS"):
        raise UsageError("--unused-age and exclusions are about unused access: give such a --type")
    answer = client.call(
        "CreateAnalyzer",
        analyzerName=name,
        type=kind,
        tags=_tags(tags) or None,
        scope=_scope(options["accounts"], options["regions"]),
        scanIntervalSeconds=options["scan_interval"],
        configuration=configuration,
    )
    output.done(answer, f"Created {answer['arn']}")


@command.command("get")
@calls
@click.argument("name")
def get(client: Client, output: Output, *, name: str) -> None:
    """Show one analyzer."""
    output.item("analyzer", client.call("GetAnalyzer", analyzerName=name)["analyzer"])


@command.command("list")
@calls
def list_(client: Client, output: Output) -> None:
    """List all analyzers of this Region."""
    found = every(client, "ListAnalyzers", "analyzers")
    output.items("analyzers", found, _COLUMNS, none="No analyzer yet: ringwall analyzer create NAME")


@command.command("update")
@calls
@click.argument("name")
@_accounts
@_regions
@_interval
@_unused
@click.option("--no-exclusions", "includes_all", is_flag=True, help="Exclude nobody any more.")
def update(client: Client, output: Output, *, name: str, includes_all: bool, **options: Any) -> None:
    """Change what an analyzer covers, how often it looks, or what it calls unused.

    Accounts and tags that are excluded are replaced by those that are given; what is not given stays as it is.
    """
    scope = _scope(options["accounts"], options["regions"])
    wanted = configured(options)
    if not any((scope, options["scan_interval"], wanted, includes_all)):
        raise UsageError(
            "say what to change: --accounts, --regions, --scan-interval, --unused-age, --exclude-account, --exclude-tag"
        )
    if wanted or includes_all:
        # The API replaces the whole configuration.
        known = client.call("GetAnalyzer", analyzerName=name)["analyzer"].get("configuration")
        wanted = changed(known, wanted, includes_all=includes_all)
    answer = client.call(
        "UpdateAnalyzer",
        analyzerName=name,
        scope=scope,
        scanIntervalSeconds=options["scan_interval"],
        configuration=wanted,
    )
    output.done(answer, f"Updated {name}")


@command.command("delete")
@calls
@click.argument("name")
def delete(client: Client, output: Output, *, name: str) -> None:
    """Delete an analyzer with its findings and archive rules. Nothing brings them back."""
    output.done(client.call("DeleteAnalyzer", analyzerName=name), f"Deleted {name}")
