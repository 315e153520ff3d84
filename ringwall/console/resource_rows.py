"""What the lists of resources and of principals have alike: what they ask the store for, pages, and tabs of states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ringwall.console.chosen import number_in
from ringwall.console.table import files_of
from ringwall.console.visit import Visit
from ringwall.errors import ValidationError
from ringwall.store import resource_listing
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resource_listing import ListedResource, TypeCount, Wanted

_PAGE = 50
_BATCH = 500


def wanted_of(visit: Visit, states: Mapping[str, Any]) -> Wanted:
    """What the query string asks for.

    Raises:
        ValidationError: a state that is none of `states`.
    """
    query = visit.query
    wanted = Wanted(
        type=query.get("type"),
        account=query.get("account").strip(),
        region=query.get("region").strip(),
        text=query.get("q").strip(),
        state=query.get("state"),
    )
    if wanted.state and wanted.state not in states:
        raise ValidationError(f"there is no state `{wanted.state}`: {', '.join(states)}", field="state")
    return wanted


def query_of(wanted: Wanted) -> dict[str, str | None]:
    """The query string that asks for it."""
    return {
        "type": wanted.type or None,
        "account": wanted.account or None,
        "region": wanted.region or None,
        "q": wanted.text or None,
        "state": wanted.state or None,
    }


def page_asked_for(
    visit: Visit, connection: Connection, analyzer: AnalyzerRecord, wanted: Wanted
) -> list[ListedResource]:
    """The rows of the page that the query string asks for, and one beyond it where there are more.

    Raises:
        ValidationError: there is no such page.
    """
    after, before = _place(visit)
    return resource_listing.page(connection, analyzer.key, wanted, after=after, before=before, limit=_PAGE + 1)


def _place(visit: Visit) -> tuple[int, int]:
    return number_in(visit.query.get("after")), number_in(visit.query.get("before"))


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list, with its links."""

    rows: Sequence[ListedResource]
    previous: str
    next: str
    downloads: tuple[tuple[str, str], ...]


def list_page(visit: Visit, path: str, wanted: Wanted, found: Sequence[ListedResource]) -> ListPage:
    """The page that `found`, of `page_asked_for`, is."""
    after, before = _place(visit)
    has_more = len(found) > _PAGE
    rows = found[-_PAGE:] if before else found[:_PAGE]
    has_next, has_previous = (True, has_more) if before else (has_more, bool(after))
    query = query_of(wanted)
    first, last = (rows[0].record.key, rows[-1].record.key) if rows else (0, 0)
    return ListPage(
        rows,
        previous=visit.link(path, **query, before=first) if has_previous and rows else "",
        next=visit.link(path, **query, after=last) if has_next and rows else "",
        downloads=files_of(visit, path, **query),
    )


def batches(visit: Visit, analyzer: AnalyzerRecord, wanted: Wanted) -> Iterator[list[ListedResource]]:
    """All of them, a batch at a time: no transaction is kept while a client reads slowly."""
    after = 0
    while True:
        with visit.ringwall.store.read() as connection:
            found = resource_listing.page(connection, analyzer.key, wanted, after=after, limit=_BATCH)
        yield found
        if len(found) < _BATCH:
            return
        after = found[-1].record.key


def state_tabs(
    visit: Visit, path: str, wanted: Wanted, counted: Sequence[TypeCount], states: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """A tab for all and one for each state, with how many there are."""
    numbers = Counter[str]()
    for each in counted:
        if not wanted.type or each.type == wanted.type:
            numbers[each.state] += each.number
    query = query_of(wanted)
    titles = {"": "All", **{state: words for state, (words, _) in states.items()}}
    return [
        {
            "title": title,
            "number": numbers[state] if state else sum(numbers.values()),
            "link": visit.link(path, **{**query, "state": state or None}),
            "is_current": state == wanted.state,
        }
        for state, title in titles.items()
    ]
