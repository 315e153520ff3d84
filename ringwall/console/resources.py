"""Every resource that was analysed, with its state: one row for each, as AWS's resource analysis has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from starlette.responses import Response

from ringwall.console import counts
from ringwall.console.chosen import chosen
from ringwall.console.downloads import download
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.navigation import EXTERNAL as EXTERNAL_ACCESS
from ringwall.console.resource_rows import batches, list_page, page_asked_for, state_tabs, wanted_of
from ringwall.console.table import Cell, Column, Head, Table, rows_of, time_column
from ringwall.console.visit import Visit
from ringwall.reports.wording import resource_name, resource_noun
from ringwall.store import resource_listing
from ringwall.store.resource_listing import EXTERNAL, PRIVATE, PUBLIC, STATES, UNKNOWN, ListedResource, Wanted

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    PUBLIC: ("Public", "severe"),
    EXTERNAL: ("Shared outside", "mild"),
    PRIVATE: ("Not shared", "ok"),
    UNKNOWN: ("Not analyzed", "mild"),
}
"""By state, its words and the kind of its chip."""


def columns_of(visit: Visit) -> tuple[Column[ListedResource], ...]:
    """The columns, in AWS's words."""
    return (
        Column(
            "resource",
            "Name",
            lambda each: Cell(
                resource_name(each.record.arn),
                link=link_of(visit, each),
            ),
            value=lambda each: each.record.arn,
        ),
        Column(
            "resourceType",
            "Type",
            lambda each: Cell(resource_noun(each.record.type)),
            value=lambda each: each.record.type,
        ),
        Column("resourceOwnerAccount", "Owner account", lambda each: Cell(each.record.owner_account)),
        Column("region", "Region", lambda each: Cell(each.record.region)),
        Column(
            "activeFindings",
            "Active findings",
            lambda each: Cell(f"{each.active:,}", is_number=True),
            value=lambda each: each.active,
        ),
        Column("state", "State", _state_cell, value=lambda each: each.state),
        time_column("analyzedAt", "Analyzed", lambda each: each.record.analyzed_at),
        Column("error", "Error", lambda each: Cell(each.record.error or ""), value=lambda each: each.record.error),
    )


def _state_cell(each: ListedResource) -> Cell:
    words, chip = STATE_WORDS[each.state]
    return Cell(words, chip=chip, note=each.record.error or "")


def link_of(visit: Visit, each: ListedResource) -> str:
    """The resource's page."""
    return visit.link("/resources/detail", arn=each.record.arn, type=each.record.type)


def _list(visit: Visit) -> Response:
    visit.authorize("ListAnalyzedResources")
    if (other := other_kind(visit, "Resources", EXTERNAL_ACCESS)) is not None:
        return other
    analyzer, wanted = chosen(visit), wanted_of(visit, STATE_WORDS)
    if form := visit.query.get("format"):
        return download("resources", form, columns_of(visit), chain.from_iterable(batches(visit, analyzer, wanted)))
    with visit.ringwall.store.read() as connection:
        numbers = counts.resources(visit, connection, analyzer)
        found: list[ListedResource] = []
        # To find that there are none, every resource would have to be looked at.
        if not wanted.state or any(_is_of(each, wanted) for each in numbers):
            found = page_asked_for(visit, connection, analyzer, wanted)
    return visit.render(
        "resources.html",
        title="Resources",
        table=_table(visit, wanted, found),
        wanted=wanted,
        tabs=state_tabs(visit, "/resources", wanted, numbers, STATE_WORDS),
        types=sorted({each.type for each in numbers}),
        services=_services(visit, numbers),
    )


def _is_of(count: resource_listing.TypeCount, wanted: Wanted) -> bool:
    return count.state == wanted.state and wanted.type in {"", count.type}


def _table(visit: Visit, wanted: Wanted, found: Sequence[ListedResource]) -> Table:
    page = list_page(visit, "/resources", wanted, found)
    # The error stands with the state.
    columns = columns_of(visit)[:-1]
    return Table(
        caption="Resources",
        heads=tuple(Head(each.title) for each in columns),
        rows=rows_of(page.rows, columns, link=lambda each: link_of(visit, each)),
        previous=page.previous,
        next=page.next,
        downloads=page.downloads,
    )


def _services(visit: Visit, counted: Sequence[resource_listing.TypeCount]) -> list[dict[str, Any]]:
    """One line for each type: how many there are, and how many in each state."""
    by_type: dict[str, Counter[str]] = {}
    for each in counted:
        by_type.setdefault(each.type, Counter())[each.state] += each.number
    return [
        {
            "type": name,
            "total": sum(numbers.values()),
            "link": visit.link("/resources", type=name),
            "states": [
                (STATE_WORDS[state], numbers[state], visit.link("/resources", type=name, state=state))
                for state in STATES
                if numbers[state]
            ],
        }
        for name, numbers in sorted(by_type.items())
    ]


PAGES = (Page("/resources", _list),)
