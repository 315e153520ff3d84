"""Every user and role that was looked at: what each is granted and uses, one row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ringwall.console import counts
from ringwall.console.chosen import chosen
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.navigation import UNUSED
from ringwall.console.principal_use import Activity, Share, access_in, last_activity, share_of
from ringwall.console.resource_rows import batches, list_page, page_asked_for, state_tabs, wanted_of
from ringwall.console.table import Cell, Column, Head, Table, rows_of
from ringwall.console.unused_words import age_of, entity_name
from ringwall.console.visit import Visit
from ringwall.principals.principal import PrincipalKind
from ringwall.reports.wording import resource_noun
from ringwall.store import resource_listing
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resource_listing import EXTERNAL, PRIVATE, UNKNOWN, ListedResource, Wanted

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    EXTERNAL: ("Unused access", "mild"),
    PRIVATE: ("No finding", "ok"),
    UNKNOWN: ("Not analyzed", "severe"),
}
"""By state, in the store's words: what it is called, and the kind of its chip."""


@dataclass(frozen=True, slots=True)
class ListedPrincipal:
    """A principal as the list has it."""

    listed: ListedResource
    activity: Activity | None = None
    share: Share | None = None
    """None where it is not known, and in downloads: to know it of everybody takes minutes."""


def link_of(visit: Visit, arn: str) -> str:
    """The principal's page."""
    return visit.link("/principals/detail", arn=arn)


def _columns(visit: Visit) -> tuple[Column[ListedPrincipal], ...]:
    return (
        Column(
            "resource",
            "IAM entity",
            lambda each: Cell(entity_name(each.listed.record.arn), link=link_of(visit, each.listed.record.arn)),
            value=lambda each: each.listed.record.arn,
        ),
        Column(
            "resourceType",
            "Type",
            lambda each: Cell(resource_noun(each.listed.record.type)),
            value=lambda each: each.listed.record.type,
        ),
        Column("resourceOwnerAccount", "AWS account ID", lambda each: Cell(each.listed.record.owner_account)),
        Column(
            "activeFindings",
            "Active findings",
            lambda each: Cell(f"{each.listed.active:,}", is_number=True),
            value=lambda each: each.listed.active,
        ),
        Column(
            "lastActivity",
            "Last activity",
            _activity,
            value=lambda each: each.activity.at.isoformat() if each.activity else None,
        ),
        Column("state", "State", _state, value=lambda each: each.listed.state),
        Column(
            "error",
            "Error",
            lambda each: Cell(each.listed.record.error or ""),
            value=lambda each: each.listed.record.error,
            is_shown=False,
        ),
    )


def _shown_columns(visit: Visit) -> tuple[Column[ListedPrincipal], ...]:
    *first, state, _ = _columns(visit)
    return (*first, Column("share", "Permissions", _share), state)


def _activity(each: ListedPrincipal) -> Cell:
    if each.activity is None:
        return Cell("None known")
    return Cell(f"{each.activity.at:%Y-%m-%d}", note=", ".join(filter(None, (each.activity.what, each.activity.where))))


def _share(each: ListedPrincipal) -> Cell:
    return Cell("Not known") if each.share is None else share_cell(each.share)


def share_cell(share: Share) -> Cell:
    """The bar of granted against used."""
    return Cell(share.words, bar=(share.percent(share.used), share.percent(share.unused)))


def _state(each: ListedPrincipal) -> Cell:
    words, chip = STATE_WORDS.get(each.listed.state, STATE_WORDS[UNKNOWN])
    return Cell(words, chip=chip, note=each.listed.record.error or "")


def _list(visit: Visit) -> Response:
    visit.authorize("ListAnalyzedResources")
    if (other := other_kind(visit, "Principals", UNUSED)) is not None:
        return other
    analyzer, wanted = chosen(visit), wanted_of(visit, STATE_WORDS)
    if form := visit.query.get("format"):
        return download("principals", form, _columns(visit), _each(visit, analyzer, wanted))
    with visit.ringwall.store.read() as connection:
        numbers = counts.resources(visit, connection, analyzer)
        found = page_asked_for(visit, connection, analyzer, wanted)
    return visit.render(
        "principals.html",
        title="Principals",
        table=_table(visit, analyzer, wanted, found),
        wanted=wanted,
        tabs=state_tabs(visit, "/principals", wanted, numbers, STATE_WORDS),
        types=[each.value for each in PrincipalKind],
        days=age_of(analyzer),
    )


def _table(visit: Visit, analyzer: AnalyzerRecord, wanted: Wanted, found: Sequence[ListedResource]) -> Table:
    page, columns = list_page(visit, "/principals", wanted, found), _shown_columns(visit)
    return Table(
        caption="Principals",
        heads=tuple(Head(each.title) for each in columns),
        rows=rows_of(
            _principals(visit, analyzer, page.rows, has_shares=True),
            columns,
            link=lambda each: link_of(visit, each.listed.record.arn),
        ),
        previous=page.previous,
        next=page.next,
        downloads=page.downloads,
    )


def _principals(
    visit: Visit, analyzer: AnalyzerRecord, listed: Sequence[ListedResource], *, has_shares: bool
) -> list[ListedPrincipal]:
    with visit.ringwall.store.read() as connection:
        known = resource_listing.configurations_of(connection, analyzer.key, {each.record.arn for each in listed})
    return [_principal(visit, analyzer, each, known, has_share=has_shares) for each in listed]


def _principal(
    visit: Visit, analyzer: AnalyzerRecord, listed: ListedResource, known: Mapping[str, Any], *, has_share: bool
) -> ListedPrincipal:
    _, content = known.get(listed.record.arn, (None, None))
    access = access_in(content)
    if access is None or content is None:
        return ListedPrincipal(listed)
    share = share_of(visit, analyzer, listed.record.configuration_digest, content) if has_share else None
    return ListedPrincipal(listed, last_activity(access), share)


def _each(visit: Visit, analyzer: AnalyzerRecord, wanted: Wanted) -> Iterator[ListedPrincipal]:
    for found in batches(visit, analyzer, wanted):
        yield from _principals(visit, analyzer, found, has_shares=False)


PAGES = (Page("/principals", _list),)
