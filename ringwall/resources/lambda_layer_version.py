"""AWS::Lambda::LayerVersion is shared through the policy of the version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwall.arn import parse_arn
from ringwall.errors import NotSupportedError
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
from ringwall.resources.translate import policy_sources

ACTIONS = ActionGroup(
    (
        "lambda:AddLayerVersionPermission",
        "lambda:DeleteLayerVersion",
        "lambda:GetLayerVersion",
        "lambda:GetLayerVersionPolicy",
        "lambda:RemoveLayerVersionPermission",
    )
)
"""The actions that name a layer version as their resource."""

_POLICY_FIELDS = ("layerVersionPolicy", "policy", "layerPolicy", "layerVersionPolicyDocument")


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for layer in aws.pages("lambda:ListLayers", "Layers"):
        yield from _versions(aws, layer["LayerName"])


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    """The listing of one layer; asking for the version itself would also give a link to its code."""
    name = parse_arn(arn).resource.split(":")[1]
    return next((each for each in _versions(aws, name) if each.arn == arn), None)


def _versions(aws: AwsReader, layer: str) -> Iterator[Listed]:
    for version in aws.pages("lambda:ListLayerVersions", "LayerVersions", LayerName=layer):
        yield Listed(version["LayerVersionArn"], {"LayerName": layer, "VersionNumber": version["Version"]})


def read_configuration(aws: AwsReader, version: Listed) -> Configuration:
    answer = aws.find("lambda:GetLayerVersionPolicy", "ResourceNotFoundException", **version.seen)
    return {"layerVersionPolicy": answer["Policy"] if answer else ""}


def sources(resource: Resource) -> Sequence[Source]:
    configuration = Node(resource.configuration)
    configuration.fields(*_POLICY_FIELDS)
    return policy_sources(configuration.only_one_of(*_POLICY_FIELDS))


def remedy_calls(_: AwsReader, version: Resource, new: Configuration) -> Sequence[Call]:
    """Statements can be removed one by one, and nothing else: AWS Lambda API Reference, RemoveLayerVersionPermission.

    Raises:
        NotSupportedError: something else has changed, or a statement has no Sid.
    """
    field = next((name for name in _POLICY_FIELDS if name in version.configuration), _POLICY_FIELDS[0])
    gone = removed_statements(policy_in(version.configuration, field), policy_in(new, field))
    if gone is None:
        raise NotSupportedError("of the policy of a layer version nothing but a statement with a Sid can be removed")
    name, number = parse_arn(version.arn).resource.removeprefix("layer:").split(":")
    parameters = [{"LayerName": name, "VersionNumber": int(number), "StatementId": sid} for sid in gone]
    return [Call("lambda:RemoveLayerVersionPermission", each) for each in parameters]


REMEDY = Remedy(remedy_calls, ("lambda:RemoveLayerVersionPermission",), only_statements=True)

# The API's union has no member for layer versions: this one is ours, in the same style.
TYPE = ResourceType(
    "AWS::Lambda::LayerVersion",
    "lambdaLayerVersion",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("lambda:GetLayerVersionPolicy", "lambda:ListLayerVersions", "lambda:ListLayers"),
    remedy=REMEDY,
    find_resource=find_resource,
)
