"""Buckets that are shared, as the S3 console shows them: public ones, those of other accounts, and what blocks them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ringwall.console.chosen import chosen
from ringwall.console.downloads import download
from ringwall.console.finding_columns import principal_cell, status_cell
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.listing import position_of, token_of
from ringwall.console.navigation import EXTERNAL
from ringwall.console.resource import table_of
from ringwall.console.table import Cell, Column, Head, Table, files_of, rows_of
from ringwall.console.visit import Visit
from ringwall.console.words import access_points, access_words, principal_words, shared_through
from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import Criterion, Filter
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import resource_name
from ringwall.store import findings, resource_listing

TYPES = ("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket")
_PAGE = 50
_BATCH = 500
_VIEWS: Mapping[str, tuple[str, str]] = {
    "public": ("Buckets with public access", "true"),
    "cross-account": ("Buckets with access from other accounts", "false"),
}
_RESTRICTIONS = {
    "APPLICABLE": "Applicable",
    "NOT_APPLICABLE": "Not applicable",
    "FAILED_TO_EVALUATE_RCP": "Failed to evaluate",
}
_SWITCHES = ("ignorePublicAcls", "restrictPublicBuckets")


@dataclass(frozen=True, slots=True)
class Shared:
    """A finding of a bucket, with what blocks public access to it."""

    finding: RememberedFinding
    block: str


def block_words(configuration: Mapping[str, Any]) -> str:
    """The state of Block Public Access, as far as it narrows access that there is: of the account or the bucket."""
    places = {"account": "accountPublicAccessBlock", "bucket": "bucketPublicAccessBlock"}
    on = {
        place: [name for name in _SWITCHES if (configuration.get(member) or {}).get(name)]
        for place, member in places.items()
    }
    if not any(member in configuration for member in places.values()):
        return "Does not apply"
    full = [place for place, names in on.items() if len(names) == len(_SWITCHES)]
    if full:
        return f"On ({' and '.join(full)})"
    some = sorted({name for names in on.values() for name in names})
    return f"Partly on ({', '.join(some)})" if some else "Off"


def _columns(visit: Visit) -> tuple[Column[Shared], ...]:
    return (
        Column(
            "resource",
            "Bucket",
            lambda each: Cell(
                resource_name(each.finding.resource), link=visit.link("/resources/detail", arn=each.finding.resource)
            ),
            value=lambda each: each.finding.resource,
        ),
        Column("region", "Region", lambda each: Cell(str(each.finding.detail.get("region") or ""))),
        Column(
            "sharedThrough",
            "Shared through",
            lambda each: Cell(shared_through(each.finding.detail), note=" ".join(access_points(each.finding.detail))),
        ),
        Column(
            "status",
            "Status",
            lambda each: status_cell(each.finding),
            value=lambda each: each.finding.status.value,
        ),
        Column("accessLevel", "Access level", lambda each: Cell(access_words(each.finding.detail))),
        Column(
            "principal",
            "External principal",
            lambda each: principal_cell(each.finding),
            value=lambda each: principal_words(each.finding.detail),
        ),
        Column("blockPublicAccess", "Block Public Access", lambda each: Cell(each.block)),
        Column("resourceControlPolicyRestriction", "RCP", lambda each: Cell(_restriction(each.finding.detail))),
        Column(
            "id",
            "Finding",
            lambda each: Cell(each.finding.id[:8], link=visit.link(f"/findings/{each.finding.id}"), is_code=True),
            value=lambda each: each.finding.id,
        ),
    )


def _number(title: str, name: str) -> Column[Any]:
    return Column(
        name, title, lambda each: Cell(f"{getattr(each, name):,}", is_number=True), lambda each: getattr(each, name)
    )


_PLACES: tuple[Column[Any], ...] = (
    Column("account", "Owner account", lambda each: Cell(each.account)),
    Column("region", "Region", lambda each: Cell(each.region)),
    _number("Buckets", "number"),
    _number("Public", "public"),
    _number("Cross-account", "external"),
)


def _restriction(detail: Mapping[str, Any]) -> str:
    return _RESTRICTIONS.get(detail.get("resourceControlPolicyRestriction") or "", "")


def _list(visit: Visit) -> Response:
    visit.authorize("ListFindings")
    if (other := other_kind(visit, "S3 buckets", EXTERNAL)) is not None:
        return other
    analyzer, view, status = chosen(visit), visit.query.get("view", "public"), visit.query.get("status", "ACTIVE")
    if view not in _VIEWS:
        raise ValidationError(f"there is no view `{view}`: {', '.join(_VIEWS)}", field="view")
    asked = _filter(_VIEWS[view][1], status)
    form = visit.query.get("format")
    if form and visit.query.get("table") == "places":
        with visit.ringwall.store.read() as connection:
            return download(
                "buckets-by-region", form, _PLACES, resource_listing.places(connection, analyzer.key, TYPES)
            )
    if form:
        return download(f"buckets-{view}", form, _columns(visit), _each(visit, analyzer.key, asked))
    token = visit.query.get("after")
    cursor = findings.Cursor(position_of(token)) if token else None
    with visit.ringwall.store.read() as connection:
        page = findings.page(connection, analyzer.key, asked, sort=findings.Sort("resource"), after=cursor, limit=_PAGE)
        numbers = {
            each: findings.count(connection, analyzer.key, _filter(is_public, status))
            for each, (_, is_public) in _VIEWS.items()
        }
        places = resource_listing.places(connection, analyzer.key, TYPES)
    following = token_of(list(page.next.position)) if page.next else ""
    return visit.render(
        "buckets.html",
        title="S3 buckets",
        tabs=_tabs(visit, view, status, numbers),
        view=view,
        chosen_status=status,
        table=_table(visit, view, status, _shared(visit, analyzer.key, page.findings), following),
        places=table_of("External access summary", _PLACES, places, files_of(visit, "/resources/s3", table="places")),
    )


def _tabs(visit: Visit, view: str, status: str, numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "number": numbers[each],
            "link": visit.link("/resources/s3", view=each, status=status),
            "is_current": each == view,
        }
        for each, (title, _) in _VIEWS.items()
    ]


def _filter(is_public: str, status: str) -> Filter:
    """Raises `ValidationError` where there is no such status."""
    if status not in {"ACTIVE", "ARCHIVED", "RESOLVED", "ALL"}:
        raise ValidationError(f"there is no status `{status}`", field="status")
    asked = {"resourceType": Criterion(eq=TYPES), "isPublic": Criterion(eq=(is_public,))}
    return asked if status == "ALL" else {**asked, "status": Criterion(eq=(status,))}


def _table(visit: Visit, view: str, status: str, shown: Sequence[Shared], following: str) -> Table:
    columns, query = _columns(visit), {"view": view, "status": status}
    return Table(
        caption=_VIEWS[view][0],
        heads=tuple(Head(each.title) for each in columns),
        rows=rows_of(shown, columns, link=lambda each: visit.link(f"/findings/{each.finding.id}")),
        first=visit.link("/resources/s3", **query) if visit.query.get("after") else "",
        next=visit.link("/resources/s3", **query, after=following) if following else "",
        downloads=files_of(visit, "/resources/s3", **query),
    )


def _shared(visit: Visit, analyzer_key: int, found: Sequence[RememberedFinding]) -> list[Shared]:
    """The findings with what blocks public access to their buckets."""
    with visit.ringwall.store.read() as connection:
        known = resource_listing.configurations_of(connection, analyzer_key, {each.resource for each in found})
    blocks = {arn: block_words(json.loads(content)) if content else "Not known" for arn, (_, content) in known.items()}
    return [Shared(each, blocks.get(each.resource, "Not known")) for each in found]


def _each(visit: Visit, analyzer_key: int, asked: Filter) -> Iterator[Shared]:
    cursor = None
    while True:
        with visit.ringwall.store.read() as connection:
            page = findings.page(
                connection, analyzer_key, asked, sort=findings.Sort("resource"), after=cursor, limit=_BATCH
            )
        yield from _shared(visit, analyzer_key, page.findings)
        if page.next is None:
            return
        cursor = page.next


PAGES = (Page("/resources/s3", _list),)
