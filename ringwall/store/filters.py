"""Filters as SQL, with the meaning that `findings.archive_rule` gives them; a random test holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    UnaryExpression,
    and_,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.operators import custom_op

from ringwall.findings.archive_rule import Criterion, Filter, fact_name
from ringwall.store.column_types import digest, short
from ringwall.store.rows import is_sqlite
from ringwall.store.tables import finding, finding_condition, resource

_CONDITION = fact_name("condition.")
COLUMNS: Mapping[str, Column[Any]] = {
    "cause": finding.c.cause,
    "error": finding.c.error,
    "exposure": finding.c.exposure,
    "findingType": finding.c.type,
    "id": finding.c.id,
    "principal.AWS": finding.c.principal_aws,
    "principal.CanonicalUser": finding.c.principal_canonical_user,
    "principal.Federated": finding.c.principal_federated,
    "region": finding.c.region,
    "resource": finding.c.resource,
    "resourceControlPolicyRestriction": finding.c.restriction,
    "resourceOwnerAccount": finding.c.resource_owner_account,
    "resourceType": finding.c.resource_type,
    "status": finding.c.status,
}
_OF_RESOURCE: Mapping[str, Column[Any]] = {
    "region": resource.c.region,
    "resourceOwnerAccount": resource.c.owner_account,
    "resourceType": resource.c.type,
}
_BOOLEANS = {"true": True, "false": False}
_CASES = 3


Part = Callable[[Any, str], ColumnElement[bool]]
"""Whether a column contains a text."""


def meets(connection: Connection, criteria: Filter, *, found_by: str | None = None) -> list[ColumnElement[bool]]:
    """What has to hold of a row of `finding` so that the finding meets every criterion.

    A property that no finding of the store has, such as `serviceControlPolicyRestriction`, has no value.

    Args:
        connection: the transaction.
        criteria: by the API's names of properties.
        found_by: the property whose index the findings are to be found by. SQLite knows only how many values a column
            has, and takes a value that half of the findings have for a rare one: so it is told.
    """
    words = _Words(has_part(connection), without_index(connection))
    return [
        _meets(key, criterion, words if key != found_by else replace(words, column=_as_it_is))
        for key, criterion in criteria.items()
    ]


def resource_meets(connection: Connection, criteria: Filter) -> list[ColumnElement[bool]]:
    """What has to hold of a finding's row of `resource`, of what `meets` says of the finding. No index is to use it."""
    column = without_index(connection)
    named = {name: criteria[name].eq for name in _OF_RESOURCE if name in criteria and criteria[name].eq}
    return [_is_one_of(column(_OF_RESOURCE[name]), values) for name, values in named.items()]


@dataclass(frozen=True, slots=True)
class _Words:
    """How a database says things."""

    has_part: Part
    column: Callable[[ColumnElement[Any]], ColumnElement[Any]]
    """A column that no index is to be searched by."""


def without_index(connection: Connection) -> Callable[[ColumnElement[Any]], ColumnElement[Any]]:
    """How a column is written that no index is to be searched by."""
    return _unindexed if is_sqlite(connection) else _as_it_is


def _as_it_is(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column


def _unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A plus sign before a column means the same value to SQLite, but no index: https://sqlite.org/optoverview.html."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _meets(key: str, criterion: Criterion, words: _Words) -> ColumnElement[bool]:
    name = fact_name(key)
    if name.startswith(_CONDITION):
        return _condition_meets(short(name.removeprefix(_CONDITION)), criterion, words)
    if name == "isPublic":
        return _boolean_meets(words.column(finding.c.is_public), criterion)
    if name in COLUMNS:
        return _text_meets(COLUMNS[name], criterion, words)
    return true() if criterion.is_met_by(()) else false()


def _text_meets(column: Column[Any], criterion: Criterion, words: _Words) -> ColumnElement[bool]:
    """A comparison with NULL is not true, so that a row without a value meets nothing but `exists: false`."""
    value = words.column(column)
    wanted: list[ColumnElement[bool]] = []
    if criterion.eq:
        wanted.append(_is_one_of(value, criterion.eq))
    if criterion.neq:
        wanted.append(value.not_in(criterion.neq))
    if criterion.contains:
        wanted.append(or_(*(words.has_part(value, part) for part in criterion.contains)))
    if criterion.exists is not None and column.nullable:
        wanted.append(value.is_not(null()) if criterion.exists else value.is_(null()))
    if criterion.exists is False and not column.nullable:
        wanted.append(false())
    return and_(true(), *wanted)


def _is_one_of(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """One value is written as an equation: then an index on it also gives the order."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _boolean_meets(column: ColumnElement[Any], criterion: Criterion) -> ColumnElement[bool]:
    """There are three cases, so each is asked whether it would do."""
    met = [column == literal(value, Boolean) for text, value in _BOOLEANS.items() if criterion.is_met_by((text,))]
    if criterion.is_met_by(()):
        met.append(column.is_(null()))
    return or_(false(), *met) if len(met) < _CASES else true()


def _condition_meets(name: str, criterion: Criterion, words: _Words) -> ColumnElement[bool]:
    """A condition key has several values: `eq` and `contains` need one that fits, `neq` none that is listed."""
    value = finding_condition.c.value
    is_there = _has_value(name, true())
    wanted: list[ColumnElement[bool]] = []
    if criterion.exists is not None:
        wanted.append(is_there if criterion.exists else ~is_there)
    if criterion.neq:
        wanted += (is_there, ~_has_value(name, has_digest_of(criterion.neq)))
    if criterion.eq:
        wanted.append(_has_value(name, has_digest_of(criterion.eq)))
    if criterion.contains:
        wanted.append(_has_value(name, or_(*(words.has_part(value, part) for part in criterion.contains))))
    return and_(true(), *wanted)


def has_digest_of(values: Sequence[str]) -> ColumnElement[bool]:
    """Whether the value of a condition is one of these."""
    return _is_one_of(finding_condition.c.digest, [digest(each) for each in values])


def _has_value(name: str, fits: ColumnElement[bool]) -> ColumnElement[bool]:
    own = and_(finding_condition.c.finding_key == finding.c.key, finding_condition.c.name == name)
    return exists(select(finding_condition.c.value).where(own, fits))


def has_part(connection: Connection) -> Part:
    """How the database looks for a text in another."""
    return _has_part_sqlite if is_sqlite(connection) else _has_part_postgresql


def _has_part_sqlite(column: Any, part: str) -> ColumnElement[bool]:
    # SQLite's LIKE takes capital and small letters for the same.
    return func.instr(column, literal(part, column.type)) > 0


def _has_part_postgresql(column: Any, part: str) -> ColumnElement[bool]:
    return func.strpos(column, literal(part, column.type)) > 0
