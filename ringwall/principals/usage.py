"""What a principal used, and how good the evidence for it is.

Two sources tell: IAM's last-accessed reports, and CloudTrail. Each says what it covers; what none of them covers is
not known to be unused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum

from msgspec import field

from ringwall.principals.record import Instant, Record


class UsageSource(Enum):
    """What told about use."""

    LAST_ACCESSED = "last-accessed"
    """`GetServiceLastAccessedDetails`, by service and, where AWS tracks it, by action."""
    CLOUDTRAIL = "cloudtrail"
    CREDENTIAL_REPORT = "credential-report"
    IAM = "iam"
    """What IAM says of the entity itself: RoleLastUsed, GetAccessKeyLastUsed, PasswordLastUsed."""


class Use(Record, frozen=True):
    """When and where something was last used."""

    at: Instant
    """UTC. Attempts count, also those that were refused."""
    region: str | None = None
    source: UsageSource = UsageSource.LAST_ACCESSED
    months: tuple[str, ...] = ()
    """`2026-03`, ascending: the months in which CloudTrail saw it, for what comes back every quarter or year."""


class ServiceReport(Record, frozen=True):
    """What IAM's report says of one service that the principal's policies allow."""

    namespace: str
    """As in actions: `s3`."""
    last_use: Use | None = None
    """None: not within the tracking period."""
    tracked: Mapping[str, Use | None] | None = None
    """By action, such as `s3:CreateBucket`: every action that AWS tracks. None: none, or the report has none."""


class LastAccessedReport(Record, frozen=True):
    """IAM's report about one principal."""

    generated_at: Instant
    services: tuple[ServiceReport, ...]
    is_by_action: bool = True
    """Whether it was made at the granularity ACTION_LEVEL."""
    is_truncated: bool = False
    """Whether services are missing from it."""


class TrailUsage(Record, frozen=True):
    """What CloudTrail saw one principal do."""

    uses: Mapping[str, Use] = field(default_factory=dict)
    """By IAM action, such as `s3:GetObject`: the last time, also of attempts that were refused."""
    services: Mapping[str, Use] = field(default_factory=dict)
    """By namespace: uses of a service, whose actions may not be known by name."""


class TrailCoverage(Record, frozen=True):
    """What the trail that was read can have seen: the same for all principals of an account."""

    since: date
    until: date
    regions: tuple[str, ...] = ()
    """Of which there are logs."""
    missing_regions: tuple[str, ...] = ()
    """Enabled in the account, and without a log."""
    gaps: tuple[str, ...] = ()
    """What could not be read, each as a sentence."""
    data_events: bool = False
    """Whether any data event was in it: S3 objects, Lambda invocations. Where none was, they are not logged."""
    left_out: tuple[str, ...] = ()
    """Kinds of management events of which none was in it: `read`, `write`, `kms`. A trail may leave them out."""
    unread: tuple[str, ...] = ()
    """Those of the gaps that are about what is there, and could not be read."""


class Usage(Record, frozen=True):
    """All the evidence about one principal."""

    report: LastAccessedReport | None = None
    report_error: str | None = None
    """Why there is no report: an error finding says it."""
    trail: TrailUsage | None = None
    """None: no trail was read."""
    trail_coverage: TrailCoverage | None = None
    notes: tuple[str, ...] = ()
    """What else was missing, each as a sentence: a credential report that was refused, tags that cannot be read."""
