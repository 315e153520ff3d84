"""`ringwall archive-rule`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from ringwall.cli.client import (
    Client,
    analyzer_arn,
    analyzer_name,
    analyzer_option,
    calls,
    every,
    limit_option,
)
from ringwall.cli.filters import filter_of, filter_option, filter_words
from ringwall.cli.options import together
from ringwall.cli.tables import Column, Item, Output
from ringwall.errors import UsageError

_RULES = (
    Column("NAME", "ruleName"),
    Column("FILTER", lambda item: filter_words(item["filter"])),
    Column("EXPIRES", "expiresAt", is_whole=True),
    Column("REASON, OWNER", lambda item: "\n".join(item[name] for name in ("reason", "owner") if item.get(name))),
)
_HIDDEN = (
    Column("STATUS", "status", is_whole=True),
    Column("RESOURCE, ID", lambda item: f"{item.get('resource') or item['resourceType']}\n{item['id']}"),
)


@click.group("archive-rule")
def command() -> None:
    """Archive findings of access that is meant to be, as soon as they appear."""


_about = together(
    click.option("--reason", metavar="TEXT", help="Why it is meant to be."),
    click.option("--owner", metavar="NAME", help="Who answers for it."),
    click.option(
        "--expires", metavar="DATE", help="Until when, such as 2027-01-31: then its findings are active again."
    ),
)


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"`{text}` is no date: something like 2027-01-31 or 2027-01-31T12:00:00Z is expected"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _criteria(filters: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    if not filters:
        raise UsageError("say which findings: --filter KEY=VALUE")
    return filter_of(filters)


def _warn(output: Output, answer: Item) -> None:
    for warning in answer.get("warnings") or () if output.form == "table" else ():
        click.echo(f"Warning: {warning}", err=True)


def _write(client: Client, operation: str, name: str, options: dict[str, Any], **more: Any) -> dict[str, Any]:
    # What is wrong with the options is said before anybody is asked.
    rule = {
        "filter": _criteria(options["filters"]),
        "reason": options["reason"],
        "owner": options["owner"],
        "expiresAt": _expiry(options["expires"]),
    }
    return client.call(
        operation, analyzerName=analyzer_name(client, options["analyzer"]), ruleName=name, **rule, **more
    )


@command.command("create")
@calls
@click.argument("name")
@analyzer_option
@filter_option
@_about
def create(client: Client, output: Output, *, name: str, **options: Any) -> None:
    """Make a rule. It archives new findings; for those that are there already: `apply`."""
    answer = _write(client, "CreateArchiveRule", name, options)
    _warn(output, answer)
    output.done(answer, f"Created {name}. For findings that are there already: ringwall archive-rule apply {name}")


@command.command("get")
@calls
@click.argument("name")
@analyzer_option
def get(client: Client, output: Output, *, name: str, analyzer: str | None) -> None:
    """Show one rule."""
    answer = client.call("GetArchiveRule", analyzerName=analyzer_name(client, analyzer), ruleName=name)
    rule = answer["archiveRule"]
    output.item("archiveRule", rule if output.form == "json" else {**rule, "filter": filter_words(rule["filter"])})


@command.command("list")
@calls
@analyzer_option
def list_(client: Client, output: Output, *, analyzer: str | None) -> None:
    """List the rules of an analyzer."""
    found = every(client, "ListArchiveRules", "archiveRules", analyzerName=analyzer_name(client, analyzer))
    output.items("archiveRules", found, _RULES, none="No archive rule.")


@command.command("update")
@calls
@click.argument("name")
@analyzer_option
@filter_option
@_about
@click.option("--no-expires", "never_expires", is_flag=True, help="It has no end any more.")
def update(client: Client, output: Output, *, name: str, never_expires: bool, **options: Any) -> None:
    """Replace the filter of a rule. What else is said of it stays, if nothing else is given."""
    if never_expires and options["expires"]:
        raise UsageError("--expires and --no-expires exclude each other: give one of them")
    answer = _write(client, "UpdateArchiveRule", name, options, neverExpires=never_expires or None)
    _warn(output, answer)
    output.done(answer, f"Updated {name}")


@command.command("delete")
@calls
@click.argument("name")
@analyzer_option
def delete(client: Client, output: Output, *, name: str, analyzer: str | None) -> None:
    """Delete a rule. What it archived stays archived."""
    answer = client.call("DeleteArchiveRule", analyzerName=analyzer_name(client, analyzer), ruleName=name)
    output.done(answer, f"Deleted {name}")


@command.command("apply")
@calls
@click.argument("name")
@analyzer_option
def apply(client: Client, output: Output, *, name: str, analyzer: str | None) -> None:
    """Archive the findings that are there already and meet the rule."""
    answer = client.call("ApplyArchiveRule", analyzerArn=analyzer_arn(client, analyzer), ruleName=name)
    output.done(answer, f"Applied {name}")


@command.command("dry-run")
@calls
@analyzer_option
@filter_option
@limit_option
def dry_run(
    client: Client, output: Output, *, analyzer: str | None, filters: tuple[str, ...], limit: int | None
) -> None:
    """Count and list the active findings that a rule with this filter would hide."""
    request = {"analyzerArn": analyzer_arn(client, analyzer), "filter": _criteria(filters)}
    answer = client.call("DryRunArchiveRule", **request, maxResults=1)
    found = every(client, "DryRunArchiveRule", "findings", limit=limit, **request)
    if output.form == "json":
        whole = {"count": answer["count"], "warnings": answer.get("warnings", []), "findings": found}
        output.answer(whole)
        return
    _warn(output, answer)
    output.items("findings", found, _HIDDEN, none="It would hide nothing.")
    click.echo(f"\n{answer['count']} in all", err=True)
