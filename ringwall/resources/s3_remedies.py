"""How changed policies of buckets and of their access points are written, and changed ACLs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.arn import parse_arn
from ringwall.errors import NotSupportedError
from ringwall.resources.base import AwsReader, Call, Configuration, Remedy, Resource
from ringwall.resources.bucket_acl import acl_configuration
from ringwall.resources.remedies import name_of, policy_in


def bucket_calls(aws: AwsReader, bucket: Resource, new: Configuration) -> Sequence[Call]:
    """The calls for whatever of a bucket has changed."""
    calls = [*_policy("s3", bucket, new), *_points("s3", bucket, new)]
    if new.get("bucketAclGrants") != bucket.configuration.get("bucketAclGrants"):
        calls.append(_acl(aws, bucket, new))
    return calls


def directory_bucket_calls(_: AwsReader, bucket: Resource, new: Configuration) -> Sequence[Call]:
    """The calls for whatever of a directory bucket has changed."""
    return [*_policy("s3express", bucket, new), *_points("s3express", bucket, new)]


def _policy(service: str, bucket: Resource, new: Configuration) -> Iterator[Call]:
    name, text = name_of(bucket), policy_in(new, "bucketPolicy")
    if text == policy_in(bucket.configuration, "bucketPolicy"):
        return
    if text:
        yield Call(f"{service}:PutBucketPolicy", {"Bucket": name, "Policy": text})
    else:
        yield Call(f"{service}:DeleteBucketPolicy", {"Bucket": name})


def _points(service: str, bucket: Resource, new: Configuration) -> Iterator[Call]:
    """Access points whose policies have changed.

    Raises:
        NotSupportedError: for a Multi-Region Access Point, whose policy takes effect some time after the call.
    """
    for arn, point in (new.get("accessPoints") or {}).items():
        text = policy_in(point, "accessPointPolicy")
        if text == policy_in(bucket.configuration["accessPoints"][arn], "accessPointPolicy"):
            continue
        if arn.endswith(".mrap"):
            raise NotSupportedError(f"change the policy of the Multi-Region Access Point `{arn}` by hand")
        names = {"AccountId": parse_arn(arn).account, "Name": parse_arn(arn).resource.partition("/")[2]}
        if text:
            yield Call(f"{service}:PutAccessPointPolicy", {**names, "Policy": text})
        else:
            yield Call(f"{service}:DeleteAccessPointPolicy", names)


def _acl(aws: AwsReader, bucket: Resource, new: Configuration) -> Call:
    """The ACL as it is, owner's grants included, without the grants that are gone."""
    name = name_of(bucket)
    acl = aws.call("s3:GetBucketAcl", Bucket=name)
    left = list(new.get("bucketAclGrants") or [])
    kept = []
    for grant in acl.get("Grants", []):
        told = acl_configuration({**acl, "Grants": [grant]})
        if not told:
            kept.append(grant)
        elif told[0] in left:
            left.remove(told[0])
            kept.append(grant)
    policy: Mapping[str, Any] = {"Owner": acl["Owner"], "Grants": kept}
    return Call("s3:PutBucketAcl", {"Bucket": name, "AccessControlPolicy": policy})


BUCKET = Remedy(
    bucket_calls,
    (
        "s3:DeleteAccessPointPolicy",
        "s3:DeleteBucketPolicy",
        "s3:PutAccessPointPolicy",
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
    ),
)
DIRECTORY_BUCKET = Remedy(
    directory_bucket_calls,
    (
        "s3express:DeleteAccessPointPolicy",
        "s3express:DeleteBucketPolicy",
        "s3express:PutAccessPointPolicy",
        "s3express:PutBucketPolicy",
    ),
)
