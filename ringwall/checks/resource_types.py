"""The resource types that `CheckNoPublicAccess` knows: whose actions their policies are about, and what limits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwall.errors import ValidationError


@dataclass(frozen=True, slots=True)
class PublicType:
    """What public access means for the policies of one resource type."""

    services: tuple[str, ...]
    """Prefixes of the actions that mean something in such a policy."""
    without: frozenset[str] = frozenset()
    """Condition keys, in lower case, that limit nothing there."""

    @property
    def actions(self) -> tuple[str, ...]:
        """Patterns of these actions."""
        return tuple(f"{service}:*" for service in self.services)


_S3 = ("s3", "s3-object-lambda", "s3-outposts", "s3express", "s3tables")
"""S3's services share resource types closely enough that none is left out for any of them."""
_ACCESS_POINT = frozenset(
    f"{service}:dataaccesspoint{what}" for service in ("s3", "s3express", "s3-outposts") for what in ("arn", "account")
)
"""In an access point's own policy these hold the access point itself, for every request: they limit nobody."""

PUBLIC_TYPES: Mapping[str, PublicType] = {
    "AWS::ApiGateway::RestApi": PublicType(("execute-api", "apigateway")),
    "AWS::Backup::BackupVault": PublicType(("backup", "backup-storage")),
    "AWS::CloudTrail::Dashboard": PublicType(("cloudtrail",)),
    "AWS::CloudTrail::EventDataStore": PublicType(("cloudtrail",)),
    "AWS::CodeArtifact::Domain": PublicType(("codeartifact",)),
    "AWS::DynamoDB::Stream": PublicType(("dynamodb",)),
    "AWS::DynamoDB::Table": PublicType(("dynamodb",)),
    "AWS::EFS::FileSystem": PublicType(("elasticfilesystem",)),
    "AWS::IAM::AssumeRolePolicyDocument": PublicType(("sts",)),
    "AWS::KMS::Key": PublicType(("kms",)),
    "AWS::Kinesis::Stream": PublicType(("kinesis",)),
    "AWS::Kinesis::StreamConsumer": PublicType(("kinesis",)),
    "AWS::Lambda::Function": PublicType(("lambda",)),
    "AWS::OpenSearchService::Domain": PublicType(("es", "opensearch")),
    "AWS::S3::AccessPoint": PublicType(_S3, _ACCESS_POINT),
    "AWS::S3::Bucket": PublicType(_S3),
    "AWS::S3::Glacier": PublicType(("glacier",)),
    "AWS::S3Express::AccessPoint": PublicType(_S3, _ACCESS_POINT),
    "AWS::S3Express::DirectoryBucket": PublicType(_S3),
    "AWS::S3Outposts::AccessPoint": PublicType(_S3, _ACCESS_POINT),
    "AWS::S3Outposts::Bucket": PublicType(_S3),
    "AWS::S3Tables::Table": PublicType(_S3),
    "AWS::S3Tables::TableBucket": PublicType(_S3),
    "AWS::SNS::Topic": PublicType(("sns",)),
    "AWS::SQS::Queue": PublicType(("sqs",)),
    "AWS::SecretsManager::Secret": PublicType(("secretsmanager",)),
}


def find_public_type(name: str) -> PublicType:
    """What public access means for a resource type.

    Raises:
        ValidationError: the check does not know the type.
    """
    if name not in PUBLIC_TYPES:
        raise ValidationError(f"there is no resource type `{name}` for this check: choose {', '.join(PUBLIC_TYPES)}")
    return PUBLIC_TYPES[name]
