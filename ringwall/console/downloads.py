"""Tables as files: the whole filtered listing, written while it is read, so that it may be as long as it likes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response, StreamingResponse

from ringwall.console.table import Column
from ringwall.errors import ValidationError

T = TypeVar("T")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 200


def download(name: str, form: str, columns: Sequence[Column[T]], items: Iterable[T]) -> Response:
    """The items as a file.

    Args:
        name: of the file, without its ending.
        form: `csv` or `json`.
        columns: what of each.
        items: they are read as they are sent.

    Raises:
        ValidationError: there is no such format.
    """
    if form not in _WRITERS:
        raise ValidationError(f"there is no format `{form}`, only {' and '.join(_WRITERS)}", field="format")
    writer, kind = _WRITERS[form]
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(writer(columns, items), headers=headers, media_type=kind)


def _csv(columns: Sequence[Column[T]], items: Iterable[T]) -> Iterator[bytes]:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([each.name for each in columns])
    for number, item in enumerate(items, start=1):
        writer.writerow([neutral(_flat(each.plain(item))) for each in columns])
        if number % _BATCH == 0:
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()


def _json(columns: Sequence[Column[T]], items: Iterable[T]) -> Iterator[bytes]:
    separator = b"[\n"
    for item in items:
        yield separator + msgspec.json.encode({each.name: each.plain(item) for each in columns})
        separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


_WRITERS = {"csv": (_csv, "text/csv; charset=utf-8"), "json": (_json, "application/json")}


def _flat(value: Any) -> str:
    """A value as a cell of a file has it: lists one item a line, objects as `name=value`."""
    if isinstance(value, dict):
        return "\n".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')


def neutral(text: str) -> str:
    """What no spreadsheet takes for a formula: an apostrophe goes in front, as OWASP advises."""
    return f"'{text}" if text.startswith(_FORMULA) else text
