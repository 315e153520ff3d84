"""Opens the database, SQLite or PostgreSQL, and hands out transactions."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from ringwall.errors import StoreError

FILE = "ringwall.db"
"""The SQLite file in the data folder."""
_BUSY_SECONDS = 30
_UNUSED_SECONDS = 5.0
"""After so long a connection to PostgreSQL is not taken for alive: a firewall may have forgotten it."""
_USED_AT = "used_at"


def sqlite_url(folder: Path) -> str:
    """The database of a data folder."""
    return f"sqlite:///{folder / FILE}"


class Store:
    """A database and its transactions. Threads may share it.

    Every query is a function of this room that takes the connection of a transaction, so that a use case decides
    what happens together.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Of SQLite's writers one writes and the others sleep, ever longer and in no order: in one process they queue up.
        self._turn: AbstractContextManager[Any] = Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; it is committed at the end, or rolled back by an error."""
        engine = self.engine.execution_options(ringwall_writes=True)
        with self._turn, self.failing_clearly(), engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one state of the database."""
        with self.failing_clearly(), self.engine.connect() as connection, connection.begin():
            if not self.is_sqlite:
                _keep_one_state(connection)
            yield connection

    @contextmanager
    def failing_clearly(self) -> Iterator[None]:
        """Says what it means when the database cannot be reached."""
        try:
            yield
        except OperationalError as error:
            raise StoreError(f"the database does not answer: {error.orig}") from error

    def close(self) -> None:
        self.engine.dispose()


def open_store(url: str, *, connections: int = 16) -> Store:
    """The store behind an SQLAlchemy URL: `sqlite:///FILE` or `postgresql://…`. Makes no tables: see `migrate`.

    Raises:
        StoreError: the URL makes no sense, or the driver is not installed (`pip install 'ringwall[postgres]'`).
    """
    try:
        parsed = make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            return Store(_sqlite(parsed, connections))
        engine = create_engine(parsed, pool_size=connections, max_overflow=4)
        event.listen(engine, "connect", _set_up_postgresql)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_check_postgresql, engine.dialect))
        return Store(engine)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"no database can be opened with this URL: {error}") from error
    except ModuleNotFoundError as error:
        raise StoreError("PostgreSQL needs a driver: pip install 'ringwall[postgres]'") from error


def _set_up_postgresql(connection: Any, _: Any) -> None:
    # Compiling a query, or sharing it out, takes longer than any of ours may take.
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.autocommit = False


def _keep_one_state(connection: Connection) -> None:
    """For the transaction that begins; SQLAlchemy's own way to say so costs as much as a small query."""
    from psycopg import IsolationLevel  # noqa: PLC0415 - not there without the extra

    fairy: Any = connection.connection
    fairy.dbapi_connection.isolation_level = IsolationLevel.REPEATABLE_READ


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()
    if connection is not None and connection.isolation_level is not None:
        connection.isolation_level = None


def _check_postgresql(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
    """Has the pool connect anew where the server has gone meanwhile, or ended the connection.

    To ask it costs as much as a small query. Where a connection was used just now, it is only asked if something has
    come from it: it says so when it ends a connection.
    """
    is_used = time.monotonic() - record.info.get(_USED_AT, -_UNUSED_SECONDS) < _UNUSED_SECONDS
    try:
        if not is_used or _has_come(connection):
            dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError("the server ended the connection") from error


def _has_come(connection: Any) -> bool:
    """Whether there is something to read, the end of the connection among it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _sqlite(url: Any, connections: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=4,
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # The driver must not begin transactions by itself: it would begin them too late to be one state.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # In WAL mode a power cut may lose the last transactions with NORMAL, a killed process loses none with either.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # In KiB: the upper pages of every index, so that these are not read again for each row of a listing.
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer waits for its turn at the start; else two readers that both want to write would lock each other out."""
    writes = connection.get_execution_options().get("ringwall_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
