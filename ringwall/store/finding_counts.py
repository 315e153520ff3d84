"""How many findings there are, by one property at a time. Each count is read from an index that has the property."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, case, cast, func, literal_column, select, type_coerce

from ringwall.findings.archive_rule import Filter
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.store.filters import meets
from ringwall.store.tables import finding, finding_event

_ACTIVE = FindingStatus.ACTIVE.value
_COLUMNS = {"exposure": finding.c.exposure, "resourceOwnerAccount": finding.c.resource_owner_account}
PROPERTIES = tuple(_COLUMNS)
"""What active findings can be counted by, beside what `Kind` has."""
_DAY = 86_400_000_000
"""Microseconds, as times are stored."""


def state_of(connection: Connection) -> int:
    """A number that is another as soon as a finding of any analyzer was found, turned or deleted."""
    return connection.scalar(select(func.max(finding_event.c.key))) or 0


@dataclass(frozen=True, slots=True)
class Kind:
    """How many findings are alike in all of this."""

    status: FindingStatus
    type: FindingType
    resource_type: str
    region: str
    is_public: bool | None
    error: str | None
    number: int


_KIND = tuple(finding.c[each.name] for each in fields(Kind)[:-1])


def by_kind(connection: Connection, analyzer_key: int) -> list[Kind]:
    """How many findings there are of each kind. An index has them in this order: they are counted as they are read."""
    query = select(*_KIND, func.count().label("number")).where(finding.c.analyzer_key == analyzer_key)
    return [
        Kind(FindingStatus(status), FindingType(type_), *rest)
        for status, type_, *rest in connection.execute(query.group_by(*_KIND))
    ]


def by_property(connection: Connection, analyzer_key: int, name: str) -> list[tuple[str | None, int]]:
    """How many active findings have each value of a property, the most frequent first."""
    column = _COLUMNS[name]
    number = func.count().label("number")
    query = select(column, number).where(*_active(analyzer_key)).group_by(column)
    return [(value, count) for value, count in connection.execute(query.order_by(number.desc(), column))]


def active_by_account(connection: Connection, analyzer_key: int) -> list[tuple[str, FindingType, int]]:
    """How many active findings of each type each account has."""
    columns = (finding.c.resource_owner_account, finding.c.type)
    query = select(*columns, func.count()).where(*_active(analyzer_key)).group_by(*columns)
    return [(account, FindingType(type_), count) for account, type_, count in connection.execute(query)]


def new_since(connection: Connection, analyzer_key: int, at: datetime) -> int:
    """How many active findings were found first since then."""
    query = select(func.count()).select_from(finding).where(*_active(analyzer_key), finding.c.created_at >= at)
    return connection.scalar(query) or 0


def changes_by_day(connection: Connection, analyzer_key: int, since: datetime) -> dict[int, int]:
    """By how many findings there were more active ones at the end of a day, by the days since 1970."""
    at = type_coerce(finding_event.c.at, BigInteger)
    # Written out, so that it is the same expression where it is selected and where it is grouped by.
    day = (at // literal_column(str(_DAY))).label("day")
    became = case((finding_event.c.status == _ACTIVE, 1), else_=0)
    was = case((finding_event.c.previous_status == _ACTIVE, 1), else_=0)
    own = (finding_event.c.analyzer_key == analyzer_key, finding_event.c.at >= since)
    rows = connection.execute(select(day, cast(func.sum(became - was), BigInteger)).where(*own).group_by(day))
    return {int(number): int(change) for number, change in rows}


@dataclass(frozen=True, slots=True)
class Group:
    """Active findings that have one thing in common."""

    values: tuple[str | None, ...]
    """Of the columns that they were grouped by."""
    findings: int
    resources: int
    example: int
    """The key of one of them."""


_CAUSE = (finding.c.cause,)
_PRINCIPAL = (finding.c.principal_aws, finding.c.principal_federated, finding.c.principal_canonical_user)


def by_cause(connection: Connection, analyzer_key: int, criteria: Filter, *, limit: int) -> list[Group]:
    """The statements that allow the most findings."""
    return _groups(connection, analyzer_key, criteria, _CAUSE, limit)


def by_principal(connection: Connection, analyzer_key: int, criteria: Filter, *, limit: int) -> list[Group]:
    """Who can get at the most."""
    return _groups(connection, analyzer_key, criteria, _PRINCIPAL, limit)


def _groups(
    connection: Connection, analyzer_key: int, criteria: Filter, columns: Sequence[Column[Any]], limit: int
) -> list[Group]:
    number = func.count().label("number")
    # All of this is in an index, which is why nothing else is asked: a row is wide.
    totals = (number, func.count(finding.c.resource_key.distinct()), func.min(finding.c.key))
    wanted = meets(connection, criteria, found_by="status")
    query = select(*columns, *totals).where(finding.c.analyzer_key == analyzer_key, *wanted)
    rows = connection.execute(query.group_by(*columns).order_by(number.desc(), *columns).limit(limit))
    return [Group(tuple(row[:-3]), *row[-3:]) for row in rows]


def _active(analyzer_key: int) -> tuple[Any, ...]:
    return finding.c.analyzer_key == analyzer_key, finding.c.status == _ACTIVE
