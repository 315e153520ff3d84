"""Resources as an analyzer last saw them, and their configurations, each kept once."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, exists, select, update
from sqlalchemy import delete as delete_from

from ringwall.store.rows import among, batches, insert_into, record_of, updated_columns, values_of
from ringwall.store.tables import configuration as configuration_table
from ringwall.store.tables import resource

_IDENTITY = ("analyzer_key", "arn", "type")
_LASTING = frozenset((*_IDENTITY, "key", "created_at"))
_IS_THERE = resource.c.analysis_digest != ""


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """A resource as the store keeps it: its fields are the columns."""

    analyzer_key: int
    arn: str
    type: str
    owner_account: str
    region: str
    configuration_digest: str
    analysis_digest: str
    """Of all that its findings follow from: where it is the same, there is nothing to analyse. Empty once it is gone."""
    created_at: datetime
    analyzed_at: datetime
    updated_at: datetime
    error: str | None = None
    is_public: bool = False
    key: int = 0
    """0 until it is saved."""

    @property
    def is_gone(self) -> bool:
        """Whether it is kept for the sake of its findings only, which are remembered for a time."""
        return not self.analysis_digest


def known(
    connection: Connection, analyzer_key: int, account: str, region: str, types: Collection[str]
) -> dict[tuple[str, str], ResourceRecord]:
    """What an analyzer knows of some types in one account and Region, by ARN and type; also what is gone."""
    # By position: a scan reads all of its account's, and names cost more than the rest.
    columns = [resource.c[each.name] for each in fields(ResourceRecord)]
    query = select(*columns).where(
        resource.c.analyzer_key == analyzer_key,
        resource.c.owner_account == account,
        resource.c.region == region,
        resource.c.type.in_(types),
    )
    records = (ResourceRecord(*row) for row in connection.execute(query))
    return {(record.arn, record.type): record for record in records}


def save(connection: Connection, records: Iterable[ResourceRecord]) -> dict[tuple[str, str], int]:
    """Writes resources, new and known ones. A known one keeps its key and its `created_at`.

    Returns:
        The keys, by ARN and type.
    """
    insert = insert_into(connection, resource)
    changed = updated_columns(insert, [each.name for each in resource.columns if each.name not in _LASTING])
    statement = insert.on_conflict_do_update(index_elements=_IDENTITY, set_=changed)
    statement = statement.returning(resource.c.arn, resource.c.type, resource.c.key)
    # A statement that writes one row twice is refused.
    latest = {(each.analyzer_key, each.arn, each.type): values_of(each) for each in records}
    keys: dict[tuple[str, str], int] = {}
    for batch in batches(list(latest.values())):
        keys.update({(row.arn, row.type): row.key for row in connection.execute(statement, batch)})
    return keys


def touch(connection: Connection, keys: Sequence[int], at: datetime) -> None:
    """Resources that were looked at again and found as they were. Whoever looked later knows better."""
    for batch in batches(keys, 10_000):
        looked_at = (among(connection, resource.c.key, batch), resource.c.analyzed_at < at)
        connection.execute(update(resource).where(*looked_at).values(analyzed_at=at))


def delete(connection: Connection, keys: Sequence[int]) -> None:
    """Resources that are gone, and their findings with them: resolve those before, and keep the resource till then."""
    for batch in batches(keys, 10_000):
        connection.execute(delete_from(resource).where(among(connection, resource.c.key, batch)))


def find(connection: Connection, analyzer_key: int, arn: str) -> list[ResourceRecord]:
    """The resources with that ARN: one of each type, and mostly one."""
    query = select(resource).where(resource.c.analyzer_key == analyzer_key, resource.c.arn == arn, _IS_THERE)
    return [record_of(ResourceRecord, row) for row in connection.execute(query.order_by(resource.c.type))]


def page(
    connection: Connection,
    analyzer_key: int,
    type: str | None = None,  # noqa: A002 - the API's word
    *,
    after: int = 0,
    limit: int,
) -> list[ResourceRecord]:
    """The next resources of an analyzer, behind the one with the key `after`."""
    query = select(resource).where(resource.c.analyzer_key == analyzer_key, resource.c.key > after, _IS_THERE)
    if type is not None:
        query = query.where(resource.c.type == type)
    rows = connection.execute(query.order_by(resource.c.key).limit(limit))
    return [record_of(ResourceRecord, row) for row in rows]


def put_configurations(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Keeps configurations by their digest, compressed; one that is there already is not written again."""
    rows = [{"digest": digest, "content": zlib.compress(content)} for digest, content in contents.items()]
    statement = insert_into(connection, configuration_table).on_conflict_do_nothing()
    # In one order everywhere, so that two scans that write the same ones wait for each other and do not lock up.
    for batch in batches(sorted(rows, key=lambda row: str(row["digest"]))):
        connection.execute(statement, batch)


def configuration(connection: Connection, digest: str) -> bytes | None:
    """The configuration with that digest, as it was given."""
    query = select(configuration_table.c.content).where(configuration_table.c.digest == digest)
    content = connection.scalar(query)
    return None if content is None else zlib.decompress(content)


def forget_configurations(connection: Connection) -> int:
    """Deletes the configurations that no resource has any more.

    Returns:
        How many they were.
    """
    used = exists().where(resource.c.configuration_digest == configuration_table.c.digest)
    return connection.execute(delete_from(configuration_table).where(~used)).rowcount
