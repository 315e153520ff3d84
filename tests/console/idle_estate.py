"""An analyzer of unused access over users and roles of three accounts, with findings of every type, as a scan leaves it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from ringwall.api.local import call_locally
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import Change, RememberedFinding, remembered_id
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.principals.evidence import Confidence, Evidence, RecurringUse, SourceCoverage
from ringwall.principals.principal import AccessKey, IdentityPolicy, LastUse, Password, PolicyKind, Principal
from ringwall.principals.principal_access import PrincipalAccess, principal_access_as_json
from ringwall.principals.usage import LastAccessedReport, ServiceReport, TrailCoverage, Usage, UsageSource, Use
from ringwall.service.context import Caller
from ringwall.service.jobs import JOBS
from ringwall.service.operations import OPERATIONS
from ringwall.store import findings, resources, scans
from ringwall.store.resources import ResourceRecord
from tests import principal_words
from tests.console.estate import HOSTILE
from tests.principal_words import allow, document, group, inline, user
from tests.service.work_for_tests import ACCOUNT, REGION, START

OTHER, THIRD = "444455556666", "777788889999"
LONG_AGO = START - timedelta(days=200)
SCOPE = f"{REGION}/idle"
CONFIGURATION = {
    "unusedAccess": {
        "unusedAccessAge": 90,
        "analysisRule": {
            "exclusions": [{"accountIds": ["222233334444"]}, {"resourceTags": [{"stage": "", "team": "red"}]}]
        },
    }
}


def policy(*actions: str) -> str:
    return document(allow(list(actions)))


def role(name: str, *actions: str, account: str = ACCOUNT, **fields) -> Principal:
    return principal_words.role(
        account,
        name,
        inline("access", allow(list(actions))),
        id=f"AROA{name[:8].upper()}",
        created_at=LONG_AGO,
        trust_policy=document(),
        **fields,
    )


def report(*services: ServiceReport) -> Usage:
    return Usage(
        report=LastAccessedReport(START - timedelta(hours=4), services),
        trail_coverage=TrailCoverage(
            since=(START - timedelta(days=365)).date(),
            until=START.date(),
            regions=(REGION,),
            missing_regions=("us-east-1",),
        ),
        notes=("The credential report was refused.",),
    )


def used(namespace: str, **tracked: datetime | None) -> ServiceReport:
    """A service that was used yesterday, with the actions that IAM tells apart."""
    yesterday = Use(START - timedelta(days=1), REGION)
    times = {f"{namespace}:{name}": at and Use(at, REGION) for name, at in tracked.items()}
    return ServiceReport(namespace, yesterday, times)


def evidence(confidence: Confidence = Confidence.MEDIUM) -> Evidence:
    return Evidence(
        confidence,
        sources=(
            SourceCoverage(UsageSource.LAST_ACCESSED, START, START - timedelta(days=400), "action"),
            SourceCoverage(UsageSource.CLOUDTRAIL, START, START - timedelta(days=365), "action"),
        ),
        missing=("There is no trail in us-east-1.",),
        recurring=(RecurringUse("s3:PutBucketPolicy", ("2025-06", "2025-09", "2025-12"), "quarterly"),),
        untracked=("s3:GetObject",),
    )


APP = role(
    "billing-app",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    last_use=LastUse(START - timedelta(days=1), REGION),
    tags={"team": "billing"},
)
IDLE = role("migration-2024", "ec2:TerminateInstances", account=OTHER, last_use=LastUse(LONG_AGO, REGION))
DENIED = role("unreadable", "s3:GetObject", account=THIRD)
ADA = user(
    ACCOUNT,
    "ada",
    id="AIDAADA",
    created_at=LONG_AGO,
    path="/people/",
    groups=(
        group(
            ACCOUNT,
            "engineers",
            IdentityPolicy(
                f"arn:aws:iam::{ACCOUNT}:policy/engineering",
                PolicyKind.CUSTOMER_MANAGED,
                policy("dynamodb:*"),
                LONG_AGO,
                attachments=3,
            ),
            members=12,
        ),
    ),
    boundary=IdentityPolicy(f"arn:aws:iam::{ACCOUNT}:policy/limits", PolicyKind.CUSTOMER_MANAGED, policy("*")),
    keys=(
        AccessKey("AKIAIOSFODNN7EXAMPLE", True, LONG_AGO, LastUse(LONG_AGO, REGION, "s3")),
        AccessKey("AKIAI44QH8DHBEXAMPLE", False, LONG_AGO),
    ),
    password=Password(LONG_AGO, LastUse()),
)
MARKUP = role("markup", "s3:GetObject", tags={HOSTILE: HOSTILE})
PRINCIPALS = (
    PrincipalAccess(
        APP,
        report(
            used("s3", CreateBucket=LONG_AGO, DeleteBucket=None, ListAllMyBuckets=START - timedelta(days=2)),
            ServiceReport("sqs"),
        ),
    ),
    PrincipalAccess(IDLE, report(ServiceReport("ec2"))),
    PrincipalAccess(DENIED, Usage(report_error="AccessDenied: iam:GenerateServiceLastAccessedDetails")),
    PrincipalAccess(ADA, report(used("dynamodb"))),
    PrincipalAccess(msgspec.structs.replace(MARKUP, policies=(IdentityPolicy(HOSTILE, PolicyKind.INLINE, HOSTILE),))),
)


def finding(principal: Principal, kind: FindingType, **fields) -> UnusedFinding:
    plain = {"evidence": evidence()} if "error" not in fields else {}
    return UnusedFinding(
        principal.arn, principal.kind.value, principal.account, kind, tags=principal.tags, **{**plain, **fields}
    )


PERMISSION = finding(
    APP,
    FindingType.UNUSED_PERMISSION,
    services=(
        UnusedService("s3", (UnusedAction("CreateBucket", LONG_AGO), UnusedAction("DeleteBucket")), START),
        UnusedService("sqs"),
    ),
)
ROLE = finding(IDLE, FindingType.UNUSED_IAM_ROLE, last_accessed=LONG_AGO, evidence=evidence(Confidence.HIGH))
KEY = finding(ADA, FindingType.UNUSED_IAM_USER_ACCESS_KEY, access_key_id="AKIAIOSFODNN7EXAMPLE", last_accessed=LONG_AGO)
PASSWORD = finding(ADA, FindingType.UNUSED_IAM_USER_PASSWORD, evidence=evidence(Confidence.MEDIUM))
ERROR = finding(
    DENIED, FindingType.UNUSED_PERMISSION, error="ACCESS_DENIED", error_message="the last-accessed report was refused"
)
HOSTILE_ONE = finding(
    MARKUP,
    FindingType.UNUSED_PERMISSION,
    services=(UnusedService(HOSTILE, (UnusedAction(HOSTILE),)),),
    evidence=Evidence(Confidence.LOW, missing=(HOSTILE,), untracked=(HOSTILE,)),
)
FINDINGS = (PERMISSION, ROLE, KEY, PASSWORD, ERROR, HOSTILE_ONE)


@dataclass(frozen=True)
class Idle:
    """The analyzer, and the ids of its findings."""

    analyzer: object
    ids: dict

    def address(self, found: UnusedFinding) -> str:
        return f"/findings/{self.ids[found.id]}"


def idle_estate(service, kind: str = "ORGANIZATION_UNUSED_ACCESS") -> Idle:
    """The analyzer `idle`, scanned at the clock's time."""
    analyzer = service.analyzer("idle", kind, configuration=CONFIGURATION)
    now = service.clock()
    with service.store.write() as connection:
        keys = _resources(connection, analyzer, now)
        ids = {each.id: remembered_id(analyzer.arn, each) for each in FINDINGS}
        changes = [
            Change(RememberedFinding(ids[each.id], each.as_json(), FindingStatus.ACTIVE, now, now, now, each.type))
            for each in FINDINGS
        ]
        findings.apply(connection, analyzer.key, changes, keys, now)
        begun = scans.start(connection, scans.ScanRecord("s-1", analyzer.key, ACCOUNT, "global", "schedule", now))
        scans.end(connection, begun.key, at=now, status=scans.ScanStatus.COMPLETE, coverage={"seen": 5, "analyzed": 5})
    return Idle(analyzer, ids)


def _resources(connection, analyzer, now) -> dict:
    errors = {DENIED.arn: "ACCESS_DENIED"}
    contents = {
        f"principal-{each.principal.id}": json.dumps(principal_access_as_json(each)).encode() for each in PRINCIPALS
    }
    resources.put_configurations(connection, contents)
    records = [
        ResourceRecord(
            analyzer_key=analyzer.key,
            arn=each.principal.arn,
            type=each.principal.kind.value,
            owner_account=each.principal.account,
            region="global",
            configuration_digest=f"principal-{each.principal.id}",
            analysis_digest="a",
            created_at=now,
            analyzed_at=now,
            updated_at=now,
            error=errors.get(each.principal.arn),
        )
        for each in PRINCIPALS
    ]
    return {arn: key for (arn, _), key in resources.save(connection, records).items()}


RECOMMENDED = {
    "startedAt": START,
    "completedAt": START + timedelta(minutes=1),
    "resourceArn": APP.arn,
    "recommendationType": "UnusedPermissionRecommendation",
    "status": "SUCCEEDED",
    "recommendedSteps": [
        {
            "unusedPermissionsRecommendedStep": {
                "recommendedAction": "CREATE_POLICY",
                "existingPolicyId": "access",
                "recommendedPolicy": policy("s3:GetObject", "s3:ListAllMyBuckets"),
                "policyUpdatedAt": LONG_AGO.astimezone(UTC),
            }
        },
        {"unusedPermissionsRecommendedStep": {"recommendedAction": "DETACH_POLICY", "existingPolicyId": "access"}},
    ],
}


def answering(monkeypatch, answer) -> list:
    """The service answers so when it is asked for a recommendation; what it was asked to work out."""
    asked: list = []

    def generate(_ringwall, _caller, request):
        asked.append(request["id"])
        return {}

    def get(_ringwall, _caller, _request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setitem(OPERATIONS, "generate_finding_recommendation", generate)
    monkeypatch.setitem(OPERATIONS, "get_finding_recommendation", get)
    return asked


def with_recommendation(service, idle: Idle) -> str:
    """The address of the recommendation about permissions, which the service has worked out."""
    caller = Caller(ACCOUNT, REGION, key_id="user/grace")
    asked = {"analyzerArn": idle.analyzer.arn, "id": idle.ids[PERMISSION.id]}
    call_locally(service.ringwall, caller, "GenerateFindingRecommendation", asked)
    for kind, payload in service.take():
        JOBS[kind](service.work, payload)
    return f"{idle.address(PERMISSION)}/recommendation"
