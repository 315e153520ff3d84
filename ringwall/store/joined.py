"""A store whose transactions are all part of one that is open already: several use cases, one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from ringwall.store.database import Store


class JoinedStore(Store):
    """What is done with it is done when the transaction of `connection` is committed, or not at all.

    A use case that is given this store instead of the real one becomes a part of a greater step, which records
    at the same instant that it was done.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection.engine)
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A savepoint: an error undoes what was done since, as it would undo a transaction."""
        with self.failing_clearly(), self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The same transaction: what it has written is seen."""
        with self.failing_clearly():
            yield self._connection
