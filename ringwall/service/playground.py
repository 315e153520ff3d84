"""What a policy would share if it stood on a resource: its findings, its sentences, a comparison. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwall.checks.comparison import compare_policies
from ringwall.checks.documents import PolicyType, require_type
from ringwall.errors import ConfigurationError, PolicyError, UnprocessableError, ValidationError
from ringwall.findings.access_preview import proposed
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.finding import Finding
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.policy.ast import NOWHERE
from ringwall.policy.parse import parse_policy, position
from ringwall.reasoning.explain_policy import explain_policy
from ringwall.reports.checked import ComparisonReport
from ringwall.reports.policies.document import Document
from ringwall.reports.policies.explanation import Explained

MOST_CHARACTERS = 32_768
"""Of one policy, without white space: as in the custom policy checks."""
_MOST_WITH_SPACE = 4 * MOST_CHARACTERS


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource whose policy can be tried."""

    title: str
    member: str
    """Of the API's union `Configuration`."""
    field: str
    arn: str
    """Of an example; `{}` is the owner."""

    def configuration(self, text: str) -> dict[str, object]:
        """A configuration with the policy and nothing else."""
        if self.member == "kmsKey":
            return {"keyPolicies": {"default": text}, "grants": []}
        return {self.field: text}


_REGION = "us-east-1"
KINDS: Mapping[str, Kind] = {
    "AWS::S3::Bucket": Kind("S3 bucket", "s3Bucket", "bucketPolicy", "arn:aws:s3:::example-bucket"),
    "AWS::IAM::Role": Kind("IAM role (trust policy)", "iamRole", "trustPolicy", "arn:aws:iam::{}:role/example"),
    "AWS::KMS::Key": Kind(
        "KMS key", "kmsKey", "keyPolicies", f"arn:aws:kms:{_REGION}:{{}}:key/11111111-2222-3333-4444-555555555555"
    ),
    "AWS::SQS::Queue": Kind("SQS queue", "sqsQueue", "queuePolicy", f"arn:aws:sqs:{_REGION}:{{}}:example"),
    "AWS::SNS::Topic": Kind("SNS topic", "snsTopic", "topicPolicy", f"arn:aws:sns:{_REGION}:{{}}:example"),
    "AWS::SecretsManager::Secret": Kind(
        "Secrets Manager secret",
        "secretsManagerSecret",
        "secretPolicy",
        f"arn:aws:secretsmanager:{_REGION}:{{}}:secret:example-AbCdEf",
    ),
    "AWS::ECR::Repository": Kind(
        "ECR repository", "ecrRepository", "repositoryPolicy", f"arn:aws:ecr:{_REGION}:{{}}:repository/example"
    ),
    "AWS::EFS::FileSystem": Kind(
        "EFS file system",
        "efsFileSystem",
        "fileSystemPolicy",
        f"arn:aws:elasticfilesystem:{_REGION}:{{}}:file-system/fs-0123456789abcdef0",
    ),
    "AWS::DynamoDB::Table": Kind(
        "DynamoDB table", "dynamodbTable", "tablePolicy", f"arn:aws:dynamodb:{_REGION}:{{}}:table/example"
    ),
    "AWS::S3Express::DirectoryBucket": Kind(
        "S3 directory bucket",
        "s3ExpressDirectoryBucket",
        "bucketPolicy",
        f"arn:aws:s3express:{_REGION}:{{}}:bucket/example--use1-az4--x-s3",
    ),
}
"""By resource type."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a policy shares."""

    explained: Explained
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    """Why the findings are not known, although the policy can be read."""


def document_of(name: str, text: str) -> Document:
    """The policy in a text, or what is wrong with it and where.

    Raises:
        ValidationError: it is too long.
    """
    size = len(text) if len(text) > _MOST_WITH_SPACE else len("".join(text.split()))
    if size > MOST_CHARACTERS:
        message = f"{name} has {size:,} characters: {MOST_CHARACTERS:,} without white space are the most"
        raise ValidationError(message, field="policy")
    try:
        return Document(name, text, parse_policy(text))
    except PolicyError as error:
        return Document(name, text, error=error)


def shared_by(document: Document, kind: Kind, arn: str, zone: ZoneOfTrust, owner: str) -> Shared:
    """What the policy would share if it stood on that resource.

    Args:
        document: the policy.
        kind: of the resource.
        arn: of the resource; empty for an example.
        zone: who is not outside.
        owner: the account that the resource belongs to.
    """
    if document.policy is None:
        return Shared(Explained(document))
    explained = Explained(document, explain_policy(document.policy))
    try:
        name = arn or kind.arn.format(owner)
        value = kind.configuration(document.text)
        resource = proposed(kind.member, value, None, name, account=owner, region=_REGION)
    except (ConfigurationError, PolicyError) as error:
        return Shared(explained, problem=str(error))
    return Shared(explained, ExternalAccess(zone).findings_of(resource))


def compared(first: Document, second: Document) -> ComparisonReport:
    """How much the first allows next to the second; nothing where one of them cannot be read."""
    first, second = _as_resource_policy(first), _as_resource_policy(second)
    if first.policy is None or second.policy is None:
        return ComparisonReport(first, second)
    return ComparisonReport(first, second, compare_policies(first.policy, second.policy))


def _as_resource_policy(document: Document) -> Document:
    """The document, with an error where one of its statements is of no resource policy."""
    if document.policy is None:
        return document
    try:
        require_type(document.policy, PolicyType.RESOURCE_POLICY)
    except UnprocessableError as error:
        span = document.policy.statements[error.statement_index].span
        line, column = position(document.text, span.start) if span != NOWHERE else (0, 0)
        fault = PolicyError(str(error), line=line, column=column, path=f"$.Statement[{error.statement_index}]")
        return Document(document.file, document.text, error=fault)
    return document
