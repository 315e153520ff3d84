"""How much there is in each index: what a database chooses by which of them to read."""

from __future__ import annotations

from sqlalchemy import Connection

from ringwall.store.rows import is_sqlite

_LOOKED_AT = 1_000
"""Rows of each index: enough to tell, and done in milliseconds, however many findings there are."""


def take_stock(connection: Connection) -> None:
    """Have SQLite estimate its indices: a new one is chosen wrongly until then. PostgreSQL does it by itself.

    Source: SQLite, ANALYZE and `PRAGMA analysis_limit`.
    """
    if is_sqlite(connection):
        connection.exec_driver_sql(f"PRAGMA analysis_limit={_LOOKED_AT}")
        connection.exec_driver_sql("ANALYZE")
