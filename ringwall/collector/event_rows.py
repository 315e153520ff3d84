"""Which calls change how something is shared, service by service, and where their records name the resource.

Sources: the pages "Logging … API calls with AWS CloudTrail" of each service's guide, with their example records. Calls
that make or copy something that is private until another call shares it, such as `CreateSnapshot`, have no row: the
periodic pass comes upon it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso-", "aws-iso"), ("us-isob-", "aws-iso-b"))
_VERSIONED = frozenset({"lambda.amazonaws.com"})


def partition_of(region: str) -> str:
    """The partition of a Region, by the beginning of its name."""
    return next((partition for begins, partition in _PARTITIONS if region.startswith(begins)), "aws")


def is_versioned(source: str) -> bool:
    """Whether the names of a service's events end in the version of its API."""
    return source in _VERSIONED


def _filled(template: str) -> Callable[[Mapping[str, str]], str | None]:
    def fill(parts: Mapping[str, str]) -> str | None:
        if parts["name"].startswith("arn:"):
            return parts["name"]
        return template.format_map(parts)

    return fill


@dataclass(frozen=True, slots=True)
class Row:
    """What a call is about."""

    types: tuple[str, ...]
    """None means: everything."""
    places: tuple[str, ...] = ()
    """Where in the record the resource is named, best first."""
    arn_of: Callable[[Mapping[str, str]], str | None] = lambda parts: parts["name"]
    """From what is found there to the ARN."""
    fits: Callable[[str, str], bool] = lambda _type, _arn: True
    """Whether a resource of this type has such an ARN: some calls are about several types."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Further parts of the ARN, and where they are."""
    region: str = ""
    """Where the record says that the resource is in another Region than the call was made to."""
    asks_resources: bool = False
    """Whether the record's own list of resources names it."""
    is_everywhere: bool = False
    """Whether a record that names no resource is about every Region of the account, and not only its own."""


def _named(resource_type: str, template: str, *places: str) -> Row:
    return Row((resource_type,), places, _filled(template))


def _calls(row: Row, *names: str) -> dict[str, Row]:
    return dict.fromkeys(names, row)


def _last(text: str, separator: str) -> str:
    return text.rsplit(separator, 1)[-1]


def _queue_arn(parts: Mapping[str, str]) -> str:
    """Queues are named by their URL, `https://sqs.eu-west-1.amazonaws.com/111122223333/orders`."""
    return "arn:{partition}:sqs:{region}:{account}:{name}".format_map({**parts, "name": _last(parts["name"], "/")})


def _function_arn(parts: Mapping[str, str]) -> str:
    """`orders`, `orders:PROD`, `111122223333:function:orders:PROD`, or all of the ARN: Lambda takes any of them."""
    name = parts["name"].partition("function:")[2] or parts["name"]
    return "arn:{partition}:lambda:{region}:{account}:function:{name}".format_map(
        {**parts, "name": name.partition(":")[0]}
    )


def _layer_arn(parts: Mapping[str, str]) -> str | None:
    name = parts["name"].partition(":layer:")[2] or parts["name"]
    if not parts["version"]:
        return None
    return "arn:{partition}:lambda:{region}:{account}:layer:{name}:{version}".format_map({**parts, "name": name})


def _lower(template: str) -> Callable[[Mapping[str, str]], str | None]:
    """RDS keeps identifiers in lower case."""
    fill = _filled(template)
    return lambda parts: fill({**parts, "name": parts["name"].lower()})


def _key_arn(parts: Mapping[str, str]) -> str | None:
    """An alias does not tell which key it stands for."""
    if "alias/" in parts["name"]:
        return None
    return _filled("arn:{partition}:kms:{region}:{account}:key/{name}")(parts)


def _secret_arn(parts: Mapping[str, str]) -> str | None:
    """Secrets Manager also takes a name, or an ARN without the six characters that it puts behind the name."""
    return parts["name"] if re.fullmatch(r"arn:.+-[A-Za-z0-9]{6}", parts["name"]) else None


_BUCKETS = "AWS::S3::Bucket"
_DIRECTORY_BUCKETS = "AWS::S3Express::DirectoryBucket"
_BUCKET = _named(_BUCKETS, "arn:{partition}:s3:::{name}", "requestParameters.bucketName")
_DIRECTORY_BUCKET = _named(
    _DIRECTORY_BUCKETS,
    "arn:{partition}:s3express:{region}:{account}:bucket/{name}",
    "requestParameters.bucketName",
)
_ACCESS_POINT_CALLS = ("CreateAccessPoint", "DeleteAccessPoint", "DeleteAccessPointPolicy", "PutAccessPointPolicy")
# The trust policy is all that counts of a role, and records name a role without its path.
_ROLES = Row(("AWS::IAM::Role",))
_QUEUE = Row(("AWS::SQS::Queue",), ("responseElements.queueUrl", "requestParameters.queueUrl"), _queue_arn)
_TOPIC = _named("AWS::SNS::Topic", "{name}", "requestParameters.topicArn", "responseElements.topicArn")
_KEY = Row(
    ("AWS::KMS::Key",),
    ("responseElements.keyMetadata.arn", "responseElements.keyId", "requestParameters.keyId"),
    _key_arn,
    asks_resources=True,
)
_SECRET = Row(
    ("AWS::SecretsManager::Secret",),
    ("responseElements.arn", "responseElements.aRN", "requestParameters.secretId"),
    _secret_arn,
)
_FUNCTION = Row(("AWS::Lambda::Function",), ("requestParameters.functionName",), _function_arn)
_LAYER = Row(
    ("AWS::Lambda::LayerVersion",),
    ("requestParameters.layerName",),
    _layer_arn,
    more={"version": "requestParameters.versionNumber"},
)
_FILE_SYSTEM = _named(
    "AWS::EFS::FileSystem",
    "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{name}",
    "requestParameters.fileSystemId",
)
_REPOSITORY = _named(
    "AWS::ECR::Repository",
    "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    "requestParameters.repositoryName",
)
_SNAPSHOT = _named(
    "AWS::EC2::Snapshot", "arn:{partition}:ec2:{region}::snapshot/{name}", "requestParameters.snapshotId"
)
_DB_SNAPSHOT = Row(
    ("AWS::RDS::DBSnapshot",),
    ("requestParameters.dBSnapshotIdentifier",),
    _lower("arn:{partition}:rds:{region}:{account}:snapshot:{name}"),
)
_DB_CLUSTER_SNAPSHOT = Row(
    ("AWS::RDS::DBClusterSnapshot",),
    ("requestParameters.dBClusterSnapshotIdentifier",),
    _lower("arn:{partition}:rds:{region}:{account}:cluster-snapshot:{name}"),
)
_TABLE = _named(
    "AWS::DynamoDB::Table",
    "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "requestParameters.resourceArn",
    "requestParameters.tableName",
)
_EVERYTHING = Row(())


_ACCOUNT_WIDE = replace(_BUCKET, is_everywhere=True)
_BUCKETS_EVERYWHERE = Row((_BUCKETS,), is_everywhere=True)


def _is_table_or_stream(resource_type: str, arn: str) -> bool:
    return (resource_type == "AWS::DynamoDB::Stream") == ("/stream/" in arn)


_BY_SOURCE: Mapping[str, Iterable[Mapping[str, Row]]] = {
    "s3.amazonaws.com": [
        _calls(
            replace(_BUCKET, region="requestParameters.CreateBucketConfiguration.LocationConstraint"), "CreateBucket"
        ),
        _calls(_BUCKET, "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"),
        _calls(_BUCKET, "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"),
        _calls(_BUCKET, "PutBucketOwnershipControls", "DeleteBucketOwnershipControls"),
        # The API has one name for a bucket's switches and for the account's.
        _calls(_ACCOUNT_WIDE, "PutPublicAccessBlock", "DeletePublicAccessBlock"),
        _calls(_ACCOUNT_WIDE, "PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"),
        _calls(Row((_BUCKETS,)), *_ACCESS_POINT_CALLS),
        _calls(_BUCKETS_EVERYWHERE, "CreateMultiRegionAccessPoint", "DeleteMultiRegionAccessPoint"),
        _calls(_BUCKETS_EVERYWHERE, "PutMultiRegionAccessPointPolicy"),
    ],
    "s3express.amazonaws.com": [
        _calls(_DIRECTORY_BUCKET, "CreateBucket", "DeleteBucket", "PutBucketPolicy", "DeleteBucketPolicy"),
        _calls(Row((_DIRECTORY_BUCKETS,)), *_ACCESS_POINT_CALLS),
    ],
    "iam.amazonaws.com": [
        _calls(_named("AWS::IAM::Role", "{name}", "responseElements.role.arn"), "CreateRole"),
        _calls(_ROLES, "UpdateAssumeRolePolicy", "DeleteRole"),
    ],
    "sqs.amazonaws.com": [
        _calls(_QUEUE, "CreateQueue", "DeleteQueue", "SetQueueAttributes", "AddPermission", "RemovePermission")
    ],
    "sns.amazonaws.com": [
        _calls(_TOPIC, "CreateTopic", "DeleteTopic", "SetTopicAttributes", "AddPermission", "RemovePermission")
    ],
    "kms.amazonaws.com": [
        _calls(_KEY, "CreateKey", "PutKeyPolicy", "CreateGrant", "RetireGrant", "RevokeGrant"),
        _calls(_KEY, "ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteKey"),
    ],
    "secretsmanager.amazonaws.com": [
        _calls(_SECRET, "PutResourcePolicy", "DeleteResourcePolicy", "CreateSecret", "DeleteSecret", "RestoreSecret")
    ],
    "lambda.amazonaws.com": [
        _calls(_FUNCTION, "AddPermission", "RemovePermission", "DeleteFunction"),
        _calls(_FUNCTION, "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig", "DeleteFunctionUrlConfig"),
        _calls(_LAYER, "AddLayerVersionPermission", "RemoveLayerVersionPermission", "DeleteLayerVersion"),
    ],
    "elasticfilesystem.amazonaws.com": [
        _calls(_FILE_SYSTEM, "PutFileSystemPolicy", "DeleteFileSystemPolicy", "DeleteFileSystem")
    ],
    "ecr.amazonaws.com": [_calls(_REPOSITORY, "SetRepositoryPolicy", "DeleteRepositoryPolicy", "DeleteRepository")],
    "ec2.amazonaws.com": [
        _calls(_SNAPSHOT, "ModifySnapshotAttribute", "ResetSnapshotAttribute", "DeleteSnapshot"),
        _calls(Row(("AWS::EC2::Snapshot",)), "EnableSnapshotBlockPublicAccess", "DisableSnapshotBlockPublicAccess"),
    ],
    "rds.amazonaws.com": [
        _calls(_DB_SNAPSHOT, "ModifyDBSnapshotAttribute", "DeleteDBSnapshot"),
        _calls(_DB_CLUSTER_SNAPSHOT, "ModifyDBClusterSnapshotAttribute", "DeleteDBClusterSnapshot"),
    ],
    "dynamodb.amazonaws.com": [
        _calls(_TABLE, "CreateTable", "DeleteTable"),
        _calls(
            replace(_TABLE, types=("AWS::DynamoDB::Table", "AWS::DynamoDB::Stream"), fits=_is_table_or_stream),
            "PutResourcePolicy",
            "DeleteResourcePolicy",
        ),
    ],
    "organizations.amazonaws.com": [
        _calls(_EVERYTHING, "AttachPolicy", "DetachPolicy", "UpdatePolicy", "DeletePolicy"),
        _calls(_EVERYTHING, "EnablePolicyType", "DisablePolicyType", "MoveAccount", "CloseAccount"),
        _calls(_EVERYTHING, "AcceptHandshake", "LeaveOrganization", "RemoveAccountFromOrganization"),
        _calls(_EVERYTHING, "CreateAccount", "DeleteOrganization"),
    ],
}
ROWS: Mapping[str, Mapping[str, Row]] = {
    source: {name: row for rows in groups for name, row in rows.items()} for source, groups in _BY_SOURCE.items()
}
"""By event source and event name, the latter without the version that Lambda puts behind it."""
