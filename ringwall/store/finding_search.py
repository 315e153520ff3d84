"""How the findings that meet a filter are found: by the rarest thing that it asks for, or one after another in order.

A page of findings is asked for with a filter and an order, and there are more pairs of those than there can be indices.
So, for each property that the filter asks for and that has an index, it is counted how many findings come into
question, up to a limit. Where one of these counts is small, the findings are taken from that index and sorted. Where all
are large, the findings are taken in order until the page is full, which does not take long, for they are frequent.
Decision 0024 has figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Select, func, or_, select

from ringwall.findings.archive_rule import Criterion, Filter, fact_name
from ringwall.store.column_types import short
from ringwall.store.filters import has_digest_of, has_part, meets
from ringwall.store.rows import among
from ringwall.store.tables import finding, finding_condition, resource

_FEW_ENTRIES = 10_000
"""Findings whose entries in an index can be looked at for one page: some five milliseconds."""
_FEW_ROWS = 3_000
"""Findings that can be looked at themselves, in the same time."""
_FEW_RESOURCES = 500
_CONDITION = fact_name("condition.")
_SELDOM = frozenset(("error", "principal.AWS", "principal.Federated", "principal.CanonicalUser"))
"""An index has those findings that have a value."""
_INDEXED = (
    *("id", "resource", *sorted(_SELDOM)),
    *("resourceOwnerAccount", "isPublic", "resourceType", "status"),
)
"""The likeliest to be rare come first."""
_IN_EVERY_INDEX = frozenset(("", "updatedAt", "createdAt"))
"""Orders that the index of a facet has what is needed for."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One criterion that an index answers."""

    key: str
    """Of the filter."""
    rows: Select[tuple[int]]
    """The keys that the index has: of each finding that meets the criterion, or of what `column` says."""
    limit: int
    """More than so many are too many."""
    column: Column[int] | None = None
    """What the keys are in a finding, where the index is one of another table."""

    @property
    def is_in_order(self) -> bool:
        """Whether the index has the findings of a value in the order of their keys."""
        return self.column is None


@dataclass(frozen=True, slots=True)
class Search:
    """Where to begin."""

    found_by: str | None = None
    """The criterion by whose index to look, if by any."""
    has_few: bool = False
    """Whether few findings meet that."""
    narrows: ColumnElement[bool] | None = None
    """What says the same of a finding, where the index was one of another table."""


def search_for(connection: Connection, analyzer_key: int, criteria: Filter, *, order: str) -> Search:
    """Where to begin when looking for findings.

    Args:
        connection: the transaction.
        analyzer_key: whose findings.
        criteria: what they have to meet.
        order: the API's name of what they are sorted by, empty where it is their key.
    """
    leads = list(_leads(connection, analyzer_key, criteria))
    if not order and len(leads) == 1 and leads[0].is_in_order:
        return Search(leads[0].key)
    # Several criteria may be met by hardly any finding, though each is met by many: then it is worth to look at more.
    limit = _FEW_ENTRIES if len(criteria) > 1 and order in _IN_EVERY_INDEX else _FEW_ROWS
    best, fewest = Search(), limit + 1
    for lead in leads:
        if best.has_few and lead.key == "status":
            # There are three statuses: hardly ever is one of them rarer than what has been found.
            break
        number, narrows = _counted(connection, lead, limit)
        if number < fewest:
            best, fewest = Search(lead.key, has_few=True, narrows=narrows), number
        elif not best.found_by and not order and lead.is_in_order:
            best = Search(lead.key)
        if number <= _FEW_ROWS:
            break
    return best


def _counted(connection: Connection, lead: Lead, limit: int) -> tuple[int, ColumnElement[bool] | None]:
    """How many entries there are, and how to say that a finding is one of them.

    What is more than can be looked at counts as too many. Entries of another table are few, if they are to be of any
    use, and are named one by one: the database could not guess how few they are.
    """
    most = min(lead.limit, limit)
    rows = lead.rows.limit(most + 1)
    if lead.column is None:
        number = connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
        return (number if number <= most else limit + 1), None
    keys = connection.scalars(rows).all()
    if len(keys) > most:
        return limit + 1, None
    return len(keys), among(connection, lead.column, keys)


def _leads(connection: Connection, analyzer_key: int, criteria: Filter) -> Iterator[Lead]:
    for key, criterion in criteria.items():
        name = fact_name(key)
        needs_value = criterion.eq or criterion.neq or criterion.contains or criterion.exists
        if name.startswith(_CONDITION) and needs_value:
            yield _condition_lead(key, short(name.removeprefix(_CONDITION)), criterion)
    if (criterion := criteria.get("resource", Criterion())).contains:
        yield _resource_lead(connection, analyzer_key, criterion)
    for key in _INDEXED:
        criterion = criteria.get(key, Criterion())
        if criterion.eq or (criterion.exists and key in _SELDOM):
            own = (finding.c.analyzer_key == analyzer_key, *meets(connection, {key: criterion}, found_by=key))
            yield Lead(key, select(finding.c.key).where(*own), _FEW_ENTRIES)


def _condition_lead(key: str, name: str, criterion: Criterion) -> Lead:
    columns = finding_condition.c
    rows = select(columns.finding_key).where(columns.name == name)
    if criterion.eq:
        rows = rows.where(has_digest_of(criterion.eq))
    return Lead(key, rows, _FEW_ROWS, finding.c.key)


def _resource_lead(connection: Connection, analyzer_key: int, criterion: Criterion) -> Lead:
    """There are fewer resources than findings, and each has its ARN in an index."""
    parts = or_(*(has_part(connection)(resource.c.arn, part) for part in criterion.contains))
    rows = select(resource.c.key).where(resource.c.analyzer_key == analyzer_key, parts)
    return Lead("resource", rows, _FEW_RESOURCES, finding.c.resource_key)
