"""Sessions in thousands of accounts: opened when they are needed, kept while they are in use, few at a time."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from ringwall.collector.accounts import Role, assumed_session, own_session
from ringwall.collector.aws import AwsSession, Connection
from ringwall.collector.traffic import Traffic
from ringwall.errors import CollectionError, UsageError

ACCOUNTS = 2_000
"""Of how many accounts the credentials are kept. They cost little; assuming the role again costs a call."""
PLACES = 32
"""Of how many accounts and Regions the clients are kept: those of one place take 3.5 MB and 0.15 s of CPU to make."""


@dataclass(slots=True)
class _Credentials:
    """The session of an account, once it is open; whoever opens it makes only those wait who want the same account."""

    session: AwsSession | None = None
    lock: Lock = field(default_factory=Lock)


@dataclass(slots=True)
class _Clients:
    session: AwsSession
    users: int = 0


class Sessions:
    """Threads may share it."""

    def __init__(
        self, connection: Connection, role: Role | None = None, *, accounts: int = ACCOUNTS, places: int = PLACES
    ) -> None:
        self._connection = connection
        self._role = role
        self._most_accounts = accounts
        self._most_places = places
        self._own = _Credentials()
        self._accounts: OrderedDict[str, _Credentials] = OrderedDict()
        self._places: OrderedDict[tuple[str, str], _Clients] = OrderedDict()
        self._lock = Lock()

    def own(self) -> AwsSession:
        """The session of the service's own credentials.

        Raises:
            CollectionError: there are none, or AWS does not know them.
        """
        with self._own.lock:
            if self._own.session is None:
                try:
                    # It lives as long as the service: what was not answered an hour ago says nothing about now.
                    self._own.session = own_session(self._connection, Traffic(patience=sys.maxsize))
                except UsageError as error:
                    raise CollectionError("INTERNAL_ERROR", str(error)) from error
            return self._own.session

    @contextmanager
    def at(self, account: str, region: str) -> Iterator[AwsSession]:
        """A session for one account and Region, whose clients stay open while it is used.

        Raises:
            CollectionError: the account does not let us in.
        """
        session = self._session(account)
        clients = self._enter(account, region, session)
        try:
            # How many calls in a row stayed without an answer is counted anew each time.
            traffic = Traffic(patience=2 * self._connection.threads)
            yield clients.session.with_traffic(traffic)
        finally:
            self._leave(clients)

    def _session(self, account: str) -> AwsSession:
        own = self.own()
        if account == own.account:
            return own
        if self._role is None:
            raise CollectionError(
                "ACCESS_DENIED", f"account {account} is read by assuming a role, and none is configured"
            )
        with self._lock:
            credentials = self._accounts.setdefault(account, _Credentials())
            self._accounts.move_to_end(account)
            if len(self._accounts) > self._most_accounts:
                self._accounts.popitem(last=False)
        with credentials.lock:
            if credentials.session is None:
                credentials.session = assumed_session(own, account, self._role)
            return credentials.session

    def _enter(self, account: str, region: str, session: AwsSession) -> _Clients:
        with self._lock:
            clients = self._places.get((account, region))
            # Whoever evicted the account's credentials has others now.
            if clients is None or clients.session.core is not session.core:
                clients = self._places[account, region] = _Clients(session.with_clients())
            self._places.move_to_end((account, region))
            clients.users += 1
            return clients

    def _leave(self, clients: _Clients) -> None:
        with self._lock:
            clients.users -= 1
            idle = [place for place, each in self._places.items() if not each.users]
            surplus = idle[: max(0, len(self._places) - self._most_places)]
            closing = [self._places.pop(place) for place in surplus]
        for each in closing:
            each.session.close()
