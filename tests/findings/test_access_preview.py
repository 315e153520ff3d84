"""What a proposed configuration is over the current one, and what its findings would change."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringwall import examples
from ringwall.collector.snapshot import read_snapshot
from ringwall.errors import ConfigurationError
from ringwall.findings.access_preview import ChangeType, compare, facts_of_preview, proposed, target_of
from ringwall.findings.archive_rule import PREVIEW_KEYS, ArchiveRule, matches, parse_filter
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding, FindingStatus
from ringwall.findings.proposed_configuration import MEMBERS, default_key_policy
from ringwall.findings.remembered import RememberedFinding, remembered_id
from ringwall.findings.zone_of_trust import ACCOUNT, ORGANIZATION, ZoneOfTrust
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import ReadError, Resource
from tests.findings.sharing_cases import OWNER, PARTNER, document, statement

REGION = "eu-west-1"
AT = f"{REGION}:{OWNER}"
ARNS = {
    "dynamodbStream": f"arn:aws:dynamodb:{AT}:table/t/stream/2026-01-01T00:00:00.000",
    "dynamodbTable": f"arn:aws:dynamodb:{AT}:table/t",
    "ebsSnapshot": f"arn:aws:ec2:{REGION}::snapshot/snap-1",
    "ecrRepository": f"arn:aws:ecr:{AT}:repository/a/b",
    "efsFileSystem": f"arn:aws:elasticfilesystem:{AT}:file-system/fs-1",
    "iamRole": f"arn:aws:iam::{OWNER}:role/p/r",
    "kmsKey": f"arn:aws:kms:{AT}:key/1",
    "rdsDbClusterSnapshot": f"arn:aws:rds:{AT}:cluster-snapshot:s",
    "rdsDbSnapshot": f"arn:aws:rds:{AT}:snapshot:s",
    "s3Bucket": "arn:aws:s3:::b",
    "s3ExpressDirectoryBucket": f"arn:aws:s3express:{AT}:bucket/b--euw1-az1--x-s3",
    "secretsManagerSecret": f"arn:aws:secretsmanager:{AT}:secret:s-abcdef",
    "snsTopic": f"arn:aws:sns:{AT}:t",
    "sqsQueue": f"arn:aws:sqs:{AT}:q",
}
OLD, NEW = (document(statement(Principal={"AWS": account})) for account in (PARTNER, "*"))
POLICIES = {
    "dynamodbStream": "streamPolicy",
    "dynamodbTable": "tablePolicy",
    "ecrRepository": "repositoryPolicy",
    "efsFileSystem": "fileSystemPolicy",
    "s3Bucket": "bucketPolicy",
    "s3ExpressDirectoryBucket": "bucketPolicy",
    "secretsManagerSecret": "secretPolicy",
    "snsTopic": "topicPolicy",
    "sqsQueue": "queuePolicy",
}
"""The members whose policy may be missing."""


def existing(member, configuration, **fields):
    target = target_of(member, ARNS[member], account=OWNER, region=REGION)
    return replace(target, configuration=configuration, **fields)


def outcome(member, value, current=None, **fields):
    """The configuration that a proposal comes to, over `current` or for a new resource."""
    there = None if current is None else existing(member, current, **fields)
    return proposed(member, value, there, ARNS[member], account=OWNER, region=REGION).configuration


def part(member, value, name, current=None):
    return outcome(member, value, current)[name]


def test_the_members_are_those_of_the_api_and_each_has_its_type():
    """
    Fourteen members; only functions and layers have no previews.
    """
    types = {target_of(member, arn, account=OWNER, region=REGION).type for member, arn in ARNS.items()}

    assert set(MEMBERS) == set(ARNS)
    assert set(RESOURCE_TYPES) - types == {"AWS::Lambda::Function", "AWS::Lambda::LayerVersion"}


@pytest.mark.parametrize(("member", "field"), POLICIES.items(), ids=POLICIES)
def test_a_policy_is_replaced_kept_deleted_or_not_there(member, field):
    """
    A proposed policy, none, and an empty one; for an existing resource and for a new one.
    """
    current = {field: OLD}

    assert part(member, {field: NEW}, field, current) == NEW
    assert part(member, {}, field, current) == OLD
    assert part(member, {field: None}, field, current) == OLD
    assert part(member, {field: ""}, field, current) == ""
    assert part(member, {field: NEW}, field) == NEW
    assert part(member, {}, field) == ""


TRUST = document({"Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole"})
BOTH_OFF = {"ignorePublicAcls": False, "restrictPublicBuckets": False}
BOTH_ON = {"ignorePublicAcls": True, "restrictPublicBuckets": True}
INTERNET = {"internetConfiguration": {}}
VPC = {"vpcConfiguration": {"vpcId": "vpc-0abc1234"}}
GRANT = {"permission": "READ", "grantee": {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}}
POINT = f"arn:aws:s3:{AT}:accesspoint/p"
REGIONS = f"arn:aws:s3::{OWNER}:accesspoint/m1.mrap"
DIRECTORY_POINT = f"arn:aws:s3express:{AT}:accesspoint/p--euw1-az1--xa-s3"
KEY_GRANT = {"granteePrincipal": f"arn:aws:iam::{PARTNER}:root", "operations": ["Decrypt"], "issuingAccount": OWNER}
NO_ACCOUNTS = {"restore": {"accountIds": []}}
PARTNERS = {"restore": {"accountIds": [PARTNER]}}
SHARED_BUCKET = {
    "bucketPolicy": OLD,
    "bucketAclGrants": [GRANT],
    "bucketPublicAccessBlock": BOTH_ON,
    "accountPublicAccessBlock": BOTH_ON,
    "accessPoints": {POINT: {"accessPointPolicy": OLD, "networkOrigin": VPC, "publicAccessBlock": BOTH_OFF}},
}
WITH_POINT = {"accessPoints": {POINT: {"accessPointPolicy": "", "networkOrigin": INTERNET}}}
WITH_DIRECTORY_POINT = {"accessPoints": {DIRECTORY_POINT: {"accessPointPolicy": OLD, "networkOrigin": VPC}}}

MERGED = [
    ("iamRole", {"trustPolicy": TRUST}, None, {"trustPolicy": TRUST}),
    ("iamRole", {}, {"trustPolicy": TRUST}, {"trustPolicy": TRUST}),
    ("ebsSnapshot", {}, None, {"userIds": [], "groups": [], "kmsKeyId": ""}),
    (
        "ebsSnapshot",
        {"groups": ["all"], "kmsKeyId": ""},
        {"userIds": [PARTNER], "groups": [], "kmsKeyId": "k", "blockPublicAccessState": "unblocked"},
        {"userIds": [PARTNER], "groups": ["all"], "kmsKeyId": "k", "blockPublicAccessState": "unblocked"},
    ),
    (
        "ebsSnapshot",
        {"userIds": [], "kmsKeyId": "new"},
        {"userIds": [PARTNER], "groups": ["all"], "kmsKeyId": "k"},
        {"userIds": [], "groups": ["all"], "kmsKeyId": "new"},
    ),
    *(
        case
        for member in ("rdsDbSnapshot", "rdsDbClusterSnapshot")
        for case in (
            (member, {}, None, {"attributes": NO_ACCOUNTS, "kmsKeyId": ""}),
            (member, {"attributes": PARTNERS}, None, {"attributes": PARTNERS, "kmsKeyId": ""}),
            (member, {}, {"attributes": PARTNERS, "kmsKeyId": "k"}, {"attributes": PARTNERS, "kmsKeyId": "k"}),
            (
                member,
                {"attributes": {"restore": {}}, "kmsKeyId": ""},
                {"attributes": PARTNERS, "kmsKeyId": "k"},
                {"attributes": PARTNERS, "kmsKeyId": "k"},
            ),
            (
                member,
                {"attributes": NO_ACCOUNTS},
                {"attributes": PARTNERS, "kmsKeyId": "k"},
                {"attributes": NO_ACCOUNTS, "kmsKeyId": "k"},
            ),
        )
    ),
    ("kmsKey", {}, None, {"keyPolicies": {"default": default_key_policy("aws", OWNER)}, "grants": []}),
    (
        "kmsKey",
        {"keyPolicies": {"default": NEW}},
        {"keyPolicies": {"default": OLD}, "grants": [KEY_GRANT]},
        {"keyPolicies": {"default": NEW}, "grants": [KEY_GRANT]},
    ),
    (
        "kmsKey",
        {"grants": []},
        {"keyPolicies": {"default": OLD}, "grants": [KEY_GRANT]},
        {"keyPolicies": {"default": OLD}, "grants": []},
    ),
    ("secretsManagerSecret", {}, None, {"secretPolicy": "", "kmsKeyId": ""}),
    ("secretsManagerSecret", {}, {"secretPolicy": OLD, "kmsKeyId": "k"}, {"secretPolicy": OLD, "kmsKeyId": "k"}),
    (
        "secretsManagerSecret",
        {"kmsKeyId": ""},
        {"secretPolicy": OLD, "kmsKeyId": "k"},
        {"secretPolicy": OLD, "kmsKeyId": ""},
    ),
    (
        "s3Bucket",
        {},
        None,
        {"bucketPolicy": "", "bucketAclGrants": [], "bucketPublicAccessBlock": BOTH_OFF, "accessPoints": {}},
    ),
    ("s3Bucket", {}, SHARED_BUCKET, SHARED_BUCKET),
    (
        "s3Bucket",
        {"bucketAclGrants": [], "bucketPublicAccessBlock": BOTH_OFF, "accessPoints": {}},
        SHARED_BUCKET,
        {**SHARED_BUCKET, "bucketAclGrants": [], "bucketPublicAccessBlock": BOTH_OFF, "accessPoints": {}},
    ),
    (
        "s3ExpressDirectoryBucket",
        {"bucketPolicy": NEW},
        WITH_DIRECTORY_POINT,
        {"bucketPolicy": NEW, **WITH_DIRECTORY_POINT},
    ),
    ("s3ExpressDirectoryBucket", {}, None, {"bucketPolicy": "", "accessPoints": {}}),
]


@pytest.mark.parametrize(("member", "value", "current", "merged"), MERGED)
def test_what_is_proposed_lies_over_what_there_is_and_over_the_defaults(member, value, current, merged):
    """
    `current` is None for a new resource.
    """
    assert outcome(member, value, current) == merged


POINTS = [
    ({POINT: {}}, {}, {POINT: {"accessPointPolicy": "", "networkOrigin": INTERNET, "publicAccessBlock": BOTH_ON}}),
    (
        {REGIONS: {"accessPointPolicy": OLD}},
        SHARED_BUCKET,
        {REGIONS: {"accessPointPolicy": OLD, "networkOrigin": INTERNET, "publicAccessBlock": BOTH_ON}},
    ),
    ({POINT: {}}, SHARED_BUCKET, SHARED_BUCKET["accessPoints"]),
    (
        {POINT: {"accessPointPolicy": "", "networkOrigin": INTERNET, "publicAccessBlock": BOTH_ON}},
        SHARED_BUCKET,
        {POINT: {"accessPointPolicy": "", "networkOrigin": INTERNET, "publicAccessBlock": BOTH_ON}},
    ),
    (
        {POINT: {"accessPointPolicy": OLD}},
        WITH_POINT,
        {POINT: {"accessPointPolicy": OLD, "networkOrigin": INTERNET, "publicAccessBlock": BOTH_OFF}},
    ),
]


@pytest.mark.parametrize(("points", "current", "merged"), POINTS)
def test_proposed_access_points_are_all_there_are_and_each_lies_over_its_current_one(points, current, merged):
    """
    New ones have Block Public Access on; what of an existing one was never read counts as off.
    """
    assert part("s3Bucket", {"accessPoints": points}, "accessPoints", current) == merged


def test_an_access_point_of_a_directory_bucket_has_no_block_public_access():
    """
    A new one, without a policy.
    """
    merged = part("s3ExpressDirectoryBucket", {"accessPoints": {DIRECTORY_POINT: {}}}, "accessPoints")

    assert merged == {DIRECTORY_POINT: {"accessPointPolicy": "", "networkOrigin": INTERNET}}


def points(number):
    return {"accessPoints": {f"{POINT}{index}": {} for index in range(number)}}


BOTH_CONSTRAINTS = {"encryptionContextEquals": {"a": "b"}, "encryptionContextSubset": {"a": "b"}}
INVALID = [
    ("iamRole", {}, None, "a trust policy"),
    ("iamRole", {"trustPolicy": ""}, {"trustPolicy": TRUST}, "a trust policy"),
    ("kmsKey", {"keyPolicies": {"default": ""}}, {"keyPolicies": {"default": OLD}}, "a policy"),
    ("kmsKey", {"keyPolicies": {}}, {"keyPolicies": {"default": OLD}}, "named default"),
    ("kmsKey", {"keyPolicies": {"other": OLD}}, None, "unknown field at `/keyPolicies/other`"),
    ("kmsKey", {"grants": [KEY_GRANT] * 101}, None, "at most 100 grants"),
    ("kmsKey", {"grants": [{**KEY_GRANT, "constraints": BOTH_CONSTRAINTS}]}, None, "only one of"),
    ("kmsKey", {"grants": [{**KEY_GRANT, "operations": ["PutKeyPolicy"]}]}, None, "a grant operation"),
    ("ebsSnapshot", {"groups": ["some"]}, None, "`all`"),
    ("ebsSnapshot", {"userIds": ["me"]}, None, "an account number"),
    ("rdsDbSnapshot", {"attributes": {"copy": {"accountIds": []}}}, None, "unknown field"),
    ("rdsDbClusterSnapshot", {"attributes": {"restore": {"accountIds": "all"}}}, None, "a list"),
    ("s3Bucket", {"bucketAclGrants": [GRANT] * 101}, None, "at most 100 grants"),
    ("s3Bucket", {"bucketAclGrants": [{**GRANT, "permission": "ALL"}]}, None, "one of READ"),
    ("s3Bucket", {"accountPublicAccessBlock": BOTH_ON}, None, "unknown field"),
    ("s3Bucket", points(11), None, "at most 10 access points"),
    ("s3Bucket", {"accessPoints": {REGIONS: {"networkOrigin": VPC}}}, None, "Multi-Region"),
    ("s3Bucket", {"accessPoints": {DIRECTORY_POINT: {}}}, None, "the ARN of an s3 access point"),
    ("s3ExpressDirectoryBucket", {"accessPoints": {DIRECTORY_POINT: {"publicAccessBlock": BOTH_ON}}}, None, "unknown"),
    ("sqsQueue", {"queuePolicy": "{"}, None, "line 1"),
    ("sqsQueue", {"queuePolicy": 1}, None, "text"),
    ("sqsQueue", {"topicPolicy": ""}, None, "unknown field"),
    ("secretsManagerSecret", {"kmsKeyId": "k", "secretPolicy": '{"Statement": 1}'}, None, "Statement"),
]


@pytest.mark.parametrize(("member", "value", "current", "message"), INVALID)
def test_what_cannot_be_is_refused(member, value, current, message):
    """
    The API's INVALID_CONFIGURATION.
    """
    with pytest.raises(ConfigurationError, match=message):
        outcome(member, value, current)


@pytest.mark.parametrize("member", ARNS)
@pytest.mark.parametrize("arn", [POINT, "queue", f"arn:aws:lambda:{AT}:function:f", f"arn:aws:iam::{OWNER}:user/u"])
def test_a_member_is_for_resources_of_its_type(member, arn):
    """
    ARNs that no member is for, and what is no ARN.
    """
    with pytest.raises(ConfigurationError, match=r"is not the ARN of a resource of type AWS::"):
        target_of(member, arn, account=OWNER, region=REGION)


def test_there_are_no_other_members():
    """
    Ours for functions is none of the API's.
    """
    with pytest.raises(ConfigurationError, match=r"`lambdaFunction` is no configuration: expected one of dynamodb"):
        target_of("lambdaFunction", f"arn:aws:lambda:{AT}:function:f", account=OWNER, region=REGION)


@pytest.mark.parametrize(
    ("member", "arn", "owner", "region"),
    [
        ("s3Bucket", "arn:aws:s3:::b", "999999999999", "us-east-2"),
        ("ebsSnapshot", ARNS["ebsSnapshot"], "999999999999", REGION),
        ("iamRole", ARNS["iamRole"], OWNER, "global"),
        ("sqsQueue", ARNS["sqsQueue"], OWNER, REGION),
    ],
)
def test_owner_and_region_are_the_analyzers_where_the_arn_does_not_tell(member, arn, owner, region):
    """
    The analyzer is of another account, in another Region.
    """
    target = target_of(member, arn, account="999999999999", region="us-east-2")

    assert (target.arn, target.owner_account, target.region) == (arn, owner, region)


def test_an_index_is_shared_by_its_tables_policy():
    """
    The table is what is analysed.
    """
    target = target_of("dynamodbTable", f"{ARNS['dynamodbTable']}/index/i", account=OWNER, region=REGION)

    assert target.arn == ARNS["dynamodbTable"]


def test_over_a_resource_that_cannot_be_read_only_a_whole_proposal_can_be_analysed():
    """
    A queue has its policy alone; of a bucket more remains unknown than the proposal says.
    """
    error = ReadError("ACCESS_DENIED", "no way")
    queue, bucket = (existing(member, {}, error=error) for member in ("sqsQueue", "s3Bucket"))

    whole = proposed("sqsQueue", {"queuePolicy": NEW}, queue, queue.arn, account=OWNER, region=REGION)
    partial = proposed("s3Bucket", {"bucketPolicy": NEW}, bucket, bucket.arn, account=OWNER, region=REGION)

    assert (whole.error, whole.configuration) == (None, {"queuePolicy": NEW})
    assert (partial.error, partial.configuration) == (error, {})


def test_what_is_proposed_is_analysed_as_any_resource():
    """
    A new queue for everybody, and one for nobody.
    """
    analysis = ExternalAccess(ZoneOfTrust())

    open_, closed = (
        proposed("sqsQueue", {"queuePolicy": policy}, None, ARNS["sqsQueue"], account=OWNER, region=REGION)
        for policy in (NEW, "")
    )

    assert [each.is_public for each in analysis.findings_of(open_)] == [True]
    assert analysis.findings_of(closed) == ()


def test_the_default_key_policy_lets_nobody_else_in():
    """
    A new key, about which nothing is said.
    """
    key = proposed("kmsKey", {}, None, ARNS["kmsKey"], account=OWNER, region=REGION)

    assert json.loads(key.configuration["keyPolicies"]["default"])["Statement"][0]["Principal"]
    assert ExternalAccess(ZoneOfTrust()).findings_of(key) == ()


ANALYZER = f"arn:aws:access-analyzer:{AT}:analyzer/a"
PREVIEW = "0910eedb-381e-4e95-adda-0d25c19e6e90"
BEFORE, NOW = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 10, 8, tzinfo=UTC)
QUIET = ArchiveRule("quiet", parse_filter({"isPublic": {"eq": ["false"]}}, PREVIEW_KEYS), BEFORE, BEFORE)
ACCESS = Finding(
    "arn:aws:s3:::b", "AWS::S3::Bucket", OWNER, REGION, {"AWS": PARTNER}, ("s3:GetObject",), is_public=False
)
OTHER_EVIDENCE = replace(ACCESS, access_levels={"Read": ("s3:GetObject",)})
ERROR = Finding("arn:aws:s3:::b", "AWS::S3::Bucket", OWNER, REGION, error="ACCESS_DENIED", error_message="no way")


def live(finding, status):
    id_ = remembered_id(ANALYZER, finding)
    return RememberedFinding(id_, finding.as_json(), FindingStatus(status), BEFORE, BEFORE, BEFORE)


def compared(known, found, rules=()):
    return compare(known, found, analyzer=ANALYZER, preview=PREVIEW, rules=rules, now=NOW)


@pytest.mark.parametrize(
    ("status", "found", "rules", "change", "after"),
    [
        (None, [ACCESS], [], "NEW", "ACTIVE"),
        (None, [ACCESS], [QUIET], "NEW", "ARCHIVED"),
        ("ACTIVE", [ACCESS], [QUIET], "UNCHANGED", "ACTIVE"),
        ("ARCHIVED", [ACCESS], [], "UNCHANGED", "ARCHIVED"),
        ("ACTIVE", [OTHER_EVIDENCE], [], "UNCHANGED", "ACTIVE"),
        ("ACTIVE", [], [], "CHANGED", "RESOLVED"),
        ("ARCHIVED", [], [], "CHANGED", "RESOLVED"),
        ("RESOLVED", [ACCESS], [], "CHANGED", "ACTIVE"),
        ("RESOLVED", [ACCESS], [QUIET], "CHANGED", "ARCHIVED"),
    ],
)
def test_a_finding_would_be_new_changed_or_unchanged(status, found, rules, change, after):
    """
    `status` is that of the live finding, None where there is none.
    """
    known = [live(ACCESS, status)] if status else []

    [finding] = compared(known, found, rules)

    assert (finding.change, finding.finding.status) == (ChangeType(change), FindingStatus(after))
    assert finding.existing == (known[0] if known else None)


def test_a_finding_that_is_and_would_be_resolved_is_not_told():
    """
    A resolved finding, and a proposal that shares nothing.
    """
    assert compared([live(ACCESS, "RESOLVED")], []) == ()


def test_an_error_that_would_be_gone_is_told_as_resolved():
    """
    The proposal makes the resource readable.
    """
    appeared, gone = compared([live(ERROR, "ACTIVE")], [ACCESS])

    assert appeared.change is ChangeType.NEW
    assert (gone.change, gone.finding.status, gone.finding.error) == (
        ChangeType.CHANGED,
        FindingStatus.RESOLVED,
        "ACCESS_DENIED",
    )


def test_a_previews_finding_has_the_shape_of_the_api():
    """
    One that exists, and would be resolved.
    """
    known = live(ACCESS, "ACTIVE")

    [finding] = compared([known], [])

    assert finding.as_json() == {
        "id": finding.id,
        "existingFindingId": known.id,
        "existingFindingStatus": "ACTIVE",
        "changeType": "CHANGED",
        "status": "RESOLVED",
        "createdAt": "2026-01-10T08:00:00+00:00",
        "principal": {"AWS": PARTNER},
        "action": ["s3:GetObject"],
        "condition": {},
        "isPublic": False,
        "sources": [],
        "resource": "arn:aws:s3:::b",
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": OWNER,
    }
    assert finding.id != known.id


def test_filters_ask_what_would_change():
    """
    The keys that only previews have, and the kind of finding, which they do not print.
    """
    [finding] = compared([live(ACCESS, "ACTIVE")], [])
    facts = facts_of_preview(finding.as_json())

    raw = {
        "changeType": {"eq": ["CHANGED"]},
        "existingFindingStatus": {"eq": ["ACTIVE"]},
        "existingFindingId": {"exists": True},
        "status": {"eq": ["RESOLVED"]},
        "findingType": {"eq": ["ExternalAccess"]},
        "principal.AWS": {"eq": [PARTNER]},
    }
    assert matches(parse_filter(raw, PREVIEW_KEYS), facts)


def test_a_resource_keeps_its_tags():
    """
    A preview of a queue that has some.
    """
    queue = existing("sqsQueue", {"queuePolicy": OLD}, tags={"team": "a"})

    assert proposed("sqsQueue", {}, queue, queue.arn, account=OWNER, region=REGION) == Resource(
        queue.arn, queue.type, OWNER, REGION, {"queuePolicy": OLD}, {"team": "a"}
    )


@pytest.mark.parametrize("within", [ACCOUNT, ORGANIZATION])
def test_a_proposal_that_says_nothing_changes_nothing(within):
    """
    Every resource of the example organization, with its findings as the store would give them back.
    """
    example = read_snapshot(Path(examples.__file__).with_name("organization.jsonl"))
    analysis = ExternalAccess(ZoneOfTrust(within, example.organization))
    members = {name: kind.member for name, kind in RESOURCE_TYPES.items() if kind.member in MEMBERS}
    changes = []

    for resource in (each for each in example.resources if each.type in members):
        known = [live(each, "ACTIVE") for each in analysis.findings_of(resource)]
        stored = [replace(each, detail=json.loads(json.dumps(each.detail))) for each in known]
        owner, region = resource.owner_account, resource.region
        after = proposed(members[resource.type], {}, resource, resource.arn, account=owner, region=region)
        changes += compared(stored, analysis.findings_of(after))

    assert len(changes) > 20
    assert {each.change for each in changes} == {ChangeType.UNCHANGED}
