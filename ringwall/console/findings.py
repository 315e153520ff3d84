"""The findings of an analyzer in one table: tabs, filters, order, pages, groups; archived and unarchived in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from ringwall.console import counts, finding_groups
from ringwall.console.chosen import chosen
from ringwall.console.destinations import safe_destination
from ringwall.console.downloads import download
from ringwall.console.finding_lists import FindingList, list_of
from ringwall.console.gate import Page
from ringwall.console.kinds import other_kind
from ringwall.console.listing import OPERATORS, STATUSES, Asked, added, asked_of, position_of, token_of
from ringwall.console.navigation import EXTERNAL
from ringwall.console.table import Table, downloads_of, heads_of, rows_of
from ringwall.console.visit import Visit, pairs_of
from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import LISTING_KEYS, Filter, parse_filter
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import counted
from ringwall.store import findings
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.findings import Cursor, Depth, Sort

PAGE_ROWS = 50
_DECISIONS = {"ARCHIVED": "archived", "ACTIVE": "made active again"}
_TITLES = {"ACTIVE": "Active", "ARCHIVED": "Archived", "RESOLVED": "Resolved", "ALL": "All"}


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the status tabs."""

    title: str
    link: str
    number: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class ShownChip:
    """A filter in words, and the link that takes it away."""

    title: str
    words: str
    value: str
    remove: str


def _list(visit: Visit) -> Response:
    analyzer = chosen(visit)
    if visit.query.get("group") and (other := other_kind(visit, "Groups of findings", EXTERNAL)) is not None:
        return other
    shown = list_of(visit.kind)
    asked = asked_of(visit, sort="-updatedAt", sorts=findings.SORT_ATTRIBUTES, groups=shown.groups)
    if (more := added(visit, asked)) is not None:
        return RedirectResponse(visit.link(asked.path, **more.query()), 303)
    visit.authorize("ListFindings")
    criteria = parse_filter(asked.criteria(), LISTING_KEYS)
    form = visit.query.get("format")
    if form and asked.group:
        return finding_groups.file_of(visit, analyzer, asked, criteria, form)
    if form:
        return download(shown.file, form, shown.columns(visit), _all(visit, analyzer, criteria))
    with visit.ringwall.store.read() as connection:
        numbers = counts.by_status(visit, connection, analyzer)
    if asked.group:
        table = finding_groups.table_of(visit, analyzer, asked, criteria)
    else:
        table = _table(visit, analyzer, asked, criteria)
    return visit.render("findings.html", title=shown.title, table=table, **_around(visit, shown, asked, numbers))


def _around(visit: Visit, shown: FindingList, asked: Asked, numbers: Mapping[str, int]) -> dict[str, Any]:
    """What stands above the table."""
    query = asked.first().query()
    return {
        "asked": asked,
        "tabs": [_tab(visit, asked, status, numbers) for status in STATUSES],
        "chips": list(chips_of(visit, shown.properties, shown.value_words, asked)),
        "clear": visit.link(asked.path, **asked.first(chips=()).query()),
        "groupings": _groupings(visit, asked) if shown.groups else [],
        "state": pairs_of({**query, "analyzer": visit.query.get("analyzer") or None}),
        "properties": shown.properties,
        "operators": OPERATORS,
        "here": visit.link(asked.path, **asked.query()),
    }


def _tab(visit: Visit, asked: Asked, status: str, numbers: Mapping[str, int]) -> Tab:
    number = sum(numbers.values()) if status == "ALL" else numbers.get(status, 0)
    link = visit.link(asked.path, **asked.first(status=status).query())
    return Tab(_TITLES[status], link, None if asked.chips else number, status == asked.status)


def chips_of(
    visit: Visit, titles: Mapping[str, str], value_words: Mapping[str, str], asked: Asked
) -> Iterator[ShownChip]:
    """The filters.

    Args:
        visit: the request.
        titles: of the properties, by name.
        value_words: how values are shown, where not as they are.
        asked: what the listing is asked for.
    """
    for chip in asked.chips:
        others = tuple(each for each in asked.chips if each != chip)
        words, value = OPERATORS[chip.operator], value_words.get(chip.value, chip.value)
        if chip.operator == "exists":
            words, value = ("is there", "") if chip.value == "true" else ("is not there", "")
        title = titles.get(chip.name, chip.name.removeprefix("condition."))
        yield ShownChip(title, words, value, visit.link(asked.path, **asked.first(chips=others).query()))


def _groupings(visit: Visit, asked: Asked) -> list[tuple[str, str, bool]]:
    titles = {"": "Each finding", "cause": "By cause", "principal": "By principal"}
    return [
        (title, visit.link(asked.path, **asked.first(group=group, sort="").query()), group == asked.group)
        for group, title in titles.items()
    ]


def _table(visit: Visit, analyzer: AnalyzerRecord, asked: Asked, criteria: Filter) -> Table:
    page = _page(visit, analyzer, asked, criteria)
    columns = list_of(visit.kind).columns(visit)
    first = asked.first()
    return Table(
        caption="Findings",
        heads=heads_of(visit, asked, columns),
        rows=rows_of(
            page.findings,
            columns,
            key=lambda each: each.id,
            link=lambda each: visit.link(f"/findings/{each.id}"),
        ),
        previous=visit.link(asked.path, **replace(first, before=page.before).query()) if page.before else "",
        next=visit.link(asked.path, **replace(first, after=page.after).query()) if page.after else "",
        downloads=downloads_of(visit, asked),
        has_boxes=visit.may("UpdateFindings"),
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page, and the tokens of the pages before and after it; empty where there are none."""

    findings: Sequence[RememberedFinding]
    before: str
    after: str


def _page(visit: Visit, analyzer: AnalyzerRecord, asked: Asked, criteria: Filter) -> _Shown:
    """The page before another one is the page after it in the opposite order, turned round."""
    is_backwards = bool(asked.before)
    sort = Sort(asked.attribute, is_descending=asked.is_descending != is_backwards)
    token = asked.before or asked.after
    with visit.ringwall.store.read() as connection:
        page = findings.page(
            connection,
            analyzer.key,
            criteria,
            sort=sort,
            after=Cursor(position_of(token)) if token else None,
            limit=PAGE_ROWS,
        )
    first, last = (token_of(each.position) if each else "" for each in (page.first, page.last))
    if is_backwards:
        return _Shown(page.findings[::-1], last if page.next else "", first)
    return _Shown(page.findings, first if asked.after else "", last if page.next else "")


def _all(visit: Visit, analyzer: AnalyzerRecord, criteria: Filter) -> Iterator[RememberedFinding]:
    """Every finding, in short transactions: a download may be slow, and must hold nobody up."""
    after: Cursor | None = None
    while True:
        with visit.ringwall.store.read() as connection:
            page = findings.page(connection, analyzer.key, criteria, after=after, limit=500, depth=Depth.FULL)
        yield from page.findings
        if page.next is None:
            return
        after = page.next


def _decide(visit: Visit) -> Response:
    """Archives or unarchives what was ticked."""
    status, ids = visit.form.get("status"), visit.form.all("id")
    where = safe_destination(visit.form.get("next"))
    if status not in _DECISIONS:
        raise ValidationError("findings are archived or made active", field="status")
    if visit.analyzer is None or not ids:
        notice = "Nothing was selected: tick some findings first."
    else:
        reason = visit.form.get("reason").strip() or None
        visit.call("UpdateFindings", analyzerArn=visit.analyzer.arn, ids=ids, status=status, reason=reason)
        notice = f"{counted(len(ids), 'finding')} {'was' if len(ids) == 1 else 'were'} {_DECISIONS[status]}."
    response = visit.redirect("/findings", notice=notice)
    response.headers["location"] = where
    return response


PAGES = (Page("/findings", _list), Page("/findings", _decide, "POST"))
