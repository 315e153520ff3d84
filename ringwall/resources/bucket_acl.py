"""Bucket ACLs, as policy statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwall.policy.ast import Condition, Policy, Principal, PrincipalType
from ringwall.resources.base import Resource, Source, SourceType
from ringwall.resources.configuration import Node
from ringwall.resources.translate import allow, condition, policy_of

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"

_LIST = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions")
ACTIONS = {
    "READ": _LIST,
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
    "FULL_CONTROL": (*_LIST, "s3:PutObject", "s3:GetBucketAcl", "s3:PutBucketAcl"),
}
"""What a permission on a bucket is worth to somebody who does not own it: Amazon S3 User Guide, "Mapping of ACL
permissions and access policy permissions"."""

_SIGNED = condition("Null", "aws:PrincipalArn", "false")
_GROUPS: Mapping[str, tuple[Condition, ...]] = {ALL_USERS: (), AUTHENTICATED_USERS: (_SIGNED,)}
"""The groups that mean everybody, and what a member has to bring along."""


def acl_configuration(acl: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The grants of a bucket's ACL, in the shape of the configuration, without those to its owner."""
    owner = acl.get("Owner", {}).get("ID")
    grants = [grant for grant in acl.get("Grants", []) if grant["Grantee"].get("ID") != owner or owner is None]
    return [{"permission": grant["Permission"], "grantee": _grantee(grant["Grantee"])} for grant in grants]


def _grantee(grantee: Mapping[str, Any]) -> dict[str, str]:
    return {"uri": grantee["URI"]} if "URI" in grantee else {"id": grantee["ID"]}


def acl_sources(
    grants: Node, resource: Resource, *, ignores_public: bool, denied_by: Sequence[Policy]
) -> Iterator[Source]:
    """One source per grant. An explicit Deny of the bucket policy binds ACLs too.

    Args:
        grants: the configuration's `bucketAclGrants`.
        resource: the bucket.
        ignores_public: IgnorePublicAcls holds, for the bucket or its account.
        denied_by: the bucket policy, if there is one.
    """
    for grant in grants.members():
        fields = grant.fields("permission", "grantee")
        if len(fields) != 2:
            raise grant.error("a permission and a grantee")
        actions = _actions(fields["permission"])
        for principal, conditions in _principals(fields["grantee"], ignores_public=ignores_public):
            both = (resource.arn, f"{resource.arn}/*")
            statement = allow(principal, actions, resources=both, conditions=conditions)
            yield Source(SourceType.BUCKET_ACL, grant.place, policy_of(statement), denied_by=tuple(denied_by))


def _actions(permission: Node) -> Sequence[str]:
    if (actions := ACTIONS.get(permission.text())) is None:
        raise permission.error(f"one of {', '.join(ACTIONS)}")
    return actions


def _principals(grantee: Node, *, ignores_public: bool) -> Iterator[tuple[Principal, Sequence[Condition]]]:
    """Whom a grantee stands for: nobody where it is a group of public users that is ignored, or AWS's log delivery."""
    fields = grantee.fields("id", "uri")
    if len(fields) != 1:
        raise grantee.error("one of id, uri")
    if "id" in fields:
        yield Principal(PrincipalType.CANONICAL_USER, fields["id"].text()), ()
        return
    uri = fields["uri"].text()
    if uri not in (*_GROUPS, LOG_DELIVERY):
        raise fields["uri"].error("the URI of a group that S3 knows")
    if uri in _GROUPS and not ignores_public:
        yield Principal(PrincipalType.AWS, "*"), _GROUPS[uri]
