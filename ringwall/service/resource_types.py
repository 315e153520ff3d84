"""What an ARN alone says about a resource: its type, its account and its Region.

Source: the ARN formats of the Service Authorization Reference, one row each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ringwall.arn import find_arn
from ringwall.errors import ValidationError
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope
from ringwall.service.sources import GLOBAL

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("s3", r"[^/:]+", "AWS::S3::Bucket"),
    ("iam", r"role/.+", "AWS::IAM::Role"),
    ("sqs", r"[^/:]+", "AWS::SQS::Queue"),
    ("lambda", r"function:[^:]+", "AWS::Lambda::Function"),
    ("lambda", r"layer:[^:]+:\d+", "AWS::Lambda::LayerVersion"),
    ("kms", r"key/[^/]+", "AWS::KMS::Key"),
    ("secretsmanager", r"secret:.+", "AWS::SecretsManager::Secret"),
    ("elasticfilesystem", r"file-system/[^/]+", "AWS::EFS::FileSystem"),
    ("ec2", r"snapshot/[^/]+", "AWS::EC2::Snapshot"),
    ("ecr", r"repository/.+", "AWS::ECR::Repository"),
    ("rds", r"snapshot:.+", "AWS::RDS::DBSnapshot"),
    ("rds", r"cluster-snapshot:.+", "AWS::RDS::DBClusterSnapshot"),
    ("sns", r"[^/:]+", "AWS::SNS::Topic"),
    ("s3express", r"bucket/[^/]+", "AWS::S3Express::DirectoryBucket"),
    ("dynamodb", r"table/[^/]+", "AWS::DynamoDB::Table"),
    ("dynamodb", r"table/[^/]+/stream/[^/]+", "AWS::DynamoDB::Stream"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """What an ARN says."""

    arn: str
    type: str
    partition: str
    account: str
    """Empty where the ARN does not say it, as of buckets and EBS snapshots."""
    region: str
    """`global` for what lives in no Region; empty where the ARN does not say it, as of buckets."""


def named_by(arn: str, *, field: str = "resourceArn") -> Named:
    """What `arn` says about the resource.

    Raises:
        ValidationError: it is no ARN, or of no type that external access is looked for in.
    """
    parts = find_arn(arn)
    if parts is None:
        raise ValidationError(f"`{arn}` is not an ARN", field=field)
    for service, shape, type_name in _ROWS:
        if parts.service == service and re.fullmatch(shape, parts.resource):
            is_global = RESOURCE_TYPES[type_name].scope is Scope.GLOBAL
            return Named(arn, type_name, parts.partition, parts.account, GLOBAL if is_global else parts.region)
    raise ValidationError(f"`{arn}` is of no resource type whose external access is analysed", field=field)
