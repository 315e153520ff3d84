"""Puts the service together from its configuration: the one place where everything is chosen."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from uuid import uuid4  # noqa: TID251 - the one source of identity

from ringwall.cli.data_folder import in_use, keep_private, make_folder
from ringwall.cli.identity import identity_of
from ringwall.collector.accounts import Role, own_session
from ringwall.collector.aws import Connection
from ringwall.collector.live_source import LiveSource
from ringwall.collector.traffic import Traffic
from ringwall.collector.trail_files import read_days
from ringwall.collector.trail_names import is_bucket
from ringwall.findings.zone_of_trust import parse_trusted
from ringwall.principals.trail_days import DaySummary, TrailGap
from ringwall.service.configuration import Configuration
from ringwall.service.context import Ringwall
from ringwall.service.queues import jobs_in
from ringwall.service.recovering import take_over
from ringwall.service.secrets import master_key
from ringwall.service.stored_trail import ReadDays
from ringwall.service.zones import Zones
from ringwall.store.backup import refuse_half_restored
from ringwall.store.database import FILE, Store, open_store, sqlite_url
from ringwall.store.migrate import migrate


@contextmanager
def opened(configuration: Configuration, *, to_work: bool = False) -> Iterator[Ringwall]:
    """The service over its store, which is brought to this version first.

    Args:
        configuration: of the service.
        to_work: whether the caller does what is left to do, also by whoever was killed.

    Raises:
        StoreError: the store cannot be used, or another Ringwall is needed for it.
    """
    folder = configuration.data
    make_folder(folder)
    if configuration.aws.profile:
        # The messengers find their credentials where all of AWS's tools look for them.
        os.environ.setdefault("AWS_PROFILE", configuration.aws.profile)
    begun_at = now()
    with in_use(folder) as was_alone, _store(configuration) as store:
        migrate(store)
        identity = identity_of(configuration, store)
        policy = configuration.policy(account=identity.account, region=identity.region, partition=identity.partition)
        ringwall = Ringwall(
            store=store,
            jobs=jobs_in(store, clock=now),
            cipher=master_key(folder, os.environ),
            clock=now,
            new_id=lambda: str(uuid4()),
            policy=policy,
            zones=zones_of(configuration),
            writer=source_of(configuration) if configuration.fixing.allow_apply else None,
        )
        if to_work and was_alone and store.is_sqlite:
            take_over(ringwall, begun_at)
        yield ringwall


def source_of(configuration: Configuration) -> LiveSource:
    """Where resources are read.

    Raises:
        UsageError: the role can have no such name.
    """
    aws = configuration.aws
    return LiveSource(
        connection_of(configuration),
        role=Role(aws.role_name, aws.external_id) if aws.role_name else None,
        accounts=aws.accounts,
        whole_organization=aws.organization,
        regions=aws.regions,
    )


def days_reader_of(configuration: Configuration) -> ReadDays:
    """What reads CloudTrail's log files, with the credentials of the configuration."""

    def read(
        place: str, *, since: date, until: date, account: str | None, known: Collection[tuple[str, date]]
    ) -> Iterable[DaySummary | TrailGap]:
        session = own_session(connection_of(configuration), Traffic()) if is_bucket(place) else None
        return read_days(place, since=since, until=until, account=account, known=known, session=session)

    return read


def zones_of(configuration: Configuration) -> Zones:
    """How resources are analysed."""
    analysis = configuration.analysis
    return Zones(mode=analysis.mode, trusted=tuple(map(parse_trusted, analysis.trust)))


def connection_of(configuration: Configuration) -> Connection:
    """How AWS is reached."""
    return Connection(profile=configuration.aws.profile, endpoint_url=configuration.aws.endpoint_url)


def now() -> datetime:
    """The one clock of the service."""
    return datetime.now(UTC)  # noqa: TID251


@contextmanager
def _store(configuration: Configuration) -> Iterator[Store]:
    if configuration.store.url is None:
        refuse_half_restored(configuration.data / FILE)
        keep_private(configuration.data / FILE)
    store = open_store(configuration.store.url or sqlite_url(configuration.data))
    try:
        yield store
    finally:
        store.close()
