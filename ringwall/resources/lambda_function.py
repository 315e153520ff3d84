"""AWS::Lambda::Function is shared through the policy of the unqualified function; a function URL is reached through it too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ringwall.arn import parse_arn
from ringwall.policy.ast import Policy
from ringwall.resources.base import (
    ActionGroup,
    AwsReader,
    Call,
    Configuration,
    Listed,
    Remedy,
    Resource,
    ResourceType,
    Source,
)
from ringwall.resources.configuration import Node
from ringwall.resources.remedies import policy_in, removed_statements
from ringwall.resources.translate import condition, deny, policy_of, policy_sources

ACTIONS = ActionGroup(
    (
        "lambda:AddPermission",
        "lambda:CreateAlias",
        "lambda:CreateFunctionUrlConfig",
        "lambda:DeleteAlias",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionCodeSigningConfig",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunctionEventInvokeConfig",
        "lambda:DeleteFunctionUrlConfig",
        "lambda:DeleteProvisionedConcurrencyConfig",
        "lambda:DeleteResourcePolicy",
        "lambda:DisableReplication",
        "lambda:EnableReplication",
        "lambda:GetAlias",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionEventInvokeConfig",
        "lambda:GetFunctionRecursionConfig",
        "lambda:GetFunctionScalingConfig",
        "lambda:GetFunctionUrlConfig",
        "lambda:GetPolicy",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:GetResourcePolicy",
        "lambda:GetRuntimeManagementConfig",
        "lambda:InvokeAsync",
        "lambda:InvokeFunction",
        "lambda:InvokeFunctionUrl",
        "lambda:ListAliases",
        "lambda:ListDurableExecutionsByFunction",
        "lambda:ListFunctionEventInvokeConfigs",
        "lambda:ListFunctionUrlConfigs",
        "lambda:ListProvisionedConcurrencyConfigs",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
        "lambda:PublishVersion",
        "lambda:PutFunctionCodeSigningConfig",
        "lambda:PutFunctionConcurrency",
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:PutFunctionRecursionConfig",
        "lambda:PutFunctionScalingConfig",
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:PutResourcePolicy",
        "lambda:PutRuntimeManagementConfig",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateAlias",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionCodeSigningConfig",
        "lambda:UpdateFunctionConfiguration",
        "lambda:UpdateFunctionEventInvokeConfig",
        "lambda:UpdateFunctionUrlConfig",
    )
)
"""Every action on an existing function: AWS Lambda Developer Guide, "Granting Lambda function access to other accounts"."""

_POLICY_FIELDS = ("functionPolicy", "policy", "resourcePolicy")
_AUTH_TYPES = ("NONE", "AWS_IAM")
_AUTH_TYPE_KEY = "lambda:FunctionUrlAuthType"


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for function in aws.pages("lambda:ListFunctions", "Functions"):
        yield Listed(function["FunctionArn"], {"FunctionName": function["FunctionName"]})


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    name = parse_arn(arn).resource.removeprefix("function:")
    answer = aws.find("lambda:GetFunctionConfiguration", "ResourceNotFoundException", FunctionName=name)
    return Listed(arn, {"FunctionName": name}) if answer else None


def read_configuration(aws: AwsReader, function: Listed) -> Configuration:
    """The policy, and how the function URL authenticates, where the policy makes a difference of it."""
    name = function.seen["FunctionName"]
    answer = aws.find("lambda:GetPolicy", "ResourceNotFoundException", FunctionName=name)
    text = answer["Policy"] if answer else ""
    if _AUTH_TYPE_KEY.lower() not in text.lower():
        return {"functionPolicy": text}
    url = aws.find("lambda:GetFunctionUrlConfig", "ResourceNotFoundException", FunctionName=name)
    return {"functionPolicy": text, "functionUrlAuthType": url["AuthType"] if url else None}


def sources(resource: Resource) -> Sequence[Source]:
    configuration = Node(resource.configuration)
    fields = configuration.fields(*_POLICY_FIELDS, "functionUrlAuthType")
    refusals = _refusals(fields.get("functionUrlAuthType"))
    shared = policy_sources(configuration.only_one_of(*_POLICY_FIELDS))
    return [replace(each, denied_by=refusals) if _asks_for_auth_type(each.policy) else each for each in shared]


def _refusals(auth_type: Node | None) -> tuple[Policy, ...]:
    """A function URL is never called with another authentication than the one it has.

    Without a known type both are taken as possible: a URL may be added at any time, and then the policy counts.
    """
    if auth_type is None:
        return ()
    if auth_type.text() not in _AUTH_TYPES:
        raise auth_type.error(" or ".join(_AUTH_TYPES))
    another = condition("StringNotEquals", _AUTH_TYPE_KEY, auth_type.text())
    return (policy_of(deny(another, actions=("lambda:InvokeFunctionUrl",))),)


def _asks_for_auth_type(policy: Policy) -> bool:
    keys = (each.key.lower() for statement in policy.statements for each in statement.conditions)
    return _AUTH_TYPE_KEY.lower() in keys


def remedy_calls(_: AwsReader, function: Resource, new: Configuration) -> Sequence[Call]:
    """Statements are removed one by one where that is all; else the policy is put as a whole.

    Source: AWS Lambda Developer Guide, "Working with resource-based policies in Lambda".
    """
    field = next((name for name in _POLICY_FIELDS if name in function.configuration), _POLICY_FIELDS[0])
    old, text = policy_in(function.configuration, field), policy_in(new, field)
    if (gone := removed_statements(old, text)) is not None:
        parameters = [{"FunctionName": function.arn, "StatementId": sid} for sid in gone]
        return [Call("lambda:RemovePermission", each) for each in parameters]
    if not text:
        return [Call("lambda:DeleteResourcePolicy", {"ResourceArn": function.arn})]
    return [Call("lambda:PutResourcePolicy", {"ResourceArn": function.arn, "Policy": text})]


REMEDY = Remedy(remedy_calls, ("lambda:DeleteResourcePolicy", "lambda:PutResourcePolicy", "lambda:RemovePermission"))

# The API's union has no member for functions: this one is ours, in the same style.
TYPE = ResourceType(
    "AWS::Lambda::Function",
    "lambdaFunction",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("lambda:GetFunctionConfiguration", "lambda:GetFunctionUrlConfig", "lambda:GetPolicy", "lambda:ListFunctions"),
    takes_anonymous=True,
    remedy=REMEDY,
    find_resource=find_resource,
)
