"""AWS::IAM::Role is shared through its trust policy alone; what the role may do then is another question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, ResourceType, Scope
from ringwall.resources.configuration import policy_text
from ringwall.resources.remedies import name_of, policy_remedy
from ringwall.resources.translate import policy_alone, tags_of

ACTIONS = ActionGroup(
    (
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:SetContext",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    )
)
"""The actions that name a role as their resource: Service Authorization Reference, AWS Security Token Service."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    """The listing holds the trust policies already: reading costs no call."""
    for role in aws.pages("iam:GetAccountAuthorizationDetails", "RoleDetailList", Filter=["Role"]):
        yield _listed(role)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    answer = aws.find("iam:GetRole", "NoSuchEntity", RoleName=arn.rsplit("/", 1)[-1])
    return _listed(answer["Role"]) if answer else None


def _listed(role: Mapping[str, Any]) -> Listed:
    trust = policy_text(role["AssumeRolePolicyDocument"])
    return Listed(role["Arn"], {"AssumeRolePolicyDocument": trust}, tags_of(role.get("Tags", [])))


def read_configuration(_: AwsReader, role: Listed) -> Configuration:
    return {"trustPolicy": role.seen["AssumeRolePolicyDocument"]}


# A role always has a trust policy: IAM API Reference, UpdateAssumeRolePolicy.
REMEDY = policy_remedy(
    "trustPolicy",
    ("iam:UpdateAssumeRolePolicy", lambda resource, text: {"RoleName": name_of(resource), "PolicyDocument": text}),
)

TYPE = ResourceType(
    "AWS::IAM::Role",
    "iamRole",
    list_resources,
    read_configuration,
    policy_alone("trustPolicy"),
    (ACTIONS,),
    ("iam:GetAccountAuthorizationDetails", "iam:GetRole"),
    Scope.GLOBAL,
    remedy=REMEDY,
    find_resource=find_resource,
)
