"""AWS::EC2::Snapshot is shared through its attribute createVolumePermission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.arn import parse_arn
from ringwall.errors import CollectionError
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
from ringwall.resources.remedies import name_of
from ringwall.resources.snapshots import EVERYBODY, is_encrypted, moved, shares
from ringwall.resources.translate import tags_of

# No recorded answer says which actions the service reports; these two are what sharing is for.
ACTIONS = ActionGroup(("ec2:CopySnapshot", "ec2:CreateVolume"))
"""What an account with which a snapshot is shared can do: Amazon EBS User Guide, "Share an Amazon EBS snapshot"."""

_BLOCK_STATES = ("unblocked", "block-new-sharing", "block-all-sharing")


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    for snapshot in aws.pages("ec2:DescribeSnapshots", "Snapshots", OwnerIds=["self"]):
        yield _listed(f"arn:{aws.partition}:ec2:{aws.region}::snapshot/{snapshot['SnapshotId']}", snapshot)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    identifier = parse_arn(arn).resource.removeprefix("snapshot/")
    answer = aws.find("ec2:DescribeSnapshots", "InvalidSnapshot.NotFound", OwnerIds=["self"], SnapshotIds=[identifier])
    return next((_listed(arn, each) for each in answer["Snapshots"]), None) if answer else None


def _listed(arn: str, snapshot: Mapping[str, Any]) -> Listed:
    seen = {"SnapshotId": snapshot["SnapshotId"], "KmsKeyId": snapshot.get("KmsKeyId", "")}
    return Listed(arn, seen, tags_of(snapshot.get("Tags", [])))


def read_configuration(aws: AwsReader, snapshot: Listed) -> Configuration:
    answer = aws.call(
        "ec2:DescribeSnapshotAttribute", SnapshotId=snapshot.seen["SnapshotId"], Attribute="createVolumePermission"
    )
    permissions = answer.get("CreateVolumePermissions", [])
    configuration: dict[str, Any] = {
        "userIds": [each["UserId"] for each in permissions if "UserId" in each],
        "groups": [each["Group"] for each in permissions if "Group" in each],
        "kmsKeyId": snapshot.seen["KmsKeyId"],
    }
    return {**configuration, **_block_state(aws)} if configuration["groups"] else configuration


def _block_state(aws: AwsReader) -> dict[str, str]:
    """Whether the Region blocks public snapshots; nothing where that cannot be read, which hides no access."""
    try:
        return {"blockPublicAccessState": aws.call("ec2:GetSnapshotBlockPublicAccessState")["State"]}
    except CollectionError:
        return {}


def sources(resource: Resource) -> Sequence[Source]:
    fields = Node(resource.configuration).fields("userIds", "groups", "kmsKeyId", "blockPublicAccessState")
    groups = [*fields["groups"].members()] if "groups" in fields else []
    for group in groups:
        if group.text() != EVERYBODY:
            raise group.error(f"`{EVERYBODY}`, the only group there is")
    accounts = [*fields["userIds"].members()] if "userIds" in fields else []
    is_public = not is_encrypted(fields.get("kmsKeyId")) and not _is_blocked(fields.get("blockPublicAccessState"))
    return list(shares([*accounts, *groups], resource, ACTIONS.actions, is_public=is_public))


def _is_blocked(state: Node | None) -> bool:
    """Whether public snapshots of the Region are private in fact: Amazon EBS User Guide, "Block public access"."""
    if state is None:
        return False
    if state.text() not in _BLOCK_STATES:
        raise state.error(f"one of {', '.join(_BLOCK_STATES)}")
    return state.text() == "block-all-sharing"


def remedy_calls(_: AwsReader, snapshot: Resource, new: Configuration) -> Sequence[Call]:
    """What comes, and then what goes: one call cannot do both. Source: EC2 API Reference, ModifySnapshotAttribute."""
    names = {"userIds": "UserIds", "groups": "GroupNames"}
    changes = {names[field]: moved(snapshot.configuration.get(field), new.get(field)) for field in names}
    identifier = {"SnapshotId": name_of(snapshot), "Attribute": "createVolumePermission"}
    calls = []
    for which, operation in enumerate(("add", "remove")):
        if entries := {name: both[which] for name, both in changes.items() if both[which]}:
            parameters = {**identifier, "OperationType": operation, **entries}
            calls.append(Call("ec2:ModifySnapshotAttribute", parameters))
    return calls


REMEDY = Remedy(remedy_calls, ("ec2:ModifySnapshotAttribute",))

TYPE = ResourceType(
    "AWS::EC2::Snapshot",
    "ebsSnapshot",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("ec2:DescribeSnapshotAttribute", "ec2:DescribeSnapshots", "ec2:GetSnapshotBlockPublicAccessState"),
    remedy=REMEDY,
    find_resource=find_resource,
)
