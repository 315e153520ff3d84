"""AWS::DynamoDB::Stream is shared through a resource policy of its own, apart from its table's."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.remedies import policy_remedy
from ringwall.resources.translate import policy_alone

ACTIONS = ActionGroup(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"))
"""What another account can do: DynamoDB Developer Guide, "Cross-account access with resource-based policies"."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for stream in aws.pages("dynamodb:ListStreams", "Streams"):
        yield Listed(stream["StreamArn"])


def find_resource(_: AwsReader, arn: str) -> Listed:
    return Listed(arn)


def read_configuration(aws: AwsReader, stream: Listed) -> Configuration:
    answer = aws.find("dynamodb:GetResourcePolicy", "PolicyNotFoundException", ResourceArn=stream.arn)
    return {"streamPolicy": answer.get("Policy", "") if answer else ""}


REMEDY = policy_remedy(
    "streamPolicy",
    ("dynamodb:PutResourcePolicy", lambda resource, text: {"ResourceArn": resource.arn, "Policy": text}),
    ("dynamodb:DeleteResourcePolicy", lambda resource: {"ResourceArn": resource.arn}),
)

TYPE = ResourceType(
    "AWS::DynamoDB::Stream",
    "dynamodbStream",
    list_resources,
    read_configuration,
    policy_alone("streamPolicy"),
    (ACTIONS,),
    ("dynamodb:GetResourcePolicy", "dynamodb:ListStreams"),
    remedy=REMEDY,
    find_resource=find_resource,
)
