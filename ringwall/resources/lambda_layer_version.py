"""AWS::Lambda::LayerVersion is shared through the policy of the version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, Resource, ResourceType, Source
from ringwall.resources.configuration import Node
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
        name = layer["LayerName"]
        for version in aws.pages("lambda:ListLayerVersions", "LayerVersions", LayerName=name):
            yield Listed(version["LayerVersionArn"], {"LayerName": name, "VersionNumber": version["Version"]})


def read_configuration(aws: AwsReader, version: Listed) -> Configuration:
    answer = aws.find("lambda:GetLayerVersionPolicy", "ResourceNotFoundException", **version.seen)
    return {"layerVersionPolicy": answer["Policy"] if answer else ""}


def sources(resource: Resource) -> Sequence[Source]:
    configuration = Node(resource.configuration)
    configuration.fields(*_POLICY_FIELDS)
    return policy_sources(configuration.only_one_of(*_POLICY_FIELDS))


# The API's union has no member for layer versions: this one is ours, in the same style.
TYPE = ResourceType(
    "AWS::Lambda::LayerVersion",
    "lambdaLayerVersion",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("lambda:GetLayerVersionPolicy", "lambda:ListLayerVersions", "lambda:ListLayers"),
)
