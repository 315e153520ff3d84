"""AWS::ECR::Repository is shared through its repository policy alone."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
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
        yield Listed(repository["repositoryArn"], {"repositoryName": repository["repositoryName"]})


def read_configuration(aws: AwsReader, repository: Listed) -> Configuration:
    name = repository.seen["repositoryName"]
    answer = aws.find("ecr:GetRepositoryPolicy", "RepositoryPolicyNotFoundException", repositoryName=name)
    return {"repositoryPolicy": answer["policyText"] if answer else ""}


TYPE = ResourceType(
    "AWS::ECR::Repository",
    "ecrRepository",
    list_resources,
    read_configuration,
    policy_alone("repositoryPolicy"),
    (ACTIONS,),
    ("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"),
)
