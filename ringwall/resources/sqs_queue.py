"""AWS::SQS::Queue is shared through its queue policy alone."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.translate import policy_alone

ACTIONS = ActionGroup(
    (
        "sqs:ChangeMessageVisibility",
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:DeleteMessage",
        "sqs:DeleteMessageBatch",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListDeadLetterSourceQueues",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "sqs:SendMessageBatch",
    )
)
"""What another account can do: Amazon SQS Developer Guide, "Limitations of Amazon SQS custom policies"."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for url in aws.pages("sqs:ListQueues", "QueueUrls"):
        name = url.rsplit("/", 1)[-1]
        yield Listed(f"arn:{aws.partition}:sqs:{aws.region}:{aws.account}:{name}", {"QueueUrl": url})


def read_configuration(aws: AwsReader, queue: Listed) -> Configuration:
    answer = aws.call("sqs:GetQueueAttributes", QueueUrl=queue.seen["QueueUrl"], AttributeNames=["Policy"])
    return {"queuePolicy": answer.get("Attributes", {}).get("Policy", "")}


TYPE = ResourceType(
    "AWS::SQS::Queue",
    "sqsQueue",
    list_resources,
    read_configuration,
    policy_alone("queuePolicy"),
    (ACTIONS,),
    ("sqs:GetQueueAttributes", "sqs:ListQueues"),
    takes_anonymous=True,
)
