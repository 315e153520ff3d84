"""Whose service this is, and where it is at home."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError

from ringwall.collector.accounts import own_session
from ringwall.collector.aws import HOME_REGION, AwsSession, Connection, new_session
from ringwall.collector.traffic import Traffic
from ringwall.errors import UsageError
from ringwall.service.configuration import Configuration
from ringwall.store import analyzers
from ringwall.store.database import Store

_LOG = logging.getLogger(__name__)
_NOBODY = "000000000000"


@dataclass(frozen=True, slots=True)
class Identity:
    """What ARNs are made of."""

    account: str
    region: str
    partition: str


def identity_of(configuration: Configuration, store: Store) -> Identity:
    """Whose analyzers these are: as configured; else whose they have been; else whose the AWS credentials are.

    What was there before comes before the credentials: with others for a day, all analyzers would be out of sight.
    """
    connection = Connection(configuration.aws.profile, configuration.aws.endpoint_url, attempts=1)
    session = _session(connection)
    # botocore itself knows AWS_DEFAULT_REGION alone; the other SDKs, and so people, AWS_REGION.
    named = configuration.aws.region or os.environ.get("AWS_REGION")
    region = named or (session.home_region if session else HOME_REGION)
    partition = session.core.get_partition_for_region(region) if session else "aws"
    account = configuration.aws.account or _owner(store) or _caller(connection) or _NOBODY
    return Identity(account, region, partition)


def _session(connection: Connection) -> AwsSession | None:
    try:
        return new_session(connection, Traffic())
    except BotoCoreError as error:
        _LOG.warning("the AWS configuration cannot be used: %s", error)
        return None


def _owner(store: Store) -> str | None:
    with store.read() as connection:
        return next((each.account for each in analyzers.everyone(connection)), None)


def _caller(connection: Connection) -> str | None:
    try:
        return own_session(connection, Traffic()).account
    except UsageError as error:
        _LOG.warning("%s; until `aws.account` is configured, analyzers belong to account %s", error, _NOBODY)
        return None
