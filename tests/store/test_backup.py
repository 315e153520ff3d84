"""A copy of the database: whole, checked, and put back only where it is as it should be."""

import sqlite3
from threading import Event, Thread

import pytest
from sqlalchemy import insert, select

from ringwall.errors import StoreError
from ringwall.store import tables
from ringwall.store.backup import back_up, check, refuse_half_restored, restore
from ringwall.store.database import FILE, open_store, sqlite_url
from ringwall.store.migrate import migrate
from ringwall.store.version import VERSION
from tests.service.service_for_tests import NOON


@pytest.fixture
def database(tmp_path):
    """A database in use: its file and its store."""
    folder = tmp_path / "data"
    folder.mkdir()
    store = open_store(sqlite_url(folder))
    migrate(store)
    yield folder / FILE, store
    store.close()


def add(store, name):
    with store.write() as connection:
        connection.execute(insert(tables.worker).values(id=name, started_at=NOON, seen_at=NOON))


def names(path):
    store = open_store(f"sqlite:///{path}")
    with store.read() as connection:
        found = [row.id for row in connection.execute(select(tables.worker.c.id))]
    store.close()
    return found


def test_a_copy_holds_what_was_committed(database, tmp_path):
    """
    What still stands in the write-ahead log is in the copy, which is one file for its owner alone.
    """
    path, store = database
    add(store, "before")
    version = back_up(path, tmp_path / "copy.db")
    add(store, "after")

    assert version == VERSION
    assert names(tmp_path / "copy.db") == ["before"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_is_made_while_others_write(database, tmp_path):
    """
    A writer is not stopped, and the copy is as the database was at one moment.
    """
    path, store = database
    stop = Event()
    written = []

    def write():
        while not stop.is_set():
            add(store, f"{len(written):06}")
            written.append(1)

    thread = Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            back_up(path, tmp_path / f"{number}.db")
    finally:
        stop.set()
        thread.join()
    copied = [len(names(tmp_path / f"{number}.db")) for number in range(5)]

    assert copied == sorted(copied)
    assert len(names(path)) == len(written)


def test_a_copy_is_put_back_and_the_old_one_kept(database, tmp_path):
    """
    After a restore the database is the copy; what it replaced stands beside it.
    """
    path, store = database
    add(store, "one")
    back_up(path, tmp_path / "copy.db")
    add(store, "two")
    store.close()
    version = restore(tmp_path / "copy.db", path)

    assert version == VERSION
    assert names(path) == ["one"]
    assert sorted(names(path.with_name(f"{FILE}.replaced"))) == ["one", "two"]


def test_a_restore_that_was_interrupted(database, tmp_path):
    """
    Between the two renames: no empty database is made, and to do it again loses nothing of the old one.
    """
    path, store = database
    add(store, "one")
    back_up(path, tmp_path / "copy.db")
    add(store, "two")
    store.close()
    refuse_half_restored(path)
    path.rename(path.with_name(f"{FILE}.replaced"))

    with pytest.raises(StoreError, match="a restore was interrupted"):
        refuse_half_restored(path)
    restore(tmp_path / "copy.db", path)

    refuse_half_restored(path)
    assert names(path) == ["one"]
    assert sorted(names(path.with_name(f"{FILE}.replaced"))) == ["one", "two"]


def spoiled(path, how):
    if how == "damaged":
        content = bytearray(path.read_bytes())
        content[4096:12288] = b"\xff" * 8192
        path.write_bytes(content)
    elif how == "another program's":
        path.unlink()
        sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close()
    elif how == "newer":
        connection = sqlite3.connect(path)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.close()
    else:
        path.write_text("no database at all, but some text of more than sixteen characters")


@pytest.mark.parametrize("how", ["damaged", "another program's", "newer", "text"])
def test_what_is_no_good_copy_is_refused(database, tmp_path, how):
    """
    A copy that is damaged, of a newer Ringwall or of something else changes nothing; no temporary file is named.
    """
    path, store = database
    add(store, "one")
    back_up(path, tmp_path / "copy.db")
    spoiled(tmp_path / "copy.db", how)

    with pytest.raises(StoreError) as error:
        restore(tmp_path / "copy.db", path)

    assert f".{FILE}" not in str(error.value)
    assert names(path) == ["one"]
    assert [each.name for each in path.parent.iterdir() if "replaced" in each.name or each.name.startswith(".")] == []


def test_a_copy_that_cannot_be_written_leaves_nothing(database, tmp_path):
    """
    Where the folder is missing, an error says so.
    """
    path, _ = database

    with pytest.raises(StoreError, match="cannot be copied"):
        back_up(path, tmp_path / "none" / "copy.db")


def test_the_version_of_a_sound_database(database):
    """
    A database in use can be checked.
    """
    assert check(database[0]) == VERSION
