"""How the answers of operations look: as tables that fit a terminal, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from ringwall.cli.output import view_of, write_text
from ringwall.reports.wording import clean

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and what of an item stands in it."""

    heading: str
    value: str | Callable[[Item], Any]
    """The name of a member, or what makes the text."""
    is_whole: bool = False
    """Never folded: for short words, such as a status."""

    def text(self, item: Item) -> str:
        return in_words(self.value(item) if callable(self.value) else item.get(self.value))


def in_words(value: Any) -> str:
    """A value as a person reads it."""
    match value:
        case None | bool():
            return {None: "", True: "yes", False: "no"}[value]
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        case str():
            return "\n".join(clean(line) for line in value.split("\n"))
        case Mapping():
            return "\n".join(f"{clean(str(key))}: {in_words(each)}" for key, each in value.items())
        case list() | tuple():
            return ", ".join(in_words(each) for each in value)
        case _:
            return clean(str(value))


@dataclass(frozen=True, slots=True)
class Output:
    """Where the answers go, in the format `table` or `json`."""

    form: str

    def items(self, member: str, items: Sequence[Item], columns: Iterable[Column], *, none: str) -> None:
        """A listing, as the API's member `member`; `none` is what a person reads where it is empty."""
        if self.form == "json":
            self.answer({member: list(items)})
        elif items:
            write_text(drawn(items, tuple(columns)), None)
        else:
            write_text(f"{none}\n", None)

    def item(self, member: str, item: Item) -> None:
        """One thing with all its members."""
        if self.form == "json":
            self.answer({member: item} if member else item)
            return
        rows = [{"name": spaced(name), "value": value} for name, value in item.items() if value not in (None, [], {})]
        write_text(drawn(rows, (Column("", "name", is_whole=True), Column("", "value"))), None)

    def done(self, answer: Item, sentence: str) -> None:
        """What a person is told of an operation whose answer says little."""
        if self.form == "json":
            self.answer(answer)
        else:
            write_text(f"{sentence}\n", None)

    def answer(self, answer: Item) -> None:
        write_text(json.dumps(answer, indent=2, ensure_ascii=False, default=_as_json) + "\n", None)


def drawn(items: Iterable[Item], columns: Sequence[Column]) -> str:
    """A table that is as wide as the terminal at most."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - rich takes as long to load as all else, and JSON needs none
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    view = view_of(None)
    has_headings = any(column.heading for column in columns)
    table = Table(box=SIMPLE_HEAD, show_header=has_headings, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.heading, no_wrap=column.is_whole, overflow="fold")
    for item in items:
        table.add_row(*(Text(column.text(item)) for column in columns))
    text = StringIO()
    Console(file=text, width=view.width, no_color=not view.color, highlight=False, legacy_windows=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def spaced(name: str) -> str:
    """`createdAt` as `created at`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
