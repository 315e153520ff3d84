"""Who outside reaches which account: findings counted by both ends, in the database."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, and_, func, null, or_, select

from ringwall.store.tables import finding, finding_condition

TELLING = (
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "kms:calleraccount",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
)
"""Conditions that say who is meant where the principal is everybody."""
_EVERYBODY = "*"
_IS_ANYBODY = and_(finding.c.principal_aws == _EVERYBODY, finding.c.is_public.is_(False))
_IS_SOMEBODY = or_(
    finding.c.principal_aws.is_(None), finding.c.principal_aws != _EVERYBODY, finding.c.is_public.is_not(False)
)
# In the order of the index that they are counted from.
_ENDS: tuple[ColumnElement[str | None], ...] = (
    finding.c.principal_aws,
    finding.c.principal_federated,
    finding.c.principal_canonical_user,
    finding.c.resource_owner_account,
    finding.c.exposure,
)


@dataclass(frozen=True, slots=True)
class AccessCount:
    """Findings that are alike: the same principal, the same account, the same exposure."""

    aws: str | None
    """The principal; with `*`, `condition` says who is meant."""
    federated: str | None
    canonical_user: str | None
    account: str
    """Whose resources they are."""
    exposure: str | None
    condition: str | None
    """`aws:principalorgid=o-…`: of several, the first in the order of letters."""
    number: int


def counts(connection: Connection, analyzer_key: int) -> list[AccessCount]:
    """The active findings of an analyzer, counted by principal, owner and exposure."""
    # Apart: conditions are looked for only where they say who is meant.
    somebody = select(*_ENDS, null(), func.count()).where(*_is_access(analyzer_key), _IS_SOMEBODY).group_by(*_ENDS)
    told = _told(analyzer_key)
    ends = (*_ENDS, told.c.condition)
    anybody = select(*ends, func.count()).select_from(finding.outerjoin(told, told.c.finding_key == finding.c.key))
    anybody = anybody.where(*_is_access(analyzer_key), _IS_ANYBODY).group_by(*ends)
    rows = (connection.execute(query).all() for query in (somebody, anybody))
    return [AccessCount(*values) for values in map(tuple[Any, ...], chain.from_iterable(rows))]


def _is_access(analyzer_key: int) -> tuple[ColumnElement[bool], ...]:
    return (finding.c.analyzer_key == analyzer_key, finding.c.status == "ACTIVE", finding.c.error.is_(None))


def _told(analyzer_key: int) -> Subquery:
    """Who is meant by the findings whose principal is everybody, one condition of each."""
    written = finding_condition.c.name + "=" + finding_condition.c.value
    query = select(finding_condition.c.finding_key, func.min(written).label("condition"))
    query = query.join(finding, finding.c.key == finding_condition.c.finding_key)
    query = query.where(*_is_access(analyzer_key), _IS_ANYBODY, finding_condition.c.name.in_(TELLING))
    return query.group_by(finding_condition.c.finding_key).subquery()
