"""What released versions left in their databases, as `tools/record_schema.py` recorded it."""

import sqlite3
from pathlib import Path

import psycopg

_FOLDER = Path(__file__).parent
RECORDED = sorted({path.name.split(".")[0] for path in _FOLDER.glob("*.sql")})
"""The versions."""


def restore(store, version):
    """Fills an empty database with what a version left."""
    dialect = store.engine.dialect.name
    dump = (_FOLDER / f"{version}.{dialect}.sql").read_text(encoding="utf-8")
    if dialect == "sqlite":
        with sqlite3.connect(store.engine.url.database) as connection:
            connection.executescript(dump)
        connection.close()
    else:
        place = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(place) as connection:
            connection.execute(dump)
