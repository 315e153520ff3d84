"""Tables: columns with links to sort by, rows of cells, and links to the pages before and after.

`templates/table.html` draws them; `downloads.py` writes the same columns as CSV and JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from ringwall.console.listing import Asked
from ringwall.console.visit import Visit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. Texts only: the template escapes them."""

    text: str
    link: str = ""
    note: str = ""
    """In small letters below."""
    chip: str = ""
    """`severe`, `mild`, `calm` or `ok`: drawn as a chip of that kind."""
    is_code: bool = False
    is_number: bool = False
    is_prose: bool = False
    """What stands in it between backticks is shown as code."""
    bar: tuple[float, float] | None = None
    """Above the text, a bar: how much of it is full, and how much behind that stands out; 0 to 100."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column, on the page and in downloads."""

    name: str
    """In downloads: as the API calls it."""
    title: str
    cell: Callable[[T], Cell]
    value: Callable[[T], Any] | None = None
    """In downloads, JSON; by default the cell's text."""
    sort: str = ""
    """The attribute that a click on the title sorts by; empty: none."""
    is_shown: bool = True
    """Whether it is on the page, and not in downloads alone."""

    def plain(self, item: T) -> Any:
        return self.cell(item).text if self.value is None else self.value(item)


def time_column(
    name: str, title: str, at: Callable[[T], datetime | None], *, with_seconds: bool = False, sort: str = ""
) -> Column[T]:
    """A column of times; empty where there is none. Files have them in full, with their time zone."""
    form = "%H:%M:%S" if with_seconds else "%H:%M"
    return Column(name, title, lambda each: time_cell(at(each), form), value=at, sort=sort)


def time_cell(at: datetime | None, form: str = "%H:%M") -> Cell:
    """The day, and the time below it."""
    return Cell(f"{at:%Y-%m-%d}", note=f"{at:{form}} UTC") if at else Cell("")


def time_member(name: str, title: str, *, with_seconds: bool = False) -> Column[Mapping[str, Any]]:
    """A column of times in answers of the API, by the name of the member."""
    return time_column(name, title, lambda each: each.get(name), with_seconds=with_seconds)


@dataclass(frozen=True, slots=True)
class Head:
    """The title of a column."""

    title: str
    link: str = ""
    order: str = "none"
    """`ascending`, `descending` or `none`: as `aria-sort` has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row."""

    key: str
    """What the row's box sends when it is ticked; empty: it has no box."""
    cells: tuple[Cell, ...]
    link: str = ""
    """What Enter opens."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is drawn."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    previous: str = ""
    first: str = ""
    """Of listings that go forth alone."""
    next: str = ""
    downloads: tuple[tuple[str, str], ...] = ()
    """Titles with links."""
    has_boxes: bool = False


def heads_of(visit: Visit, asked: Asked, columns: Sequence[Column[Any]]) -> tuple[Head, ...]:
    """The titles, with links that sort: a second click turns the order round."""
    return tuple(_head(visit, asked, each) for each in columns if each.is_shown)


def _head(visit: Visit, asked: Asked, column: Column[Any]) -> Head:
    if not column.sort:
        return Head(column.title)
    is_current = asked.attribute == column.sort
    turned = column.sort if not is_current or asked.is_descending else f"-{column.sort}"
    order = ("descending" if asked.is_descending else "ascending") if is_current else "none"
    return Head(column.title, visit.link(asked.path, **asked.first(sort=turned).query()), order)


def rows_of(
    items: Iterable[T],
    columns: Sequence[Column[T]],
    *,
    key: Callable[[T], str] = lambda _: "",
    link: Callable[[T], str] = lambda _: "",
) -> tuple[Row, ...]:
    """The rows of some items."""
    shown = [column for column in columns if column.is_shown]
    return tuple(Row(key(each), tuple(column.cell(each) for column in shown), link(each)) for each in items)


def downloads_of(visit: Visit, asked: Asked) -> tuple[tuple[str, str], ...]:
    """Links to everything that the filter leaves, not the page alone."""
    return files_of(visit, asked.path, **asked.first().query())


def files_of(visit: Visit, path: str, **query: Any) -> tuple[tuple[str, str], ...]:
    """Links to a page's table as files."""
    return tuple((title, visit.link(path, **query, format=title.lower())) for title in ("CSV", "JSON"))
