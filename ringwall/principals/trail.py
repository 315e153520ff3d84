"""From a record of CloudTrail to who used what, and when.

Records are read as they are in log files; what else they hold is passed over. Source of all names: AWS CloudTrail User
Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from msgspec import Struct, field

from ringwall.principals.trail_actions import actions_of

_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_ROLE_SESSION = re.compile(r"arn:([a-z-]+):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/.+", re.ASCII)
_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::\d{12}:(user|role)/.+", re.ASCII)


class Issuer(Struct, frozen=True, gc=False):
    """Who the temporary credentials were made for: the role, or the user of a federated session."""

    arn: str | None = None


class SessionContext(Struct, frozen=True, rename="camel", gc=False):
    """Of temporary credentials."""

    session_issuer: Issuer | None = None


class UserIdentity(Struct, frozen=True, rename="camel", gc=False):
    """Who called."""

    type: str | None = None
    arn: str | None = None
    session_context: SessionContext | None = None


class TrailRecord(Struct, frozen=True, rename="camel", gc=False):
    """The fields of a record that tell about use."""

    event_time: str | None = None
    event_source: str | None = None
    event_name: str | None = None
    aws_region: str | None = None
    user_identity: UserIdentity | None = None
    recipient_account_id: str | None = None
    read_only: bool | None = None
    management_event: bool | None = None
    event_category: str | None = None


class LogFile(Struct, frozen=True, gc=False):
    """A log file."""

    records: list[TrailRecord] = field(name="Records")


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """A use, or an attempt: those that were refused count, as IAM's reports count them."""

    principal: str
    """The ARN of the user or role."""
    namespace: str
    """Of the service, such as `s3`; empty where the source is none that is known."""
    actions: tuple[str, ...]
    """IAM actions, such as `s3:GetObject`. None: the event is not named after one."""
    at: str
    """UTC, `2026-03-11T18:01:22Z`: it compares as text."""
    region: str
    is_data: bool
    """Whether it is a data event: trails log them only where they are told to."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that does not tell who did what when."""

    reason: str
    """As it goes on after "3 events"."""


def is_time(text: str | None) -> bool:
    """Whether a text is a time in the form that CloudTrail writes, `2026-03-11T18:01:22Z`."""
    return text is not None and _TIME.fullmatch(text) is not None and _is_day(text[:10])


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_data_event(record: TrailRecord) -> bool:
    """As the record says; older ones say nothing, and are management events."""
    if record.event_category is not None:
        return record.event_category == "Data"
    return record.management_event is False


def event_of(record: TrailRecord) -> TrailEvent | Unread | None:
    """What a record tells of a user or a role; None where it was neither: root, a service, another account."""
    if record.event_category == "Insight":
        return None
    if record.event_time is None or not is_time(record.event_time):
        return Unread("without a time that can be read")
    if not record.event_source or not record.event_name:
        return Unread("without `eventSource` and `eventName`")
    match _principal(record.user_identity):
        case str() as principal:
            namespace, actions = actions_of(record.event_source, record.event_name)
            region = record.aws_region or ""
            return TrailEvent(principal, namespace, actions, record.event_time, region, is_data_event(record))
        case nobody_or_unread:
            return nobody_or_unread


def _principal(identity: UserIdentity | None) -> str | Unread | None:
    """The ARN of the user or role that a policy can hang on."""
    if identity is None or identity.type is None:
        return Unread("without `userIdentity`")
    match identity.type:
        case "IAMUser":
            arn = identity.arn
        case "AssumedRole" | "Role":
            arn = _issuer(identity) or _role_of_session(identity.arn or "") or identity.arn
        case "FederatedUser":
            # Issued by the account itself, it is root.
            arn = _issuer(identity)
            if arn and arn.endswith(":root"):
                return None
        case "Unknown":
            return Unread("of a caller that CloudTrail does not know")
        case _:
            return None
    if arn is None or not _PRINCIPAL.fullmatch(arn):
        return Unread(f"of type {identity.type} without a user or role")
    return arn


def _issuer(identity: UserIdentity) -> str | None:
    context = identity.session_context
    return context.session_issuer.arn if context and context.session_issuer else None


def _role_of_session(arn: str) -> str | None:
    """The role without its path, which a session's ARN does not have."""
    match = _ROLE_SESSION.fullmatch(arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else None


def without_path(arn: str) -> str:
    """The ARN of a user or role without its path. Names are unique in an account, whatever the path."""
    begins, slash, rest = arn.partition("/")
    return f"{begins}{slash}{rest.rpartition('/')[2]}"
