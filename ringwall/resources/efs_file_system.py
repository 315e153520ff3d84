"""AWS::EFS::FileSystem is shared through its file system policy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwall.arn import parse_arn
from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.remedies import name_of, policy_remedy
from ringwall.resources.translate import policy_alone, tags_of

ACTIONS = ActionGroup(
    (
        "elasticfilesystem:Backup",
        "elasticfilesystem:ClientMount",
        "elasticfilesystem:ClientRootAccess",
        "elasticfilesystem:ClientWrite",
        "elasticfilesystem:CreateAccessPoint",
        "elasticfilesystem:CreateMountTarget",
        "elasticfilesystem:CreateReplicationConfiguration",
        "elasticfilesystem:CreateTags",
        "elasticfilesystem:DeleteFileSystem",
        "elasticfilesystem:DeleteFileSystemPolicy",
        "elasticfilesystem:DeleteMountTarget",
        "elasticfilesystem:DeleteReplicationConfiguration",
        "elasticfilesystem:DeleteTags",
        "elasticfilesystem:DescribeAccessPoints",
        "elasticfilesystem:DescribeBackupPolicy",
        "elasticfilesystem:DescribeFileSystemPolicy",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeLifecycleConfiguration",
        "elasticfilesystem:DescribeMountTargetSecurityGroups",
        "elasticfilesystem:DescribeMountTargets",
        "elasticfilesystem:DescribeReplicationConfigurations",
        "elasticfilesystem:DescribeTags",
        "elasticfilesystem:ListTagsForResource",
        "elasticfilesystem:ModifyMountTargetSecurityGroups",
        "elasticfilesystem:PutBackupPolicy",
        "elasticfilesystem:PutFileSystemPolicy",
        "elasticfilesystem:PutLifecycleConfiguration",
        "elasticfilesystem:ReplicationRead",
        "elasticfilesystem:ReplicationWrite",
        "elasticfilesystem:Restore",
        "elasticfilesystem:TagResource",
        "elasticfilesystem:UntagResource",
        "elasticfilesystem:UpdateFileSystem",
        "elasticfilesystem:UpdateFileSystemProtection",
    )
)
"""The actions that name a file system as their resource."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for system in aws.pages("elasticfilesystem:DescribeFileSystems", "FileSystems"):
        arn = f"arn:{aws.partition}:elasticfilesystem:{aws.region}:{aws.account}:file-system/{system['FileSystemId']}"
        yield _listed(arn, system)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    identifier = parse_arn(arn).resource.removeprefix("file-system/")
    answer = aws.find("elasticfilesystem:DescribeFileSystems", "FileSystemNotFound", FileSystemId=identifier)
    return next((_listed(arn, each) for each in answer["FileSystems"]), None) if answer else None


def _listed(arn: str, system: Mapping[str, Any]) -> Listed:
    return Listed(arn, {"FileSystemId": system["FileSystemId"]}, tags_of(system.get("Tags", [])))


def read_configuration(aws: AwsReader, system: Listed) -> Configuration:
    identifier = system.seen["FileSystemId"]
    answer = aws.find("elasticfilesystem:DescribeFileSystemPolicy", "PolicyNotFound", FileSystemId=identifier)
    return {"fileSystemPolicy": answer["Policy"] if answer else ""}


# Deleting the policy would open the file system to whoever reaches it: see below.
REMEDY = policy_remedy(
    "fileSystemPolicy",
    (
        "elasticfilesystem:PutFileSystemPolicy",
        lambda resource, text: {"FileSystemId": name_of(resource), "Policy": text},
    ),
)

# Without a policy every client that reaches a mount target may mount. Who reaches it is decided by the network alone,
# so there is nobody to name: no source.
TYPE = ResourceType(
    "AWS::EFS::FileSystem",
    "efsFileSystem",
    list_resources,
    read_configuration,
    policy_alone("fileSystemPolicy"),
    (ACTIONS,),
    ("elasticfilesystem:DescribeFileSystemPolicy", "elasticfilesystem:DescribeFileSystems"),
    takes_anonymous=True,
    remedy=REMEDY,
    find_resource=find_resource,
)
