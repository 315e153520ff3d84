"""What the service has to be told: the sections of its configuration, and their keys.

Every key is a field of a section below, with its default and its description: the example file and the reference in
docs/service.md are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ringwall.service.context import Policy, Quotas

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_DURATION = r"^[1-9][0-9]{0,5}[smhd]$"
_ACCOUNT = r"^[0-9]{12}$"
_REGION = r"^[a-z]+(-[a-z]+)+-[0-9]+$"
_URL = r"^https?://[^/ ]"
_DATABASE_URL = r"^(postgres|postgresql|sqlite)([+][a-z0-9]+)?:"
PATTERNS = {
    _DURATION: "a number and its unit, such as `30m`, `12h` or `1d`",
    _ACCOUNT: "twelve digits",
    _REGION: "a Region, such as `eu-west-1`",
    _URL: "a URL that begins with `https://` or `http://`",
    _DATABASE_URL: "`postgresql://user:password@host/name`",
}
"""What the patterns mean, for whoever wrote something else."""

Duration = Annotated[str, Meta(pattern=_DURATION)]
Account = Annotated[str, Meta(pattern=_ACCOUNT)]
Region = Annotated[str, Meta(pattern=_REGION)]
Url = Annotated[str, Meta(pattern=_URL)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Seconds = Annotated[float, Meta(ge=1, le=600)]
Threads = Annotated[int, Meta(ge=1, le=64)]


def duration_of(text: str) -> timedelta:
    """`30m` and its like: a number of seconds, minutes, hours or days."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file."""


class Server(Section, frozen=True, kw_only=True):
    """Where the API listens. Beyond loopback it wants TLS, or a proxy in front that does TLS."""

    host: Annotated[str, Meta(description="the address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="the port to listen on; 0 takes a free one")] = 8420
    tls_certificate: Annotated[str | None, Meta(description="a PEM file: the certificate and its chain")] = None
    tls_key: Annotated[str | None, Meta(description="a PEM file: the certificate's key")] = None
    behind_proxy: Annotated[bool, Meta(description="a proxy in front does TLS")] = False
    metrics_token: Annotated[
        Annotated[str, Meta(min_length=16)] | None,
        Meta(
            description="what `GET /metrics` wants as bearer token; without one it answers callers on loopback alone",
            extra={"secret": True},
        ),
    ] = None


class Api(Section, frozen=True, kw_only=True):
    """What one caller of the API or of the console may cost."""

    body_bytes: Annotated[
        int, Meta(ge=64 * 1024, le=64 * 1024 * 1024, description="the longest body of a request, in bytes")
    ] = 1024 * 1024
    body_seconds: Annotated[Seconds, Meta(description="how long a body may take to arrive")] = 20.0
    header_seconds: Annotated[Seconds, Meta(description="how long the headers may take to arrive")] = 10.0
    connections: Annotated[Count, Meta(description="connections that are open at a time; the next is answered 503")] = (
        1000
    )
    threads: Annotated[
        Threads, Meta(description="requests that are worked on at a time; more than a few only take turns")
    ] = 3
    long_threads: Annotated[Threads, Meta(description="the same, of policy checks and statistics")] = 2
    requests_per_second: Annotated[
        float, Meta(ge=0.1, le=100_000, description="requests of one key in a second, on average")
    ] = 500.0
    burst: Annotated[Count, Meta(description="requests of one key at once, after a pause")] = 1000


class Storage(Section, frozen=True, kw_only=True):
    """Where everything is kept."""

    data: Annotated[
        str, Meta(min_length=1, description="the data folder: the SQLite file and the master key; made where missing")
    ] = "~/.local/share/ringwall"
    url: Annotated[
        Annotated[str, Meta(pattern=_DATABASE_URL)] | None,
        Meta(
            description="another database than the data folder's: `postgresql://user:password@host/name`",
            extra={"secret": True},
        ),
    ] = None


class Aws(Section, frozen=True, kw_only=True):
    """What is read, and with which credentials. Without a profile: the standard credential chain."""

    profile: Annotated[str | None, Meta(description="a profile of the AWS configuration files")] = None
    endpoint_url: Annotated[Url | None, Meta(description="another endpoint for all AWS services, for tests")] = None
    account: Annotated[
        Account | None, Meta(description="whose analyzers these are; by default the account of the credentials")
    ] = None
    region: Annotated[
        Region | None,
        Meta(description="where the service is at home; by default that of the AWS configuration, else us-east-1"),
    ] = None
    organization: Annotated[bool, Meta(description="every account of the organization, through `role_name`")] = False
    accounts: Annotated[tuple[Account, ...], Meta(description="these accounts, through `role_name`")] = ()
    regions: Annotated[
        tuple[Region, ...], Meta(description="only these Regions; by default all that the accounts have enabled")
    ] = ()
    role_name: Annotated[str | None, Meta(description="the role to assume in other accounts")] = None
    external_id: Annotated[str | None, Meta(description="the external id that the role asks for")] = None


class Analysis(Section, frozen=True, kw_only=True):
    """How findings are made."""

    mode: Annotated[
        Literal["concise", "aws"],
        Meta(description="`concise`: the fewest findings that cover all access; `aws`: those that AWS would list"),
    ] = "concise"
    trust: Annotated[
        tuple[str, ...],
        Meta(description="known partners and networks: `account:…`, `org:…`, `path:…`, `vpc:…`, `cidr:…`"),
    ] = ()


class Scanning(Section, frozen=True, kw_only=True):
    """How often, and with how many hands."""

    interval: Annotated[Duration, Meta(description="how often everything is looked at: `30m`, `12h`, `1d`")] = "30m"
    regions_of_analyzers: Annotated[
        Literal["all", "own"],
        Meta(description="what an analyzer without a scope covers: every Region, or only its own as AWS's does"),
    ] = "all"
    threads: Annotated[int, Meta(ge=1, le=64, description="how many jobs a process works on at a time")] = 4
    events_queue_url: Annotated[
        Url | None,
        Meta(description="the SQS queue that EventBridge feeds with changes: see `ringwall template events`"),
    ] = None
    retention: Annotated[Duration, Meta(description="how long resolved findings are kept")] = "90d"


class Unused(Section, frozen=True, kw_only=True):
    """Unused access: how often it is looked for, and what tells about use."""

    interval: Annotated[Duration, Meta(description="how often users and roles are looked at: `12h`, `1d`")] = "1d"
    last_accessed_max_age: Annotated[
        Duration,
        Meta(description="how old IAM's last-accessed reports may be; AWS brings them up to date within 4 hours"),
    ] = "20h"
    trail: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="where CloudTrail's log files are: `s3://BUCKET/PREFIX`, or a folder; a second source of use"),
    ] = None
    trail_days: Annotated[int, Meta(ge=1, le=400, description="how many days of CloudTrail's log files are read")] = 365


class Audit(Section, frozen=True, kw_only=True):
    """The audit log: who changed what."""

    retention: Annotated[Duration, Meta(description="how long its entries are kept")] = "400d"


class Fixing(Section, frozen=True, kw_only=True):
    """Whether the server may change resources. Everything else only reads."""

    allow_apply: Annotated[
        bool,
        Meta(description="admins may have fixes written to AWS: see `ringwall permissions --for fix`"),
    ] = False


class QuotaSection(Section, frozen=True, kw_only=True):
    """What one account may have; AWS's defaults."""

    account_analyzers: Annotated[Count, Meta(description="account analyzers of one type, in one Region")] = 1
    organization_analyzers: Annotated[Count, Meta(description="organization analyzers of one type, in one Region")] = 5
    archive_rules: Annotated[Count, Meta(description="archive rules of one analyzer")] = 100
    previews_per_hour: Annotated[Count, Meta(description="access previews of one analyzer, in an hour")] = 1000


class Notifications(Section, frozen=True, kw_only=True):
    """What is sent, and to where it may go."""

    allowed_hosts: Annotated[
        tuple[str, ...],
        Meta(description="private or link-local hosts that webhooks may go to all the same, by the name in their URL"),
    ] = ()
    event_source: Annotated[
        str, Meta(min_length=1, description="`source` of EventBridge events; AWS keeps `aws.` to itself")
    ] = "ringwall.access-analyzer"


class KnownAccounts(Section, frozen=True, kw_only=True):
    """Whose accounts those are outside, by number: names for the console's map. Nobody is trusted for being known."""

    partners: Annotated[
        dict[Account, str], Meta(description='partners, such as `{ 111122223333 = "Example GmbH" }`')
    ] = {}
    vendors: Annotated[
        dict[Account, str], Meta(description="vendors, beside and instead of those that come with the program")
    ] = {}


class Oidc(Section, frozen=True, kw_only=True):
    """Who may sign in to the console through an OpenID provider. Without an issuer: nobody."""

    issuer: Annotated[str | None, Meta(description="the provider, as its ID tokens call it: `https://…`")] = None
    client_id: Annotated[str | None, Meta(description="what the provider calls this server")] = None
    client_secret: Annotated[
        str | None,
        Meta(description="what this server proves itself with; none for a public client", extra={"secret": True}),
    ] = None
    redirect_url: Annotated[
        str | None, Meta(description="where people come back to: `https://NAME/console/oidc/callback`")
    ] = None
    scopes: Annotated[tuple[str, ...], Meta(description="what the provider is asked for")] = (
        "openid",
        "profile",
        "email",
    )
    name_claim: Annotated[str, Meta(description="the claim that names a user")] = "preferred_username"
    groups_claim: Annotated[str, Meta(description="the claim that lists the groups of a user")] = "groups"
    admin_groups: Annotated[tuple[str, ...], Meta(description="whoever is in one of these is an admin")] = ()
    reader_groups: Annotated[tuple[str, ...], Meta(description="whoever is in one of these is a reader")] = ()
    label: Annotated[str, Meta(description="what the button on the sign-in page says")] = "Sign in with OpenID Connect"


class Logging(Section, frozen=True, kw_only=True):
    """What the process says about itself, on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="the least that is worth a line")
    ] = "info"
    format: Annotated[Literal["text", "json"], Meta(description="for people, or for machines")] = "text"


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All sections."""

    server: Server = Server()
    api: Api = Api()
    store: Storage = Storage()
    aws: Aws = Aws()
    analysis: Analysis = Analysis()
    scanning: Scanning = Scanning()
    unused: Unused = Unused()
    audit: Audit = Audit()
    fixing: Fixing = Fixing()
    quotas: QuotaSection = QuotaSection()
    notifications: Notifications = Notifications()
    known_accounts: KnownAccounts = KnownAccounts()
    oidc: Oidc = Oidc()
    logging: Logging = Logging()

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.store.data).expanduser()

    def policy(self, *, account: str, region: str, partition: str = "aws") -> Policy:
        """How the service is to behave, once it is known whose it is and where it is at home."""
        return Policy(
            account=account,
            region=region,
            partition=partition,
            scan_interval=duration_of(self.scanning.interval),
            unused_scan_interval=duration_of(self.unused.interval),
            last_accessed_max_age=duration_of(self.unused.last_accessed_max_age),
            trail=self.unused.trail,
            trail_days=self.unused.trail_days,
            regions_of_analyzers=self.scanning.regions_of_analyzers,
            retention=duration_of(self.scanning.retention),
            audit_retention=duration_of(self.audit.retention),
            allowed_hosts=self.notifications.allowed_hosts,
            event_source=self.notifications.event_source,
            quotas=Quotas(**msgspec.structs.asdict(self.quotas)),
        )


SECTIONS: Mapping[str, type[Section]] = {each.name: each.type for each in msgspec.structs.fields(Configuration)}
"""By name, in the order in which they are written."""
