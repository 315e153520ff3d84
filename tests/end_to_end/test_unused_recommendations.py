"""Recommendations through an unmodified client of AWS's SDK, over real HTTP: in all three states, and real ones."""

import json
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest

from ringwall.api.model import create_client
from ringwall.findings.recommendation import Recommendation, RecommendedAction, RecommendedStep
from ringwall.principals.principal import IdentityPolicy, LastUse, PolicyKind, Principal, PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess, principal_access_of
from ringwall.principals.usage import LastAccessedReport, ServiceReport, Usage, Use
from ringwall.service import recommend_job
from tests.api.serving import ACCOUNT, REGION
from tests.end_to_end.service_fixtures import service  # noqa: F401 - a fixture
from tests.end_to_end.unused_fixtures import Unused, unused  # noqa: F401 - a fixture
from tests.service.memory_source import MemorySource
from tests.service.principals_for_tests import BORN, a_principal

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})


def recommending(monkeypatch, recommendation):
    monkeypatch.setattr(recommend_job, "recommendation_for", lambda *_: recommendation)


def asked_for(unused, monkeypatch, recommendation):  # noqa: F811
    """What the client sees while it is made, and once it is made."""
    recommending(monkeypatch, recommendation)
    unused.source.principals = [a_principal("alice", "permission")]
    arn = unused.analyzer()
    aws, request = unused.client(), {"analyzerArn": arn, "id": unused.id_of(arn, "UnusedPermission")}
    aws.generate_finding_recommendation(**request)
    first = aws.get_finding_recommendation(**request)
    unused.work_off()
    return first, lambda **more: aws.get_finding_recommendation(**request, **more)


STEPS = (
    RecommendedStep(RecommendedAction.DETACH_POLICY, existing_policy_id="arn:aws:iam::aws:policy/PowerUserAccess"),
    RecommendedStep(
        RecommendedAction.CREATE_POLICY,
        existing_policy_id="arn:aws:iam::aws:policy/PowerUserAccess",
        recommended_policy=POLICY,
        policy_updated_at=BORN,
    ),
)


def test_a_recommendation_is_in_progress_and_then_has_succeeded(unused, monkeypatch):  # noqa: F811
    """Its steps come in pages."""
    resource = f"arn:aws:iam::{ACCOUNT}:role/alice"
    first, get = asked_for(unused, monkeypatch, Recommendation(resource, STEPS))

    page = get(maxResults=1)
    rest = get(maxResults=1, nextToken=page["nextToken"])

    plain = {"ResponseMetadata", "startedAt", "resourceArn", "recommendationType", "status"}
    assert (set(first), first["status"], first["resourceArn"]) == (plain, "IN_PROGRESS", resource)
    assert set(page) == plain | {"completedAt", "recommendedSteps", "nextToken"}
    assert (page["status"], page["recommendationType"]) == ("SUCCEEDED", "UnusedPermissionRecommendation")
    assert page["recommendedSteps"] + rest["recommendedSteps"] == [
        {
            "unusedPermissionsRecommendedStep": {
                "recommendedAction": "DETACH_POLICY",
                "existingPolicyId": "arn:aws:iam::aws:policy/PowerUserAccess",
            }
        },
        {
            "unusedPermissionsRecommendedStep": {
                "recommendedAction": "CREATE_POLICY",
                "existingPolicyId": "arn:aws:iam::aws:policy/PowerUserAccess",
                "recommendedPolicy": POLICY,
                "policyUpdatedAt": BORN,
            }
        },
    ]
    assert "nextToken" not in rest


def test_a_recommendation_fails(unused, monkeypatch):  # noqa: F811
    """It says why, and has no steps."""
    failed = Recommendation(f"arn:aws:iam::{ACCOUNT}:role/alice", error=("SERVICE_ERROR", "a policy cannot be read"))
    _, get = asked_for(unused, monkeypatch, failed)

    got = get()

    assert (got["status"], got["error"]) == (
        "FAILED",
        {"code": "SERVICE_ERROR", "message": "a policy cannot be read"},
    )
    assert "recommendedSteps" not in got
    assert got["completedAt"] >= got["startedAt"]


def test_recommendations_are_for_unused_permissions_alone(unused):  # noqa: F811
    """Other types, ids that are none, and what was never asked for."""
    unused.source.principals = [a_principal("alice", "key permission")]
    arn = unused.analyzer()
    aws = unused.client()
    key, permission = unused.id_of(arn, "UnusedIAMUserAccessKey"), unused.id_of(arn, "UnusedPermission")

    with pytest.raises(aws.exceptions.ValidationException, match="UnusedIAMUserAccessKey"):
        aws.generate_finding_recommendation(analyzerArn=arn, id=key)
    with pytest.raises(aws.exceptions.ValidationException):
        aws.generate_finding_recommendation(analyzerArn=arn, id="!")
    with pytest.raises(aws.exceptions.ValidationException):
        aws.get_finding_recommendation(analyzerArn=arn, id="!")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.generate_finding_recommendation(analyzerArn=arn, id="none")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_finding_recommendation(analyzerArn=arn, id=permission)


def reader_of_s3(now):
    """A role that may do everything in S3 and SQS, and created a bucket a week ago."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}],
    }
    born, used = now - timedelta(days=600), now - timedelta(days=7)
    last = LastUse(used, REGION)
    principal = Principal(
        arn=f"arn:aws:iam::{ACCOUNT}:role/reader",
        kind=PrincipalKind.ROLE,
        account=ACCOUNT,
        id="AROAEXAMPLE",
        created_at=born,
        policies=(IdentityPolicy("own", PolicyKind.INLINE, json.dumps(policy)),),
        last_use=last,
    )
    tracked = {"s3:CreateBucket": Use(used, REGION), "s3:DeleteBucket": None}
    services = (ServiceReport("s3", Use(used, REGION), tracked), ServiceReport("sqs"))
    return PrincipalAccess(principal, Usage(LastAccessedReport(now, services)))


def test_what_is_really_unused_is_found_and_has_a_recommendation(service):  # noqa: F811
    """From the evidence to the policy: nothing is planted here."""
    source = MemorySource(principals=[reader_of_s3(service.ringwall.clock())])
    running = Unused(service.ringwall, service.url, service.admin, service.reader, source)
    arn = running.analyzer()
    request = {"analyzerArn": arn, "id": running.id_of(arn, "UnusedPermission")}

    details = running.client().get_finding_v2(**request)["findingDetails"]
    running.client().generate_finding_recommendation(**request)
    running.work_off()
    got = running.client().get_finding_recommendation(**request)

    found = {each["unusedPermissionDetails"]["serviceNamespace"]: each["unusedPermissionDetails"] for each in details}
    assert [each["action"] for each in found["s3"]["actions"]] == ["DeleteBucket"]
    assert "actions" not in found["sqs"]
    assert got["status"] == "SUCCEEDED"
    [policy] = [
        json.loads(each["unusedPermissionsRecommendedStep"]["recommendedPolicy"])
        for each in got["recommendedSteps"]
        if "recommendedPolicy" in each["unusedPermissionsRecommendedStep"]
    ]
    assert allows(policy, "s3:CreateBucket")
    assert not allows(policy, "s3:DeleteBucket")
    assert not allows(policy, "sqs:SendMessage")


def allows(policy, action):
    """Whether an Allow statement has the action."""
    return any(fnmatchcase(action, pattern) for each in policy["Statement"] for pattern in each["Action"])


def test_our_own_clients_see_all_of_a_recommendation_and_its_principal(service):  # noqa: F811
    """Calls, undo and proof; and the evidence that the finding follows from."""
    access = reader_of_s3(service.ringwall.clock())
    running = Unused(service.ringwall, service.url, service.admin, service.reader, MemorySource(principals=[access]))
    arn = running.analyzer()
    request = {"analyzerArn": arn, "id": running.id_of(arn, "UnusedPermission")}
    running.client().generate_finding_recommendation(**request)
    running.work_off()
    own = create_client(
        service.url, access_key_id=service.reader.id, secret_access_key=service.reader.secret, region=REGION
    )

    recommendation = own.get_finding_recommendation(**request)["recommendation"]
    told = own.get_principal_access(analyzerArn=arn, resourceArn=access.principal.arn)["principalAccess"]
    evidence = own.get_finding_v2(**request)["evidence"]

    assert recommendation["proof"]
    assert all(step["calls"] for step in recommendation["steps"])
    assert principal_access_of(told) == access
    assert evidence["usageEvidence"]["confidence"] in {"HIGH", "MEDIUM", "LOW"}
    with pytest.raises(own.exceptions.ResourceNotFoundException):
        own.get_principal_access(analyzerArn=arn, resourceArn=f"{access.principal.arn}-2")
