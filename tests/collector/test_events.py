"""What events touch: row by row, and whatever else may come out of a queue."""

from __future__ import annotations

import json

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.collector.event_rows import ROWS
from ringwall.collector.events import Malformed, Touched, Understood, read_event
from ringwall.resources import RESOURCE_TYPES
from tests.collector.events import OWNER, an_event

REGION = "eu-west-1"
PARTNER = "444455556666"
KEY = f"arn:aws:kms:{REGION}:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = f"arn:aws:secretsmanager:{REGION}:{OWNER}:secret:database-Ab12Cd"
TABLE = f"arn:aws:dynamodb:{REGION}:{OWNER}:table/orders"
STREAM = f"{TABLE}/stream/2024-05-01T10:00:00.000"
FUNCTION = f"arn:aws:lambda:{REGION}:{OWNER}:function:orders"
LAYER = f"arn:aws:lambda:{REGION}:{OWNER}:layer:tools"
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{OWNER}/orders"
TOPIC = f"arn:aws:sns:{REGION}:{OWNER}:alarms"
ROLE = f"arn:aws:iam::{OWNER}:role/partners/reader"
BUCKET = {"bucketName": "site"}
KEY_RESOURCE = [{"accountId": "AWS Internal", "type": "AWS::KMS::Key", "ARN": KEY}]
ALL_BUCKETS = ("AWS::S3::Bucket", REGION, None)
BUCKET_HERE = ("AWS::S3::Bucket", REGION, "arn:aws:s3:::site")
BUCKETS_EVERYWHERE = ("AWS::S3::Bucket", None, None)
SYSTEM = ("AWS::EFS::FileSystem", REGION, f"arn:aws:elasticfilesystem:{REGION}:{OWNER}:file-system/fs-0123abcd")
REPOSITORY = ("AWS::ECR::Repository", REGION, f"arn:aws:ecr:{REGION}:{OWNER}:repository/team/web")
SNAPSHOT = ("AWS::EC2::Snapshot", REGION, f"arn:aws:ec2:{REGION}::snapshot/snap-0ab1")
DIRECTORY = "logs--euw1-az1--x-s3"
DIRECTORY_BUCKET = ("AWS::S3Express::DirectoryBucket", REGION, f"arn:aws:s3express:{REGION}:{OWNER}:bucket/{DIRECTORY}")
QUEUE = ("AWS::SQS::Queue", REGION, f"arn:aws:sqs:{REGION}:{OWNER}:orders")

CASES = [
    ("s3", "PutBucketPolicy", BUCKET, None, BUCKET_HERE),
    ("s3", "DeleteBucketPolicy", BUCKET, None, BUCKET_HERE),
    ("s3", "PutBucketAcl", {**BUCKET, "AccessControlPolicy": {}}, None, BUCKET_HERE),
    ("s3", "PutBucketPublicAccessBlock", BUCKET, None, BUCKET_HERE),
    ("s3", "PutPublicAccessBlock", BUCKET, None, BUCKET_HERE),
    ("s3", "PutPublicAccessBlock", {"PublicAccessBlockConfiguration": {}}, None, BUCKETS_EVERYWHERE),
    ("s3", "DeleteAccountPublicAccessBlock", {"accountId": OWNER}, None, BUCKETS_EVERYWHERE),
    ("s3", "PutBucketOwnershipControls", BUCKET, None, BUCKET_HERE),
    ("s3", "CreateBucket", BUCKET, None, BUCKET_HERE),
    (
        "s3",
        "CreateBucket",
        {**BUCKET, "CreateBucketConfiguration": {"LocationConstraint": "sa-east-1"}},
        None,
        ("AWS::S3::Bucket", "sa-east-1", "arn:aws:s3:::site"),
    ),
    ("s3", "DeleteBucket", BUCKET, None, BUCKET_HERE),
    ("s3", "CreateAccessPoint", {"name": "door", "accountId": OWNER}, None, ALL_BUCKETS),
    ("s3", "PutAccessPointPolicy", {"name": "door", "accountId": OWNER}, None, ALL_BUCKETS),
    ("s3", "PutMultiRegionAccessPointPolicy", {"Details": {"Name": "doors"}}, None, BUCKETS_EVERYWHERE),
    ("s3express", "PutBucketPolicy", {"bucketName": DIRECTORY}, None, DIRECTORY_BUCKET),
    ("s3express", "DeleteBucket", {"bucketName": DIRECTORY}, None, DIRECTORY_BUCKET),
    ("s3express", "PutAccessPointPolicy", {"name": "door--euw1-az1--xa-s3"}, None, (DIRECTORY_BUCKET[0], REGION, None)),
    ("iam", "CreateRole", {"roleName": "reader"}, {"role": {"arn": ROLE}}, ("AWS::IAM::Role", "global", ROLE)),
    ("iam", "UpdateAssumeRolePolicy", {"roleName": "reader"}, None, ("AWS::IAM::Role", "global", None)),
    ("iam", "DeleteRole", {"roleName": "reader"}, None, ("AWS::IAM::Role", "global", None)),
    ("sqs", "SetQueueAttributes", {"queueUrl": QUEUE_URL, "attributes": {"Policy": ""}}, None, QUEUE),
    ("sqs", "AddPermission", {"queueUrl": QUEUE_URL, "label": "x"}, None, QUEUE),
    ("sqs", "RemovePermission", {"queueUrl": f"https://queue.amazonaws.com/{OWNER}/orders"}, None, QUEUE),
    ("sqs", "CreateQueue", {"queueName": "orders"}, {"queueUrl": QUEUE_URL}, QUEUE),
    ("sqs", "DeleteQueue", {"queueUrl": QUEUE_URL}, None, QUEUE),
    (
        "sns",
        "SetTopicAttributes",
        {"topicArn": TOPIC, "attributeName": "Policy"},
        None,
        ("AWS::SNS::Topic", REGION, TOPIC),
    ),
    ("sns", "AddPermission", {"topicArn": TOPIC}, None, ("AWS::SNS::Topic", REGION, TOPIC)),
    ("sns", "CreateTopic", {"name": "alarms"}, {"topicArn": TOPIC}, ("AWS::SNS::Topic", REGION, TOPIC)),
    ("kms", "PutKeyPolicy", {"keyId": KEY, "policyName": "default"}, None, ("AWS::KMS::Key", REGION, KEY)),
    ("kms", "CreateGrant", {"keyId": KEY.rpartition("/")[2]}, {"grantId": "0ab0"}, ("AWS::KMS::Key", REGION, KEY)),
    ("kms", "RevokeGrant", {"keyId": "alias/orders"}, None, ("AWS::KMS::Key", REGION, None)),
    ("kms", "CreateKey", {}, {"keyMetadata": {"arn": KEY}}, ("AWS::KMS::Key", REGION, KEY)),
    ("kms", "ScheduleKeyDeletion", {"keyId": KEY, "pendingWindowInDays": 7}, None, ("AWS::KMS::Key", REGION, KEY)),
    (
        "secretsmanager",
        "PutResourcePolicy",
        {"secretId": SECRET, "resourcePolicy": "HIDDEN"},
        None,
        ("AWS::SecretsManager::Secret", REGION, SECRET),
    ),
    (
        "secretsmanager",
        "DeleteResourcePolicy",
        {"secretId": "database"},
        None,
        ("AWS::SecretsManager::Secret", REGION, None),
    ),
    (
        "secretsmanager",
        "DeleteSecret",
        {"secretId": SECRET.removesuffix("-Ab12Cd")},
        None,
        ("AWS::SecretsManager::Secret", REGION, None),
    ),
    (
        "secretsmanager",
        "CreateSecret",
        {"name": "database"},
        {"arn": SECRET},
        ("AWS::SecretsManager::Secret", REGION, SECRET),
    ),
    (
        "lambda",
        "AddPermission20150331v2",
        {"functionName": FUNCTION},
        None,
        ("AWS::Lambda::Function", REGION, FUNCTION),
    ),
    ("lambda", "AddPermission20150331", {"functionName": "orders"}, None, ("AWS::Lambda::Function", REGION, FUNCTION)),
    (
        "lambda",
        "RemovePermission20150331v2",
        {"functionName": f"{OWNER}:function:orders:PROD"},
        None,
        ("AWS::Lambda::Function", REGION, FUNCTION),
    ),
    (
        "lambda",
        "UpdateFunctionUrlConfig20211031",
        {"functionName": f"{FUNCTION}:7"},
        None,
        ("AWS::Lambda::Function", REGION, FUNCTION),
    ),
    (
        "lambda",
        "CreateFunctionUrlConfig",
        {"functionName": "orders"},
        None,
        ("AWS::Lambda::Function", REGION, FUNCTION),
    ),
    ("lambda", "DeleteFunction20150331", {"functionName": "orders"}, None, ("AWS::Lambda::Function", REGION, FUNCTION)),
    (
        "lambda",
        "AddLayerVersionPermission20181031",
        {"layerName": "tools", "versionNumber": 3},
        None,
        ("AWS::Lambda::LayerVersion", REGION, f"{LAYER}:3"),
    ),
    (
        "lambda",
        "RemoveLayerVersionPermission20181031",
        {"layerName": LAYER, "versionNumber": "3"},
        None,
        ("AWS::Lambda::LayerVersion", REGION, f"{LAYER}:3"),
    ),
    ("lambda", "DeleteLayerVersion20181031", {"layerName": LAYER}, None, ("AWS::Lambda::LayerVersion", REGION, None)),
    ("elasticfilesystem", "PutFileSystemPolicy", {"fileSystemId": "fs-0123abcd"}, None, SYSTEM),
    ("elasticfilesystem", "DeleteFileSystem", {"fileSystemId": "fs-0123abcd"}, None, SYSTEM),
    ("ecr", "SetRepositoryPolicy", {"repositoryName": "team/web", "policyText": "{}"}, None, REPOSITORY),
    ("ecr", "DeleteRepositoryPolicy", {"repositoryName": "team/web"}, None, REPOSITORY),
    ("ec2", "ModifySnapshotAttribute", {"snapshotId": "snap-0ab1"}, {"_return": True}, SNAPSHOT),
    ("ec2", "ResetSnapshotAttribute", {"snapshotId": "snap-0ab1"}, {"_return": True}, SNAPSHOT),
    ("ec2", "DisableSnapshotBlockPublicAccess", {}, None, ("AWS::EC2::Snapshot", REGION, None)),
    (
        "rds",
        "ModifyDBSnapshotAttribute",
        {"dBSnapshotIdentifier": "Nightly", "attributeName": "restore", "valuesToAdd": ["all"]},
        {"dBSnapshotIdentifier": "nightly"},
        ("AWS::RDS::DBSnapshot", REGION, f"arn:aws:rds:{REGION}:{OWNER}:snapshot:nightly"),
    ),
    (
        "rds",
        "ModifyDBClusterSnapshotAttribute",
        {"dBClusterSnapshotIdentifier": "nightly"},
        None,
        ("AWS::RDS::DBClusterSnapshot", REGION, f"arn:aws:rds:{REGION}:{OWNER}:cluster-snapshot:nightly"),
    ),
    ("dynamodb", "PutResourcePolicy", {"resourceArn": TABLE}, None, ("AWS::DynamoDB::Table", REGION, TABLE)),
    ("dynamodb", "PutResourcePolicy", {"resourceArn": STREAM}, None, ("AWS::DynamoDB::Stream", REGION, STREAM)),
    ("dynamodb", "DeleteTable", {"tableName": "orders"}, None, ("AWS::DynamoDB::Table", REGION, TABLE)),
    ("organizations", "AttachPolicy", {"policyId": "p-abc", "targetId": "r-x"}, None, (None, None, None)),
    ("organizations", "MoveAccount", {"accountId": PARTNER}, None, (None, None, None)),
]
PARAMETERS = ("service", "name", "parameters", "response", "touched")


def touched_by(body):
    read = read_event(body)
    assert isinstance(read, Understood)
    return read.touched


@pytest.mark.parametrize(PARAMETERS, CASES, ids=[f"{each[0]}-{each[1]}" for each in CASES])
def test_a_call_touches_its_resource(service, name, parameters, response, touched):
    """
    The resource is named as collections name it; where the record does not say which one it is, all of the type are.
    """
    kind, region, arn = touched

    assert touched_by(an_event(service, name, parameters, response)) == (Touched(OWNER, region, kind, arn),)


def test_every_type_is_watched():
    """
    There is an event for each of the types, and a case here for each.
    """
    assert {kind for rows in ROWS.values() for row in rows.values() for kind in row.types} == set(RESOURCE_TYPES)
    assert {case[4][0] for case in CASES} - {None} == set(RESOURCE_TYPES)


NO_OPERATIONS = {
    # Events of calls that botocore has under another name, or under s3control's.
    "PutBucketPublicAccessBlock",
    "DeleteBucketPublicAccessBlock",
    "PutAccountPublicAccessBlock",
    "DeleteAccountPublicAccessBlock",
    # What AWS itself does when the waiting time is over.
    "DeleteKey",
}
MODELS = {"s3": ("s3", "s3control"), "s3express": ("s3", "s3control"), "elasticfilesystem": ("efs",)}


@pytest.mark.parametrize("source", sorted(ROWS))
def test_every_event_is_a_call_that_aws_has(source):
    """
    A slip of the pen would be an event that never comes.
    """
    session = botocore.session.get_session()
    service = source.removesuffix(".amazonaws.com")
    models = [session.get_service_model(each) for each in MODELS.get(service, (service,))]
    operations = {name for model in models for name in model.operation_names}

    assert set(ROWS[source]) - NO_OPERATIONS <= operations


def test_a_grant_that_is_retired_is_named_by_the_record_alone():
    """
    RetireGrant has no parameters, and the account may be one of AWS.
    """
    body = an_event("kms", "RetireGrant", None, None, resources=KEY_RESOURCE)

    assert touched_by(body) == (Touched(OWNER, REGION, "AWS::KMS::Key", KEY),)


def test_a_call_from_another_account_touches_the_owner():
    """
    The record that the caller's account receives names the owner too.
    """
    owner = [{"accountId": OWNER, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::site"}]
    body = an_event("s3", "PutBucketPolicy", BUCKET, account=PARTNER, resources=owner)

    assert touched_by(body) == (Touched(OWNER, REGION, "AWS::S3::Bucket", "arn:aws:s3:::site"),)


@pytest.mark.parametrize(
    ("region", "arn"),
    [("cn-north-1", "arn:aws-cn:s3:::site"), ("us-gov-west-1", "arn:aws-us-gov:s3:::site")],
)
def test_other_partitions_have_their_own_arns(region, arn):
    """
    The Region tells the partition.
    """
    [touched] = touched_by(an_event("s3", "PutBucketPolicy", BUCKET, region=region))

    assert (touched.region, touched.arn) == (region, arn)


@pytest.mark.parametrize(
    "body",
    [
        an_event("s3", "GetBucketPolicy", BUCKET),
        an_event("s3", "PutBucketPolicy", BUCKET, errorCode="AccessDenied", errorMessage="no"),
        an_event("ec2", "RunInstances", {}),
        an_event("unheard-of", "PutResourcePolicy", {}),
        an_event("s3", "PutBucketPolicy20150331", BUCKET),
        json.dumps({"detail-type": "Scheduled Event", "detail": {}}),
    ],
)
def test_what_changed_nothing_is_done_with(body):
    """
    Other calls, calls that AWS refused and other kinds of events touch nothing.
    """
    assert touched_by(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps({"Records": [{"s3": {}}]}),
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": []}),
        json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": {}}),
        an_event("s3", "PutBucketPolicy", BUCKET, account="elsewhere"),
        an_event("s3", "PutBucketPolicy", BUCKET, region="../../x"),
    ],
    ids=range(10),
)
def test_what_is_no_event_says_so(body):
    """
    It is not taken for an event that touched nothing.
    """
    assert isinstance(read_event(body), Malformed)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from([(source.partition(".")[0], name) for source, rows in ROWS.items() for name in rows]),
    st.sampled_from(
        ["bucketName", "queueUrl", "keyId", "functionName", "layerName", "resourceArn", "secretId", "topicArn"]
    ),
    ANYTHING,
    st.sampled_from(["requestParameters", "responseElements", "resources", "userIdentity", "errorCode"]),
    ANYTHING,
)
def test_a_strange_record_is_never_a_crash(call, member, value, field, anything):
    """
    Whatever stands where: an answer comes.
    """
    service, name = call

    for body in (an_event(service, name, {member: value}), an_event(service, name, **{field: anything})):
        assert isinstance(read_event(body), Understood | Malformed)
