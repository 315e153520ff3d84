"""What a resource's configuration would be, member by member: the proposed parts over the current ones and defaults.

Source: the API's descriptions of the members of `Configuration`. What an existing resource's proposal leaves out stays
as it is; what a new resource's leaves out is its type's default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.arn import Arn
from ringwall.resources.base import Configuration
from ringwall.resources.configuration import Node

_MOST_ACL_GRANTS = 100
_MOST_ACCESS_POINTS = 10
_MOST_KEY_GRANTS = 100


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed configuration, and what it is proposed for."""

    parts: Mapping[str, Node]
    """By field, those that are given."""
    current: Configuration
    """Of the existing resource; empty for a new one."""
    arn: Arn
    account: str
    """The resource's owner."""

    def of(self, field: str, default: Any) -> Any:
        """What is proposed for a field, else what it is now, else its default."""
        return self.parts[field].value if field in self.parts else self.now(field, default)

    def now(self, field: str, default: Any) -> Any:
        """What a field is now, else its default."""
        value = self.current.get(field)
        return default if value is None else value

    def text(self, field: str) -> str:
        """What is proposed for a field of text, where empty text is the same as nothing; else what it is now."""
        proposed = self.parts[field].text() if field in self.parts else ""
        return proposed or str(self.now(field, ""))

    def kept(self, *fields: str) -> dict[str, Any]:
        """What is now in fields that nobody can propose."""
        return {field: self.current[field] for field in fields if field in self.current}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the API's union `Configuration`."""

    service: str
    """The service field of its resources' ARNs."""
    resource: re.Pattern[str]
    """The resource field of its resources' ARNs."""
    fields: tuple[str, ...]
    """What can be proposed."""
    merged: Callable[[Proposal], Configuration]
    """The configuration to analyse. Raises `ConfigurationError` for what cannot be."""


def _policy(field: str) -> Callable[[Proposal], Configuration]:
    """A policy that a resource may do without: empty text deletes it."""
    return lambda proposal: {field: proposal.of(field, "")}


def _iam_role(proposal: Proposal) -> Configuration:
    trust = proposal.of("trustPolicy", "")
    if not trust:
        raise Node(trust, "/trustPolicy").error("a trust policy: a role always has one")
    return {"trustPolicy": trust}


def _secret(proposal: Proposal) -> Configuration:
    """Without a key a secret has the one that AWS manages, which its configuration does not name."""
    return {"secretPolicy": proposal.of("secretPolicy", ""), "kmsKeyId": proposal.of("kmsKeyId", "")}


def _ebs_snapshot(proposal: Proposal) -> Configuration:
    """Whether its Region blocks public snapshots counts where it is known; else it is taken not to."""
    return {
        "userIds": proposal.of("userIds", []),
        "groups": proposal.of("groups", []),
        "kmsKeyId": proposal.text("kmsKeyId"),
        **proposal.kept("blockPublicAccessState"),
    }


def _rds_snapshot(proposal: Proposal) -> Configuration:
    attributes = proposal.parts["attributes"].fields("restore") if "attributes" in proposal.parts else {}
    restore = attributes["restore"].fields("accountIds") if "restore" in attributes else {}
    shared = {"restore": {"accountIds": restore["accountIds"].value}} if "accountIds" in restore else None
    return {
        "attributes": shared if shared is not None else proposal.now("attributes", {"restore": {"accountIds": []}}),
        "kmsKeyId": proposal.text("kmsKeyId"),
    }


def _kms_key(proposal: Proposal) -> Configuration:
    if "grants" in proposal.parts:
        _check_grants(proposal.parts["grants"])
    policies = {"default": default_key_policy(proposal.arn.partition, proposal.account)}
    if "keyPolicies" in proposal.parts:
        given = proposal.parts["keyPolicies"]
        if not given.fields("default"):
            raise given.error("a policy named default, the only name there is")
    return {"keyPolicies": proposal.of("keyPolicies", policies), "grants": proposal.of("grants", [])}


def _check_grants(grants: Node) -> None:
    """KMS takes one kind of constraint on the encryption context; an empty one is none."""
    for grant in _limited(grants, _MOST_KEY_GRANTS, "grants"):
        constraints = dict(grant.entries()).get("constraints")
        given = [name for name, node in constraints.entries() if node.value] if constraints else []
        if constraints and {"encryptionContextEquals", "encryptionContextSubset"} <= set(given):
            raise constraints.error("only one of encryptionContextEquals, encryptionContextSubset")


def _limited(node: Node, most: int, what: str) -> list[Node]:
    members = list(node.members())
    if len(members) > most:
        raise node.error(f"at most {most} {what}, not {len(members)}")
    return members


def default_key_policy(partition: str, account: str) -> str:
    """The key policy that AWS KMS gives to a key that is made without one."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]})


def _block(*, is_on: bool) -> dict[str, bool]:
    return {"ignorePublicAcls": is_on, "restrictPublicBuckets": is_on}


def _s3_bucket(proposal: Proposal) -> Configuration:
    """The account's Block Public Access counts where it is known, which is for existing buckets."""
    if "bucketAclGrants" in proposal.parts:
        _limited(proposal.parts["bucketAclGrants"], _MOST_ACL_GRANTS, "grants")
    return {
        "bucketPolicy": proposal.of("bucketPolicy", ""),
        "bucketAclGrants": proposal.of("bucketAclGrants", []),
        "bucketPublicAccessBlock": proposal.of("bucketPublicAccessBlock", _block(is_on=False)),
        **proposal.kept("accountPublicAccessBlock"),
        "accessPoints": _access_points(proposal, has_block=True),
    }


def _directory_bucket(proposal: Proposal) -> Configuration:
    points = _access_points(proposal, has_block=False)
    return {"bucketPolicy": proposal.of("bucketPolicy", ""), "accessPoints": points}


def _access_points(proposal: Proposal, *, has_block: bool) -> dict[str, Any]:
    """The access points: those proposed are all there will be."""
    current = proposal.now("accessPoints", {})
    if "accessPoints" not in proposal.parts:
        return dict(current)
    node = proposal.parts["accessPoints"]
    entries = dict(node.entries())
    if len(entries) > _MOST_ACCESS_POINTS:
        raise node.error(f"at most {_MOST_ACCESS_POINTS} access points, not {len(entries)}")
    return {arn: _access_point(arn, entry, current.get(arn), has_block=has_block) for arn, entry in entries.items()}


def _access_point(arn: str, node: Node, current: Mapping[str, Any] | None, *, has_block: bool) -> dict[str, Any]:
    blocks = ("publicAccessBlock",) if has_block else ()
    given = {name: each.value for name, each in node.fields("accessPointPolicy", "networkOrigin", *blocks).items()}
    _check_origin(arn, node, given.get("networkOrigin"))
    point = {"accessPointPolicy": "", "networkOrigin": {"internetConfiguration": {}}, **(current or {}), **given}
    if has_block:
        # That of an access point without a policy was never read: it is then taken to be off, which hides nothing.
        point.setdefault("publicAccessBlock", _block(is_on=current is None))
    return point


def _check_origin(arn: str, node: Node, origin: Any) -> None:
    if arn.endswith(".mrap") and isinstance(origin, Mapping) and origin.get("vpcConfiguration") is not None:
        raise node.error("no vpcConfiguration: a Multi-Region Access Point is reached from the internet")


def _member(service: str, resource: str, merged: Callable[[Proposal], Configuration], *fields: str) -> Member:
    return Member(service, re.compile(resource), fields, merged)


def _policy_member(service: str, resource: str, field: str) -> Member:
    return _member(service, resource, _policy(field), field)


_RDS = ("attributes", "kmsKeyId")
_BUCKET = ("bucketPolicy", "bucketAclGrants", "bucketPublicAccessBlock", "accessPoints")

MEMBERS: Mapping[str, Member] = {
    "dynamodbStream": _policy_member("dynamodb", r"table/[^/]+/stream/[^/]+", "streamPolicy"),
    "dynamodbTable": _policy_member("dynamodb", r"table/[^/]+(/index/[^/]+)?", "tablePolicy"),
    "ebsSnapshot": _member("ec2", r"snapshot/[^/]+", _ebs_snapshot, "userIds", "groups", "kmsKeyId"),
    "ecrRepository": _policy_member("ecr", r"repository/.+", "repositoryPolicy"),
    "efsFileSystem": _policy_member("elasticfilesystem", r"file-system/[^/]+", "fileSystemPolicy"),
    "iamRole": _member("iam", r"role/.+", _iam_role, "trustPolicy"),
    "kmsKey": _member("kms", r"key/[^/]+", _kms_key, "keyPolicies", "grants"),
    "rdsDbClusterSnapshot": _member("rds", r"cluster-snapshot:.+", _rds_snapshot, *_RDS),
    "rdsDbSnapshot": _member("rds", r"snapshot:.+", _rds_snapshot, *_RDS),
    "s3Bucket": _member("s3", r"[^/:*]+", _s3_bucket, *_BUCKET),
    "s3ExpressDirectoryBucket": _member(
        "s3express", r"bucket/[^/]+", _directory_bucket, "bucketPolicy", "accessPoints"
    ),
    "secretsManagerSecret": _member("secretsmanager", r"secret:.+", _secret, "kmsKeyId", "secretPolicy"),
    "snsTopic": _policy_member("sns", r"[^/:]+", "topicPolicy"),
    "sqsQueue": _policy_member("sqs", r"[^/:]+", "queuePolicy"),
}
"""The members of the API's union `Configuration`, by name."""
