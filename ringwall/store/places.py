"""The accounts and Regions that an analyzer knows something of, and what it knows of single resources there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, select, update

from ringwall.store.resources import ResourceRecord
from ringwall.store.rows import among, batches, record_of
from ringwall.store.tables import finding, resource

_IS_THERE = resource.c.analysis_digest != ""


def places(connection: Connection, analyzer_key: int) -> set[tuple[str, str]]:
    """The accounts and Regions in which the analyzer knows of resources that are there."""
    return _places(connection, select(resource.c.owner_account, resource.c.region), analyzer_key)


def regions_of(connection: Connection, analyzer_key: int, account: str) -> set[str]:
    """The Regions of one account in which the analyzer knows of resources that are there."""
    query = select(resource.c.owner_account, resource.c.region).where(resource.c.owner_account == account)
    return {region for _, region in _places(connection, query, analyzer_key)}


def _places(connection: Connection, query: Select[tuple[str, str]], analyzer_key: int) -> set[tuple[str, str]]:
    rows = connection.execute(query.where(resource.c.analyzer_key == analyzer_key, _IS_THERE).distinct())
    return {(row.owner_account, row.region) for row in rows}


def of_arns(
    connection: Connection, analyzer_key: int, arns: Collection[str]
) -> Mapping[tuple[str, str], ResourceRecord]:
    """What the analyzer knows of some resources, by ARN and type; also of those that are gone."""
    found: dict[tuple[str, str], ResourceRecord] = {}
    for batch in batches(list(arns)):
        query = select(resource).where(
            resource.c.analyzer_key == analyzer_key, among(connection, resource.c.arn, batch)
        )
        found |= {(row.arn, row.type): record_of(ResourceRecord, row) for row in connection.execute(query)}
    return found


def page(
    connection: Connection, analyzer_key: int, account: str, region: str, *, limit: int
) -> Sequence[ResourceRecord]:
    """Some of the resources in a place that are there."""
    query = select(resource).where(
        resource.c.analyzer_key == analyzer_key,
        resource.c.owner_account == account,
        resource.c.region == region,
        _IS_THERE,
    )
    return [record_of(ResourceRecord, row) for row in connection.execute(query.limit(limit))]


def mark_gone(connection: Connection, keys: Sequence[int]) -> None:
    """Resources that are there no more. Those with findings are kept until these are forgotten."""
    for batch in batches(keys):
        rows = among(connection, resource.c.key, batch)
        connection.execute(update(resource).where(rows).values(analysis_digest="", is_public=False, error=None))
        connection.execute(delete(resource).where(rows, ~_has_findings()))


def forget_gone(connection: Connection) -> int:
    """Deletes the resources that are gone, and whose findings are forgotten; how many they were."""
    return connection.execute(delete(resource).where(resource.c.analysis_digest == "", ~_has_findings())).rowcount


def _has_findings() -> ColumnElement[bool]:
    return exists().where(finding.c.resource_key == resource.c.key)
