"""`ringwall preview`."""

from __future__ import annotations

import time
from typing import Any

import click

from ringwall.cli.client import Client, analyzer_arn, analyzer_option, calls, every, json_of, limit_option
from ringwall.cli.filters import filter_of, filter_option
from ringwall.cli.tables import Column, Item, Output, in_words
from ringwall.errors import ServiceError, UsageError

_PREVIEWS = (
    Column("ID", "id", is_whole=True),
    Column("STATUS", "status", is_whole=True),
    Column("CREATED", "createdAt", is_whole=True),
)


def _before(item: Item) -> str:
    return str(item.get("existingFindingStatus") or "")


_FINDINGS = (
    Column("CHANGE", "changeType", is_whole=True),
    Column("STATUS", "status", is_whole=True),
    Column("NOW", _before, is_whole=True),
    Column("WHO", lambda item: item.get("error") or in_words(item.get("principal") or {})),
    Column("ACTIONS", "action"),
)
_POLL_SECONDS = 0.5


@click.group("preview")
def command() -> None:
    """See which findings a configuration would make, before it is deployed."""


@command.command("create")
@calls
@click.argument("configurations", metavar="JSON|file://FILE")
@analyzer_option
@click.option("--wait", metavar="SECONDS", type=click.IntRange(0), default=0, help="Wait for the answer so long.")
def create(client: Client, output: Output, *, configurations: str, analyzer: str | None, wait: int) -> None:
    """Ask what a proposed configuration would change.

    It is a map from the ARN of the resource to its configuration, as in the API's CreateAccessPreview.
    """
    wanted = json_of(configurations, "the configuration")
    if not isinstance(wanted, dict):
        raise UsageError("a configuration is an object: the resource's ARN, and under it its configuration")
    arn = analyzer_arn(client, analyzer)
    answer = client.call("CreateAccessPreview", analyzerArn=arn, configurations=wanted)
    if wait:
        _wait(client, arn, answer["id"], wait)
    output.done(answer, f"Created {answer['id']}: ringwall preview findings {answer['id']}")


def _wait(client: Client, arn: str, preview: str, seconds: int) -> None:
    end = time.monotonic() + seconds
    while (found := _find(client, arn, preview))["status"] == "CREATING":
        if time.monotonic() > end:
            raise ServiceError(f"the preview {preview} has no answer yet: do workers run?")
        time.sleep(_POLL_SECONDS)
    if found["status"] == "FAILED":
        code = (found.get("statusReason") or {}).get("code", "")
        raise ServiceError(f"the preview {preview} failed: {code}")


def _find(client: Client, arn: str, preview: str) -> dict[str, Any]:
    found: dict[str, Any] = client.call("GetAccessPreview", analyzerArn=arn, accessPreviewId=preview)["accessPreview"]
    return found


@command.command("get")
@calls
@click.argument("preview_id", metavar="ID")
@analyzer_option
def get(client: Client, output: Output, *, preview_id: str, analyzer: str | None) -> None:
    """Show one preview, and whether it has its answer."""
    output.item("accessPreview", _find(client, analyzer_arn(client, analyzer), preview_id))


@command.command("list")
@calls
@analyzer_option
@limit_option
def list_(client: Client, output: Output, *, analyzer: str | None, limit: int | None) -> None:
    """List the previews of an analyzer."""
    arn = analyzer_arn(client, analyzer)
    found = every(client, "ListAccessPreviews", "accessPreviews", limit=limit, analyzerArn=arn)
    output.items("accessPreviews", found, _PREVIEWS, none="No preview.")


@command.command("findings")
@calls
@click.argument("preview_id", metavar="ID")
@analyzer_option
@filter_option
@limit_option
def findings(
    client: Client,
    output: Output,
    *,
    preview_id: str,
    analyzer: str | None,
    filters: tuple[str, ...],
    limit: int | None,
) -> None:
    """List what a proposed configuration would change."""
    found = every(
        client,
        "ListAccessPreviewFindings",
        "findings",
        limit=limit,
        analyzerArn=analyzer_arn(client, analyzer),
        accessPreviewId=preview_id,
        filter=filter_of(filters) or None,
    )
    output.items("findings", found, _FINDINGS, none="Nobody outside would have access.")
