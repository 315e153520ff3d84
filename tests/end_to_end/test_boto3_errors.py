"""Every error that AWS's model documents for an operation that works, through an unmodified client over real HTTP."""

import json
from dataclasses import replace

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from ringwall.api.app import create_app
from ringwall.api.authorization import is_allowed
from ringwall.api.limits import Limits
from ringwall.api.model import awss_model
from ringwall.errors import StoreError
from ringwall.service.context import Quotas, Role
from ringwall.store import analyzers
from tests.api.serving import ACCOUNT, REGION, a_client, a_key, a_ringwall, served
from tests.end_to_end.service_fixtures import Served, watched  # noqa: F401 - a fixture
from tests.end_to_end.strict_client import Strict
from tests.service.service_for_tests import BUCKET, QUEUE, RecordedJobs

ARN = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch"
MISSING = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/missing"
MALFORMED = "not-an-arn"
PREVIEW = "00000000-0000-0000-0000-000000000000"
RULE = {"isPublic": {"eq": ["false"]}}
IDENTITY = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
CONFIGURATION = {QUEUE: {"sqsQueue": {"queuePolicy": ""}}}
TWO_CONFIGURATIONS = {**CONFIGURATION, f"{QUEUE}-2": {"sqsQueue": {"queuePolicy": ""}}}

CONFLICT = "ConflictException"
NOT_FOUND = "ResourceNotFoundException"
VALIDATION = "ValidationException"
QUOTA = "ServiceQuotaExceededException"
INVALID = "InvalidParameterException"
UNPROCESSABLE = "UnprocessableEntityException"
DENIED = "AccessDeniedException"
GENERAL = {"InternalServerException", "ThrottlingException", DENIED}

# A preview `made` is being made; the analyzer has the archive rules `one` and `two`, which is its quota here.
CASES = [
    ("ApplyArchiveRule", NOT_FOUND, {"analyzerArn": ARN, "ruleName": "missing"}),
    ("ApplyArchiveRule", NOT_FOUND, {"analyzerArn": MISSING, "ruleName": "one"}),
    ("ApplyArchiveRule", VALIDATION, {"analyzerArn": MALFORMED, "ruleName": "one"}),
    (
        "CheckAccessNotGranted",
        VALIDATION,
        {"policyDocument": "{", "policyType": "IDENTITY_POLICY", "access": [{"actions": ["s3:GetObject"]}]},
    ),
    (
        "CheckAccessNotGranted",
        VALIDATION,
        {"policyDocument": IDENTITY, "policyType": "IDENTITY_POLICY", "access": [{}]},
    ),
    (
        "CheckAccessNotGranted",
        INVALID,
        {"policyDocument": IDENTITY, "policyType": "IDENTITY_POLICY", "access": [{"actions": ["nonsense"]}]},
    ),
    (
        "CheckAccessNotGranted",
        UNPROCESSABLE,
        {"policyDocument": IDENTITY, "policyType": "RESOURCE_POLICY", "access": [{"actions": ["s3:GetObject"]}]},
    ),
    (
        "CheckNoNewAccess",
        VALIDATION,
        {"newPolicyDocument": IDENTITY, "existingPolicyDocument": "", "policyType": "IDENTITY_POLICY"},
    ),
    (
        "CheckNoNewAccess",
        VALIDATION,
        {"newPolicyDocument": IDENTITY, "existingPolicyDocument": IDENTITY, "policyType": "SERVICE_CONTROL_POLICY"},
    ),
    (
        "CheckNoNewAccess",
        VALIDATION,
        {
            "newPolicyDocument": IDENTITY,
            "existingPolicyDocument": IDENTITY.replace("s3:*", "s3:" + "x" * 33_000),
            "policyType": "IDENTITY_POLICY",
        },
    ),
    (
        "CheckNoNewAccess",
        UNPROCESSABLE,
        {"newPolicyDocument": IDENTITY, "existingPolicyDocument": IDENTITY, "policyType": "RESOURCE_POLICY"},
    ),
    ("CheckNoPublicAccess", VALIDATION, {"policyDocument": "[]", "resourceType": "AWS::SQS::Queue"}),
    ("CheckNoPublicAccess", VALIDATION, {"policyDocument": IDENTITY, "resourceType": "AWS::EC2::Instance"}),
    ("CheckNoPublicAccess", UNPROCESSABLE, {"policyDocument": IDENTITY, "resourceType": "AWS::SQS::Queue"}),
    (
        "CreateAccessPreview",
        CONFLICT,
        {"analyzerArn": ARN.replace("watch", "disabled"), "configurations": CONFIGURATION},
    ),
    ("CreateAccessPreview", NOT_FOUND, {"analyzerArn": MISSING, "configurations": CONFIGURATION}),
    ("CreateAccessPreview", VALIDATION, {"analyzerArn": ARN, "configurations": {}}),
    ("CreateAccessPreview", VALIDATION, {"analyzerArn": ARN, "configurations": TWO_CONFIGURATIONS}),
    ("CreateAccessPreview", VALIDATION, {"analyzerArn": ARN, "configurations": {BUCKET: {"sqsQueue": {}}}}),
    (
        "CreateAccessPreview",
        VALIDATION,
        {"analyzerArn": ARN, "configurations": {QUEUE.replace(ACCOUNT, "444455556666"): CONFIGURATION[QUEUE]}},
    ),
    (
        "CreateAccessPreview",
        VALIDATION,
        {"analyzerArn": ARN.replace("watch", "organization"), "configurations": CONFIGURATION},
    ),
    ("CreateAccessPreview", QUOTA, {"analyzerArn": ARN, "configurations": CONFIGURATION}),
    ("CreateAnalyzer", CONFLICT, {"analyzerName": "watch", "type": "ACCOUNT"}),
    ("CreateAnalyzer", VALIDATION, {"analyzerName": "1", "type": "ACCOUNT"}),
    ("CreateAnalyzer", VALIDATION, {"analyzerName": "a", "type": "NO_TYPE"}),
    ("CreateAnalyzer", VALIDATION, {"analyzerName": "a", "type": "ORGANIZATION", "tags": {"aws:a": "b"}}),
    ("CreateAnalyzer", QUOTA, {"analyzerName": "another", "type": "ACCOUNT"}),
    ("CreateArchiveRule", CONFLICT, {"analyzerName": "watch", "ruleName": "one", "filter": RULE}),
    ("CreateArchiveRule", NOT_FOUND, {"analyzerName": "missing", "ruleName": "r", "filter": RULE}),
    ("CreateArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "r", "filter": {}}),
    ("CreateArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "r", "filter": {"status": {"eq": ["A"]}}}),
    ("CreateArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "r", "filter": {"resource": {}}}),
    (
        "CreateArchiveRule",
        VALIDATION,
        {"analyzerName": "watch", "ruleName": "r", "filter": {"resource": {"eq": ["x"] * 21}}},
    ),
    ("CreateArchiveRule", QUOTA, {"analyzerName": "watch", "ruleName": "three", "filter": RULE}),
    ("DeleteAnalyzer", NOT_FOUND, {"analyzerName": "missing"}),
    ("DeleteAnalyzer", VALIDATION, {"analyzerName": "1"}),
    ("DeleteArchiveRule", NOT_FOUND, {"analyzerName": "watch", "ruleName": "missing"}),
    ("DeleteArchiveRule", NOT_FOUND, {"analyzerName": "missing", "ruleName": "one"}),
    ("DeleteArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "1"}),
    ("GenerateFindingRecommendation", VALIDATION, {"analyzerArn": ARN, "id": "missing"}),
    ("GetAccessPreview", NOT_FOUND, {"analyzerArn": ARN, "accessPreviewId": PREVIEW}),
    ("GetAccessPreview", VALIDATION, {"analyzerArn": ARN, "accessPreviewId": "X"}),
    ("GetAnalyzedResource", NOT_FOUND, {"analyzerArn": ARN, "resourceArn": f"{QUEUE}-unknown"}),
    ("GetAnalyzedResource", VALIDATION, {"analyzerArn": ARN, "resourceArn": MALFORMED}),
    ("GetAnalyzer", NOT_FOUND, {"analyzerName": "missing"}),
    ("GetAnalyzer", VALIDATION, {"analyzerName": "1"}),
    ("GetArchiveRule", NOT_FOUND, {"analyzerName": "watch", "ruleName": "missing"}),
    ("GetArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "1"}),
    ("GetFinding", NOT_FOUND, {"analyzerArn": ARN, "id": "missing"}),
    ("GetFinding", VALIDATION, {"analyzerArn": MALFORMED, "id": "missing"}),
    ("GetFindingRecommendation", NOT_FOUND, {"analyzerArn": MISSING, "id": "missing"}),
    ("GetFindingRecommendation", VALIDATION, {"analyzerArn": ARN, "id": "missing", "maxResults": 1001}),
    ("GetFindingV2", NOT_FOUND, {"analyzerArn": ARN, "id": "missing"}),
    ("GetFindingV2", VALIDATION, {"analyzerArn": ARN, "id": "missing", "maxResults": 0}),
    ("GetFindingsStatistics", NOT_FOUND, {"analyzerArn": MISSING}),
    ("GetFindingsStatistics", VALIDATION, {"analyzerArn": MALFORMED}),
    ("ListAccessPreviewFindings", CONFLICT, {"analyzerArn": ARN, "accessPreviewId": "made"}),
    ("ListAccessPreviewFindings", NOT_FOUND, {"analyzerArn": ARN, "accessPreviewId": PREVIEW}),
    (
        "ListAccessPreviewFindings",
        VALIDATION,
        {"analyzerArn": ARN, "accessPreviewId": "made", "filter": {"nonsense": {"exists": True}}},
    ),
    ("ListAccessPreviews", NOT_FOUND, {"analyzerArn": MISSING}),
    ("ListAccessPreviews", VALIDATION, {"analyzerArn": ARN, "nextToken": "damaged"}),
    ("ListAnalyzedResources", NOT_FOUND, {"analyzerArn": MISSING}),
    ("ListAnalyzedResources", VALIDATION, {"analyzerArn": ARN, "resourceType": "AWS::EC2::Instance"}),
    ("ListAnalyzers", VALIDATION, {"maxResults": 0}),
    ("ListAnalyzers", VALIDATION, {"type": "NO_TYPE"}),
    ("ListArchiveRules", VALIDATION, {"analyzerName": "watch", "nextToken": "damaged"}),
    ("ListFindings", NOT_FOUND, {"analyzerArn": MISSING}),
    ("ListFindings", VALIDATION, {"analyzerArn": ARN, "sort": {"attributeName": "nonsense"}}),
    ("ListFindings", VALIDATION, {"analyzerArn": ARN, "filter": {"changeType": {"eq": ["NEW"]}}}),
    ("ListFindingsV2", NOT_FOUND, {"analyzerArn": MISSING}),
    ("ListFindingsV2", VALIDATION, {"analyzerArn": ARN, "sort": {"orderBy": "UP"}}),
    (
        "ListFindingsV2",
        VALIDATION,
        {"analyzerArn": ARN, "filter": {f"condition.k{number}": {"eq": ["x"]} for number in range(51)}},
    ),
    ("ListTagsForResource", NOT_FOUND, {"resourceArn": MISSING}),
    ("ListTagsForResource", VALIDATION, {"resourceArn": MALFORMED}),
    ("StartResourceScan", NOT_FOUND, {"analyzerArn": MISSING, "resourceArn": QUEUE}),
    ("StartResourceScan", VALIDATION, {"analyzerArn": ARN, "resourceArn": "arn:aws:ec2:eu-west-1:1:vpc/v"}),
    ("StartResourceScan", VALIDATION, {"analyzerArn": ARN, "resourceArn": "arn:aws:sqs:eu-west-1:444455556666:q"}),
    (
        "StartResourceScan",
        VALIDATION,
        {"analyzerArn": ARN, "resourceArn": QUEUE, "resourceOwnerAccount": "444455556666"},
    ),
    ("TagResource", NOT_FOUND, {"resourceArn": MISSING, "tags": {"a": "b"}}),
    ("TagResource", VALIDATION, {"resourceArn": ARN, "tags": {"aws:a": "b"}}),
    ("UntagResource", NOT_FOUND, {"resourceArn": MISSING, "tagKeys": ["a"]}),
    ("UntagResource", VALIDATION, {"resourceArn": MALFORMED, "tagKeys": ["a"]}),
    ("UpdateAnalyzer", NOT_FOUND, {"analyzerName": "missing", "configuration": {"unusedAccess": {}}}),
    ("UpdateAnalyzer", VALIDATION, {"analyzerName": "watch", "configuration": {"unusedAccess": {}}}),
    ("UpdateArchiveRule", NOT_FOUND, {"analyzerName": "watch", "ruleName": "missing", "filter": RULE}),
    ("UpdateArchiveRule", VALIDATION, {"analyzerName": "watch", "ruleName": "one", "filter": {}}),
    ("UpdateFindings", NOT_FOUND, {"analyzerArn": ARN, "status": "ARCHIVED", "ids": ["missing"]}),
    ("UpdateFindings", NOT_FOUND, {"analyzerArn": ARN, "status": "ARCHIVED", "resourceArn": f"{QUEUE}-unknown"}),
    ("UpdateFindings", VALIDATION, {"analyzerArn": ARN, "status": "ARCHIVED"}),
    ("UpdateFindings", VALIDATION, {"analyzerArn": ARN, "status": "RESOLVED", "ids": ["x"]}),
]

UNSUPPORTED = {
    "CancelPolicyGeneration",
    "CreateServiceLinkedAnalyzer",
    "DeleteServiceLinkedAnalyzer",
    "GetGeneratedPolicy",
    "ListPolicyGenerations",
    "StartPolicyGeneration",
    "ValidatePolicy",
}
NEVER = {
    ("CheckNoNewAccess", INVALID): "its parameters are documents and a type: what is wrong with them has other names",
    ("CheckNoPublicAccess", INVALID): "the same",
    ("UpdateAnalyzer", CONFLICT): "two updates wait for each other, and both are done",
}
WORKING = sorted(set(awss_model().operation_names) - UNSUPPORTED)

SAMPLES = {
    "AccessActionsList": ["s3:GetObject"],
    "AccessPreviewId": PREVIEW,
    "AnalyzerArn": ARN,
    "AnalyzerName": "watch",
    "ConfigurationsMap": CONFIGURATION,
    "FilterCriteriaMap": RULE,
    "Name": "one",
    "ResourceArn": QUEUE,
    "TagKeys": ["a"],
    "TagsMap": {"a": "b"},
    "CheckAccessNotGrantedRequestAccessList": [{"actions": ["s3:GetObject"]}],
}


def request_for(operation):
    """Something valid to ask, of the members that have to be there."""
    shape = awss_model().operation_model(operation).input_shape
    return {name: _sample(shape.members[name]) for name in shape.required_members}


def _sample(shape):
    return SAMPLES.get(shape.name, shape.enum[0] if getattr(shape, "enum", None) else ARN)


@pytest.fixture
def service(store):
    """As elsewhere, with small quotas."""
    ringwall = a_ringwall(store, jobs=RecordedJobs())
    quotas = Quotas(account_analyzers=2, archive_rules=2, previews_per_hour=1)
    ringwall = replace(ringwall, policy=replace(ringwall.policy, quotas=quotas))
    with served(create_app(ringwall)) as url:
        yield Served(ringwall, url, a_key(ringwall), a_key(ringwall, "reader"))


@pytest.fixture
def crowded(watched):  # noqa: F811
    """Everything that a case may need."""
    aws = watched.client()
    aws.create_analyzer(analyzerName="disabled", type="ACCOUNT")
    aws.create_analyzer(analyzerName="organization", type="ORGANIZATION")
    for name in ("one", "two"):
        aws.create_archive_rule(analyzerName="watch", ruleName=name, filter=RULE)
    with watched.ringwall.store.write() as connection:
        disabled = analyzers.find(connection, ARN.replace("watch", "disabled"))
        analyzers.update(connection, disabled.key, status="DISABLED")
    made = aws.create_access_preview(analyzerArn=ARN, configurations=CONFIGURATION)["id"]
    return watched, made


def test_each_documented_error_comes(crowded):
    """With AWS's code, status and members, each for the request that provokes it."""
    watched, made = crowded  # noqa: F811
    client = Strict(watched.url, watched.admin, parameter_validation=False)

    wrong = []
    for operation, code, request in CASES:
        asked = {**request, "accessPreviewId": made} if request.get("accessPreviewId") == "made" else request
        answered = code_of(client, operation, asked)
        if answered != code:
            wrong.append((operation, code, answered, request))

    assert wrong == []


def code_of(client, operation, request):
    try:
        getattr(client, xform_name(operation))(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "no error"


def test_no_documented_error_is_forgotten():
    """Each is provoked, or there is a reason why it never comes."""
    provoked = {(operation, code) for operation, code, _ in CASES} | NEVER.keys()

    documented = {
        (operation, shape.name)
        for operation in WORKING
        for shape in awss_model().operation_model(operation).error_shapes
        if shape.name not in GENERAL
    }

    assert documented - provoked == set()


def test_a_reader_is_denied_what_changes_something(service):
    """And nothing that the read-only policy of AWS allows."""
    reader = Strict(service.url, service.reader)

    denied = {each for each in WORKING if code_of(reader, each, request_for(each)) == DENIED}

    assert denied == {each for each in WORKING if not is_allowed(Role.READER, each)}
    assert {"CreateAnalyzer", "UpdateFindings", "CheckNoPublicAccess"} <= denied


def test_every_operation_can_be_throttled(store):
    """A key that asks too often is told to wait, with the header that says how long."""
    ringwall = a_ringwall(store)
    key = a_key(ringwall)
    limits = Limits(requests_per_second=0.001, burst=1)
    with served(create_app(ringwall, limits=limits)) as url:
        client = Strict(url, key)
        client.list_analyzers()

        codes = {each: code_of(client, each, request_for(each)) for each in WORKING}

    assert codes == dict.fromkeys(WORKING, "ThrottlingException")


def test_every_operation_can_fail(store):
    """Where the database does not answer, the client is told that it is not at fault, and to try again."""
    ringwall = a_ringwall(store)
    key = a_key(ringwall)

    def fails(_ringwall, _caller, _request):
        raise StoreError("the database does not answer")

    with served(create_app(ringwall, operations={xform_name(each): fails for each in WORKING})) as url:
        client = Strict(url, key)

        codes = {each: code_of(client, each, request_for(each)) for each in WORKING}

    assert codes == dict.fromkeys(WORKING, "InternalServerException")


def test_who_has_no_key_is_nobody(service):
    """Whatever is asked."""
    stranger = a_client(service.url, replace(service.admin, secret="wrong"))

    codes = {code_of(stranger, each, request_for(each)) for each in WORKING}

    assert codes == {"InvalidSignatureException"}
