"""Which accounts are collected, and how to get into them: the own one, or others by assuming a role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

from ringwall.arn import parse_arn
from ringwall.collector.aws import AwsSession, Connection, new_session
from ringwall.collector.organization import read_organization
from ringwall.collector.traffic import Traffic
from ringwall.errors import CollectionError, UsageError
from ringwall.findings.organization import Organization
from ringwall.findings.report import Gap

CALLS = ("sts:AssumeRole", "sts:GetCallerIdentity")
"""The IAM actions that getting into accounts needs."""
SESSION_NAME = "ringwall"
_ROLE_NAME = re.compile(r"/?([\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Role:
    """The role that other accounts let the collector assume."""

    name: str
    """With its path, where it has one: `audit/ringwall`."""
    external_id: str | None = None

    def __post_init__(self) -> None:
        check_role_name(self.name)


def check_role_name(name: str) -> None:
    """Whether a role can have this name, which may have a path before it.

    Raises:
        UsageError: it cannot. Source: IAM API Reference, CreateRole.
    """
    if not _ROLE_NAME.fullmatch(name):
        raise UsageError(f"`{name}` is no name of a role: it has up to 64 letters, digits and characters of _+=,.@-")


@dataclass(frozen=True, slots=True)
class Target:
    """An account to collect. `open_session` raises `CollectionError` where the account does not let us in."""

    account: str
    open_session: Callable[[], AwsSession]


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that a collection is to look at."""

    organization: Organization | None
    targets: tuple[Target, ...]
    gaps: tuple[Gap, ...] = ()
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(target.account for target in self.targets)


def find_estate(
    connection: Connection,
    *,
    role: Role | None = None,
    accounts: Iterable[str] = (),
    whole_organization: bool = False,
) -> Estate:
    """The accounts to collect, and the organization they are in.

    Without `accounts` and `whole_organization` that is the account of the credentials alone. Other accounts are
    entered through `role`; the account of the credentials is read with the credentials themselves.

    Raises:
        UsageError: there are no credentials, they are not valid, or the accounts asked for cannot be found out.
    """
    own = own_session(connection, Traffic(patience=2 * connection.threads))
    return estate_of(own, role=role, accounts=accounts, whole_organization=whole_organization)


def estate_of(own: AwsSession, *, role: Role | None, accounts: Iterable[str], whole_organization: bool) -> Estate:
    """As `find_estate`, for credentials that are known."""
    reading = read_organization(own.reader())
    known = {each.id for each in reading.organization.accounts} if reading.organization else set[str]()
    if whole_organization and not known:
        reason = reading.gaps[0].message if reading.gaps else f"account {own.account} is in no organization"
        raise UsageError(f"the accounts of the organization cannot be listed: {reason}")
    wanted = sorted(known) if whole_organization else sorted(set(accounts)) or [own.account]
    closed = reading.closed or {}
    targets = tuple(_target(own, account, role) for account in wanted if account not in closed)
    notes = tuple(_closed_note(account, closed) for account in wanted if account in closed)
    gaps = reading.gaps if set(wanted) != {own.account} else tuple(_as_note(gap) for gap in reading.gaps)
    return Estate(reading.organization, targets, (*gaps, *notes), own.traffic)


def _as_note(gap: Gap) -> Gap:
    """Most member accounts may not look at their organization; seen from within one account, nothing is missing."""
    return replace(gap, code="ORGANIZATION_UNREADABLE")


def _closed_note(account: str, states: Mapping[str, str]) -> Gap:
    return Gap("ACCOUNT_SUSPENDED", f"account {account} is {states[account]}: nobody can reach what it holds", account)


def own_session(connection: Connection, traffic: Traffic) -> AwsSession:
    """The session of the profile, or of the standard credential chain.

    Raises:
        UsageError: there are no credentials, or AWS does not know them.
    """
    if connection.endpoint_url and not re.match(r"https?://[^/]", connection.endpoint_url):
        raise UsageError(f"`{connection.endpoint_url}` is no endpoint: it must begin with http:// or https://")
    try:
        session = new_session(connection, traffic)
        answer = session.reader().call("sts:GetCallerIdentity")
        return replace(session, account=answer["Account"], partition=parse_arn(answer["Arn"]).partition)
    except (BotoCoreError, CollectionError, KeyError) as error:
        raise UsageError(f"AWS does not say whose credentials these are: {error}{_advice_on(error)}") from error


_ADVICE = {
    EndpointConnectionError: "check the network, the Region and the endpoint",
    NoCredentialsError: "log in with the AWS CLI, name a profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ProfileNotFound: "name one of the profiles that `aws configure list-profiles` prints",
}


def _advice_on(error: Exception) -> str:
    advice = _ADVICE.get(type(error.__cause__ or error))
    return f": {advice}" if advice else ""


def _target(own: AwsSession, account: str, role: Role | None) -> Target:
    if account == own.account:
        return Target(account, lambda: own)
    if role is None:
        raise UsageError(f"account {account} is read by assuming a role: name the role")
    return Target(account, lambda: assumed_session(own, account, role))


def assumed_session(own: AwsSession, account: str, role: Role) -> AwsSession:
    """A session in another account; it assumes the role again whenever its credentials are about to expire.

    Raises:
        CollectionError: the account does not let us in.
    """
    arn = f"arn:{own.partition}:iam::{account}:role/{role.name.strip('/')}"
    parameters = {"RoleArn": arn, "RoleSessionName": SESSION_NAME}
    parameters |= {"ExternalId": role.external_id} if role.external_id else {}

    def fetch() -> dict[str, str]:
        answer = own.reader().call("sts:AssumeRole", **parameters)["Credentials"]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(fetch(), fetch, "assume-role")
    session = new_session(own.connection, own.traffic, credentials)
    return replace(session, account=account, partition=own.partition)
