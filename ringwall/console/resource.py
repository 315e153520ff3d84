"""One resource: what it is, who can reach it, its configuration, and the scans that looked at it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ringwall.console.chosen import chosen
from ringwall.console.downloads import download
from ringwall.console.finding_columns import principal_cell, status_column
from ringwall.console.gate import Page
from ringwall.console.kinds import is_unused
from ringwall.console.laid_out import laid_out_configuration
from ringwall.console.preview_form import preview_link
from ringwall.console.resources import STATE_WORDS
from ringwall.console.table import Cell, Column, Head, Table, files_of, rows_of, time_column
from ringwall.console.visit import Visit
from ringwall.console.words import access_words, shared_through
from ringwall.errors import NotFoundError
from ringwall.findings.archive_rule import Criterion
from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import resource_name
from ringwall.store import findings, scans
from ringwall.store.resource_listing import EXTERNAL, PRIVATE, PUBLIC, UNKNOWN
from ringwall.store.resources import ResourceRecord, configuration, find
from ringwall.store.scans import ScanRecord

_FINDINGS = 50
_SCANS = 10
_NO_CONFIGURATION = "Nothing is known of its configuration."


def finding_columns(visit: Visit) -> tuple[Column[RememberedFinding], ...]:
    """The columns of a resource's findings."""
    return (
        Column("id", "Finding", lambda each: Cell(each.id[:8], link=visit.link(f"/findings/{each.id}"), is_code=True)),
        Column("principal", "External principal", principal_cell),
        Column("condition", "Condition", lambda each: Cell(_conditions(each.detail))),
        Column("sources", "Shared through", lambda each: Cell(shared_through(each.detail))),
        Column("accessLevels", "Access level", lambda each: Cell(access_words(each.detail))),
        time_column("updatedAt", "Updated", lambda each: each.updated_at),
        status_column(),
    )


def _conditions(detail: Mapping[str, Any]) -> str:
    return "; ".join(f"{key} = {value}" for key, value in (detail.get("condition") or {}).items())


def _scan_columns() -> tuple[Column[ScanRecord], ...]:
    chips = {"COMPLETE": "ok", "PARTIAL": "mild", "FAILED": "severe"}
    return (
        time_column("startedAt", "Started", lambda each: each.started_at, with_seconds=True),
        time_column("endedAt", "Ended", lambda each: each.ended_at, with_seconds=True),
        Column("trigger", "Trigger", lambda each: Cell(each.trigger)),
        Column("status", "Status", lambda each: Cell(each.status.title(), chip=chips.get(each.status, "calm"))),
    )


def table_of(
    caption: str,
    columns: Sequence[Column[Any]],
    items: Sequence[Any],
    downloads: tuple[tuple[str, str], ...] = (),
) -> Table:
    """A table that is on one page, and cannot be sorted."""
    heads = tuple(Head(each.title) for each in columns if each.is_shown)
    return Table(caption, heads, rows_of(items, columns), downloads=downloads)


def _show(visit: Visit) -> Response:
    visit.authorize("GetAnalyzedResource")
    analyzer = chosen(visit)
    if is_unused(analyzer):
        return visit.redirect("/principals/detail", arn=visit.query.get("arn"))
    arn, of_type = visit.query.get("arn"), visit.query.get("type")
    with visit.ringwall.store.read() as connection:
        record = _record(find(connection, analyzer.key, arn), arn, of_type)
        content = configuration(connection, record.configuration_digest)
        page = findings.page(
            connection, analyzer.key, {"resource": Criterion(eq=(arn,))}, sort=findings.Sort("status"), limit=_FINDINGS
        )
        counts = findings.count(connection, analyzer.key, {"resource": Criterion(eq=(arn,))})
        looked = scans.of_place(connection, analyzer.key, record.owner_account, record.region, limit=_SCANS)
    if form := visit.query.get("format"):
        return download("scans", form, _scan_columns(), looked)
    listed = {"status": "ALL", "f": [f"resource~eq~{arn}"]}
    return visit.render(
        "resource.html",
        title=resource_name(arn),
        record=record,
        state=STATE_WORDS[_state_of(record, page.findings)],
        found=table_of("Findings", finding_columns(visit), page.findings, files_of(visit, "/findings", **listed)),
        found_link=visit.link("/findings", **listed),
        found_count=counts,
        scans=table_of(
            "Scans", _scan_columns(), looked, files_of(visit, "/resources/detail", arn=arn, type=of_type or None)
        ),
        lines=_lines_of(content),
        preview=preview_link(visit, analyzer, record),
    )


def _record(found: list[ResourceRecord], arn: str, of_type: str) -> ResourceRecord:
    wanted = [each for each in found if not of_type or each.type == of_type]
    if not wanted:
        message = f"the analyzer knows no resource `{arn}`"
        raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
    return wanted[0]


def _state_of(record: ResourceRecord, found: Sequence[RememberedFinding]) -> str:
    active = [each for each in found if each.status is FindingStatus.ACTIVE and each.error is None]
    if record.error is not None:
        return UNKNOWN
    if any(each.detail.get("isPublic") for each in active):
        return PUBLIC
    return EXTERNAL if active else PRIVATE


def _lines_of(content: bytes | None) -> list[str]:
    """The configuration for readers: policies, which it holds as texts, are unfolded."""
    if content is None:
        return [_NO_CONFIGURATION]
    return laid_out_configuration(json.loads(content)).split("\n")


def _rescan(visit: Visit) -> Response:
    arn, account = visit.form.get("arn"), visit.form.get("account")
    visit.call(
        "StartResourceScan", analyzerArn=chosen(visit).arn, resourceArn=arn, resourceOwnerAccount=account or None
    )
    notice = "The resource will be looked at again in a moment: load the page anew to see what was found."
    return visit.redirect("/resources/detail", notice=notice, arn=arn, type=visit.form.get("type") or None)


PAGES = (Page("/resources/detail", _show), Page("/resources/rescan", _rescan, "POST"))
