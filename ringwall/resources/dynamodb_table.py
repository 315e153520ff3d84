"""AWS::DynamoDB::Table is shared through its resource policy, which covers its indexes too."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType
from ringwall.resources.remedies import policy_remedy
from ringwall.resources.translate import policy_alone

TABLE_ACTIONS = ActionGroup(
    (
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:DeleteTable",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:ListTagsOfResource",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateItem",
        "dynamodb:UpdateTable",
    )
)
"""What another account can do: DynamoDB Developer Guide, "Cross-account access with resource-based policies". A
transaction is authorised by the actions on its items."""

INDEX_ACTIONS = ActionGroup(("dynamodb:Query", "dynamodb:Scan"), ("{arn}/index/*",))
"""Of these, the ones that name an index as their resource."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for name in aws.pages("dynamodb:ListTables", "TableNames"):
        yield Listed(f"arn:{aws.partition}:dynamodb:{aws.region}:{aws.account}:table/{name}")


def find_resource(_: AwsReader, arn: str) -> Listed:
    return Listed(arn)


def read_configuration(aws: AwsReader, table: Listed) -> Configuration:
    answer = aws.find("dynamodb:GetResourcePolicy", "PolicyNotFoundException", ResourceArn=table.arn)
    return {"tablePolicy": answer.get("Policy", "") if answer else ""}


REMEDY = policy_remedy(
    "tablePolicy",
    ("dynamodb:PutResourcePolicy", lambda resource, text: {"ResourceArn": resource.arn, "Policy": text}),
    ("dynamodb:DeleteResourcePolicy", lambda resource: {"ResourceArn": resource.arn}),
)

TYPE = ResourceType(
    "AWS::DynamoDB::Table",
    "dynamodbTable",
    list_resources,
    read_configuration,
    policy_alone("tablePolicy"),
    (TABLE_ACTIONS, INDEX_ACTIONS),
    ("dynamodb:GetResourcePolicy", "dynamodb:ListTables"),
    remedy=REMEDY,
    find_resource=find_resource,
)
