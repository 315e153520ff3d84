"""AWS::S3::Bucket is shared through its policy, its ACL and its access points; Block Public Access narrows all three."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.arn import parse_arn
from ringwall.errors import CollectionError
from ringwall.policy.ast import Policy
from ringwall.reasoning.public import is_public
from ringwall.resources import s3_remedies
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
from ringwall.resources.base import AwsReader, Configuration, Listed, Resource, ResourceType, Source, SourceType
from ringwall.resources.bucket_acl import acl_configuration, acl_sources
from ringwall.resources.configuration import Document, Node
from ringwall.resources.s3_actions import ACCESS_POINT_ACTIONS, BUCKET_ACTIONS, OBJECT_ACTIONS

DOOR = Door("s3", ACCESS_POINT_ACTIONS)

_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    """The buckets of the Region. What the account has once is asked for once, and only where there is a bucket."""
    around: Mapping[str, Any] = {}
    for bucket in aws.pages("s3:ListAllMyBuckets", "Buckets", BucketRegion=aws.region):
        around = around or _surroundings(aws)
        yield _listed(aws, bucket["Name"], around)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    """The bucket, where it is in the Region. The account's settings and access points are asked for as in a listing."""
    name = parse_arn(arn).resource
    buckets = aws.pages("s3:ListAllMyBuckets", "Buckets", BucketRegion=aws.region, Prefix=name)
    if all(each["Name"] != name for each in buckets):
        return None
    return _listed(aws, name, _surroundings(aws))


def _listed(aws: AwsReader, name: str, around: Mapping[str, Any]) -> Listed:
    points = around["accessPoints"].get(name, [])
    return Listed(f"arn:{aws.partition}:s3:::{name}", {**around, "Name": name, "accessPoints": points})


def _surroundings(aws: AwsReader) -> Mapping[str, Any]:
    """The account's Block Public Access and its access points; or why they cannot be read."""
    try:
        block = aws.find("s3:GetAccountPublicAccessBlock", _NO_BLOCK, AccountId=aws.account)
        listed = [*aws.pages("s3:ListAccessPoints", "AccessPointList", AccountId=aws.account), *_multi_region(aws)]
    except CollectionError as error:
        return {"block": {}, "accessPoints": {}, "error": error}
    return {"block": _block(block), "accessPoints": by_bucket(listed, aws.account), "error": None}


def _multi_region(aws: AwsReader) -> Iterator[Mapping[str, Any]]:
    """Multi-Region access points, as if each were listed once for every bucket behind it."""
    # Only the standard partition has them.
    if aws.partition != "aws":
        return
    for point in aws.pages("s3:ListMultiRegionAccessPoints", "AccessPoints", AccountId=aws.account):
        alias = point["Alias"].removesuffix(".mrap")
        arn = f"arn:{aws.partition}:s3::{aws.account}:accesspoint/{alias}.mrap"
        for region in point.get("Regions", []):
            yield {**region, "AccessPointArn": arn, "Name": point["Name"], "Block": point.get("PublicAccessBlock", {})}


def _block(answer: Mapping[str, Any] | None) -> dict[str, bool]:
    """The two switches that narrow existing access; all off where there is no configuration."""
    switches = answer.get("PublicAccessBlockConfiguration", {}) if answer else {}
    return {
        "ignorePublicAcls": switches.get("IgnorePublicAcls", False),
        "restrictPublicBuckets": switches.get("RestrictPublicBuckets", False),
    }


def read_configuration(aws: AwsReader, bucket: Listed) -> Configuration:
    """The ACL that S3 answers with is the one that counts: empty but for the owner where ACLs are switched off."""
    raise_again(bucket.seen["error"])
    name = bucket.seen["Name"]
    policy = aws.find("s3:GetBucketPolicy", "NoSuchBucketPolicy", Bucket=name)
    return {
        "bucketPolicy": policy["Policy"] if policy else "",
        "bucketAclGrants": acl_configuration(aws.call("s3:GetBucketAcl", Bucket=name)),
        "bucketPublicAccessBlock": _block(aws.find("s3:GetBucketPublicAccessBlock", _NO_BLOCK, Bucket=name)),
        "accountPublicAccessBlock": bucket.seen["block"],
        "accessPoints": {point["AccessPointArn"]: _read_point(aws, point) for point in bucket.seen["accessPoints"]},
    }


def _read_point(aws: AwsReader, point: Mapping[str, Any]) -> dict[str, Any]:
    if "Block" in point:
        answer = aws.call("s3:GetMultiRegionAccessPointPolicy", AccountId=aws.account, Name=point["Name"])
        established = answer.get("Policy", {}).get("Established", {}).get("Policy", "")
        return {
            "accessPointPolicy": established,
            "publicAccessBlock": _block({"PublicAccessBlockConfiguration": point["Block"]}),
        }
    policy = read_policy(aws, "s3:GetAccessPointPolicy", point)
    without_block = {"accessPointPolicy": policy, "networkOrigin": network_origin(point)}
    if not policy:
        return without_block
    block = aws.call("s3:GetAccessPoint", AccountId=aws.account, Name=point["Name"])
    return {**without_block, "publicAccessBlock": _block(block)}


@dataclass(frozen=True, slots=True)
class _Block:
    """The two switches of Block Public Access that narrow existing access."""

    ignores_public_acls: bool = False
    restricts_public: bool = False


_FIELDS = ("bucketPolicy", "bucketAclGrants", "bucketPublicAccessBlock", "accountPublicAccessBlock", "accessPoints")
_SWITCHES = ("ignorePublicAcls", "restrictPublicBuckets", "blockPublicAcls", "blockPublicPolicy")


def sources(resource: Resource) -> Sequence[Source]:
    """The most restrictive of the settings for access point, bucket and account counts.

    Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
    """
    fields = Node(resource.configuration).fields(*_FIELDS)
    block = _effective_block(fields)
    points = [*_access_points(fields["accessPoints"])] if "accessPoints" in fields else []
    document = fields["bucketPolicy"].document() if "bucketPolicy" in fields else None
    through_policy = _policy_sources(document, points, resource, block) if document else ()
    if "bucketAclGrants" not in fields:
        return [*through_policy]
    denied_by = [document.policy] if document else []
    ignores_public = block.ignores_public_acls
    acl = acl_sources(fields["bucketAclGrants"], resource, ignores_public=ignores_public, denied_by=denied_by)
    return [*through_policy, *acl]


def _effective_block(fields: Mapping[str, Node]) -> _Block:
    """What holds for the bucket: without a configuration, neither bucket nor account blocks anything."""
    names = ("bucketPublicAccessBlock", "accountPublicAccessBlock")
    blocks = [_read_block(fields[name]) for name in names if name in fields]
    return _Block(any(each.ignores_public_acls for each in blocks), any(each.restricts_public for each in blocks))


def _read_block(node: Node) -> _Block:
    switches = {name: switch.flag() for name, switch in node.fields(*_SWITCHES).items()}
    return _Block(switches.get("ignorePublicAcls", False), switches.get("restrictPublicBuckets", False))


def _access_points(node: Node) -> Iterator[AccessPoint]:
    """The access points that have a policy. Unless they say otherwise, Block Public Access is on for them."""
    for arn, entry in node.entries():
        checked_arn(entry, arn, DOOR)
        fields = entry.fields("accessPointPolicy", "publicAccessBlock", "networkOrigin")
        document = fields["accessPointPolicy"].document() if "accessPointPolicy" in fields else None
        block = _read_block(fields["publicAccessBlock"]) if "publicAccessBlock" in fields else _Block(True, True)
        vpc = vpc_of(fields.get("networkOrigin"))
        if document:
            yield AccessPoint(arn, document, vpc, block.restricts_public)


def _policy_sources(
    document: Document, points: Sequence[AccessPoint], resource: Resource, block: _Block
) -> Iterator[Source]:
    """What the bucket policy permits: by itself, to other accounts' access points, to the owner's."""
    owner = resource.owner_account
    parts = by_delegate(document.policy, owner, DOOR)
    yield from delegated_sources(parts, document, DOOR, to_account_only=block.restricts_public)
    if block.restricts_public and is_public(document.policy, owner_account=owner):
        # Only the owner's account and AWS services are left.
        return
    if "" in parts:
        denied_by = own_access_points_denied(document.policy, owner, DOOR)
        yield parts[""].source(SourceType.POLICY, document, denied_by=denied_by)
    for point in points:
        if not _is_closed(point, owner, block):
            yield access_point_source(point, resource, DOOR, document.policy)


def _is_closed(point: AccessPoint, owner: str, block: _Block) -> bool:
    """Whether RestrictPublicBuckets leaves nothing of the access point's policy to outsiders.

    An access point that only a VPC reaches is never public, whatever its policy says.
    """
    if point.vpc is not None or not (point.restricts_public or block.restricts_public):
        return False
    policy: Policy = point.document.policy
    return is_public(policy, owner_account=owner, in_access_point=True)


TYPE = ResourceType(
    "AWS::S3::Bucket",
    "s3Bucket",
    list_resources,
    read_configuration,
    sources,
    (BUCKET_ACTIONS, OBJECT_ACTIONS),
    (
        "s3:GetAccessPoint",
        "s3:GetAccessPointPolicy",
        "s3:GetAccountPublicAccessBlock",
        "s3:GetBucketAcl",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetMultiRegionAccessPointPolicy",
        "s3:ListAccessPoints",
        "s3:ListAllMyBuckets",
        "s3:ListMultiRegionAccessPoints",
    ),
    takes_anonymous=True,
    remedy=s3_remedies.BUCKET,
    find_resource=find_resource,
)
