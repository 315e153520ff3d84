"""Brings a database to the tables of this version, from nothing or from any version before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ringwall.errors import StoreError
from ringwall.store.database import Store
from ringwall.store.statistics import take_stock
from ringwall.store.tables import metadata
from ringwall.store.version import VERSION, check_version, refuse_newer, version_of

__all__ = ["check_version", "migrate", "migrate_to"]

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do as long as no other program locks it in the same database: these are the letters "ringwall".
_LOCK = int.from_bytes(b"ringwall", "big")


def migrate(store: Store) -> None:
    """Make the tables of this version, keeping what is there. Several processes may try at once; one does it.

    Raises:
        StoreError: the database was made by a newer Ringwall.
    """
    migrate_to(store, VERSION)


def migrate_to(store: Store, version: str, folder: Path = MIGRATIONS) -> None:
    """Make the tables of some version, by the migrations of a folder: for tests, all others want `migrate`."""
    with _alone(store) as connection:
        found = version_of(connection)
        if found is not None:
            refuse_newer(found)
        if found is None or found < version:
            _run(connection, version, folder)
            if found is not None:
                take_stock(connection)


def _run(connection: Connection, version: str, folder: Path) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
    script = ScriptDirectory.from_config(configuration)
    environment = EnvironmentContext(
        configuration,
        script,
        fn=lambda revision, _: script._upgrade_revs(version, revision),  # noqa: SLF001 - as Alembic's own command does
        destination_rev=version,
    )
    with environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()


@contextmanager
def _alone(store: Store) -> Iterator[Connection]:
    """A transaction in which nobody else migrates. On SQLite nobody else writes at all."""
    if store.is_sqlite:
        with _without_foreign_keys(store) as connection:
            yield connection
    else:
        with store.write() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection


@contextmanager
def _without_foreign_keys(store: Store) -> Iterator[Connection]:
    """SQLite changes a table by making a new one and dropping the old, which must not take along what refers to it."""
    engine = store.engine.execution_options(ringwall_writes=True)
    with store.failing_clearly(), engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(f"the migration would leave rows of `{broken[0]}` that belong to nothing")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
