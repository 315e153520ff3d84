"""AWS::RDS::DBSnapshot is shared through its attribute restore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.arn import parse_arn
from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, Resource, ResourceType, Source
from ringwall.resources.snapshots import rds_configuration, rds_remedy, rds_sources
from ringwall.resources.translate import tags_of

# No recorded answer says which actions the service reports; these two are what sharing is for.
ACTIONS = ActionGroup(("rds:CopyDBSnapshot", "rds:RestoreDBInstanceFromDBSnapshot"))
"""What an account with which a snapshot is shared can do: Amazon RDS User Guide, "Sharing a DB snapshot"."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    """Manual snapshots only: automated ones cannot be shared."""
    for snapshot in aws.pages("rds:DescribeDBSnapshots", "DBSnapshots", SnapshotType="manual"):
        yield _listed(snapshot)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    name = parse_arn(arn).resource.removeprefix("snapshot:")
    answer = aws.find("rds:DescribeDBSnapshots", "DBSnapshotNotFound", DBSnapshotIdentifier=name, SnapshotType="manual")
    return next((_listed(each) for each in answer["DBSnapshots"]), None) if answer else None


def _listed(snapshot: Mapping[str, Any]) -> Listed:
    seen = {"DBSnapshotIdentifier": snapshot["DBSnapshotIdentifier"], "KmsKeyId": snapshot.get("KmsKeyId", "")}
    return Listed(snapshot["DBSnapshotArn"], seen, tags_of(snapshot.get("TagList", [])))


def read_configuration(aws: AwsReader, snapshot: Listed) -> Configuration:
    identifier = snapshot.seen["DBSnapshotIdentifier"]
    answer = aws.call("rds:DescribeDBSnapshotAttributes", DBSnapshotIdentifier=identifier)
    attributes = answer["DBSnapshotAttributesResult"].get("DBSnapshotAttributes", [])
    return rds_configuration(attributes, snapshot.seen["KmsKeyId"])


def sources(resource: Resource) -> Sequence[Source]:
    return rds_sources(resource, ACTIONS.actions)


TYPE = ResourceType(
    "AWS::RDS::DBSnapshot",
    "rdsDbSnapshot",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("rds:DescribeDBSnapshotAttributes", "rds:DescribeDBSnapshots"),
    remedy=rds_remedy("rds:ModifyDBSnapshotAttribute", "DBSnapshotIdentifier"),
    find_resource=find_resource,
)
