import shutil
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, select, text

from ringwall.errors import StoreError
from ringwall.store import analyzers, findings
from ringwall.store.migrate import MIGRATIONS, check_version, migrate, migrate_to
from ringwall.store.tables import metadata
from ringwall.store.version import VERSION
from tests.store.samples import a_finding, an_analyzer, keep, keep_analyzer
from tests.store.schemas import RECORDED, restore
from tests.stores import empty_store

_NEXT = '''
"""A change of a table that others refer to."""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "0003"


def upgrade():
    with op.batch_alter_table("analyzer") as batch:
        batch.add_column(sa.Column("colour", sa.String, server_default="red"))
        batch.alter_column("status_reason", type_=sa.Text)
'''
_BROKEN = '''
"""A migration that fails halfway."""
from alembic import op

revision = "9999"
down_revision = "0003"


def upgrade():
    op.drop_table("worker")
    op.drop_table("there is none")
'''
_PROCESS = """
import sys
from ringwall.store.database import open_store
from ringwall.store.migrate import migrate
migrate(open_store(sys.argv[1]))
"""


def differences(store):
    # What SQLite says of a default is written differently from what was asked for.
    options = {"compare_type": True, "compare_server_default": not store.is_sqlite}
    with store.read() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing(request, tmp_path):
    """A database without any table."""
    with empty_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def next_version(tmp_path):
    """The migrations of this version, and a folder to put the next one into."""
    return shutil.copytree(MIGRATIONS, tmp_path / "migrations")


def test_the_migrations_make_the_tables(nothing):
    """
    From nothing, the migrations make what `tables.py` says, and the store takes it.
    """
    migrate(nothing)

    assert differences(nothing) == []
    check_version(nothing)


@pytest.mark.parametrize("version", RECORDED)
def test_every_released_version_can_be_migrated_with_its_data(nothing, version):
    """
    From a database that the version made, with a row in every table: the tables are today's, the rows are there.
    """
    restore(nothing, version)
    before = rows_of(nothing)

    migrate(nothing)

    after = rows_of(nothing)
    assert differences(nothing) == []
    assert before.keys() - {"alembic_version"}
    for table in before.keys() & metadata.tables.keys():
        [was], [is_] = before[table], after[table]
        assert was.items() <= is_.items()


def rows_of(store):
    """Every row of every table that there is, whatever `tables.py` says."""
    found = MetaData()
    with store.read() as connection:
        found.reflect(connection)
        return {
            name: [dict(row._mapping) for row in connection.execute(select(table))]
            for name, table in found.tables.items()
        }


def test_a_migration_keeps_what_refers_to_the_table_it_changes(nothing, next_version):
    """
    SQLite has to make such a table anew, and deleting the old one would take along all findings.
    """
    migrate(nothing)
    keep(nothing, keep_analyzer(nothing), a_finding())
    (next_version / "versions" / "v9999_next.py").write_text(_NEXT)

    migrate_to(nothing, "9999", next_version)

    with nothing.read() as connection:
        [colour] = connection.execute(text("SELECT colour FROM analyzer")).scalars()
        [found] = findings.of_arn(connection, 1, a_finding().resource)
    assert (colour, found.id) == ("red", "f-1")


def test_a_migration_that_fails_changes_nothing(nothing, next_version):
    """
    Whoever starts the old version again finds the old tables.
    """
    migrate(nothing)
    (next_version / "versions" / "v9999_next.py").write_text(_BROKEN)

    with pytest.raises(Exception, match="there is none"):
        migrate_to(nothing, "9999", next_version)
    assert differences(nothing) == []
    check_version(nothing)


def test_foreign_keys_hold_again_after_a_migration(sqlite_store, next_version):
    """
    They were off only as long as the tables were changed.
    """
    (next_version / "versions" / "v9999_next.py").write_text(_NEXT)
    migrate_to(sqlite_store, "9999", next_version)

    with sqlite_store.read() as connection:
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_migrating_again_changes_nothing(nothing):
    """
    Every start of the service migrates.
    """
    migrate(nothing)
    with nothing.write() as connection:
        analyzers.insert(connection, an_analyzer())

    migrate(nothing)

    with nothing.read() as connection:
        assert len(analyzers.everyone(connection)) == 1


def test_several_processes_may_migrate_at_once(nothing):
    """
    One makes the tables and the others find them made.
    """
    url = nothing.engine.url.render_as_string(hide_password=False)
    processes = [subprocess.Popen([sys.executable, "-c", _PROCESS, url], stderr=subprocess.PIPE) for _ in range(3)]

    errors = [process.communicate(timeout=240)[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [0] * 3, errors
    assert differences(nothing) == []


def test_a_database_without_tables_is_refused(nothing):
    """
    The sentence says what to do.
    """
    with pytest.raises(StoreError, match="has to be migrated first"):
        check_version(nothing)


def set_version(store, version):
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def test_an_older_database_is_refused_until_it_is_migrated(nothing):
    """
    The sentence says both versions.
    """
    migrate(nothing)
    set_version(nothing, "0000")

    with pytest.raises(StoreError, match=f"of version 0000 and this Ringwall needs {VERSION}: it has to be migrated"):
        check_version(nothing)


@pytest.mark.parametrize("use", [check_version, migrate])
def test_a_newer_database_is_refused(nothing, use):
    """
    An older program neither uses nor migrates it.
    """
    migrate(nothing)
    set_version(nothing, "9999")

    with pytest.raises(StoreError, match=f"of version 9999, from a newer Ringwall; this one knows {VERSION}"):
        use(nothing)
