"""`ringwall findings`."""

from __future__ import annotations

from typing import Any

import click

from ringwall.cli.client import Client, analyzer_arn, analyzer_option, calls, every, limit_option
from ringwall.cli.filters import filter_of, filter_option
from ringwall.cli.tables import Column, Item, Output, in_words, spaced
from ringwall.cli.unused_findings import (
    COLUMNS,
    details_in_words,
    is_of_unused,
    print_recommendation,
    print_unused_statistics,
    recommendation_of,
    whole_finding,
)
from ringwall.errors import UsageError

_STATUSES = ("ACTIVE", "ARCHIVED", "RESOLVED")


def _who(item: Item) -> str:
    if item.get("error"):
        return f"not analysed: {item['error']}"
    who = in_words(item.get("principal") or {})
    return f"PUBLIC\n{who}".strip() if item.get("isPublic") else who


_COLUMNS = (
    Column("STATUS", "status", is_whole=True),
    # The id stands below the resource: beside it, it would leave no room for either.
    Column("RESOURCE, ID", lambda item: f"{item.get('resource') or item['resourceType']}\n{item['id']}"),
    Column("WHO", _who),
    Column("SINCE", lambda item: in_words(item["createdAt"])[:10], is_whole=True),
)
_RESOURCES = (
    Column("RESOURCE", "resourceArn"),
    Column("TYPE", "resourceType"),
    Column("ACCOUNT", "resourceOwnerAccount", is_whole=True),
)
_EVENTS = (
    Column("AT", "at", is_whole=True),
    Column("FROM", "previousStatus", is_whole=True),
    Column("TO", lambda item: item.get("status") or "DELETED", is_whole=True),
    Column("CAUSE", lambda item: " ".join(part for part in (item["cause"], item.get("actor")) if part)),
    Column("REASON", "reason"),
    Column("FINDING", "findingId"),
)


@click.group("findings")
def command() -> None:
    """Look at findings, and say what becomes of them."""


@command.command("list")
@calls
@analyzer_option
@filter_option
@click.option("--status", type=click.Choice(_STATUSES), multiple=True, help="Only with this status. Repeatable.")
@click.option("--sort", metavar="ATTRIBUTE", help="Sort by this attribute, such as updatedAt.")
@click.option("--descending", is_flag=True, help="The largest first.")
@limit_option
def list_(client: Client, output: Output, *, analyzer: str | None, limit: int | None, **options: Any) -> None:
    """List findings: of external access with who has it, of unused access with what it is."""
    criteria = filter_of(options["filters"])
    if options["status"]:
        criteria["status"] = {"eq": list(options["status"])}
    sort = {"attributeName": options["sort"], "orderBy": "DESC" if options["descending"] else "ASC"}
    arn = analyzer_arn(client, analyzer)
    is_unused = is_of_unused(client, arn)
    found = every(
        client,
        # Findings of unused access are told by the operations of the second version alone.
        "ListFindingsV2" if is_unused else "ListFindings",
        "findings",
        limit=limit,
        analyzerArn=arn,
        filter=criteria or None,
        sort=sort if options["sort"] else None,
    )
    output.items("findings", found, COLUMNS if is_unused else _COLUMNS, none="No findings.")


@command.command("get")
@calls
@click.argument("finding_id", metavar="ID")
@analyzer_option
def get(client: Client, output: Output, *, finding_id: str, analyzer: str | None) -> None:
    """Show one finding with its evidence."""
    arn = analyzer_arn(client, analyzer)
    if is_of_unused(client, arn):
        unused = whole_finding(client, arn, finding_id)
        output.item("finding", unused if output.form == "json" else details_in_words(unused))
        return
    finding = client.call("GetFinding", analyzerArn=arn, id=finding_id)["finding"]
    output.item("finding", finding if output.form == "json" else _for_people(finding))


def _for_people(finding: Item) -> Item:
    """A finding without the parts of its evidence that only programs read."""
    evidence = finding.get("evidence") or {}
    words = {name: evidence[name] for name in ("exposure", "witness") if evidence.get(name)}
    return {**finding, "evidence": words}


@command.command("recommendation")
@calls
@click.argument("finding_id", metavar="ID")
@analyzer_option
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.IntRange(0),
    default=60,
    show_default=True,
    help="Wait for it so long.",
)
def recommendation(client: Client, output: Output, *, finding_id: str, analyzer: str | None, wait: int) -> None:
    """Have a recommendation made for unused permissions, and show it."""
    arn = analyzer_arn(client, analyzer)
    answer = recommendation_of(client, arn, finding_id, wait)
    if output.form == "json":
        output.answer(answer)
    else:
        print_recommendation(answer, arn, finding_id)


@command.command("update")
@calls
@click.argument("ids", metavar="ID…", nargs=-1)
@analyzer_option
@click.option("--status", type=click.Choice(_STATUSES[:2]), required=True, help="What the findings are to be.")
@click.option("--resource", metavar="ARN", help="All findings of this resource, instead of naming ids.")
@click.option("--reason", metavar="TEXT", help="Why: it is kept in the history.")
def update(client: Client, output: Output, *, ids: tuple[str, ...], analyzer: str | None, **options: Any) -> None:
    """Archive findings, or make them active again."""
    if bool(ids) == bool(options["resource"]):
        raise UsageError("say which findings: by their ids, or all of a resource with --resource")
    answer = client.call(
        "UpdateFindings",
        analyzerArn=analyzer_arn(client, analyzer),
        status=options["status"],
        ids=list(ids) or None,
        resourceArn=options["resource"],
        reason=options["reason"],
    )
    output.done(answer, f"{options['resource'] or ', '.join(ids)}: {options['status']}")


@command.command("statistics")
@calls
@analyzer_option
def statistics(client: Client, output: Output, *, analyzer: str | None) -> None:
    """Count findings: in all, and by resource type or by what is unused."""
    answer = client.call("GetFindingsStatistics", analyzerArn=analyzer_arn(client, analyzer))
    if output.form == "json":
        output.answer(answer)
        return
    for each in answer.get("findingsStatistics", []):
        for kind, numbers in each.items():
            show = print_unused_statistics if kind.startswith("unused") else _print_statistics
            show(output, numbers)


def _print_statistics(output: Output, numbers: Item) -> None:
    totals = {name: value for name, value in numbers.items() if isinstance(value, int)}
    output.item("", totals)
    rows = [
        {"type": kind, **counts} for kind, counts in (numbers.get("resourceTypeStatistics") or {}).items() if counts
    ]
    names = dict.fromkeys(name for row in rows for name in row if name != "type")
    columns = (
        Column("RESOURCE TYPE", "type"),
        *(Column(spaced(name.removeprefix("total")).upper(), name) for name in names),
    )
    output.items("", rows, columns, none="Nothing by resource type.")


@command.command("history")
@calls
@click.argument("finding_id", metavar="[ID]", required=False)
@analyzer_option
@limit_option
def history(client: Client, output: Output, *, finding_id: str | None, analyzer: str | None, limit: int | None) -> None:
    """Tell what became of one finding, or of all, and who decided it."""
    found = every(
        client, "ListFindingEvents", "events", limit=limit, analyzerArn=analyzer_arn(client, analyzer), id=finding_id
    )
    columns = _EVENTS[:-1] if finding_id else _EVENTS
    output.items("events", found, columns, none="Nothing has happened yet.")


@command.command("resources")
@calls
@analyzer_option
@click.option("--resource-type", metavar="TYPE", help="Only this type, such as AWS::SQS::Queue.")
@limit_option
def resources(
    client: Client, output: Output, *, analyzer: str | None, resource_type: str | None, limit: int | None
) -> None:
    """List the resources that an analyzer looks at."""
    found = every(
        client,
        "ListAnalyzedResources",
        "analyzedResources",
        limit=limit,
        analyzerArn=analyzer_arn(client, analyzer),
        resourceType=resource_type,
    )
    output.items("analyzedResources", found, _RESOURCES, none="No resource was analysed yet.")


@command.command("scan")
@calls
@click.argument("resource", metavar="ARN")
@analyzer_option
@click.option("--owner-account", metavar="ACCOUNT", help="Whose resource it is, where its ARN does not tell.")
def scan(client: Client, output: Output, *, resource: str, analyzer: str | None, owner_account: str | None) -> None:
    """Look at one resource at once."""
    answer = client.call(
        "StartResourceScan",
        analyzerArn=analyzer_arn(client, analyzer),
        resourceArn=resource,
        resourceOwnerAccount=owner_account,
    )
    output.done(answer, f"It is looked at: ringwall findings list --filter resource={resource}")
