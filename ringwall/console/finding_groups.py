"""Findings in groups: those that one statement causes, and those of one principal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from starlette.responses import Response

from ringwall.console import counts
from ringwall.console.downloads import download
from ringwall.console.listing import Asked, Chip
from ringwall.console.table import Cell, Column, Table, downloads_of, heads_of, rows_of
from ringwall.console.visit import Visit
from ringwall.findings.archive_rule import Filter
from ringwall.findings.finding_json import finding_of
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.wording import exposure_title, principal, statement
from ringwall.store import finding_counts, findings
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.finding_counts import Group

SHOWN = 100
"""The largest, on the page; all are in the file."""
_ALL = 1_000_000
_PRINCIPALS = ("principal.AWS", "principal.Federated", "principal.CanonicalUser")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A group, with one finding of it to speak of."""

    group: Group
    example: RememberedFinding
    link: str


def table_of(visit: Visit, analyzer: AnalyzerRecord, asked: Asked, criteria: Filter) -> Table:
    """The largest groups."""
    with visit.ringwall.store.read() as connection:
        groups = counts.groups(visit, connection, analyzer, asked.group, criteria, SHOWN)
    columns = _COLUMNS[asked.group]
    return Table(
        caption="Groups of findings",
        heads=heads_of(visit, asked, columns),
        rows=rows_of(_shown(visit, asked, groups), columns, link=lambda each: each.link),
        downloads=downloads_of(visit, asked),
    )


def file_of(visit: Visit, analyzer: AnalyzerRecord, asked: Asked, criteria: Filter, form: str) -> Response:
    """All groups as a file."""
    count = finding_counts.by_cause if asked.group == "cause" else finding_counts.by_principal
    with visit.ringwall.store.read() as connection:
        groups = count(connection, analyzer.key, criteria, limit=_ALL)
    shown = chain.from_iterable(_shown(visit, asked, groups[at : at + SHOWN]) for at in range(0, len(groups), SHOWN))
    return download(f"findings-by-{asked.group}", form, _COLUMNS[asked.group], shown)


def _shown(visit: Visit, asked: Asked, groups: Sequence[Group]) -> list[_Shown]:
    with visit.ringwall.store.read() as connection:
        examples = findings.by_keys(connection, [each.example for each in groups])
    return [
        _Shown(each, examples[each.example], _link(visit, asked, each)) for each in groups if each.example in examples
    ]


def _link(visit: Visit, asked: Asked, group: Group) -> str:
    """The findings of the group."""
    chips = asked.chips + _chips(asked.group, group.values)
    return visit.link(asked.path, **asked.first(chips=chips, group="", sort="").query())


def _chips(kind: str, values: Sequence[str | None]) -> tuple[Chip, ...]:
    names = ("cause",) if kind == "cause" else _PRINCIPALS
    given = tuple(Chip(name, "eq", value) for name, value in zip(names, values, strict=True) if value is not None)
    return given or tuple(Chip(name, "exists", "false") for name in names)


def _cause(each: _Shown) -> Cell:
    found = finding_of(each.example.detail)
    if not found.allowed_by:
        return Cell("Not analyzed" if found.error else "No statement is known", link=each.link)
    first, *others = found.allowed_by
    return Cell(statement(first), link=each.link, note=f"and {len(others)} more" if others else "")


def _principal(each: _Shown) -> Cell:
    found = finding_of(each.example.detail)
    return Cell("Not known" if found.error else _named(found.principal), link=each.link)


def _named(value: object) -> str:
    kind, name = next(iter(value.items()), ("", "")) if isinstance(value, dict) else ("", "")
    return "Everyone" if name == "*" else f"{name}" if kind == "AWS" else f"{kind}: {name}"


def _number(number: int) -> Cell:
    return Cell(f"{number:,}", is_number=True)


_NUMBERS: tuple[Column[_Shown], ...] = (
    Column("findings", "Findings", lambda each: _number(each.group.findings), lambda each: each.group.findings),
    Column("resources", "Resources", lambda each: _number(each.group.resources), lambda each: each.group.resources),
)
_COLUMNS: dict[str, tuple[Column[_Shown], ...]] = {
    "cause": (
        Column("cause", "Statement", _cause),
        Column("exposure", "Exposure", lambda each: Cell(exposure_title(finding_of(each.example.detail)))),
        Column(
            "principal",
            "For example",
            lambda each: Cell(principal(finding_of(each.example.detail)) if not each.example.error else "—"),
        ),
        *_NUMBERS,
    ),
    "principal": (Column("principal", "External principal", _principal), *_NUMBERS),
}
