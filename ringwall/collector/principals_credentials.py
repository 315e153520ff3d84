"""The keys and passwords of users, and when each was last used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ringwall.collector import credential_report
from ringwall.collector.answers import utc
from ringwall.collector.credential_report import ReportRow, known, read_credential_report
from ringwall.collector.waiting import Waiting
from ringwall.errors import CollectionError
from ringwall.principals.principal import AccessKey, LastUse, Password, Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.resources.base import AwsReader

CALLS = (
    *credential_report.CALLS,
    "iam:GetAccessKeyLastUsed",
    "iam:GetLoginProfile",
    "iam:ListAccessKeys",
    "iam:ListUsers",
)
"""The IAM actions that this needs."""


@dataclass(frozen=True, slots=True)
class AccountCredentials:
    """What two calls tell of all users of an account: it says whom to ask about further."""

    rows: Mapping[str, ReportRow] = field(default_factory=dict)
    """By ARN. Users that were made since the report are not in it, and nobody if it could not be read."""
    sign_ins: Mapping[str, datetime] | None = None
    """By ARN: the last sign-in with a password, where there was one. None: it could not be read."""
    notes: tuple[str, ...] = ()


def read_account_credentials(aws: AwsReader, waiting: Waiting) -> AccountCredentials:
    """The credential report, and the last sign-ins, which `ListUsers` knows to the minute and the report does not."""
    rows: Mapping[str, ReportRow] = {}
    sign_ins: Mapping[str, datetime] | None = None
    notes: list[str] = []
    try:
        rows = read_credential_report(aws, waiting)
    except CollectionError as error:
        notes.append(f"there is no credential report: {error}")
    try:
        users = list(aws.pages("iam:ListUsers", "Users"))
        sign_ins = {each["Arn"]: utc(each["PasswordLastUsed"]) for each in users if each.get("PasswordLastUsed")}
    except CollectionError as error:
        notes.append(f"users cannot be listed with their last sign-in: {error}")
    return AccountCredentials(rows, sign_ins, tuple(notes))


def with_credentials(aws: AwsReader, access: PrincipalAccess, of_account: AccountCredentials) -> PrincipalAccess:
    """The user with its keys and its password. What is refused is a note, and never reads as "there is none"."""
    user, row = access.principal, of_account.rows.get(access.principal.arn)
    notes = [*access.usage.notes, *of_account.notes]
    keys = _keys(aws, user, row, notes) if row is None or row.keys else ()
    password = _password(aws, user, of_account, notes) if row is None or row.has_password else None
    return PrincipalAccess(
        msgspec.structs.replace(user, keys=keys, password=password),
        msgspec.structs.replace(access.usage, notes=tuple(notes)),
    )


def _keys(aws: AwsReader, user: Principal, row: ReportRow | None, notes: list[str]) -> tuple[AccessKey, ...] | None:
    try:
        listed = list(aws.pages("iam:ListAccessKeys", "AccessKeyMetadata", UserName=user.name))
    except CollectionError as error:
        notes.append(f"the keys cannot be listed: {error}")
        return None
    return tuple(_key(aws, each, row, notes) for each in listed)


def _key(aws: AwsReader, key: Mapping[str, Any], row: ReportRow | None, notes: list[str]) -> AccessKey:
    id_, created_at = key["AccessKeyId"], utc(key["CreateDate"])
    try:
        used = aws.call("iam:GetAccessKeyLastUsed", AccessKeyId=id_)["AccessKeyLastUsed"]
        last_use: LastUse | None = _last_use(used)
    except CollectionError as error:
        last_use = row.last_use_of_key(created_at) if row else None
        told = "only the credential report says" if last_use else "it is not known"
        notes.append(f"{told} when the key {id_} was last used: {error}")
    return AccessKey(id_, key["Status"] == "Active", created_at, last_use)


def _last_use(used: Mapping[str, Any]) -> LastUse:
    """A key without a date was never used since IAM keeps track: IAM API Reference, AccessKeyLastUsed."""
    at = used.get("LastUsedDate")
    return LastUse(utc(at), known(used.get("Region")), known(used.get("ServiceName"))) if at else LastUse()


def _password(aws: AwsReader, user: Principal, of_account: AccountCredentials, notes: list[str]) -> Password | None:
    row = of_account.rows.get(user.arn)
    changed_at = row.password_changed_at if row else None
    last_use = _last_sign_in(user.arn, of_account)
    try:
        profile = aws.find("iam:GetLoginProfile", "NoSuchEntity", UserName=user.name)
    except CollectionError as error:
        if row is None:
            notes.append(f"it is not known whether there is a password: {error}")
        return Password(changed_at, last_use if row else None)
    if profile is None:
        return None
    if row is None:
        # IAM tells when the first password was made. Whether it was changed since then, only the report does.
        return Password(None, last_use)
    created_at = utc(profile["LoginProfile"]["CreateDate"])
    return Password(max(created_at, changed_at) if changed_at else created_at, last_use)


def _last_sign_in(arn: str, of_account: AccountCredentials) -> LastUse | None:
    """The later one of what the two sources say; None where neither says anything."""
    row = of_account.rows.get(arn)
    if of_account.sign_ins is None:
        return row.password_last_use if row else None
    times = [at for at in (of_account.sign_ins.get(arn), row.password_last_use.at if row else None) if at]
    return LastUse(max(times, default=None))
