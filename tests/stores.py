"""Stores for tests: a new SQLite file, or a new schema in PostgreSQL where one answers."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from ringwall.store.database import Store, open_store
from ringwall.store.migrate import migrate

VARIABLE = "RINGWALL_TEST_POSTGRES"
DEFAULT = "postgresql://ringwall:ringwall@127.0.0.1:5432/ringwall_test"
_SECONDS = 3

# Emptying a table that is empty costs as much as one that is full, and there are many.
_EMPTY = """
DO $$
DECLARE name text; filled boolean; found text[] := '{}';
BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> 'alembic_version'
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO filled;
    IF filled THEN found := found || name; END IF;
  END LOOP;
  IF found <> '{}' THEN
    EXECUTE 'TRUNCATE ' || array_to_string(found, ', ') || ' RESTART IDENTITY CASCADE';
  END IF;
  -- Of tables whose rows a test has deleted itself: some tests know that the first key is 1.
  FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
    WHERE schemaname = current_schema() AND last_value IS NOT NULL
  LOOP
    EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
  END LOOP;
END $$
"""


def postgres_url() -> str:
    """Where the tests look for PostgreSQL."""
    return os.environ.get(VARIABLE, DEFAULT)


@cache
def why_no_postgres() -> str:
    """Why the tests cannot use PostgreSQL; empty where they can."""
    try:
        psycopg.connect(postgres_url(), connect_timeout=_SECONDS).close()
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return ""


def is_tested(kind: str) -> bool:
    """Whether tests on that database run. One that was named has to answer: then the tests fail and do not skip."""
    return kind == "sqlite" or not why_no_postgres() or VARIABLE in os.environ


def tested_databases() -> str:
    """What the summary of a test run says."""
    place = make_url(postgres_url()).render_as_string(hide_password=True)
    if why := why_no_postgres():
        return f"databases: SQLite only; PostgreSQL is NOT tested: {place} does not answer ({why})"
    return f"databases: SQLite, and PostgreSQL at {place}"


def sqlite_copy(template, folder) -> Store:
    """A new store that is a copy of a SQLite file."""
    shutil.copy(template, folder / "ringwall.db")
    return open_store(f"sqlite:///{folder / 'ringwall.db'}")


def sqlite_template(folder):
    """A SQLite file with all tables and no rows."""
    template = folder / "template.db"
    store = open_store(f"sqlite:///{template}")
    migrate(store)
    store.close()
    return template


class Schema:
    """A schema in PostgreSQL that belongs to one run of the tests."""

    def __init__(self, name: str) -> None:
        self.name = name
        with psycopg.connect(postgres_url(), autocommit=True) as connection:
            connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
            connection.execute(f'CREATE SCHEMA "{name}"')

    @property
    def url(self) -> URL:
        """Opens it, and nothing but it."""
        return make_url(postgres_url()).update_query_dict({"options": f"-csearch_path={self.name}"})

    def open(self) -> Store:
        return open_store(self.url.render_as_string(hide_password=False))

    def drop(self) -> None:
        with psycopg.connect(postgres_url(), autocommit=True) as connection:
            connection.execute(f'DROP SCHEMA IF EXISTS "{self.name}" CASCADE')


def empty(store: Store) -> None:
    """Deletes every row of a PostgreSQL schema."""
    with store.write() as connection:
        connection.execute(text(_EMPTY))


@contextmanager
def empty_store(kind: str, folder: Path) -> Iterator[Store]:
    """A database of that kind without any table; the test is skipped where there is no such database."""
    if not is_tested(kind):
        pytest.skip(f"no PostgreSQL: {why_no_postgres()}")
    if kind == "sqlite":
        store = open_store(f"sqlite:///{folder / 'empty.db'}")
        yield store
        store.close()
        return
    schema = Schema(f"empty_{os.getpid()}")
    store = schema.open()
    yield store
    store.close()
    schema.drop()
