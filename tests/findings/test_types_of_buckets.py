"""How buckets are shared: policy, ACL, Block Public Access, access points; one rule after the other."""

import pytest

from ringwall.resources.base import Resource
from tests.findings.sharing_cases import (
    AWS_ANY,
    BUCKET,
    OWNER,
    PARTNER,
    QUEUE,
    a_bucket,
    a_queue,
    access_of,
    document,
    findings_of,
    statement,
)

ALL_USERS = {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}
AUTHENTICATED = {"uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
LOG_DELIVERY = {"uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
CANONICAL = "c" * 64
PARTNER_ALONE = [({"AWS": PARTNER}, {})]
EVERYBODY = [(AWS_ANY, {})]


def granting(permission, grantee):
    return {"bucketAclGrants": [{"permission": permission, "grantee": grantee}]}


def block(**switches):
    return {"ignorePublicAcls": False, "restrictPublicBuckets": False, **switches}


# Amazon S3: ACLs


@pytest.mark.parametrize(("group", "exposure"), [(ALL_USERS, "public"), (AUTHENTICATED, "any-aws-principal")])
def test_a_grant_to_a_group_of_everybody_is_public(group, exposure):
    """
    All users are everybody; authenticated users are everybody with an account, which is just as public.
    """
    [found] = findings_of(a_bucket(**granting("READ", group)))

    assert (dict(found.principal), found.is_public, found.exposure.value) == (AWS_ANY, True, exposure)
    assert found.action == ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions")
    assert [source.as_json() for source in found.sources] == [{"type": "BUCKET_ACL"}]


def test_a_grant_to_log_delivery_is_no_finding():
    """
    The group of log delivery is an AWS service.
    """
    assert findings_of(a_bucket(**granting("WRITE", LOG_DELIVERY))) == ()


def test_a_grant_to_a_canonical_user_names_it():
    """
    The other account is known by its canonical user id alone.
    """
    [found] = findings_of(a_bucket(**granting("WRITE_ACP", {"id": CANONICAL})))

    assert (dict(found.principal), found.action) == ({"CanonicalUser": CANONICAL}, ("s3:PutBucketAcl",))


@pytest.mark.parametrize("where", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_ignored_public_acls_are_no_finding(where):
    """
    IgnorePublicAcls drops the groups of everybody, of the bucket or of the account, and spares other grantees.
    """
    grants = [{"permission": "READ", "grantee": grantee} for grantee in (ALL_USERS, AUTHENTICATED, {"id": CANONICAL})]

    found = access_of(a_bucket(bucketAclGrants=grants, **{where: block(ignorePublicAcls=True)}))

    assert found == [({"CanonicalUser": CANONICAL}, {})]


def test_a_deny_of_the_bucket_policy_binds_its_acl():
    """
    An explicit Deny overrides a grant of the ACL.
    """
    refusal = statement(Effect="Deny", Action="s3:ListBucket*")

    assert findings_of(a_bucket(refusal, **granting("READ", ALL_USERS))) == ()


def test_a_bucket_shared_by_policy_and_acl_is_one_finding_with_both_sources():
    """
    The same principal through two doors is one finding.
    """
    [found] = findings_of(a_bucket(statement(Action="s3:ListBucket", Resource=BUCKET), **granting("READ", ALL_USERS)))

    assert [source.type for source in found.sources] == ["POLICY", "BUCKET_ACL"]


# Amazon S3: Block Public Access

SERVICE_STATEMENT = statement(Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject")
PARTNER_STATEMENT = statement(Principal={"AWS": PARTNER}, Action="s3:GetObject")
PUBLIC_STATEMENT = statement(Action="s3:GetObject")


@pytest.mark.parametrize("where", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_a_restricted_public_policy_lets_no_outsider_in(where):
    """
    RestrictPublicBuckets cuts off other accounts too, as long as one statement of the policy is public.
    """
    statements = (SERVICE_STATEMENT, PARTNER_STATEMENT, PUBLIC_STATEMENT)

    assert findings_of(a_bucket(*statements, **{where: block(restrictPublicBuckets=True)})) == ()


def test_a_restricted_policy_that_is_not_public_works_as_it_says():
    """
    Without the public statement the other account is back.
    """
    resource = a_bucket(SERVICE_STATEMENT, PARTNER_STATEMENT, bucketPublicAccessBlock=block(restrictPublicBuckets=True))

    assert access_of(resource) == PARTNER_ALONE


@pytest.mark.parametrize(
    ("condition", "is_public"),
    [
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/31"}}, True),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:333333333333:t"}}, False),
        ({"StringEquals": {"aws:userid": "AROAEXAMPLEEXAMPLE123:x"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}}, True),
        ({"StringEquals": {"s3:prefix": "x"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:SourceVpc": "${aws:username}"}}, True),
    ],
)
def test_only_fixed_values_keep_a_policy_from_being_public(condition, is_public):
    """
    S3's meaning of public: see the Amazon S3 User Guide, "The meaning of public".
    """
    found = findings_of(a_bucket(statement(Action="s3:GetObject", Condition=condition)))

    assert {each.is_public for each in found if not each.error} == {is_public}


# Amazon S3: access points

POINT = f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/ap"
MULTI_REGION = f"arn:aws:s3::{OWNER}:accesspoint/m1234.mrap"
DELEGATION = statement(Action="s3:*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWNER}})
OPEN = {"publicAccessBlock": block()}
FROM_VPC = {"networkOrigin": {"vpcConfiguration": {"vpcId": "vpc-0abc1234"}}}


def through(*statements, arn=POINT, **more):
    return {"accessPoints": {arn: {"accessPointPolicy": document(*statements), **OPEN, **more}}}


def for_objects(principal, arn=POINT):
    return statement(Principal=principal, Action="s3:GetObject", Resource=f"{arn}/object/*")


def test_a_bucket_that_delegates_to_its_own_access_points_is_not_shared_by_that():
    """
    Whoever comes through needs a policy of an access point, and there is none.
    """
    assert findings_of(a_bucket(DELEGATION)) == ()


@pytest.mark.parametrize("arn", [POINT, MULTI_REGION])
def test_a_delegating_bucket_is_shared_by_the_policy_of_its_access_point(arn):
    """
    The finding names the access point, of one Region or of many.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects({"AWS": PARTNER}, arn), arn=arn)))

    assert (dict(found.principal), found.action) == ({"AWS": PARTNER}, ("s3:GetObject",))
    assert [source.as_json() for source in found.sources] == [
        {"type": "S3_ACCESS_POINT", "detail": {"accessPointArn": arn}}
    ]


def test_an_access_point_without_delegation_shares_nothing():
    """
    A request through it needs the permission of the bucket as well.
    """
    assert findings_of(a_bucket(**through(for_objects({"AWS": PARTNER})))) == ()


def test_a_bucket_policy_for_its_own_account_is_no_delegation_to_others():
    """
    The bucket lets its own account in alone; the partner's permission at the access point does not help.
    """
    own = statement(Principal={"AWS": OWNER}, Action="s3:*")

    assert findings_of(a_bucket(own, **through(for_objects({"AWS": PARTNER})))) == ()


def test_a_public_access_point_is_public():
    """
    Everybody at an access point of the internet, whose blocks are off.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects("*"))))

    assert (dict(found.principal), found.is_public) == (AWS_ANY, True)


def test_an_access_point_of_a_vpc_is_never_public():
    """
    Everybody who is in the VPC gets in, which is somebody outside, but not the public.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects("*"), **FROM_VPC)))

    assert (dict(found.principal), dict(found.condition)) == (AWS_ANY, {"aws:SourceVpc": "vpc-0abc1234"})
    assert found.is_public is False


def test_an_access_point_that_restricts_public_policies_lets_nobody_in_through_one():
    """
    Its own RestrictPublicBuckets is on unless the configuration says otherwise.
    """
    points = {"accessPoints": {POINT: {"accessPointPolicy": document(for_objects("*"))}}}

    assert findings_of(a_bucket(DELEGATION, **points)) == ()


THEIRS = statement(Action="s3:GetObject", Condition={"StringEquals": {"s3:DataAccessPointAccount": PARTNER}})


def test_delegation_to_the_access_points_of_another_account_is_public():
    """
    Their policies cannot be seen: they may let in anybody.
    """
    [found] = findings_of(a_bucket(THEIRS))

    assert (dict(found.principal), found.is_public) == (AWS_ANY, True)
    assert [source.as_json() for source in found.sources] == [
        {"type": "S3_ACCESS_POINT_ACCOUNT", "detail": {"accessPointAccount": PARTNER}}
    ]


def test_restricted_delegation_to_the_access_points_of_another_account_is_for_that_account():
    """
    With RestrictPublicBuckets what is left is the account of the access points.
    """
    [found] = findings_of(a_bucket(THEIRS, bucketPublicAccessBlock=block(restrictPublicBuckets=True)))

    assert found.is_public is False
    assert found.exposure.value == "cross-account"
    assert PARTNER in (found.principal.get("AWS"), found.condition.get("aws:PrincipalAccount"))
    assert found.sources[0].type == "S3_ACCESS_POINT_ACCOUNT"


def test_a_session_of_a_directory_bucket_is_told_with_its_mode():
    """
    `s3express:SessionMode` is a condition that readers need to know.
    """
    arn = f"arn:aws:s3express:us-east-1:{OWNER}:bucket/b--use1-az4--x-s3"
    read_only = {"StringEquals": {"s3express:SessionMode": "ReadOnly"}}
    policy = document(statement(Principal={"AWS": PARTNER}, Action="s3express:CreateSession", Condition=read_only))
    resource = Resource(arn, "AWS::S3Express::DirectoryBucket", OWNER, "us-east-1", {"bucketPolicy": policy})

    assert access_of(resource) == [({"AWS": PARTNER}, {"s3express:SessionMode": "ReadOnly"})]


# What all policies have in common


def test_a_statement_about_another_resource_shares_nothing():
    """
    A policy hangs on one resource; what it says of others has no effect.
    """
    assert findings_of(a_queue(statement(Resource=QUEUE + "2"))) == ()


def test_an_object_action_on_the_bucket_itself_grants_nothing():
    """
    `s3:GetObject` works on objects.
    """
    assert findings_of(a_bucket(statement(Action="s3:GetObject", Resource=BUCKET))) == ()
    assert findings_of(a_bucket(statement(Action="s3:ListBucket", Resource=f"{BUCKET}/*"))) == ()
