"""Record how a released version keeps its data: dumps of a database of each kind with a row in every table.

Run it once when a version of Ringwall is released that changed the tables, and never for an older one: the tests
restore the dumps, migrate them, and look for the rows. PostgreSQL is the one that the tests use; `pg_dump` has to be
there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import JSON, Boolean, Column, Connection, Integer, LargeBinary

from ringwall.store.column_types import Instant, Packed
from ringwall.store.database import Store, open_store
from ringwall.store.migrate import migrate
from ringwall.store.tables import metadata
from ringwall.store.version import VERSION
from tests.store.samples import NOON
from tests.stores import Schema

FOLDER = Path(__file__).parent.parent / "tests" / "store" / "schemas"


_JSON = {"a": [1, "é\0"]}
_SAMPLES: tuple[tuple[type, Any], ...] = (
    (Instant, NOON),
    (Packed, _JSON),
    (JSON, _JSON),
    (Boolean, True),
    (Integer, 7),
    (LargeBinary, b"\x00\xff"),
)


def sample(column: Column[Any]) -> Any:
    """A value that the column can hold. Every table gets one row, so that 1 is the key of whatever a row belongs to."""
    if column.foreign_keys:
        return 1
    return next((value for kind, value in _SAMPLES if isinstance(column.type, kind)), f"{column.name} é")


def fill(connection: Connection) -> None:
    """A row in every table."""
    for table in metadata.sorted_tables:
        row = {column.name: sample(column) for column in table.columns if column.name != "key"}
        connection.execute(table.insert().values(row))


def _filled(store: Store) -> None:
    migrate(store)
    with store.write() as connection:
        fill(connection)


def _sqlite_dump() -> str:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/ringwall.db")
        _filled(store)
        with store.read() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            lines = list(driver.iterdump())
        store.close()
    return "\n".join(lines) + "\n"


def _postgresql_dump() -> str:
    schema = Schema("recorded")
    store = schema.open()
    _filled(store)
    store.close()
    place = schema.url.set(query={}, drivername="postgresql").render_as_string(hide_password=False)
    command = ["pg_dump", "--inserts", "--no-owner", "--schema=recorded", f"--dbname={place}"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    schema.drop()
    # What is left out is for psql alone; names without the schema go where the search path says.
    kept = (
        line
        for line in text.splitlines()
        if line and not line.startswith(("\\", "--", "SET ", "SELECT pg_catalog.set_config"))
    )
    return "\n".join(kept).replace("recorded.", "").replace("CREATE SCHEMA recorded;\n", "") + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{VERSION}.sqlite.sql").write_text(_sqlite_dump(), encoding="utf-8")
    (FOLDER / f"{VERSION}.postgresql.sql").write_text(_postgresql_dump(), encoding="utf-8")


if __name__ == "__main__":
    main()
