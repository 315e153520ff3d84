"""What every use case is given: the running service, and who calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection

from ringwall.service.fixing import Writer
from ringwall.service.zones import Zones
from ringwall.store.database import Store


class Role(Enum):
    """What a key may do: as the managed policies IAMAccessAnalyzerReadOnlyAccess and IAMAccessAnalyzerFullAccess."""

    READER = "reader"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and for which account and Region."""

    account: str
    """The account that owns what the caller makes: the service's own account."""
    region: str
    """The Region that the request was signed for: what is made belongs to it."""
    role: Role = Role.ADMIN
    key_id: str = "local"
    partition: str = "aws"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that survives the process: see `service.jobs` for the kinds."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    """JSON."""
    run_at: datetime | None = None
    """None means: now."""
    lock: str | None = None
    """Of the jobs with the same lock one runs at a time."""
    queueing_lock: str | None = None
    """Of the jobs with the same queueing lock one waits at a time: another is not added."""
    priority: int = 0
    """Higher comes first."""


class Jobs(Protocol):
    """Puts work off. The jobs are there exactly if the transaction is committed."""

    def enqueue(self, connection: Connection, *jobs: Job) -> None: ...


class Cipher(Protocol):
    """Keeps secrets from whoever reads the database alone."""

    def encrypt(self, plain: bytes) -> bytes: ...

    def decrypt(self, secret: bytes) -> bytes:
        """Raises `StoreError` where the secret was encrypted with another master key."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """As in the AWS reference: what one account may have. All can be configured."""

    account_analyzers: int = 1
    """Of one type, in one Region."""
    organization_analyzers: int = 5
    archive_rules: int = 100
    """Of one analyzer."""
    previews_per_hour: int = 1000
    """Of one analyzer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts and Regions an analyzer looks at. Empty means: all that the service can see."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        return {"accounts": list(self.accounts), "regions": list(self.regions)}


@dataclass(frozen=True, slots=True)
class Policy:
    """How the service behaves, from its configuration file."""

    account: str = "000000000000"
    """Whose analyzers these are: the account of the service's own AWS credentials, or the one configured."""
    region: str = "us-east-1"
    """Where the command line's own calls belong, and where the service is at home."""
    partition: str = "aws"
    scan_interval: timedelta = timedelta(minutes=30)
    """Of analyzers that say nothing else."""
    unused_scan_interval: timedelta = timedelta(days=1)
    """Of analyzers of unused access that say nothing else: a day more is what changes about most principals."""
    last_accessed_max_age: timedelta = timedelta(hours=20)
    """How old IAM's reports about principals may be."""
    trail: str | None = None
    """Where CloudTrail's files are: a folder, or `s3://bucket/prefix`; None: they are not read."""
    trail_days: int = 365
    """How far back they are read."""
    regions_of_analyzers: str = "all"
    """`all`: an analyzer without a scope covers every Region; `own`: only the Region of its ARN, as AWS's does."""
    retention: timedelta = timedelta(days=90)
    """Of resolved findings."""
    audit_retention: timedelta = timedelta(days=400)
    """Of entries of the audit log."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts that notifications may go to, by the name in their URL, although their address is private."""
    event_source: str = "ringwall.access-analyzer"
    """The `source` of EventBridge events, where the destination says nothing else. AWS keeps `aws.` to itself."""
    quotas: Quotas = field(default_factory=Quotas)


@dataclass(frozen=True, slots=True)
class Ringwall:
    """The running service: everything that use cases share. Time, identity and chance come from here."""

    store: Store
    jobs: Jobs
    cipher: Cipher
    clock: Callable[[], datetime]
    """UTC."""
    new_id: Callable[[], str]
    """A new UUID, in lower case."""
    policy: Policy = field(default_factory=Policy)
    zones: Zones = field(default_factory=Zones)
    """How resources are analysed."""
    writer: Writer | None = None
    """What writes fixes; None: this server may not."""


Operation = Callable[[Ringwall, Caller, Mapping[str, Any]], dict[str, Any]]
"""One operation of the API: its input and its output in the shapes of the service model, times as `datetime`."""
