"""AWS::RDS::DBClusterSnapshot is shared through its attribute restore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.arn import parse_arn
from ringwall.resources.base import ActionGroup, AwsReader, Configuration, Listed, Resource, ResourceType, Source
from ringwall.resources.snapshots import rds_configuration, rds_remedy, rds_sources
from ringwall.resources.translate import tags_of

# No recorded answer says which actions the service reports; these two are what sharing is for.
ACTIONS = ActionGroup(("rds:CopyDBClusterSnapshot", "rds:RestoreDBClusterFromSnapshot"))
"""What an account with which a snapshot is shared can do: Amazon RDS User Guide, "Sharing a DB snapshot"."""


def list_resources(aws: AwsReader) -> Iterator[Listed]:
    """Manual snapshots only: automated ones cannot be shared."""
    for snapshot in aws.pages("rds:DescribeDBClusterSnapshots", "DBClusterSnapshots", SnapshotType="manual"):
        yield _listed(snapshot)


def find_resource(aws: AwsReader, arn: str) -> Listed | None:
    name = parse_arn(arn).resource.removeprefix("cluster-snapshot:")
    answer = aws.find(
        "rds:DescribeDBClusterSnapshots",
        "DBClusterSnapshotNotFoundFault",
        DBClusterSnapshotIdentifier=name,
        SnapshotType="manual",
    )
    return next((_listed(each) for each in answer["DBClusterSnapshots"]), None) if answer else None


def _listed(snapshot: Mapping[str, Any]) -> Listed:
    seen = {
        "DBClusterSnapshotIdentifier": snapshot["DBClusterSnapshotIdentifier"],
        "KmsKeyId": snapshot.get("KmsKeyId", ""),
    }
    return Listed(snapshot["DBClusterSnapshotArn"], seen, tags_of(snapshot.get("TagList", [])))


def read_configuration(aws: AwsReader, snapshot: Listed) -> Configuration:
    identifier = snapshot.seen["DBClusterSnapshotIdentifier"]
    answer = aws.call("rds:DescribeDBClusterSnapshotAttributes", DBClusterSnapshotIdentifier=identifier)
    attributes = answer["DBClusterSnapshotAttributesResult"].get("DBClusterSnapshotAttributes", [])
    return rds_configuration(attributes, snapshot.seen["KmsKeyId"])


def sources(resource: Resource) -> Sequence[Source]:
    return rds_sources(resource, ACTIONS.actions)


TYPE = ResourceType(
    "AWS::RDS::DBClusterSnapshot",
    "rdsDbClusterSnapshot",
    list_resources,
    read_configuration,
    sources,
    (ACTIONS,),
    ("rds:DescribeDBClusterSnapshotAttributes", "rds:DescribeDBClusterSnapshots"),
    remedy=rds_remedy("rds:ModifyDBClusterSnapshotAttribute", "DBClusterSnapshotIdentifier"),
    find_resource=find_resource,
)
