"""ACLs of buckets."""

import pytest

from ringwall.errors import ConfigurationError
from ringwall.policy.request import Caller, CallerKind
from ringwall.resources.bucket_acl import ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY, acl_configuration
from tests.resources.sharing import OUTSIDER, a_policy, a_request, a_statement, lets_through, sources_of

BUCKET = "arn:aws:s3:::site"
CANONICAL_ID = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def acl_sources(*grants, **more):
    configuration = {"bucketAclGrants": [{"permission": p, "grantee": g} for p, g in grants], **more}
    return [each for each in sources_of("AWS::S3::Bucket", BUCKET, configuration) if each.type.value == "BUCKET_ACL"]


@pytest.mark.parametrize(
    ("permission", "actions"),
    [
        ("READ", {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"}),
        ("WRITE", {"s3:PutObject"}),
        ("READ_ACP", {"s3:GetBucketAcl"}),
        ("WRITE_ACP", {"s3:PutBucketAcl"}),
    ],
)
def test_a_permission_is_worth_some_actions(permission, actions):
    """
    As the guide maps them; FULL_CONTROL is all of them together.
    """
    [single] = acl_sources((permission, {"uri": ALL_USERS}))
    [full] = acl_sources(("FULL_CONTROL", {"uri": ALL_USERS}))

    found = {each.text for each in single.policy.statements[0].actions.members}
    assert found == actions
    assert found <= {each.text for each in full.policy.statements[0].actions.members}


@pytest.mark.parametrize(("group", "anonymous"), [(ALL_USERS, True), (AUTHENTICATED_USERS, False)])
def test_groups_are_everybody_or_everybody_with_an_account(group, anonymous):
    """
    Authenticated users are those of all accounts, not of one's own.
    """
    [source] = acl_sources(("READ", {"uri": group}))

    assert lets_through(source, a_request("s3:ListBucket", BUCKET, OUTSIDER))
    assert lets_through(source, a_request("s3:ListBucket", BUCKET, "*")) is anonymous


def test_a_canonical_user_is_an_account():
    """
    Nobody but its holder comes through.
    """
    [source] = acl_sources(("WRITE", {"id": CANONICAL_ID}))

    holder = Caller(CallerKind.ROOT, arn="arn:aws:iam::444455556666:root", canonical_id=CANONICAL_ID)
    assert lets_through(source, a_request("s3:PutObject", f"{BUCKET}/key", holder))
    assert not lets_through(source, a_request("s3:PutObject", f"{BUCKET}/key", OUTSIDER))


def test_log_delivery_is_a_service():
    """
    Not somebody outside.
    """
    assert acl_sources(("WRITE", {"uri": LOG_DELIVERY})) == []


@pytest.mark.parametrize("block", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_public_grants_can_be_ignored(block):
    """
    IgnorePublicAcls, for the bucket or the account, drops the two groups and keeps single accounts.
    """
    grants = [("READ", {"uri": ALL_USERS}), ("READ", {"uri": AUTHENTICATED_USERS}), ("READ", {"id": CANONICAL_ID})]

    [source] = acl_sources(*grants, **{block: {"ignorePublicAcls": True, "restrictPublicBuckets": False}})

    assert source.place == "/bucketAclGrants/2"


def test_a_deny_of_the_bucket_policy_binds_the_acl():
    """
    Also where RestrictPublicBuckets leaves nothing of what the policy allows.
    """
    policy = a_policy(a_statement(), a_statement(Effect="Deny", Action="s3:ListBucket"))
    block = {"ignorePublicAcls": False, "restrictPublicBuckets": True}

    [source] = acl_sources(("FULL_CONTROL", {"uri": ALL_USERS}), bucketPolicy=policy, bucketPublicAccessBlock=block)

    assert not lets_through(source, a_request("s3:ListBucket", BUCKET))
    assert lets_through(source, a_request("s3:GetBucketAcl", BUCKET))


@pytest.mark.parametrize(
    "grant",
    [
        ("ALL", {"uri": ALL_USERS}),
        ("READ", {"uri": "http://acs.amazonaws.com/groups/global/Everybody"}),
        ("READ", {"uri": ALL_USERS, "id": CANONICAL_ID}),
        ("READ", {}),
        ("READ", {"emailAddress": "someone@example.com"}),
        ("READ", None),
    ],
)
def test_what_a_grant_cannot_be_is_an_error(grant):
    """
    Unknown permissions, groups and grantees never read as "nobody".
    """
    with pytest.raises(ConfigurationError, match="/bucketAclGrants/0"):
        acl_sources(grant)


def test_the_owner_is_left_out_of_what_is_collected():
    """
    The owner's own grant shares nothing.
    """
    acl = {
        "Owner": {"ID": "me"},
        "Grants": [
            {"Grantee": {"ID": "me", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
            {"Grantee": {"ID": "you", "Type": "CanonicalUser"}, "Permission": "READ"},
        ],
    }

    assert acl_configuration(acl) == [{"permission": "READ", "grantee": {"id": "you"}}]
