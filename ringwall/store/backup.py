"""Copies an SQLite database while it is in use, and puts such a copy back."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ringwall.errors import StoreError
from ringwall.store.version import refuse_newer

_PAGES = 2000
"""Copied between two looks at whether somebody else wants to write."""
_BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database that is in use."""


def back_up(database: Path, target: Path) -> str:
    """Copy `database` to `target`, all or nothing, as it is at one moment; others may go on writing.

    Returns:
        The version of its tables.

    Raises:
        StoreError: there is no database, it is damaged, or the target cannot be written.
    """
    if not database.is_file():
        raise StoreError(f"there is no database `{database}`")
    try:
        with _written_whole(target) as new:
            with closing(_opened(database)) as source, closing(sqlite3.connect(new)) as copy:
                source.backup(copy, pages=_PAGES)
                # The copy is one file: nobody who copies it further may forget the one beside it.
                copy.execute("PRAGMA journal_mode=DELETE")
            return check(new)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"`{database}` cannot be copied to `{target}`: {error}") from error


def restore(copy: Path, database: Path) -> str:
    """Put `copy` in the place of `database`; what was there is kept beside it, with `.replaced` behind its name.

    Nobody may have the database open.

    Returns:
        The version of its tables.

    Raises:
        StoreError: the copy is damaged, or of a newer Ringwall; then everything is as before.
    """
    if not copy.is_file():
        raise StoreError(f"there is no file `{copy}`")
    try:
        with _written_whole(database, put_aside=True) as new:
            new.write_bytes(copy.read_bytes())
            version = check(new, named=copy)
            refuse_newer(version)
            return version
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"`{copy}` cannot be restored: {error}") from error


def refuse_half_restored(database: Path) -> None:
    """
    Raises:
        StoreError: a restore ended between putting the old database aside and the new one in its place: an empty one
            would be made, and nobody would notice.
    """
    kept = _kept(database)
    if kept.exists() and not database.exists():
        message = f"there is no `{database}`, and `{kept}` is there: a restore was interrupted"
        raise StoreError(
            f"{message}; do it again, or give the old database its name back with all that stands beside it"
        )


def check(database: Path, *, named: Path | None = None) -> str:
    """The version of the tables in a database that is as it should be. An error calls it what it is `named`.

    Raises:
        StoreError: it is damaged, or none of ours.
    """
    name = named or database
    try:
        with closing(_opened(database)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            problems += [
                f"a row of {row[0]} belongs to nothing" for row in connection.execute("PRAGMA foreign_key_check")
            ]
            if problems:
                raise StoreError(f"`{name}` is damaged: {'; '.join(problems[:3])}")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"`{name}` is no database of Ringwall: {error}") from error
    if row is None:
        raise StoreError(f"`{name}` is no database of Ringwall: it has no version")
    return str(row[0])


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=30)


@contextmanager
def _written_whole(target: Path, *, put_aside: bool = False) -> Iterator[Path]:
    """A new file beside `target` that takes its place when the block ends well. It holds findings: its owner's alone."""
    new = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield new
        with new.open("rb") as file:
            os.fsync(file.fileno())
        if put_aside:
            _put_aside(target)
        new.replace(target)
    finally:
        for each in (new, *(_beside(new, suffix) for suffix in _BESIDE)):
            each.unlink(missing_ok=True)


def _put_aside(database: Path) -> None:
    """With what stands beside it: a journal next to another database than its own would destroy that."""
    kept = _kept(database)
    if database.exists():
        # Else somebody ended half-way through this, and what is kept is what was put aside then.
        for suffix in _BESIDE:
            _beside(kept, suffix).unlink(missing_ok=True)
    for suffix in ("", *_BESIDE):
        if (old := _beside(database, suffix)).exists():
            old.replace(_beside(kept, suffix))


def _kept(database: Path) -> Path:
    return database.with_name(f"{database.name}.replaced")


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
