"""A report about unused access with one finding of each type, an error and a gap: what formats are tested with."""

from datetime import UTC, datetime

from ringwall.findings.finding import FindingType
from ringwall.findings.report import Coverage, PrincipalGap
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.findings.unused_report import AccountUse, UnusedReport
from ringwall.principals.evidence import Confidence, Evidence, RecurringUse, SourceCoverage
from ringwall.principals.usage import UsageSource

ONE, TWO = "111122223333", "444455556666"
NOW = datetime(2026, 7, 1, 6, tzinfo=UTC)
LAST = datetime(2026, 1, 15, 9, tzinfo=UTC)
ROLE = f"arn:aws:iam::{ONE}:role/ci/deploy"
USER = f"arn:aws:iam::{TWO}:user/ada"
BROKEN = f"arn:aws:iam::{TWO}:role/broken"
NO_TRAIL = "No log of CloudTrail was read."


def evidence(confidence=Confidence.HIGH, missing=(), recurring=()):
    source = SourceCoverage(
        source=UsageSource.LAST_ACCESSED, until=NOW, since=datetime(2025, 5, 27, tzinfo=UTC), granularity="action"
    )
    return Evidence(confidence=confidence, sources=(source,), missing=missing, recurring=recurring)


def a_finding(kind=FindingType.UNUSED_IAM_ROLE, **changes):
    members = {"resource": ROLE, "resource_type": "AWS::IAM::Role", "resource_owner_account": ONE, "type": kind}
    return UnusedFinding(**{**members, "evidence": evidence(), **changes})


def of_user(kind, **changes):
    return a_finding(kind, resource=USER, resource_type="AWS::IAM::User", resource_owner_account=TWO, **changes)


UNUSED_ROLE = a_finding(last_accessed=LAST)
UNUSED_KEY = of_user(FindingType.UNUSED_IAM_USER_ACCESS_KEY, access_key_id="AKIAEXAMPLE0000000001")
UNUSED_PASSWORD = of_user(FindingType.UNUSED_IAM_USER_PASSWORD, last_accessed=LAST)
UNUSED_PERMISSIONS = of_user(
    FindingType.UNUSED_PERMISSION,
    services=(
        UnusedService("s3", (UnusedAction("CreateBucket"), UnusedAction("DeleteBucket", LAST)), LAST),
        UnusedService("sqs"),
    ),
    evidence=evidence(
        Confidence.MEDIUM,
        (NO_TRAIL,),
        (RecurringUse(action="ses:SendEmail", months=("2025-12", "2026-03"), interval="quarterly"),),
    ),
)
ERROR = a_finding(
    FindingType.UNUSED_PERMISSION,
    resource=BROKEN,
    resource_owner_account=TWO,
    evidence=None,
    error="ACCESS_DENIED",
    error_message="the report was refused",
)
GAP = PrincipalGap("ACCESS_DENIED", "may not enter", "777788889999", "global")
GAP_OF_ERROR = PrincipalGap("ACCESS_DENIED", "the report was refused", TWO, "global", "AWS::IAM::Role", BROKEN)


def a_report(findings=None, gaps=(GAP, GAP_OF_ERROR), **changes):
    """One finding of each type and one error, in two accounts."""
    kinds = FindingType
    members = {
        "age": 90,
        "seen_at": NOW,
        "accounts": (
            AccountUse(ONE, 1, {kinds.UNUSED_IAM_ROLE: 1}, 10, 10),
            AccountUse(
                TWO,
                2,
                {
                    kinds.UNUSED_IAM_USER_ACCESS_KEY: 1,
                    kinds.UNUSED_IAM_USER_PASSWORD: 1,
                    kinds.UNUSED_PERMISSION: 1,
                },
                300,
                1,
            ),
        ),
        "coverage": Coverage((ONE, TWO), (), {"AWS::IAM::Role": 1, "AWS::IAM::User": 1}, tuple(gaps)),
        "findings": (UNUSED_ROLE, UNUSED_KEY, UNUSED_PASSWORD, UNUSED_PERMISSIONS, ERROR)
        if findings is None
        else findings,
        "left_out": 3,
        "unsure": 2,
        "sources": {"last-accessed": 2},
        "missing": {NO_TRAIL: 1},
    }
    return UnusedReport(**{**members, **changes})
