"""Which call of which API a permission stands for, where AWS gives the two different names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the AWS API, in botocore's words."""

    service: str
    """botocore's name of the service: `s3`, `efs`."""
    operation: str
    """The API's name of the operation: `ListBuckets`."""
    region: str | None = None
    """The Region whose endpoint answers; None for the reader's own."""
    page_marker: tuple[str, str] = ("NextToken", "NextToken")
    """Parameter and member that lead from page to page, for an operation for which botocore has no paginator."""


def api_call(permission: str) -> ApiCall:
    """The call that needs `permission`, an IAM action such as `s3:ListAllMyBuckets`.

    Where the table below is silent, service and operation have the names that IAM gives them. Some permissions stand
    for several calls; the table has the one that Ringwall makes.
    Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
    """
    service, _, operation = permission.partition(":")
    return _CALLS.get(permission) or ApiCall(_SERVICES.get(service, service), operation)


_SERVICES = {"elasticfilesystem": "efs"}

_CALLS = {
    "dynamodb:ListStreams": ApiCall(
        "dynamodbstreams", "ListStreams", page_marker=("ExclusiveStartStreamArn", "LastEvaluatedStreamArn")
    ),
    "s3:ListAllMyBuckets": ApiCall("s3", "ListBuckets"),
    "s3:ListBucket": ApiCall("s3", "ListObjectsV2"),
    "s3:GetBucketPublicAccessBlock": ApiCall("s3", "GetPublicAccessBlock"),
    "s3:GetAccountPublicAccessBlock": ApiCall("s3control", "GetPublicAccessBlock"),
    "s3:ListAccessPoints": ApiCall("s3control", "ListAccessPoints"),
    "s3:GetAccessPoint": ApiCall("s3control", "GetAccessPoint"),
    "s3:GetAccessPointPolicy": ApiCall("s3control", "GetAccessPointPolicy"),
    # Multi-Region access points are administered through one endpoint: Amazon S3 User Guide, "Managing Multi-Region
    # Access Points".
    "s3:ListMultiRegionAccessPoints": ApiCall("s3control", "ListMultiRegionAccessPoints", "us-west-2"),
    "s3:GetMultiRegionAccessPointPolicy": ApiCall("s3control", "GetMultiRegionAccessPointPolicy", "us-west-2"),
    "s3:DeleteAccessPointPolicy": ApiCall("s3control", "DeleteAccessPointPolicy"),
    "s3:PutAccessPointPolicy": ApiCall("s3control", "PutAccessPointPolicy"),
    "s3express:DeleteAccessPointPolicy": ApiCall("s3control", "DeleteAccessPointPolicy"),
    "s3express:DeleteBucketPolicy": ApiCall("s3", "DeleteBucketPolicy"),
    "s3express:PutAccessPointPolicy": ApiCall("s3control", "PutAccessPointPolicy"),
    "s3express:PutBucketPolicy": ApiCall("s3", "PutBucketPolicy"),
    # A batch needs the same permission: Amazon SQS Developer Guide, "Amazon SQS API permissions".
    "sqs:DeleteMessage": ApiCall("sqs", "DeleteMessageBatch"),
    "s3express:ListAllMyDirectoryBuckets": ApiCall("s3", "ListDirectoryBuckets"),
    "s3express:GetBucketPolicy": ApiCall("s3", "GetBucketPolicy"),
    "s3express:ListAccessPointsForDirectoryBuckets": ApiCall("s3control", "ListAccessPointsForDirectoryBuckets"),
    "s3express:GetAccessPointPolicy": ApiCall("s3control", "GetAccessPointPolicy"),
}
