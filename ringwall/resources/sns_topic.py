"""AWS::SNS::Topic is shared through its topic policy alone."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.remedies import policy_remedy
from ringwall.resources.translate import policy_alone

ACTIONS = ActionGroup(
    (
        "sns:AddPermission",
        "sns:DeleteTopic",
        "sns:GetDataProtectionPolicy",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTagsForResource",
        "sns:Publish",
        "sns:PutDataProtectionPolicy",
        "sns:RemovePermission",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
    )
)
"""What a topic policy can grant: Amazon SNS Developer Guide, "Amazon SNS API permissions". The old `SNS:Receive`, which
default policies still name, is no action of the API."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for topic in aws.pages("sns:ListTopics", "Topics"):
        yield Listed(topic["TopicArn"])


def find_resource(_: AwsReader, arn: str) -> Listed:
    return Listed(arn)


def read_configuration(aws: AwsReader, topic: Listed) -> Configuration:
    answer = aws.call("sns:GetTopicAttributes", TopicArn=topic.arn)
    return {"topicPolicy": answer["Attributes"].get("Policy", "")}


# A topic always has a policy: Amazon SNS Developer Guide, "Example cases for Amazon SNS access control".
REMEDY = policy_remedy(
    "topicPolicy",
    (
        "sns:SetTopicAttributes",
        lambda resource, text: {"TopicArn": resource.arn, "AttributeName": "Policy", "AttributeValue": text},
    ),
)

TYPE = ResourceType(
    "AWS::SNS::Topic",
    "snsTopic",
    list_resources,
    read_configuration,
    policy_alone("topicPolicy"),
    (ACTIONS,),
    ("sns:GetTopicAttributes", "sns:ListTopics"),
    remedy=REMEDY,
    find_resource=find_resource,
)
