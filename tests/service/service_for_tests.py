"""A service for tests: its clock stands still, its ids count up, and its jobs are written down rather than done."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from ringwall.findings.finding import Finding, FindingSource
from ringwall.findings.reconcile import reconcile
from ringwall.findings.remembered import remembered_id
from ringwall.service.context import Caller, Job, Policy, Ringwall
from ringwall.service.operations.analyzers import create_analyzer
from ringwall.service.remembering import remember
from ringwall.store import archive_rules, findings, resources
from ringwall.store.analyzers import find
from ringwall.store.resources import ResourceRecord
from tests.api.serving import ACCOUNT, REGION

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PARTNER = "999988887777"
BUCKET = "arn:aws:s3:::photos"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
CALLER = Caller(account=ACCOUNT, region=REGION, key_id="AKIAEXAMPLE")


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class RecordedJobs:
    """What was put off."""

    jobs: list[Job] = field(default_factory=list)

    def enqueue(self, _connection, *jobs: Job) -> None:
        self.jobs.extend(jobs)

    @property
    def kinds(self) -> list[str]:
        return [each.kind for each in self.jobs]


class PlainCipher:
    """Hides nothing."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, secret: bytes) -> bytes:
        return secret


class NothingThere:
    """A source of an account in which no resource is."""

    def read_one(self, _account, _region, _resource_type, _arn, /):
        return None


def service_over(store, **policy) -> Ringwall:
    """A service with that store, and a policy that differs from the default one as said."""
    numbers = count(1)
    return Ringwall(
        store=store,
        jobs=RecordedJobs(),
        cipher=PlainCipher(),
        clock=Clock(),
        new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
        policy=Policy(account=ACCOUNT, region=REGION, **policy),
    )


def analyzer_in(ringwall: Ringwall, name: str = "watch", **members) -> str:
    """A new analyzer; its ARN."""
    request = {"analyzerName": name, "type": "ACCOUNT", **members}
    return create_analyzer(ringwall, CALLER, request)["arn"]


def access(resource: str = BUCKET, **changes) -> Finding:
    """A partner account may read a bucket."""
    plain = Finding(
        resource=resource,
        resource_type="AWS::SQS::Queue" if ":sqs:" in resource else "AWS::S3::Bucket",
        resource_owner_account=ACCOUNT,
        region=REGION,
        principal={"AWS": PARTNER},
        action=("s3:GetObject",),
        is_public=False,
        sources=(FindingSource("POLICY"),),
    )
    return replace(plain, **changes)


def public_access(resource: str = BUCKET, **changes) -> Finding:
    """Anybody may read a bucket."""
    return access(resource, principal={"AWS": "*"}, is_public=True, **changes)


def unreadable(resource: str = BUCKET) -> Finding:
    """A bucket that AWS would not let us read."""
    return access(
        resource, principal={}, action=(), is_public=None, sources=(), error="ACCESS_DENIED", error_message="refused"
    )


def scanned(ringwall: Ringwall, analyzer: str, *found: Finding, gone: str = "") -> list[str]:
    """What a scan does that found exactly this on the resources that it looked at; the findings' ids."""
    looked_at = dict.fromkeys([*(each.resource for each in found), *([gone] if gone else [])])
    for arn in looked_at:
        _scan(ringwall, analyzer, arn, [each for each in found if each.resource == arn])
    return [remembered_id(analyzer, each) for each in found]


def _scan(ringwall: Ringwall, analyzer_arn: str, arn: str, found: list[Finding]) -> None:
    now = ringwall.clock()
    with ringwall.store.write() as connection:
        analyzer = find(connection, analyzer_arn)
        record = ResourceRecord(
            analyzer_key=analyzer.key,
            arn=arn,
            type="AWS::SQS::Queue" if ":sqs:" in arn else "AWS::S3::Bucket",
            owner_account=ACCOUNT,
            region=REGION,
            configuration_digest="c",
            analysis_digest="a",
            created_at=now,
            analyzed_at=now,
            updated_at=now,
            error=next((each.error for each in found), None),
            is_public=any(each.is_public for each in found),
        )
        keys = resources.save(connection, [record])
        [key] = keys.values()
        changes = reconcile(
            findings.of_resources(connection, [key]).get(key, []),
            found,
            analyzer=analyzer_arn,
            rules=archive_rules.of_analyzer(connection, analyzer.key),
            now=now,
        )
        remember(ringwall, connection, analyzer, changes, resource_keys={arn: key}, at=now)
