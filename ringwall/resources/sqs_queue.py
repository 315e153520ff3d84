"""AWS::SQS::Queue is shared through its queue policy alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwall.arn import parse_arn
from ringwall.resources.base import ActionGroup, AwsReader, Call, Configuration, Listed, Remedy, Resource, ResourceType
from ringwall.resources.remedies import name_of, policy_in
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

_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
"""The query protocol's name for it and the JSON protocol's: Amazon SQS API Reference, GetQueueUrl."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for url in aws.pages("sqs:ListQueues", "QueueUrls"):
        name = url.rsplit("/", 1)[-1]
        yield Listed(f"arn:{aws.partition}:sqs:{aws.region}:{aws.account}:{name}", {"QueueUrl": url})


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    name = parse_arn(arn).resource
    answer = aws.find("sqs:GetQueueUrl", *_NO_QUEUE, QueueName=name, QueueOwnerAWSAccountId=aws.account)
    return Listed(arn, {"QueueUrl": answer["QueueUrl"]}) if answer else None


def read_configuration(aws: AwsReader, queue: Listed) -> Configuration:
    answer = aws.call("sqs:GetQueueAttributes", QueueUrl=queue.seen["QueueUrl"], AttributeNames=["Policy"])
    return {"queuePolicy": answer.get("Attributes", {}).get("Policy", "")}


def remedy_calls(aws: AwsReader, queue: Resource, new: Configuration) -> Sequence[Call]:
    """An empty text deletes the policy: Amazon SQS API Reference, SetQueueAttributes."""
    url = aws.call("sqs:GetQueueUrl", QueueName=name_of(queue))["QueueUrl"]
    attributes = {"Policy": policy_in(new, "queuePolicy")}
    return [Call("sqs:SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})]


REMEDY = Remedy(remedy_calls, ("sqs:SetQueueAttributes",))

TYPE = ResourceType(
    "AWS::SQS::Queue",
    "sqsQueue",
    list_resources,
    read_configuration,
    policy_alone("queuePolicy"),
    (ACTIONS,),
    ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueues"),
    takes_anonymous=True,
    remedy=REMEDY,
    find_resource=find_resource,
)
