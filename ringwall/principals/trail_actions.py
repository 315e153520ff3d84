"""Which IAM actions an event of CloudTrail is about: `s3.amazonaws.com` and `ListBuckets` is `s3:ListAllMyBuckets`.

Most events have the names that policies use. The tables have the others. Sources: for event sources, the endpoints of
the AWS SDKs and the pages "Logging … API calls with AWS CloudTrail" of each service; for actions, the Service
Authorization Reference and "Required permissions for Amazon S3 API operations" (Amazon S3 User Guide).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ringwall.policy.service_reference import canonical_action, services

_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn")
# Lambda's events end in the version of its API, `GetFunction20150331v2`; CloudFront's once did, `2014_11_06`. AWS
# Lambda Developer Guide, "Logging Lambda API calls with CloudTrail".
_VERSION = re.compile(r"(\d{8}|\d{4}_\d{2}_\d{2})(v\d+)?$", re.ASCII)

_NAMESPACES = {
    "api.ecr": "ecr",
    "api.ecr-public": "ecr-public",
    "api.pricing": "pricing",
    "api.sagemaker": "sagemaker",
    "appconfigdata": "appconfig",
    "appstream2": "appstream",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "catalog.marketplace": "aws-marketplace",
    # The Cloud Control API has the permissions `cloudformation:CreateResource` and so on.
    "cloudcontrolapi": "cloudformation",
    "cloudhsmv2": "cloudhsm",
    "cloudsearchdomain": "cloudsearch",
    "data.iot": "iot",
    "data.mediastore": "mediastore",
    # SES and its second version: Amazon SES Developer Guide, "Logging Amazon SES API calls with CloudTrail".
    "email": "ses",
    "entitlement.marketplace": "aws-marketplace",
    "forecastquery": "forecast",
    "ingest.timestream": "timestream",
    "iotdata": "iot",
    "mail-manager": "ses",
    "memory-db": "memorydb",
    "metering-marketplace": "aws-marketplace",
    "metering.marketplace": "aws-marketplace",
    "models-v2-lex": "lex",
    "models.lex": "lex",
    # Amazon CloudWatch User Guide, "Logging Amazon CloudWatch API calls with AWS CloudTrail".
    "monitoring": "cloudwatch",
    "mturk-requester": "mechanicalturk",
    "oidc": "sso-oauth",
    "personalize-events": "personalize",
    "personalize-runtime": "personalize",
    "pinpoint": "mobiletargeting",
    "query.timestream": "timestream",
    # Amazon Aurora User Guide, "Logging RDS Data API calls with AWS CloudTrail".
    "rdsdata": "rds-data",
    "runtime-v2-lex": "lex",
    "runtime.lex": "lex",
    "runtime.sagemaker": "sagemaker",
    "servicecatalog-appregistry": "servicecatalog",
    "sso-oidc": "sso-oauth",
    "streams.dynamodb": "dynamodb",
    # Resource Groups Tagging API Reference: its permissions begin with `tag:`.
    "tagging": "tag",
}
"""The namespace by what stands before `.amazonaws.com` in `eventSource`, where it is another."""

_S3 = {
    # Of objects.
    "CompleteMultipartUpload": ("PutObject",),
    "CopyObject": ("GetObject", "PutObject"),
    "CreateMultipartUpload": ("PutObject",),
    "DeleteObjects": ("DeleteObject",),
    "HeadObject": ("GetObject",),
    "ListParts": ("ListMultipartUploadParts",),
    "PostObject": ("PutObject",),
    "SelectObjectContent": ("GetObject",),
    "UploadPart": ("PutObject",),
    "UploadPartCopy": ("GetObject", "PutObject"),
    # Of buckets.
    "DeleteBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
    "DeleteBucketCors": ("PutBucketCORS",),
    "DeleteBucketEncryption": ("PutEncryptionConfiguration",),
    "DeleteBucketIntelligentTieringConfiguration": ("PutIntelligentTieringConfiguration",),
    "DeleteBucketInventoryConfiguration": ("PutInventoryConfiguration",),
    "DeleteBucketLifecycle": ("PutLifecycleConfiguration",),
    "DeleteBucketMetricsConfiguration": ("PutMetricsConfiguration",),
    "DeleteBucketOwnershipControls": ("PutBucketOwnershipControls",),
    "DeleteBucketPublicAccessBlock": ("PutBucketPublicAccessBlock",),
    "DeleteBucketReplication": ("PutReplicationConfiguration",),
    "DeleteBucketTagging": ("PutBucketTagging",),
    "GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration",),
    "GetBucketAnalyticsConfiguration": ("GetAnalyticsConfiguration",),
    "GetBucketEncryption": ("GetEncryptionConfiguration",),
    "GetBucketIntelligentTieringConfiguration": ("GetIntelligentTieringConfiguration",),
    "GetBucketInventoryConfiguration": ("GetInventoryConfiguration",),
    "GetBucketLifecycle": ("GetLifecycleConfiguration",),
    "GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration",),
    "GetBucketMetricsConfiguration": ("GetMetricsConfiguration",),
    "GetBucketNotificationConfiguration": ("GetBucketNotification",),
    "GetBucketReplication": ("GetReplicationConfiguration",),
    "GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration",),
    "HeadBucket": ("ListBucket",),
    "ListBucketAnalyticsConfigurations": ("GetAnalyticsConfiguration",),
    "ListBucketIntelligentTieringConfigurations": ("GetIntelligentTieringConfiguration",),
    "ListBucketInventoryConfigurations": ("GetInventoryConfiguration",),
    "ListBucketMetricsConfigurations": ("GetMetricsConfiguration",),
    "ListBuckets": ("ListAllMyBuckets",),
    "ListMultipartUploads": ("ListBucketMultipartUploads",),
    "ListObjectVersions": ("ListBucketVersions",),
    "ListObjects": ("ListBucket",),
    "ListObjectsV2": ("ListBucket",),
    "PutBucketAccelerateConfiguration": ("PutAccelerateConfiguration",),
    "PutBucketAnalyticsConfiguration": ("PutAnalyticsConfiguration",),
    "PutBucketEncryption": ("PutEncryptionConfiguration",),
    "PutBucketIntelligentTieringConfiguration": ("PutIntelligentTieringConfiguration",),
    "PutBucketInventoryConfiguration": ("PutInventoryConfiguration",),
    "PutBucketLifecycle": ("PutLifecycleConfiguration",),
    "PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration",),
    "PutBucketMetricsConfiguration": ("PutMetricsConfiguration",),
    "PutBucketNotificationConfiguration": ("PutBucketNotification",),
    "PutBucketReplication": ("PutReplicationConfiguration",),
    "PutObjectLockConfiguration": ("PutBucketObjectLockConfiguration",),
    # Of the account.
    "DeleteAccountPublicAccessBlock": ("PutAccountPublicAccessBlock",),
}

_ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dynamodb": {"TransactGetItems": ("GetItem",)},
    # AWS KMS API Reference, ReEncrypt: the caller needs one permission on either key.
    "kms": {"ReEncrypt": ("ReEncryptFrom", "ReEncryptTo")},
    "lambda": {
        "GetLayerVersionByArn": ("GetLayerVersion",),
        "Invoke": ("InvokeFunction",),
        "InvokeWithResponseStream": ("InvokeFunction",),
    },
    "s3": _S3,
    "sns": {"PublishBatch": ("Publish",)},
    # Amazon SQS Developer Guide, "Amazon SQS API permissions": a batch needs the permission of the single call.
    "sqs": {
        "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
        "DeleteMessageBatch": ("DeleteMessage",),
        "SendMessageBatch": ("SendMessage",),
    },
}
"""By namespace and event name, where the actions have other names: a call may need several."""

_VERBS = {
    "Create": ("POST",),
    "Delete": ("DELETE",),
    "Export": ("GET",),
    "Flush": ("DELETE",),
    "Generate": ("POST",),
    "Get": ("GET",),
    "Import": ("POST", "PUT"),
    "List": ("GET",),
    "Put": ("PUT",),
    "Reimport": ("PUT",),
    "Reject": ("POST",),
    "Reset": ("DELETE",),
    "Tag": ("POST", "PUT"),
    "Test": ("POST",),
    "Untag": ("DELETE",),
    "Update": ("PATCH",),
}
"""API Gateway's actions are verbs of HTTP, by the first word of the call: API Gateway API References, both versions."""
_FIRST_WORD = re.compile(r"[A-Z][a-z]+")


@lru_cache(maxsize=16_384)
def actions_of(source: str, name: str) -> tuple[str, tuple[str, ...]]:
    """The namespace and the IAM actions of an event.

    Args:
        source: `eventSource`, such as `s3.amazonaws.com`.
        name: `eventName`, such as `GetObject`.

    Returns:
        An empty namespace for a source that is no service with permissions, no actions for a name that is none, such as
        `ConsoleLogin`.
    """
    namespace = _namespace(source)
    if not namespace:
        return "", ()
    return namespace, _named(namespace, name) or _named(namespace, _VERSION.sub("", name))


def _namespace(source: str) -> str:
    suffix = next((each for each in _SUFFIXES if source.endswith(each)), "")
    begins = source.removesuffix(suffix)
    namespace = _NAMESPACES.get(begins, begins)
    return namespace if namespace in services() else ""


def _named(namespace: str, name: str) -> tuple[str, ...]:
    if (irregular := _ACTIONS.get(namespace, {}).get(name)) is None:
        irregular = (name,)
        if namespace == "apigateway" and canonical_action(f"apigateway:{name}") is None:
            word = _FIRST_WORD.match(name)
            irregular = _VERBS.get(word[0], ()) if word else ()
    found = (canonical_action(f"{namespace}:{each}") for each in irregular)
    return tuple(each for each in found if each is not None)
