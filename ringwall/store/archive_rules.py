"""The archive rules of analyzers, in the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy import delete as delete_from
from sqlalchemy import update as update_of

from ringwall.errors import ConflictError
from ringwall.findings.archive_rule import ArchiveRule, Criterion, Filter, filter_as_json
from ringwall.store.rows import insert_once
from ringwall.store.tables import archive_rule


def insert(connection: Connection, analyzer_key: int, rule: ArchiveRule) -> None:
    """Adds a rule.

    Raises:
        ConflictError: the analyzer has a rule of this name.
    """
    if insert_once(connection, archive_rule, {"analyzer_key": analyzer_key, **_columns(rule)}) is None:
        message = f"the analyzer has an archive rule `{rule.name}` already"
        raise ConflictError(message, resource_id=rule.name, resource_type="ArchiveRule")


def find(connection: Connection, analyzer_key: int, name: str) -> ArchiveRule | None:
    """The analyzer's rule of this name."""
    row = connection.execute(select(archive_rule).where(*_named(analyzer_key, name))).one_or_none()
    return None if row is None else _rule_of(row)


def of_analyzer(connection: Connection, analyzer_key: int) -> tuple[ArchiveRule, ...]:
    """All rules of an analyzer, oldest first, expired ones among them."""
    query = select(archive_rule).where(archive_rule.c.analyzer_key == analyzer_key).order_by(archive_rule.c.key)
    return tuple(_rule_of(row) for row in connection.execute(query))


def page(connection: Connection, analyzer_key: int, *, after: int = 0, limit: int) -> Sequence[tuple[int, ArchiveRule]]:
    """The next rules of an analyzer, each with the key to go on after."""
    query = (
        select(archive_rule)
        .where(archive_rule.c.analyzer_key == analyzer_key, archive_rule.c.key > after)
        .order_by(archive_rule.c.key)
        .limit(limit)
    )
    return [(row.key, _rule_of(row)) for row in connection.execute(query)]


def count(connection: Connection, analyzer_key: int) -> int:
    """How many rules an analyzer has."""
    query = select(func.count()).select_from(archive_rule).where(archive_rule.c.analyzer_key == analyzer_key)
    return int(connection.execute(query).scalar_one())


def replace(connection: Connection, analyzer_key: int, rule: ArchiveRule) -> bool:
    """Writes over the rule of this name; False where there is none."""
    query = update_of(archive_rule).where(*_named(analyzer_key, rule.name)).values(**_columns(rule))
    return bool(connection.execute(query).rowcount)


def delete(connection: Connection, analyzer_key: int, name: str) -> bool:
    """Takes a rule away; False where there is none."""
    return bool(connection.execute(delete_from(archive_rule).where(*_named(analyzer_key, name))).rowcount)


def expired(connection: Connection, now: datetime) -> Iterator[tuple[int, ArchiveRule]]:
    """Rules whose time is over, each with the key of its analyzer."""
    query = select(archive_rule).where(archive_rule.c.expires_at <= now).order_by(archive_rule.c.key)
    for row in connection.execute(query).all():
        yield row.analyzer_key, _rule_of(row)


def _filter_of(written: Mapping[str, Mapping[str, Any]]) -> Filter:
    """What `filter_as_json` wrote. It was checked when it came in, and a key that is no longer taken must not hurt."""
    return {
        key: Criterion(
            eq=tuple(each.get("eq", ())),
            neq=tuple(each.get("neq", ())),
            contains=tuple(each.get("contains", ())),
            exists=each.get("exists"),
        )
        for key, each in written.items()
    }


def _named(analyzer_key: int, name: str) -> tuple[Any, Any]:
    return archive_rule.c.analyzer_key == analyzer_key, archive_rule.c.name == name


def _columns(rule: ArchiveRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "filter": filter_as_json(rule.filter),
        "created_at": rule.created_at,
        "updated_at": rule.updated_at,
        "reason": rule.reason,
        "owner": rule.owner,
        "expires_at": rule.expires_at,
    }


def _rule_of(row: Row[Any]) -> ArchiveRule:
    return ArchiveRule(
        name=row.name,
        filter=_filter_of(row.filter),
        created_at=row.created_at,
        updated_at=row.updated_at,
        reason=row.reason,
        owner=row.owner,
        expires_at=row.expires_at,
    )
