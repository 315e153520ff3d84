"""What the estate of unused access is made of: accounts, policies, events, and what IAM and CloudTrail tell of events.

Nothing here judges. A report and a trail follow from the events, as AWS documents them: IAM's report counts every
Region and 400 days, by action where it tells actions apart; a trail sees the Regions and days that it has logs of.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ringwall.principals.principal import (
    AccessKey,
    IdentityPolicy,
    LastUse,
    Password,
    PolicyKind,
    Principal,
    PrincipalKind,
)
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import (
    LastAccessedReport,
    ServiceReport,
    TrailCoverage,
    TrailUsage,
    Usage,
    UsageSource,
    Use,
)
from tests.principal_words import document

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
AGE = 90
"""Days, of the analyzer that the expected findings are for."""

ONE, TWO, THREE, FOUR = "111122223333", "444455556666", "123456789012", "222233334444"
EXCLUDED = "777788889999"
"""Is left out of the analysis by its number."""

TRACKED = {
    "cloudwatch": None,
    "dynamodb": ("dynamodb:CreateTable", "dynamodb:DeleteTable"),
    "ec2": ("ec2:DescribeInstances", "ec2:RunInstances", "ec2:TerminateInstances"),
    "iam": ("iam:CreateRole", "iam:DeleteRole", "iam:ListRoles"),
    "kms": ("kms:CreateKey", "kms:ScheduleKeyDeletion"),
    "lambda": ("lambda:CreateFunction", "lambda:DeleteFunction", "lambda:ListFunctions"),
    "s3": ("s3:CreateBucket", "s3:DeleteBucket", "s3:ListAllMyBuckets", "s3:PutBucketPolicy"),
    "sns": ("sns:CreateTopic", "sns:DeleteTopic"),
    "sqs": None,
}
"""By service, the actions that IAM's reports tell apart in this estate; None where they tell none apart."""

DATA_EVENTS = frozenset(
    ("dynamodb:GetItem", "lambda:InvokeFunction", "s3:GetObject", "s3:PutObject", "sns:Publish", "sqs:SendMessage")
)
REGIONS = ("eu-west-1", "us-east-1", "eu-south-2")

_SINCE = (NOW - timedelta(days=800)).date()
COVERAGES = {
    ONE: TrailCoverage(since=_SINCE, until=NOW.date(), regions=REGIONS, data_events=True),
    TWO: TrailCoverage(since=_SINCE, until=NOW.date(), regions=REGIONS[:2], missing_regions=REGIONS[2:]),
    THREE: None,
    FOUR: TrailCoverage(
        since=_SINCE,
        until=NOW.date(),
        regions=REGIONS,
        gaps=("The logs of 2026-05-12 could not be read: AccessDenied.",),
        unread=("The logs of 2026-05-12 could not be read: AccessDenied.",),
    ),
    EXCLUDED: None,
}
"""By account: all is logged; a Region is missing; there is no trail; a day could not be read."""

GAP = {FOUR: "2026-05-12"}
"""By account, the day that could not be read."""

LEVELS = {ONE: "HIGH", TWO: "MEDIUM", THREE: "MEDIUM", FOUR: "LOW"}
"""The confidence that an account's trail leaves to a finding about permissions."""
LEVELS_OF_ENTITIES = {ONE: "HIGH", TWO: "HIGH", THREE: "HIGH", FOUR: "LOW", EXCLUDED: "HIGH"}
"""The same for a finding about a role, a key or a password."""


@dataclass(frozen=True)
class Event:
    """One call of a principal."""

    at: datetime
    action: str
    region: str = "eu-west-1"
    is_reported: bool = True
    """Whether IAM's report has it; what it has not, only CloudTrail can show."""

    @property
    def service(self):
        return self.action.partition(":")[0]


@dataclass(frozen=True)
class Expected:
    """A finding that there has to be."""

    type: str
    error: str | None = None
    last: datetime | None = None
    key: str | None = None
    services: tuple = ()
    """Of each unused service: namespace, last use, and the unused actions with their last uses."""
    confidence: str | None = None
    untracked: tuple | None = None
    """None: not stated."""


@dataclass(frozen=True)
class Member:
    """One principal of the estate: what is known of it, what it did, and what is true of it."""

    access: PrincipalAccess
    events: tuple[Event, ...]
    expected: tuple[Expected, ...]


def days_ago(days):
    return NOW - timedelta(days=days)


def used(days, *actions, region="eu-west-1", is_reported=True):
    """One call of each action, so many days ago."""
    return tuple(Event(days_ago(days), action, region, is_reported) for action in actions)


def statement(effect, actions, *, element="Action", resource="*", condition=None):
    written = {"Effect": effect, element: list(actions), "Resource": resource}
    return {**written, **({"Condition": condition} if condition else {})}


def allow(*actions, **elements):
    return statement("Allow", actions, **elements)


def deny(*actions, **elements):
    return statement("Deny", actions, **elements)


def managed(account, name, *statements, changed=400):
    """A policy of the customer's, whose default version was made so many days ago."""
    arn = f"arn:aws:iam::{account}:policy/{name}"
    return IdentityPolicy(
        id=arn, kind=PolicyKind.CUSTOMER_MANAGED, document=document(*statements), updated_at=days_ago(changed)
    )


def key(owner, number=1, *, is_active=True, created=400, last=None, is_read=True):
    """A key, made and last used so many days ago."""
    last_use = LastUse(at=days_ago(last) if last is not None else None) if is_read else None
    return AccessKey(
        id="AKIA" + _digits(f"{owner}/{number}"), is_active=is_active, created_at=days_ago(created), last_use=last_use
    )


def password(*, created=400, last=None, is_read=True):
    """A password, set and last used so many days ago."""
    last_use = LastUse(at=days_ago(last) if last is not None else None) if is_read else None
    return Password(created_at=days_ago(created) if created is not None else None, last_use=last_use)


def role(account, name, policies, *, last=None, is_read=True, path="/", **others):
    """A role, last used so many days ago."""
    last_use = LastUse(at=days_ago(last) if last is not None else None) if is_read else None
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return _principal(
        PrincipalKind.ROLE, account, f"role{path}{name}", policies, path=path, last_use=last_use,
        trust_policy=document(trust), **others,
    )  # fmt: skip


def user(account, name, policies=(), **others):
    return _principal(PrincipalKind.USER, account, f"user/{name}", policies, **others)


def _principal(kind, account, resource, policies, *, created=500, **others):
    prefix = "AROA" if kind is PrincipalKind.ROLE else "AIDA"
    return Principal(
        arn=f"arn:aws:iam::{account}:{resource}", kind=kind, account=account, id=prefix + _digits(account + resource),
        created_at=days_ago(created), policies=tuple(policies), **others,
    )  # fmt: skip


def _digits(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16].upper()


def access(principal, events, services, *, left_out=(), report_error=None, notes=()):
    """A principal with what IAM and CloudTrail tell of its events.

    Args:
        services: those that IAM's report lists.
        left_out: those of them that a truncated report does not have.
        report_error: why there is no report.
    """
    listed = tuple(_service(each, events) for each in services if each not in left_out)
    report = LastAccessedReport(generated_at=NOW - timedelta(hours=3), services=listed, is_truncated=bool(left_out))
    coverage = COVERAGES[principal.account]
    usage = Usage(
        report=None if report_error else report,
        report_error=report_error,
        trail=_trail(principal.account, events) if coverage else None,
        trail_coverage=coverage,
        notes=notes,
    )
    return PrincipalAccess(principal, usage)


def _service(namespace, events):
    seen = [each for each in events if each.service == namespace and each.is_reported and each.at > days_ago(400)]
    actions = TRACKED[namespace]
    tracked = {name: _use([each for each in seen if each.action == name]) for name in actions} if actions else None
    return ServiceReport(namespace=namespace, last_use=_use(seen), tracked=tracked)


def _use(events):
    last = max(events, key=lambda each: each.at, default=None)
    return Use(at=last.at, region=last.region) if last else None


def _trail(account, events):
    logged = [each for each in events if is_logged(account, each)]
    actions = {each.action for each in logged}
    services = {each.service for each in logged}
    return TrailUsage(
        uses={name: _trail_use([each for each in logged if each.action == name]) for name in sorted(actions)},
        services={name: _trail_use([each for each in logged if each.service == name]) for name in sorted(services)},
    )


def is_logged(account, event):
    """Whether the trail of the account shows the event."""
    coverage = COVERAGES[account]
    is_of_kind = coverage.data_events or event.action not in DATA_EVENTS
    is_in_time = event.at.date() >= coverage.since and f"{event.at:%Y-%m-%d}" != GAP.get(account)
    return is_of_kind and is_in_time and event.region in coverage.regions


def _trail_use(events):
    last = max(events, key=lambda each: each.at)
    months = tuple(sorted({f"{each.at:%Y-%m}" for each in events}))
    return Use(at=last.at, region=last.region, source=UsageSource.CLOUDTRAIL, months=months)
