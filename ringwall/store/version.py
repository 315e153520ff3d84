"""Of which version a database is, and whether this Ringwall can use it."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from ringwall.errors import StoreError
from ringwall.store.database import Store

VERSION = "0003"
"""The version of the tables in `tables.py`: that of the last migration."""

_version = Table("alembic_version", MetaData(), Column("version_num", String, primary_key=True))
"""Where Alembic writes down which migration was the last."""


def version_of(connection: Connection) -> str | None:
    """The version of the tables that a database has, None where it has none."""
    if not inspect(connection).has_table(_version.name):
        return None
    return connection.scalar(select(_version.c.version_num))


def check_version(store: Store) -> None:
    """Refuse a database that this Ringwall cannot use as it is.

    Raises:
        StoreError: it was made by a newer Ringwall, or has to be migrated first.
    """
    with store.read() as connection:
        found = version_of(connection)
    if found is None:
        raise StoreError("the database has no tables yet: it has to be migrated first")
    refuse_newer(found)
    if found < VERSION:
        message = f"the database is of version {found} and this Ringwall needs {VERSION}: it has to be migrated first"
        raise StoreError(message)


def refuse_newer(version: str) -> None:
    """Whoever does not know the tables of a version should not touch them.

    Raises:
        StoreError: the version is newer than this Ringwall.
    """
    if version > VERSION:
        message = f"the database is of version {version}, from a newer Ringwall; this one knows {VERSION} and older"
        raise StoreError(message)
