"""Queries that were made already: SQLAlchemy takes longer to make some than the database to answer them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, CursorResult
from sqlalchemy.sql.compiler import SQLCompiler

from ringwall.store.column_types import storable

T = TypeVar("T")
_KEPT = 256
_USES = 50
"""So often a query is used: it was made for how much there was in the tables then, and is right, but slow, for more."""


@dataclass(slots=True)
class _Query(Generic[T]):
    query: T
    uses: int = _USES


class Queries(Generic[T]):
    """The queries that were used last, each by what it was made for. Threads share them."""

    def __init__(self) -> None:
        self._queries = OrderedDict[Hashable, _Query[T]]()
        self._lock = Lock()

    def find(self, name: Hashable) -> T | None:
        """The query that was made for `name`; None where there is none, or it has been used often."""
        with self._lock:
            known = self._queries.get(name)
            if known is None:
                return None
            self._queries.move_to_end(name)
            known.uses -= 1
            if not known.uses:
                del self._queries[name]
            return known.query

    def keep(self, name: Hashable, query: T) -> None:
        """Keep a query that was just made."""
        with self._lock:
            self._queries[name] = _Query(query)
            while len(self._queries) > _KEPT:
                self._queries.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A query as it went to the driver. It can go there again past SQLAlchemy, which would look at all of it anew.

    Its rows come as the driver has them: for columns whose values SQLAlchemy would make into others, that is not enough.
    """

    text: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    """Of the values, in their order."""
    is_by_name: bool
    """Whether the driver wants the values by their names."""

    def rows(self, connection: Connection, changed: Mapping[str, str | int]) -> Sequence[Sequence[Any]]:
        """Sends it again, with other values for some of the names."""
        texts = {name: storable(value) if isinstance(value, str) else value for name, value in changed.items()}
        values = tuple(texts.get(name, value) for name, value in zip(self.names, self.values, strict=True))
        parameters = dict(zip(self.names, values, strict=True)) if self.is_by_name else values
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.text, parameters)
            return cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error:
            # SQLAlchemy knows what each error means for the connection, and raises its own.
            return connection.exec_driver_sql(self.text, parameters).all()
        finally:
            cursor.close()


def sent(result: CursorResult[Any]) -> Sent | None:
    """The query whose result this is; None where it cannot be told which value is which."""
    context = result.context
    given, compiled = context.parameters[0], context.compiled
    if isinstance(given, Mapping):
        return Sent(context.statement, tuple(given.values()), tuple(given), is_by_name=True)
    names = tuple(compiled.positiontup or ()) if isinstance(compiled, SQLCompiler) else ()
    if len(names) != len(given):
        return None
    return Sent(context.statement, tuple(given), names, is_by_name=False)
