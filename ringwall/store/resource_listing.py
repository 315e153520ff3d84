"""Resources as pages list them: filtered, with how many findings each has, and counted by type."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal_column, select, true

from ringwall.store.resources import ResourceRecord
from ringwall.store.rows import among, is_sqlite
from ringwall.store.tables import configuration, finding, resource

PUBLIC, EXTERNAL, PRIVATE, UNKNOWN = "public", "external", "private", "unknown"
STATES = (PUBLIC, EXTERNAL, PRIVATE, UNKNOWN)
"""Public; shared with somebody outside; not shared; not analysed, so that nothing is known."""

_IS_OF_IT = finding.c.resource_key == resource.c.key
# Written out and not as a parameter, so that an index of what is active is used.
_ACTIVE = finding.c.status == literal_column("'ACTIVE'")
_IS_ACTIVE = and_(_IS_OF_IT, finding.c.analyzer_key == resource.c.analyzer_key, _ACTIVE, finding.c.error.is_(None))
_IS_SHARED = exists().where(_IS_ACTIVE)
_IS_PUBLIC = exists().where(_IS_ACTIVE, finding.c.is_public)
_IS_UNKNOWN = resource.c.error.is_not(None)
_STATE: ColumnElement[str] = case((_IS_UNKNOWN, UNKNOWN), (_IS_PUBLIC, PUBLIC), (_IS_SHARED, EXTERNAL), else_=PRIVATE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which resources; what is empty is not asked for."""

    type: str = ""
    account: str = ""
    region: str = ""
    text: str = ""
    """Part of the ARN."""
    state: str = ""


@dataclass(frozen=True, slots=True)
class ListedResource:
    """A resource with what its findings say of it."""

    record: ResourceRecord
    state: str
    active: int
    """Findings that are active."""


def page(
    connection: Connection,
    analyzer_key: int,
    wanted: Wanted,
    *,
    after: int = 0,
    before: int = 0,
    limit: int,
) -> list[ListedResource]:
    """Resources in the order in which they were found: from behind `after`, or the last ones in front of `before`."""
    active = select(func.count()).select_from(finding).where(_IS_ACTIVE).correlate(resource).scalar_subquery()
    query = select(resource, _STATE.label("state"), active.label("active"))
    query = query.where(*_conditions(connection, analyzer_key, wanted)).limit(limit)
    if before:
        query = query.where(resource.c.key < before).order_by(resource.c.key.desc())
    else:
        query = query.where(resource.c.key > after).order_by(resource.c.key)
    found = [_listed(dict(row._mapping)) for row in connection.execute(query)]  # noqa: SLF001 - the public name for it
    return found[::-1] if before else found


def _conditions(connection: Connection, analyzer_key: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    columns = ((resource.c.type, wanted.type), (resource.c.owner_account, wanted.account))
    plain = [column == value for column, value in (*columns, (resource.c.region, wanted.region)) if value]
    return [
        resource.c.analyzer_key == analyzer_key,
        resource.c.analysis_digest != "",
        *plain,
        _is_in_arn(connection, wanted.text) if wanted.text else true(),
        _state_is(wanted.state) if wanted.state else true(),
    ]


def _state_is(state: str) -> ColumnElement[bool]:
    return _STATE.in_([state])


def _is_in_arn(connection: Connection, text: str) -> ColumnElement[bool]:
    find = func.instr if is_sqlite(connection) else func.strpos
    return find(func.lower(resource.c.arn), text.lower()) > 0


def _listed(values: dict[str, Any]) -> ListedResource:
    state, active = values.pop("state"), values.pop("active")
    return ListedResource(ResourceRecord(**values), state, active)


@dataclass(frozen=True, slots=True)
class TypeCount:
    """How many resources of a type there are, by state."""

    type: str
    state: str
    number: int


def counts(connection: Connection, analyzer_key: int) -> list[TypeCount]:
    """How many resources there are of each type, in each state."""
    # Whoever has findings is a small part of all: the rest is counted without looking for any.
    findings = finding.c
    shared = select(findings.resource_key, func.max(case((findings.is_public, 1), else_=0)).label("public"))
    shared = shared.where(findings.analyzer_key == analyzer_key, _ACTIVE, findings.error.is_(None))
    shared = shared.group_by(findings.resource_key)
    some = shared.subquery()
    state = case(
        (_IS_UNKNOWN, UNKNOWN), (some.c.public == 1, PUBLIC), (some.c.public == 0, EXTERNAL), else_=PRIVATE
    ).label("state")
    query = select(resource.c.type, state, func.count().label("number"))
    query = query.select_from(resource.outerjoin(some, some.c.resource_key == resource.c.key))
    query = query.where(resource.c.analyzer_key == analyzer_key, resource.c.analysis_digest != "")
    rows = connection.execute(query.group_by(resource.c.type, state).order_by(resource.c.type))
    return [TypeCount(row.type, row.state, row.number) for row in rows]


def newest(connection: Connection, analyzer_key: int) -> int:
    """A number that is another as soon as there is a new resource."""
    return connection.scalar(select(func.max(resource.c.key)).where(resource.c.analyzer_key == analyzer_key)) or 0


def configurations_of(
    connection: Connection, analyzer_key: int, arns: Collection[str]
) -> dict[str, tuple[ResourceRecord, bytes | None]]:
    """Some resources with their configurations, by ARN."""
    query = select(resource, configuration.c.content).select_from(
        resource.outerjoin(configuration, configuration.c.digest == resource.c.configuration_digest)
    )
    query = query.where(
        resource.c.analyzer_key == analyzer_key,
        resource.c.analysis_digest != "",
        among(connection, resource.c.arn, sorted(arns)),
    )
    found: dict[str, tuple[ResourceRecord, bytes | None]] = {}
    for row in connection.execute(query):
        values = dict(row._mapping)  # noqa: SLF001 - the public name for it
        content = values.pop("content")
        found[row.arn] = (ResourceRecord(**values), None if content is None else zlib.decompress(content))
    return found


def sample(connection: Connection, analyzer_key: int, number: int) -> list[tuple[str, str, bytes]]:
    """Some resources: the account, the digest and the content of the configuration of each.

    They come in the order of their digests, which is as good as chance, and the same each time.
    """
    digest = resource.c.configuration_digest
    some = select(resource.c.owner_account, digest).where(
        resource.c.analyzer_key == analyzer_key, resource.c.analysis_digest != ""
    )
    chosen = some.order_by(digest, resource.c.key).limit(number).subquery()
    query = select(chosen.c.owner_account, chosen.c.configuration_digest, configuration.c.content).join(
        configuration, configuration.c.digest == chosen.c.configuration_digest
    )
    return [(account, name, zlib.decompress(content)) for account, name, content in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many resources of some types are in one place."""

    account: str
    region: str
    number: int
    public: int
    external: int


def places(connection: Connection, analyzer_key: int, types: Sequence[str]) -> list[PlaceCount]:
    """How many resources of these types are in each account and Region, and how many of them are shared."""
    number = func.count().label("number")
    public, external = (
        func.sum(case((each, 1), else_=0)).label(name)
        for each, name in ((_IS_PUBLIC, "public"), (and_(_IS_SHARED, ~_IS_PUBLIC), "external"))
    )
    place = (resource.c.owner_account, resource.c.region)
    query = select(*place, number, public, external).where(
        resource.c.analyzer_key == analyzer_key, resource.c.analysis_digest != "", resource.c.type.in_(types)
    )
    rows = connection.execute(query.group_by(*place).order_by(*place))
    return [PlaceCount(*row) for row in rows]
