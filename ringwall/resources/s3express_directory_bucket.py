"""AWS::S3Express::DirectoryBucket is shared through its bucket policy and through access points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.errors import CollectionError
from ringwall.resources.access_points import (
    AccessPoint,
    Door,
    access_point_source,
    by_bucket,
    by_delegate,
    checked_arn,
    delegated_sources,
    network_origin,
    own_access_points_denied,
    raise_again,
    read_policy,
    vpc_of,
)
from ringwall.resources.base import (
    ActionGroup,
    AwsReader,
    Configuration,
    Listed,
    Resource,
    ResourceType,
    Source,
    SourceType,
)
from ringwall.resources.configuration import Node
from ringwall.resources.s3_remedies import DIRECTORY_BUCKET

ACTIONS = ActionGroup(
    (
        "s3express:CreateSession",
        "s3express:DeleteBucket",
        "s3express:DeleteBucketPolicy",
        "s3express:GetBucketPolicy",
        "s3express:GetEncryptionConfiguration",
        "s3express:GetLifecycleConfiguration",
        "s3express:ListTagsForResource",
        "s3express:PutBucketPolicy",
        "s3express:PutEncryptionConfiguration",
        "s3express:PutLifecycleConfiguration",
        "s3express:TagResource",
        "s3express:UntagResource",
    )
)
"""The actions that name a directory bucket as their resource, but for `CreateBucket`; data is reached by `CreateSession`.
Source: Service Authorization Reference, Amazon S3 Express."""

DOOR = Door("s3express", ("s3express:CreateSession",))

_NAME_ENDS = "--x-s3"
"""How every directory bucket's name ends, and no other bucket's: Amazon S3 User Guide, "Directory bucket naming rules"."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    """All access points of the Region cost one call; it is made only where there is a bucket.

    Servers that imitate S3 name ordinary buckets here, too; those are left to `s3_bucket`.
    """
    around: Mapping[str, Any] = {}
    for bucket in aws.pages("s3express:ListAllMyDirectoryBuckets", "Buckets"):
        if not bucket["Name"].endswith(_NAME_ENDS):
            continue
        around = around or _surroundings(aws)
        points = around["accessPoints"].get(bucket["Name"], [])
        arn = f"arn:{aws.partition}:s3express:{aws.region}:{aws.account}:bucket/{bucket['Name']}"
        yield Listed(arn, {"Name": bucket["Name"], "accessPoints": points, "error": around["error"]})


def _surroundings(aws: AwsReader) -> Mapping[str, Any]:
    try:
        listed = [*aws.pages("s3express:ListAccessPointsForDirectoryBuckets", "AccessPointList", AccountId=aws.account)]
    except CollectionError as error:
        return {"accessPoints": {}, "error": error}
    return {"accessPoints": by_bucket(listed, aws.account), "error": None}


def read_configuration(aws: AwsReader, bucket: Listed) -> Configuration:
    raise_again(bucket.seen["error"])
    answer = aws.find("s3express:GetBucketPolicy", "NoSuchBucketPolicy", Bucket=bucket.seen["Name"])
    points = {
        point["AccessPointArn"]: {
            "accessPointPolicy": read_policy(aws, "s3express:GetAccessPointPolicy", point),
            "networkOrigin": network_origin(point),
        }
        for point in bucket.seen["accessPoints"]
    }
    return {"bucketPolicy": answer["Policy"] if answer else "", "accessPoints": points}


def sources(resource: Resource) -> Sequence[Source]:
    """Block Public Access, always on for directory buckets, keeps S3 from saving a public policy.

    A policy that is public all the same, as a preview may propose it, is shown for what it says.
    """
    fields = Node(resource.configuration).fields("bucketPolicy", "accessPoints")
    points = [*_access_points(fields["accessPoints"])] if "accessPoints" in fields else []
    document = fields["bucketPolicy"].document() if "bucketPolicy" in fields else None
    if document is None:
        return []
    parts = by_delegate(document.policy, resource.owner_account, DOOR)
    denied_by = own_access_points_denied(document.policy, resource.owner_account, DOOR)
    policy = [parts[""].source(SourceType.POLICY, document, denied_by=denied_by)] if "" in parts else []
    delegated = delegated_sources(parts, document, DOOR, to_account_only=True)
    through = [access_point_source(point, resource, DOOR, document.policy) for point in points]
    return [*policy, *delegated, *through]


def _access_points(node: Node) -> Iterator[AccessPoint]:
    for arn, entry in node.entries():
        fields = entry.fields("accessPointPolicy", "networkOrigin")
        document = fields["accessPointPolicy"].document() if "accessPointPolicy" in fields else None
        vpc = vpc_of(fields.get("networkOrigin"))
        if document:
            yield AccessPoint(checked_arn(entry, arn, DOOR), document, vpc)


TYPE = ResourceType(
    "AWS::S3Express::DirectoryBucket",
    "s3ExpressDirectoryBucket",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    (
        "s3express:GetAccessPointPolicy",
        "s3express:GetBucketPolicy",
        "s3express:ListAccessPointsForDirectoryBuckets",
        "s3express:ListAllMyDirectoryBuckets",
    ),
    remedy=DIRECTORY_BUCKET,
)
