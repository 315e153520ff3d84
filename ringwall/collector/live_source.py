"""AWS as the service looks at it: one account and Region at a time, or one resource, in thousands of accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Protocol

from ringwall.collector.accounts import Estate, Role, estate_of
from ringwall.collector.answers import MALFORMED, malformed
from ringwall.collector.apply import apply_fix
from ringwall.collector.aws import AbsentServiceError, AwsSession, Connection
from ringwall.collector.collect import perform
from ringwall.collector.last_accessed import ReportCache
from ringwall.collector.principals import UsageWanted, read_principals
from ringwall.collector.sessions import Sessions
from ringwall.collector.snapshot import resources_in
from ringwall.collector.steps import (
    GLOBAL_REGION,
    VANISHED,
    Place,
    Wanted,
    find_listed,
    listings,
    read_batch,
    reader_of,
    regions_of,
    unread,
)
from ringwall.errors import CollectionError, UsageError
from ringwall.findings.report import Gap
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import AwsReader, Configuration, Listed, Resource, ResourceType

_THREADS = 4
"""How many calls one reading makes at the same time: an account that is throttled keeps no more threads busy."""


class Scope(Protocol):
    """Which accounts and Regions are meant. Empty means: all."""

    @property
    def accounts(self) -> tuple[str, ...]: ...

    @property
    def regions(self) -> tuple[str, ...]: ...


class LiveSource:
    """Reads through boto3. Threads may share it.

    Args:
        connection: how to reach AWS.
        role: what lets it into other accounts than that of its own credentials.
        accounts: which accounts there are; none named and no organization means: the one of the credentials.
        whole_organization: whether these are all the accounts of the organization.
        regions: where to look; nowhere named means: in every Region that is enabled in the account.
        wanted: which evidence is read of what principals used, and how patiently.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        role: Role | None = None,
        accounts: Sequence[str] = (),
        whole_organization: bool = False,
        regions: Sequence[str] = (),
        wanted: UsageWanted | None = None,
    ) -> None:
        self._sessions = Sessions(connection, role)
        self._role = role
        self._accounts = tuple(accounts)
        self._whole_organization = whole_organization
        self._regions = tuple(regions)
        self._wanted = wanted
        self._admitted: frozenset[str] = frozenset(accounts)
        self._strangers: set[str] = set()

    def estate(self, scope: Scope, analyzer_type: str, /) -> Estate:
        """The accounts of `scope` that can be read, and a gap for each that is none of ours.

        Raises:
            UsageError: the organization's accounts are wanted and cannot be listed.
            CollectionError: there are no credentials, or AWS does not answer.
        """
        estate = self._estate(is_of_organization=analyzer_type.startswith("ORGANIZATION") and not self._accounts)
        if not scope.accounts:
            return estate
        targets = tuple(each for each in estate.targets if each.account in scope.accounts)
        known = {*estate.accounts, *(each.account for each in estate.gaps)}
        unknown = tuple(_unknown(account) for account in scope.accounts if account not in known)
        return replace(estate, targets=targets, gaps=(*estate.gaps, *unknown))

    def _estate(self, *, is_of_organization: bool) -> Estate:
        whole = self._whole_organization or is_of_organization
        estate = estate_of(self._sessions.own(), role=self._role, accounts=self._accounts, whole_organization=whole)
        self._admitted |= set(estate.accounts)
        self._strangers.clear()
        return estate

    @contextmanager
    def _at(self, account: str, region: str) -> Iterator[AwsSession]:
        """A session in an account of ours: whoever names another must not make us knock there with our external id."""
        if account not in self._admitted and account != self._sessions.own().account:
            self._admit(account)
        with self._sessions.at(account, region) as session:
            yield session

    def _admit(self, account: str) -> None:
        """An account may have joined the organization since that was last read, or been found by another process."""
        if self._role and not self._accounts and account not in self._strangers:
            try:
                self._estate(is_of_organization=True)
            except UsageError as error:
                raise CollectionError("ACCESS_DENIED", str(error)) from error
        if account not in self._admitted:
            self._strangers.add(account)
            raise CollectionError("ACCESS_DENIED", _unknown(account).message)

    def regions(self, account: str, /) -> tuple[str, ...]:
        """The Regions to read in an account: the configured ones, or all, as far as they are enabled.

        Raises:
            CollectionError: the account does not let us in, or does not say.
        """
        with self._at(account, "") as session:
            names, notes = regions_of(session, Wanted(tuple(RESOURCE_TYPES.values()), self._regions))
        if refusal := next((each for each in notes if not names and each.is_failure), None):
            raise CollectionError(refusal.code, refusal.message)
        return tuple(names)

    def read(self, account: str, region: str, types: Sequence[str], /) -> Iterator[Resource | Gap]:
        """Every resource of `types` in one Region of an account, or in `global`, and a gap for what cannot be read.

        Raises:
            CollectionError: the account does not let us in.
        """
        stop = Event()
        wanted = Wanted([RESOURCE_TYPES[name] for name in types], stop=stop, keeps_sessions=True)
        with self._at(account, region) as session:
            yield from resources_in(perform(listings(session, region, wanted), threads=_THREADS, stop=stop))

    def read_principals(self, account: str, reports: ReportCache, /) -> Iterator[PrincipalAccess | Gap]:
        """Every user and role of an account with the evidence of what it used, and a gap for what cannot be read.

        Args:
            account: which.
            reports: last-accessed reports that are known already, and the jobs that were started.

        Raises:
            CollectionError: the account does not let us in.
        """
        with self._at(account, GLOBAL_REGION) as session:
            yield from read_principals(session.reader(), wanted=self._wanted, reports=reports)

    def read_one(self, account: str, region: str, resource_type: str, arn: str, /) -> Resource | Gap | None:
        """One resource; None where it is gone. What AWS refuses is a resource with an error.

        Raises:
            CollectionError: the account does not let us in.
        """
        kind = RESOURCE_TYPES[resource_type]
        place = Place(account, region, resource_type)
        with self._at(account, region) as session:
            aws = reader_of(session, region)
            try:
                found = find_listed(kind, aws, arn)
            except AbsentServiceError as error:
                return place.gap("REGION_DISABLED", str(error))
            except CollectionError as error:
                return unread(place, Listed(arn), error.code, str(error))
            except MALFORMED as error:
                return unread(place, Listed(arn), "INTERNAL_ERROR", malformed(error))
            return _read(kind, aws, place, found) if found else None

    def write(self, resource: Resource, configuration: Configuration, /) -> Resource:
        """Make `configuration` the resource's; gives it as it is then. Whoever calls this was given the right to.

        Raises:
            RingwallError: as `apply_fix` does.
        """
        with self._at(resource.owner_account, resource.region) as session:
            return apply_fix(reader_of(session, resource.region), resource, configuration, is_allowed=True)


def _unknown(account: str) -> Gap:
    message = f"account {account} is not among those that the service is configured to read"
    return Gap("ACCESS_DENIED", message, account)


def _read(kind: ResourceType, aws: AwsReader, place: Place, found: Listed) -> Resource | Gap | None:
    [seen] = resources_in(read_batch(aws, kind, place, [found], Event()).seen)
    return None if isinstance(seen, Gap) and seen.code == VANISHED else seen
