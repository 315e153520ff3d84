"""Which granted actions CloudTrail would have shown as management events.

Only what AWS documents is said to be logged. Everything else may have been used without a trace, and is never called
unused for want of an event: see docs/decisions/0044-what-a-trail-tells.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from ringwall.policy.service_reference import access_level, canonical_action, known_actions

READ, WRITE, KMS = "read", "write", "kms"
"""Kinds of management events that a trail may leave out: CloudTrail User Guide, "Logging management events"."""

_NEVER_CALLED: Mapping[str, frozenset[str]] = {
    # IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail": all API calls are logged.
    "iam": frozenset(
        {
            "DeleteCloudFrontPublicKey",
            "GetAccountEmailAddress",
            "GetAccountName",
            "GetCloudFrontPublicKey",
            "ListCloudFrontPublicKeys",
            "ListSTSRegionalEndpointsStatus",
            "PassRole",
            "SetSTSRegionalEndpointStatus",
            "UpdateAccountEmailAddress",
            "UpdateAccountName",
            "UpdateCloudFrontPublicKey",
            "UploadCloudFrontPublicKey",
        }
    ),
    "sts": frozenset({"GetServiceBearerToken", "SetContext", "SetSourceIdentity", "TagGetWebIdentityToken"}),
    # Amazon EC2 Developer Guide, "Log Amazon EC2 API calls using AWS CloudTrail": all API calls are logged.
    "ec2": frozenset(
        {
            "AssociateVerifiedAccessInstanceWebAcl",
            "AttachApplianceToNatGateway",
            "AttachResourcesToPlacementGroup",
            "CreateCoipPoolPermission",
            "CreateLocalGatewayRouteTablePermission",
            "CreateOdbNetworkPeering",
            "DeleteCoipPoolPermission",
            "DeleteLocalGatewayRouteTablePermission",
            "DeleteOdbNetworkPeering",
            "DeleteResourcePolicy",
            "DescribeLocalGatewayRouteTablePermissions",
            "DescribeVerifiedAccessInstanceWebAclAssociations",
            "DetachApplianceFromNatGateway",
            "DetachResourcesFromPlacementGroup",
            "DisassociateVerifiedAccessInstanceWebAcl",
            "GetResourcePolicy",
            "GetVerifiedAccessInstanceWebAcl",
            "ImportByoipCidrToIpam",
            "InjectApiError",
            "InjectVolumeIOLatency",
            "ModifyOdbNetworkPeering",
            "PauseVolumeIO",
            "PutResourcePolicy",
            "SendSpotInstanceInterruptions",
        }
    ),
    # AWS KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail": all API calls are logged, cryptographic
    # operations among them, as management events.
    "kms": frozenset({"SynchronizeMultiRegionKey"}),
    # AWS Organizations User Guide, "Logging AWS Organizations API calls with AWS CloudTrail": all actions are logged.
    "organizations": frozenset(),
    # AWS Secrets Manager User Guide, "Log AWS Secrets Manager events with AWS CloudTrail": all API calls are recorded.
    "secretsmanager": frozenset(),
}
"""Services whose every API call is logged, with the actions of theirs that no call is named after."""

_ALSO_NEEDED = frozenset(
    {
        # Checked, perhaps without an event of their own, when another call is made: Service Authorization Reference,
        # "Dependent actions"; Amazon EC2 Auto Scaling User Guide, "Control Amazon EC2 launch template usage".
        "ec2:RunInstances",
        "iam:CreateServiceLinkedRole",
        "secretsmanager:ReplicateSecretToRegions",
    }
)

_DOCUMENTED: Mapping[str, tuple[str, ...]] = {
    # Amazon S3 User Guide, "Amazon S3 CloudTrail events": account- and bucket-level. Not here: what CreateBucket also
    # asks for (PutBucketAcl, PutBucketObjectLockConfiguration, PutBucketOwnershipControls, PutBucketVersioning).
    "s3": (
        "CreateBucket",
        "DeleteBucket",
        "DeleteBucketPolicy",
        "GetAccountPublicAccessBlock",
        "GetBucketAcl",
        "GetBucketCORS",
        "GetBucketLocation",
        "GetBucketLogging",
        "GetBucketNotification",
        "GetBucketObjectLockConfiguration",
        "GetBucketPolicy",
        "GetBucketPublicAccessBlock",
        "GetBucketRequestPayment",
        "GetBucketTagging",
        "GetBucketVersioning",
        "GetBucketWebsite",
        "GetEncryptionConfiguration",
        "GetLifecycleConfiguration",
        "GetReplicationConfiguration",
        "ListAllMyBuckets",
        "PutAccountPublicAccessBlock",
        "PutBucketCORS",
        "PutBucketLogging",
        "PutBucketNotification",
        "PutBucketPolicy",
        "PutBucketPublicAccessBlock",
        "PutBucketRequestPayment",
        "PutBucketWebsite",
        "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
        "PutReplicationConfiguration",
    ),
    # AWS Lambda Developer Guide, "Logging Lambda API calls with CloudTrail". Invocations are data events.
    "lambda": (
        "AddLayerVersionPermission",
        "AddPermission",
        "CreateEventSourceMapping",
        "CreateFunction",
        "DeleteEventSourceMapping",
        "DeleteFunction",
        "GetEventSourceMapping",
        "GetFunction",
        "GetFunctionConfiguration",
        "GetLayerVersionPolicy",
        "GetPolicy",
        "ListEventSourceMappings",
        "ListFunctions",
        "RemovePermission",
        "UpdateEventSourceMapping",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
    ),
    # Amazon DynamoDB Developer Guide, "Logging DynamoDB operations by using AWS CloudTrail": the control plane.
    "dynamodb": (
        "CreateBackup",
        "CreateGlobalTable",
        "CreateTable",
        "DeleteBackup",
        "DeleteTable",
        "DescribeBackup",
        "DescribeContinuousBackups",
        "DescribeGlobalTable",
        "DescribeLimits",
        "DescribeTable",
        "DescribeTimeToLive",
        "ListBackups",
        "ListGlobalTables",
        "ListTables",
        "RestoreTableFromBackup",
        "UpdateGlobalTable",
        "UpdateTable",
        "UpdateTimeToLive",
    ),
    # Amazon SNS Developer Guide, "Logging Amazon SNS API calls using CloudTrail". Publishing is a data event.
    "sns": (
        "AddPermission",
        "CreatePlatformApplication",
        "CreateTopic",
        "DeletePlatformApplication",
        "DeleteTopic",
        "GetSubscriptionAttributes",
        "GetTopicAttributes",
        "ListSubscriptions",
        "ListSubscriptionsByTopic",
        "ListTopics",
        "RemovePermission",
        "SetPlatformApplicationAttributes",
        "SetSubscriptionAttributes",
        "SetTopicAttributes",
        "Subscribe",
    ),
    # Amazon SQS Developer Guide, "Logging Amazon SQS API calls using AWS CloudTrail": what manages queues.
    "sqs": ("AddPermission", "CreateQueue", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"),
}


def is_logged(action: str, left_out: Collection[str] = ()) -> bool:
    """Whether CloudTrail is documented to show every use of an action as a management event.

    False where that is uncertain: data events, tagging (which is checked within other calls, too), permissions that no
    call is named after, such as `iam:PassRole`, and services that are not looked up here.

    Args:
        action: an IAM action, in any case.
        left_out: kinds of events that the trail does not have: `TrailCoverage.left_out`.
    """
    name = canonical_action(action)
    return name is not None and name in _logged() and not any(_may_be(name, kind) for kind in left_out)


@cache
def _logged() -> frozenset[str]:
    everything = (each for service in _NEVER_CALLED for each in known_actions(service))
    called = {each for each in everything if _is_called(*each.split(":"))}
    listed = {f"{service}:{name}" for service, names in _DOCUMENTED.items() for name in names}
    return frozenset({each for each in called | listed if access_level(each) != "Tagging"} - _ALSO_NEEDED)


def _is_called(service: str, name: str) -> bool:
    return name not in _NEVER_CALLED[service]


def _may_be(action: str, kind: str) -> bool:
    """Whether an action's events may be of a kind. What CloudTrail calls read-only is not what IAM calls so."""
    service = action.partition(":")[0]
    match kind:
        case "kms":
            return service == "kms"
        case "read":
            return service in {"kms", "sts"} or access_level(action) in {"List", "Read"}
        case _:
            return service in {"kms", "sts"} or access_level(action) not in {"List", "Read"}
