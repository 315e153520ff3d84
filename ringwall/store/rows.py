"""What every query needs: rows as records, and many values in one statement, in the words of either database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    any_,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

BATCH = 1000
"""Rows that one statement writes."""


class Record(Protocol):
    """A frozen dataclass whose fields are the columns of a table."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


R = TypeVar("R")
T = TypeVar("T")


def record_of(kind: type[R], row: Row[Any]) -> R:
    """The record that a row is."""
    return kind(**row._mapping)  # noqa: SLF001 - the public name for it


def values_of(record: Record) -> dict[str, Any]:
    """The columns of a record that is to be inserted: its key is the database's to choose."""
    return {each.name: getattr(record, each.name) for each in fields(record) if each.name != "key"}


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def insert_into(connection: Connection, table: Table) -> Any:
    """An insert that knows `ON CONFLICT`, which both databases write alike and SQLAlchemy in two places."""
    return sqlite.insert(table) if is_sqlite(connection) else postgresql.insert(table)


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> int | None:
    """The key of the new row; None where there is one already that it may not stand beside."""
    statement = insert_into(connection, table).values(values).on_conflict_do_nothing()
    key: int | None = connection.scalar(statement.returning(table.c.key))
    return key


def among(connection: Connection, which: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column has one of many values: in one parameter, so that every call is the same statement."""
    if is_sqlite(connection):
        each = func.json_each(json.dumps(list(values))).table_valued(column("value", which.type))
        return which.in_(select(each.c.value))
    return which == any_(literal(list(values), postgresql.ARRAY(which.type)))


def in_one_row(query: Select[Any]) -> Select[tuple[str]]:
    """The rows of a query, in its order, as one JSON text, for SQLite.

    Its driver lets other threads have the interpreter with every row that it fetches, and then waits for its turn.
    """
    # SQLite keeps the order of a subquery whose rows are gathered (select.c: where ORDER BY may be left out).
    each = query.subquery("each_row")
    return select(func.json_group_array(func.json_array(*each.c)))


def batches(values: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def updated_columns(insert: Any, names: Collection[str]) -> Mapping[str, Any]:
    """For `ON CONFLICT DO UPDATE`: these columns get what would have been inserted."""
    return {name: insert.excluded[name] for name in names}
