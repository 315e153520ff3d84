"""AWS::ECR::Repository is shared through its repository policy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwall.arn import parse_arn
from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, Resource, ResourceType
from ringwall.resources.remedies import policy_remedy
from ringwall.resources.translate import policy_alone

ACTIONS = ActionGroup(
    (
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchDeleteImage",
        "ecr:BatchGetImage",
        "ecr:BatchGetRepositoryScanningConfiguration",
        "ecr:BatchImportUpstreamImage",
        "ecr:CompleteLayerUpload",
        "ecr:DeleteLifecyclePolicy",
        "ecr:DeleteRepository",
        "ecr:DeleteRepositoryPolicy",
        "ecr:DescribeImageReplicationStatus",
        "ecr:DescribeImageScanFindings",
        "ecr:DescribeImageSigningStatus",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetImageCopyStatus",
        "ecr:GetLifecyclePolicy",
        "ecr:GetLifecyclePolicyPreview",
        "ecr:GetRepositoryPolicy",
        "ecr:InitiateLayerUpload",
        "ecr:ListImages",
        "ecr:ListTagsForResource",
        "ecr:PutImage",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:PutLifecyclePolicy",
        "ecr:ReplicateImage",
        "ecr:SetRepositoryPolicy",
        "ecr:StartImageScan",
        "ecr:StartLifecyclePolicyPreview",
        "ecr:TagResource",
        "ecr:UntagResource",
        "ecr:UpdateImageStorageClass",
        "ecr:UploadLayerPart",
    )
)
"""The actions that name a repository as their resource, but for `CreateRepository`. That a caller also needs
`ecr:GetAuthorizationToken` in its own account cannot be known here, and takes nothing away."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for repository in aws.pages("ecr:DescribeRepositories", "repositories"):
        yield _listed(repository)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    name = parse_arn(arn).resource.removeprefix("repository/")
    answer = aws.find("ecr:DescribeRepositories", "RepositoryNotFoundException", repositoryNames=[name])
    return next((_listed(each) for each in answer["repositories"]), None) if answer else None


def _listed(repository: Mapping[str, Any]) -> Listed:
    return Listed(repository["repositoryArn"], {"repositoryName": repository["repositoryName"]})


def read_configuration(aws: AwsReader, repository: Listed) -> Configuration:
    name = repository.seen["repositoryName"]
    answer = aws.find("ecr:GetRepositoryPolicy", "RepositoryPolicyNotFoundException", repositoryName=name)
    return {"repositoryPolicy": answer["policyText"] if answer else ""}


def _name(repository: Resource) -> str:
    """With its slashes, of which it may have some."""
    return parse_arn(repository.arn).resource.removeprefix("repository/")


REMEDY = policy_remedy(
    "repositoryPolicy",
    ("ecr:SetRepositoryPolicy", lambda resource, text: {"repositoryName": _name(resource), "policyText": text}),
    ("ecr:DeleteRepositoryPolicy", lambda resource: {"repositoryName": _name(resource)}),
)

TYPE = ResourceType(
    "AWS::ECR::Repository",
    "ecrRepository",
    list_resources,
    read_configuration,
    policy_alone("repositoryPolicy"),
    (ACTIONS,),
    ("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"),
    remedy=REMEDY,
    find_resource=find_resource,
)
