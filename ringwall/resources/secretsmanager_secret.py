"""AWS::SecretsManager::Secret is shared through its resource policy; the key that encrypts it is analysed by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.remedies import policy_remedy
from ringwall.resources.translate import policy_alone, tags_of

ACTIONS = ActionGroup(
    (
        "secretsmanager:CancelRotateSecret",
        "secretsmanager:DeleteResourcePolicy",
        "secretsmanager:DeleteSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RemoveRegionsFromReplication",
        "secretsmanager:ReplicateSecretToRegions",
        "secretsmanager:RestoreSecret",
        "secretsmanager:RotateSecret",
        "secretsmanager:StopReplicationToReplica",
        "secretsmanager:TagResource",
        "secretsmanager:UntagResource",
        "secretsmanager:UpdateSecret",
        "secretsmanager:UpdateSecretVersionStage",
        "secretsmanager:ValidateResourcePolicy",
    )
)
"""The actions that name a secret as their resource, but for `CreateSecret`: a secret that is yet to be created has no
policy."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for secret in aws.pages("secretsmanager:ListSecrets", "SecretList"):
        yield _listed(secret)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    """A secret that is to be deleted counts as gone: the listing does not name it either."""
    secret = aws.find("secretsmanager:DescribeSecret", "ResourceNotFoundException", SecretId=arn)
    return _listed(secret) if secret and not secret.get("DeletedDate") else None


def _listed(secret: Mapping[str, Any]) -> Listed:
    return Listed(secret["ARN"], {"KmsKeyId": secret.get("KmsKeyId", "")}, tags_of(secret.get("Tags", [])))


def read_configuration(aws: AwsReader, secret: Listed) -> Configuration:
    answer = aws.call("secretsmanager:GetResourcePolicy", SecretId=secret.arn)
    return {"kmsKeyId": secret.seen["KmsKeyId"], "secretPolicy": answer.get("ResourcePolicy", "")}


REMEDY = policy_remedy(
    "secretPolicy",
    ("secretsmanager:PutResourcePolicy", lambda resource, text: {"SecretId": resource.arn, "ResourcePolicy": text}),
    ("secretsmanager:DeleteResourcePolicy", lambda resource: {"SecretId": resource.arn}),
)

# A secret under the key that AWS manages cannot be decrypted from another account. The policy is taken at its word all
# the same: the key of a secret can be changed without anybody looking at the policy again.
TYPE = ResourceType(
    "AWS::SecretsManager::Secret",
    "secretsManagerSecret",
    list_resources,
    read_configuration,
    policy_alone("secretPolicy", "kmsKeyId"),
    (ACTIONS,),
    ("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecrets"),
    remedy=REMEDY,
    find_resource=find_resource,
)
