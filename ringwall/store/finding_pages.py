"""Findings by filter, page after page: each page starts behind the last finding of the one before, not at a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
)

from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import Criterion, Filter
from ringwall.findings.remembered import RememberedFinding
from ringwall.store.column_types import Instant
from ringwall.store.filters import meets, resource_meets, without_index
from ringwall.store.finding_rows import Depth, finding_of, selected, selected_as_listed, summary_of
from ringwall.store.finding_search import Search, search_for
from ringwall.store.queries import Queries, Sent, sent
from ringwall.store.rows import in_one_row, is_sqlite
from ringwall.store.tables import finding, resource

T = TypeVar("T")
# The key comes last, so that no two findings stand at one place.
_ORDERS: Mapping[str, tuple[Column[Any], ...]] = {
    "": (finding.c.key,),
    # Every finding of a resource has its time: the resource's own key keeps an index useful for both.
    "analyzedAt": (resource.c.analyzed_at, resource.c.key, finding.c.key),
    "createdAt": (finding.c.created_at, finding.c.key),
    "id": (finding.c.id, finding.c.key),
    "resource": (finding.c.resource, finding.c.key),
    "resourceOwnerAccount": (finding.c.resource_owner_account, finding.c.key),
    "resourceType": (finding.c.resource_type, finding.c.key),
    "status": (finding.c.status, finding.c.key),
    "updatedAt": (finding.c.updated_at, finding.c.key),
}
_BITS = 64
"""Of a number in the database, its sign among them."""
_AFTER = "after_{}"
"""The names of the values that say where a page starts."""
SORT_ATTRIBUTES = tuple(name for name in _ORDERS if name)
"""The API's names of what findings can be sorted by."""


@dataclass(frozen=True, slots=True)
class Sort:
    """In which order findings are listed."""

    attribute: str = ""
    """One of `SORT_ATTRIBUTES`; empty means in the order in which they were found first."""
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a finding stands in an order: the values that decide it. JSON can hold them."""

    position: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some findings in order."""

    findings: tuple[T, ...]
    next: Cursor | None
    """Where the next page starts: behind the last finding of this one. None where there are no more."""
    first: Cursor | None = None
    last: Cursor | None = None
    """Where its first and its last finding stand; None where there are none."""


def page(  # noqa: PLR0913 - a listing is asked for all of this
    connection: Connection,
    analyzer_key: int,
    criteria: Filter,
    *,
    sort: Sort = Sort(),
    after: Cursor | None = None,
    limit: int,
    depth: Depth = Depth.FULL,
) -> Page[RememberedFinding]:
    """The next findings that meet a filter.

    Args:
        connection: the transaction.
        analyzer_key: whose findings.
        criteria: what they have to meet.
        sort: their order.
        after: where the page before ended.
        limit: how many at most.
        depth: how much of each is read.

    Raises:
        ValidationError: findings cannot be sorted by this, or the cursor is not one of this order.
    """
    asked = _Asked(analyzer_key, tuple(sorted(criteria.items())), sort, after is not None, limit, depth)
    return _read(connection, asked, after, lambda row: finding_of(row, depth))


def summaries(
    connection: Connection, analyzer_key: int, criteria: Filter, *, sort: Sort, after: Cursor | None, limit: int
) -> Page[dict[str, Any]]:
    """As `page`, each finding as `ListFindingsV2` shows it: what is asked for most often takes no detour."""
    asked = _Asked(analyzer_key, tuple(sorted(criteria.items())), sort, after is not None, limit, depth=None)
    return _read(connection, asked, after, summary_of)


def _read(connection: Connection, asked: _Asked, after: Cursor | None, made: Callable[[Sequence[Any]], T]) -> Page[T]:
    order = _order_of(asked.sort)
    if after is not None:
        _require_place(order, after)
    place = {} if after is None else {_AFTER.format(number): value for number, value in enumerate(after.position)}
    rows = _rows(connection, asked, order, place)
    shown = rows[: asked.limit]
    marks = len(order.columns)
    first, last = (Cursor(tuple(shown[at][-marks:])) if shown else None for at in (0, -1))
    return Page(tuple(map(made, shown)), last if len(rows) > asked.limit else None, first, last)


def _rows(connection: Connection, asked: _Asked, order: _Order, place: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    if asked.depth is not None:
        return connection.execute(_query_for(connection, asked, order), place).all()
    rows = _rows_as_listed(connection, asked, order, place)
    return _LISTS.decode(rows[0][0]) if is_sqlite(connection) else rows


def _rows_as_listed(
    connection: Connection, asked: _Asked, order: _Order, place: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    name = (connection.dialect.name, asked)
    if (known := _sent.find(name)) is not None:
        return known.rows(connection, place)
    query, is_lasting = _made(connection, asked, order)
    result = connection.execute(in_one_row(query) if is_sqlite(connection) else query, place)
    if is_lasting and (new := sent(result)) is not None:
        _sent.keep(name, new)
    return result.all()


@dataclass(frozen=True, slots=True)
class _Order:
    """What decides where a finding stands."""

    columns: Mapping[str, ColumnElement[Any]]
    """By the names that they have in the query for places."""
    is_descending: bool
    has_resource: bool

    def directed(self, columns: Iterable[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        return [each.desc() if self.is_descending else each for each in columns]


class _Asked(NamedTuple):
    """All that a query for a page depends on, but for the place where the page starts."""

    analyzer_key: int
    criteria: tuple[tuple[str, Criterion], ...]
    sort: Sort
    is_behind: bool
    """Whether another page was before."""
    limit: int
    depth: Depth | None
    """None: as `summary_of` wants it."""


_queries = Queries[Select[Any]]()
_sent = Queries[Sent]()
_LISTS = msgspec.json.Decoder(list[list[Any]])


def _query_for(connection: Connection, asked: _Asked, order: _Order) -> Select[Any]:
    """The query for a page; made anew only now and then, since that costs more than what it asks for."""
    name = (connection.dialect.name, asked)
    if (known := _queries.find(name)) is not None:
        return known
    query, is_lasting = _made(connection, asked, order)
    if is_lasting:
        _queries.keep(name, query)
    return query


def _made(connection: Connection, asked: _Asked, order: _Order) -> tuple[Select[Any], bool]:
    """The query for a page, and whether it is one for the next such page, too."""
    criteria = dict(asked.criteria)
    search = search_for(connection, asked.analyzer_key, criteria, order=asked.sort.attribute)
    wanted = _wanted(connection, asked.analyzer_key, criteria, search, order)
    if asked.is_behind:
        # Where few are sorted, the place must not tempt the database to look through all that is behind it.
        wanted = wanted.where(*_behind(order, without_index(connection) if search.has_few else None))
    places = _first(wanted, search, order, asked.limit + 1)
    marks = [places.c[name] for name in order.columns]
    query = selected_as_listed(*marks) if asked.depth is None else selected(asked.depth, *marks)
    query = query.join(places, places.c.found == finding.c.key).order_by(*order.directed(marks))
    # If it is narrowed, it names findings that came into question at this moment.
    return query, search.narrows is None


@cache
def _order_of(sort: Sort) -> _Order:
    if sort.attribute not in _ORDERS:
        message = f"findings cannot be sorted by `{sort.attribute}`, only by {', '.join(SORT_ATTRIBUTES)}"
        raise ValidationError(message, field="sort.attributeName")
    columns = _ORDERS[sort.attribute]
    named = {f"mark_{number}": _plain(each) for number, each in enumerate(columns)}
    return _Order(named, sort.is_descending, has_resource=any(each.table is resource for each in columns))


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    """A time as the number that it is stored as, so that a cursor can hold it."""
    return type_coerce(column, BigInteger) if isinstance(column.type, Instant) else column


def _wanted(connection: Connection, analyzer_key: int, criteria: Filter, search: Search, order: _Order) -> Select[Any]:
    """The keys of all findings that meet the filter, and where each stands: mostly, an index alone says both."""
    query = select(finding.c.key.label("found"), *(each.label(name) for name, each in order.columns.items()))
    query = query.where(finding.c.analyzer_key == analyzer_key, *meets(connection, criteria, found_by=search.found_by))
    if order.has_resource:
        query = query.join(resource, finding.c.resource_key == resource.c.key)
        if not search.has_few:
            # What is true of a finding's resource, too, so that an index of resources gives the order.
            query = query.where(resource.c.analyzer_key == analyzer_key, *resource_meets(connection, criteria))
    return query if search.narrows is None else query.where(search.narrows)


def _first(wanted: Select[Any], search: Search, order: _Order, number: int) -> Subquery:
    # As a parameter it would have PostgreSQL plan every page anew: it cannot tell that any number is as good.
    limit = literal_column(str(number), Integer)
    if not search.has_few:
        return wanted.order_by(*order.directed(order.columns.values())).limit(limit).subquery("places")
    # Made first and sorted then: else the order may tempt the database to look through all findings.
    few = wanted.cte("few").prefix_with("MATERIALIZED")
    marks = [few.c[name] for name in order.columns]
    return select(few).order_by(*order.directed(marks)).limit(limit).subquery("places")


def _require_place(order: _Order, after: Cursor) -> None:
    columns = order.columns.values()
    if len(after.position) != len(columns) or not all(map(_fits, columns, after.position)):
        raise ValidationError("this is no place in this order", field="nextToken")


def _behind(
    order: _Order, written: Callable[[ColumnElement[Any]], ColumnElement[Any]] | None
) -> Iterator[ColumnElement[bool]]:
    columns = list(order.columns.values())
    values = [bindparam(_AFTER.format(number), type_=each.type) for number, each in enumerate(columns)]
    ours, theirs = tuple_(*(map(written, columns) if written else columns)), tuple_(*values)
    yield ours < theirs if order.is_descending else ours > theirs
    if order.has_resource and written is None:
        # Without the finding's own key it says less, but it says it of one table, and so to an index.
        ours, theirs = tuple_(*columns[:-1]), tuple_(*values[:-1])
        yield ours <= theirs if order.is_descending else ours >= theirs


def _fits(column: ColumnElement[Any], value: str | int) -> bool:
    is_number = isinstance(value, int)
    return is_number is (column.type.python_type is int) and (not is_number or int(value).bit_length() < _BITS)


def count(connection: Connection, analyzer_key: int, criteria: Filter) -> int:
    """How many findings meet a filter, found as a page of them is."""
    order = _order_of(Sort())
    search = search_for(connection, analyzer_key, criteria, order="")
    wanted = _wanted(connection, analyzer_key, criteria, search, order).subquery()
    return connection.scalar(select(func.count()).select_from(wanted)) or 0


def each(
    connection: Connection, analyzer_key: int, criteria: Filter, *, batch: int = 500, depth: Depth = Depth.FULL
) -> Iterator[RememberedFinding]:
    """Every finding that meets a filter. Changing those that came already is safe meanwhile."""
    after: Cursor | None = None
    while True:
        found = page(connection, analyzer_key, criteria, after=after, limit=batch, depth=depth)
        yield from found.findings
        if found.next is None:
            return
        after = found.next
