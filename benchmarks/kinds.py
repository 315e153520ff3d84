"""What the generator has to know of each resource type: its name, its actions, and where its policy stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Configuration = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type as an estate holds it."""

    type: str
    weight: int
    """How many of a hundred or so resources are of this type."""
    arn: str
    """Template over `account`, `region`, `name`."""
    actions: tuple[str, ...]
    """Actions that policies of this type grant; empty where it has no policy."""
    configure: Callable[[str], Configuration]
    """The configuration with this policy; with an empty one, what is shared with nobody."""
    resources: tuple[str, ...] = ("{arn}",)
    """What `Resource` holds; empty where the policies of the type have no such element."""
    service: str = ""
    """The service that commonly calls: a queue is written to by SNS."""
    share: Callable[[Configuration, str], Configuration] | None = None
    """How an account (or `*`) is let in without a policy, where the type has a way."""


def _field(name: str) -> Callable[[str], Configuration]:
    return lambda policy: {name: policy}


def _bucket(policy: str) -> Configuration:
    block = {"ignorePublicAcls": False, "restrictPublicBuckets": False}
    return {
        "bucketPolicy": policy,
        "bucketAclGrants": [],
        "bucketPublicAccessBlock": block,
        "accountPublicAccessBlock": block,
        "accessPoints": {},
    }


def _key(policy: str) -> Configuration:
    return {"keyPolicies": {"default": policy}, "grants": []}


def _grant(configuration: Configuration, account: str) -> Configuration:
    grant = {"granteePrincipal": f"arn:aws:iam::{account}:root", "operations": ["Decrypt", "DescribeKey"]}
    issued = {"issuingAccount": "arn:aws:iam::111111111111:root", "constraints": {}}
    return {**configuration, "grants": [{**grant, **issued}]}


def _volume(_: str) -> Configuration:
    return {"userIds": [], "groups": [], "kmsKeyId": ""}


def _volume_for(configuration: Configuration, account: str) -> Configuration:
    who = {"groups": ["all"]} if account == "*" else {"userIds": [account]}
    return {**configuration, **who}


def _database(_: str) -> Configuration:
    return {"attributes": {"restore": {"accountIds": []}}, "kmsKeyId": ""}


def _database_for(configuration: Configuration, account: str) -> Configuration:
    ids = ["all" if account == "*" else account]
    return {**configuration, "attributes": {"restore": {"accountIds": ids}}}


_TABLE = "arn:aws:dynamodb:{region}:{account}:table/{name}"
_BOTH = ("{arn}", "{arn}/*")
_ACTIONS: Mapping[str, str] = {
    "iam": "sts:AssumeRole sts:TagSession",
    "s3": "s3:GetObject s3:PutObject s3:ListBucket s3:DeleteObject s3:GetBucketLocation",
    "lambda": "lambda:InvokeFunction lambda:GetFunction lambda:InvokeFunctionUrl",
    "sqs": "sqs:SendMessage sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl",
    "sns": "sns:Publish sns:Subscribe sns:GetTopicAttributes sns:ListSubscriptionsByTopic",
    "kms": "kms:Decrypt kms:Encrypt kms:DescribeKey kms:GenerateDataKey kms:ReEncryptFrom",
    "secret": "secretsmanager:GetSecretValue secretsmanager:DescribeSecret secretsmanager:PutSecretValue",
    "ecr": "ecr:BatchGetImage ecr:GetDownloadUrlForLayer ecr:BatchCheckLayerAvailability ecr:PutImage",
    "efs": "elasticfilesystem:ClientMount elasticfilesystem:ClientWrite elasticfilesystem:ClientRootAccess",
    "table": "dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:PutItem",
    "stream": "dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:DescribeStream",
}


def _actions(name: str) -> tuple[str, ...]:
    return tuple(_ACTIONS[name].split())


def _kind(kind: str, weight: int, arn: str, actions: str, configure: Any, **rest: Any) -> Kind:
    return Kind(f"AWS::{kind}", weight, arn, _actions(actions) if actions else (), configure, **rest)


KINDS = (
    _kind(
        "IAM::Role",
        30,
        "arn:aws:iam::{account}:role/{name}",
        "iam",
        _field("trustPolicy"),
        resources=(),
        service="lambda.amazonaws.com",
    ),
    _kind("S3::Bucket", 12, "arn:aws:s3:::{name}", "s3", _bucket, resources=_BOTH, service="logging.s3.amazonaws.com"),
    _kind(
        "Lambda::Function",
        12,
        "arn:aws:lambda:{region}:{account}:function:{name}",
        "lambda",
        _field("functionPolicy"),
        service="events.amazonaws.com",
    ),
    _kind(
        "SQS::Queue",
        10,
        "arn:aws:sqs:{region}:{account}:{name}",
        "sqs",
        _field("queuePolicy"),
        service="sns.amazonaws.com",
    ),
    _kind(
        "SNS::Topic",
        8,
        "arn:aws:sns:{region}:{account}:{name}",
        "sns",
        _field("topicPolicy"),
        service="cloudwatch.amazonaws.com",
    ),
    _kind(
        "KMS::Key",
        8,
        "arn:aws:kms:{region}:{account}:key/{name}",
        "kms",
        _key,
        service="logs.amazonaws.com",
        share=_grant,
    ),
    _kind(
        "SecretsManager::Secret",
        5,
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        "secret",
        _field("secretPolicy"),
        service="rds.amazonaws.com",
    ),
    _kind(
        "ECR::Repository",
        3,
        "arn:aws:ecr:{region}:{account}:repository/{name}",
        "ecr",
        _field("repositoryPolicy"),
        resources=(),
        service="lambda.amazonaws.com",
    ),
    _kind(
        "EFS::FileSystem",
        2,
        "arn:aws:elasticfilesystem:{region}:{account}:file-system/{name}",
        "efs",
        _field("fileSystemPolicy"),
        service="elasticfilesystem.amazonaws.com",
    ),
    _kind("DynamoDB::Table", 3, _TABLE, "table", _field("tablePolicy"), service="redshift.amazonaws.com"),
    _kind(
        "DynamoDB::Stream",
        1,
        f"{_TABLE}/stream/2026-01-01T00:00:00.000",
        "stream",
        _field("streamPolicy"),
        service="lambda.amazonaws.com",
    ),
    _kind("EC2::Snapshot", 3, "arn:aws:ec2:{region}::snapshot/{name}", "", _volume, share=_volume_for),
    _kind("RDS::DBSnapshot", 1, "arn:aws:rds:{region}:{account}:snapshot:{name}", "", _database, share=_database_for),
    _kind(
        "RDS::DBClusterSnapshot",
        1,
        "arn:aws:rds:{region}:{account}:cluster-snapshot:{name}",
        "",
        _database,
        share=_database_for,
    ),
    Kind(
        "AWS::Lambda::LayerVersion",
        1,
        "arn:aws:lambda:{region}:{account}:layer:{name}:1",
        ("lambda:GetLayerVersion",),
        _field("layerVersionPolicy"),
        service="lambda.amazonaws.com",
    ),
    Kind(
        "AWS::S3Express::DirectoryBucket",
        1,
        "arn:aws:s3express:{region}:{account}:bucket/{name}--euw1-az1--x-s3",
        ("s3express:CreateSession",),
        lambda policy: {"bucketPolicy": policy, "accessPoints": {}},
        service="s3express.amazonaws.com",
    ),
)
"""All sixteen types."""


def policy_text(statements: list[dict[str, Any]]) -> str:
    """A policy document as AWS gives it out: JSON text."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
