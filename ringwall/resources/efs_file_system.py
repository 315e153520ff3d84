"""AWS::EFS::FileSystem is shared through its file system policy alone."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
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
        yield Listed(arn, {"FileSystemId": system["FileSystemId"]}, tags_of(system.get("Tags", [])))


def read_configuration(aws: AwsReader, system: Listed) -> Configuration:
    identifier = system.seen["FileSystemId"]
    answer = aws.find("elasticfilesystem:DescribeFileSystemPolicy", "PolicyNotFound", FileSystemId=identifier)
    return {"fileSystemPolicy": answer["Policy"] if answer else ""}


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
)
