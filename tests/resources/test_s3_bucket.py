"""AWS::S3::Bucket: policy, access points, Block Public Access."""

import pytest

from ringwall.errors import ConfigurationError
from ringwall.policy.parse import parse_policy
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.s3_actions import ACCESS_POINT_ACTIONS
from tests.resources.sharing import (
    OUTSIDER,
    OWNER,
    a_policy,
    a_request,
    a_statement,
    lets_through,
    sources_of,
    types_that_let_through,
)

BUCKET = "arn:aws:s3:::site"
OBJECT = f"{BUCKET}/key"
POINT = f"arn:aws:s3:eu-west-1:{OWNER}:accesspoint/door"
MULTI_REGION = f"arn:aws:s3::{OWNER}:accesspoint/mfzwi23gnjvgw.mrap"
OTHERS_POINT = "arn:aws:s3:eu-west-1:444455556666:accesspoint/theirs"

ON = {"ignorePublicAcls": True, "restrictPublicBuckets": True}
OFF = {"ignorePublicAcls": False, "restrictPublicBuckets": False}

TO_OWN_POINTS = a_statement(Condition={"StringEquals": {"s3:DataAccessPointAccount": OWNER}})
PARTNER = a_statement(Principal={"AWS": "444455556666"}, Action="s3:GetObject")


def sources(**configuration):
    return sources_of("AWS::S3::Bucket", BUCKET, configuration)


def a_read(caller=OUTSIDER, **context):
    return a_request("s3:GetObject", OBJECT, caller, **context)


def through(point, caller=OUTSIDER, *, origin="Internet", **context):
    account = point.split(":")[4]
    keys = {"s3__DataAccessPointArn": point, "s3__DataAccessPointAccount": account}
    return a_read(caller, **keys, s3__AccessPointNetworkOrigin=origin, **context)


def a_point(policy=None, **changes):
    default = a_policy(a_statement(Principal={"AWS": "444455556666"}, Resource=f"{POINT}/object/*"))
    return {"accessPointPolicy": policy or default, "publicAccessBlock": OFF, **changes}


# The bucket policy.


def test_delegating_to_own_access_points_shares_nothing_by_itself():
    """
    The usual delegation names everybody, and is not access for anybody.
    """
    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS))

    assert types_that_let_through(found, through(POINT)) == set()
    assert types_that_let_through(found, a_read()) == set()


def test_a_public_policy_is_public_without_access_points():
    """
    Whatever comes straight to the bucket is decided by its policy alone.
    """
    found = sources(bucketPolicy=a_policy(a_statement(), TO_OWN_POINTS))

    assert types_that_let_through(found, a_read("*")) == {"POLICY"}


def test_a_policy_that_does_not_speak_of_access_points_stands_alone():
    """
    No statement of ours is put beside it.
    """
    [source] = sources(bucketPolicy=a_policy(a_statement()))

    assert (source.denied_by, source.requires, source.indices) == ((), (), None)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"s3:DataAccessPointArn": f"arn:aws:s3:*:{OWNER}:accesspoint/*"}},
        {"ArnLike": {"S3:dataaccesspointarn": f"arn:aws:s3:*:{OWNER}:accesspoint/*"}},
        {"StringEquals": {"s3:DataAccessPointAccount": "${s3:DataAccessPointAccount}"}},
    ],
)
def test_own_access_points_are_known_by_arn_too(condition):
    """
    Both keys tell where a request comes from.
    """
    found = sources(bucketPolicy=a_policy(a_statement(Condition=condition)))

    assert types_that_let_through(found, through(POINT)) == set()


# Access points of the owner.


def test_an_access_point_needs_both_policies():
    """
    The access point's names the partner, the bucket's hands over to the access points.
    """
    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: a_point()})

    assert types_that_let_through(found, through(POINT)) == {"S3_ACCESS_POINT"}
    assert types_that_let_through(found, through(POINT, "arn:aws:iam::777788889999:root")) == set()
    assert types_that_let_through(found, a_read()) == set()


@pytest.mark.parametrize("policy", ["", a_policy(a_statement(Principal={"AWS": OWNER}))])
def test_without_the_bucket_an_access_point_leads_nowhere(policy):
    """
    A bucket whose policy permits nothing to outsiders has no outsiders at its access points.
    """
    found = sources(bucketPolicy=policy, accessPoints={POINT: a_point()})

    assert types_that_let_through(found, through(POINT)) == set()


def test_an_access_point_is_named_and_keeps_its_text():
    """
    A finding says which access point, and where in its policy.
    """
    point = a_point()

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: point})

    [source] = [each for each in found if each.type.value == "S3_ACCESS_POINT"]
    assert source.detail == {"accessPointArn": POINT}
    assert source.place == f"/accessPoints/{POINT.replace('/', '~1')}/accessPointPolicy"
    assert source.text == point["accessPointPolicy"]
    assert source.policy.statements[0].span == parse_policy(source.text).statements[0].span


def test_a_request_through_one_access_point_is_not_one_through_another():
    """
    What a policy allows is pinned to the access point it hangs on.
    """
    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: a_point()})

    assert types_that_let_through(found, through(POINT.replace("door", "window"))) == set()


def test_a_deny_in_the_policy_of_an_access_point_counts():
    """
    As everywhere.
    """
    policy = a_policy(a_statement(), a_statement(Effect="Deny", Resource=f"{POINT}/object/key"))

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: a_point(policy)})

    assert types_that_let_through(found, through(POINT)) == set()


def test_an_access_point_in_a_vpc_is_reached_from_there():
    """
    Its VPC is part of what it allows, and the origin is known to the bucket policy.
    """
    point = a_point(networkOrigin={"vpcConfiguration": {"vpcId": "vpc-1a2b3c4d"}})

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: point})

    inside = through(POINT, origin="VPC", aws__SourceVpc="vpc-1a2b3c4d")
    assert types_that_let_through(found, inside) == {"S3_ACCESS_POINT"}
    assert types_that_let_through(found, through(POINT, origin="VPC")) == set()
    assert types_that_let_through(found, through(POINT, aws__SourceVpc="vpc-1a2b3c4d")) == set()


def test_a_multi_region_access_point_is_an_access_point():
    """
    Its ARN has no Region.
    """
    policy = a_policy(a_statement(Resource=f"{MULTI_REGION}/object/*"))

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={MULTI_REGION: a_point(policy)})

    assert types_that_let_through(found, through(MULTI_REGION)) == {"S3_ACCESS_POINT"}


def test_actions_through_access_points_are_actions_of_the_type():
    """
    What is let through is looked at.
    """
    actions = {action for group in RESOURCE_TYPES["AWS::S3::Bucket"].action_groups for action in group.actions}

    assert set(ACCESS_POINT_ACTIONS) <= actions
    assert sorted(ACCESS_POINT_ACTIONS) == [*ACCESS_POINT_ACTIONS]


# Access points of other accounts.


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"s3:DataAccessPointAccount": "444455556666"}},
        {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:444455556666:accesspoint/*"}},
        {"ArnLike": {"s3:DataAccessPointArn": OTHERS_POINT}},
        {"ForAnyValue:StringEquals": {"s3:dataaccesspointaccount": ["444455556666"]}},
    ],
)
def test_delegating_to_another_accounts_access_points_is_a_source_of_its_own(condition):
    """
    Their policies cannot be seen: whoever the bucket policy names may come through.
    """
    found = sources(bucketPolicy=a_policy(a_statement(Condition=condition), PARTNER))

    [delegated] = [each for each in found if each.type.value == "S3_ACCESS_POINT_ACCOUNT"]
    assert delegated.detail == {"accessPointAccount": "444455556666"}
    assert delegated.place == "/bucketPolicy"
    assert lets_through(delegated, through(OTHERS_POINT, "*"))
    [rest] = [each for each in found if each.type.value == "POLICY"]
    assert (rest.index_of(0), delegated.index_of(0)) == (1, 0)
    assert not lets_through(rest, through(OTHERS_POINT, "*"))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"s3:DataAccessPointAccount": "444455556666"}},
        {"StringEqualsIfExists": {"s3:DataAccessPointAccount": "444455556666"}},
        {"ForAllValues:StringEquals": {"s3:DataAccessPointAccount": "444455556666"}},
        {"StringLike": {"s3:DataAccessPointAccount": "4444*"}},
    ],
)
def test_only_a_positive_condition_confines_to_an_account(condition):
    """
    Anything wider stays with the policy.
    """
    found = sources(bucketPolicy=a_policy(a_statement(Condition=condition)))

    assert {each.type.value for each in found} == {"POLICY"}


def test_a_statement_is_divided_between_accounts():
    """
    Each account has its own source; the owner's stays with the policy; together they are the statement.
    """
    accounts = [OWNER, "444455556666", "777788889999"]
    statement = a_statement(Condition={"StringEquals": {"s3:DataAccessPointAccount": accounts}})

    found = sources(bucketPolicy=a_policy(statement))

    assert [dict(each.detail) for each in found if each.detail] == [
        {"accessPointAccount": "444455556666"},
        {"accessPointAccount": "777788889999"},
    ]
    assert types_that_let_through(found, through(OTHERS_POINT)) == {"S3_ACCESS_POINT_ACCOUNT"}
    assert types_that_let_through(found, through(POINT)) == set()


def test_denials_bind_what_is_delegated():
    """
    The policy's Deny statements count for every source that comes from it.
    """
    delegation = a_statement(Condition={"StringEquals": {"s3:DataAccessPointAccount": "444455556666"}})

    found = sources(bucketPolicy=a_policy(delegation, a_statement(Effect="Deny", Action="s3:GetObject")))

    assert types_that_let_through(found, through(OTHERS_POINT)) == set()


def test_a_restricted_bucket_lets_only_the_account_through_its_access_points():
    """
    With RestrictPublicBuckets the public finding becomes one for the access point's account.
    """
    delegation = a_statement(Condition={"StringEquals": {"s3:DataAccessPointAccount": "444455556666"}})

    found = sources(bucketPolicy=a_policy(delegation), bucketPublicAccessBlock=ON)

    assert types_that_let_through(found, through(OTHERS_POINT, "*")) == set()
    assert types_that_let_through(found, through(OTHERS_POINT)) == {"S3_ACCESS_POINT_ACCOUNT"}


# Block Public Access.


@pytest.mark.parametrize("block", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_a_restricted_bucket_with_a_public_policy_is_closed(block):
    """
    To everybody outside, also to those that the policy names.
    """
    policy = a_policy(a_statement(), PARTNER)

    assert types_that_let_through(sources(bucketPolicy=policy), a_read()) == {"POLICY"}
    assert sources(bucketPolicy=policy, **{block: ON}) == []


@pytest.mark.parametrize("block", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_a_restricted_bucket_without_a_public_policy_stays_as_it_is(block):
    """
    The worked example: with the public statement gone, the partner is back.
    """
    found = sources(bucketPolicy=a_policy(PARTNER), **{block: ON})

    assert types_that_let_through(found, a_read()) == {"POLICY"}


def test_blocking_new_settings_changes_nothing_that_exists():
    """
    BlockPublicAcls and BlockPublicPolicy refuse changes.
    """
    block = {**OFF, "blockPublicAcls": True, "blockPublicPolicy": True}

    found = sources(bucketPolicy=a_policy(), bucketPublicAccessBlock=block)

    assert types_that_let_through(found, a_read("*")) == {"POLICY"}


@pytest.mark.parametrize(
    "configuration",
    [
        {"accessPoints": {POINT: a_point(a_policy(), publicAccessBlock=ON)}},
        {"accessPoints": {POINT: a_point(a_policy())}, "accountPublicAccessBlock": ON},
        {"accessPoints": {POINT: a_point(a_policy())}, "bucketPublicAccessBlock": ON},
        {"accessPoints": {POINT: {"accessPointPolicy": a_policy()}}},
    ],
    ids=["access point", "account", "bucket", "default of access points"],
)
def test_the_most_restrictive_setting_counts_for_an_access_point(configuration):
    """
    A public policy of an access point is closed by any of the three; by default an access point has it on.
    """
    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), **configuration)

    assert types_that_let_through(found, through(POINT)) == set()


def test_a_restricted_access_point_keeps_its_partners():
    """
    A policy that is not public is not restricted.
    """
    point = a_point(publicAccessBlock=ON)

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: point})

    assert types_that_let_through(found, through(POINT)) == {"S3_ACCESS_POINT"}


def test_an_access_point_in_a_vpc_is_never_public():
    """
    So RestrictPublicBuckets does not touch it.
    """
    point = a_point(a_policy(), publicAccessBlock=ON, networkOrigin={"vpcConfiguration": {"vpcId": "vpc-1a2b3c4d"}})

    found = sources(bucketPolicy=a_policy(TO_OWN_POINTS), accessPoints={POINT: point})

    inside = through(POINT, origin="VPC", aws__SourceVpc="vpc-1a2b3c4d")
    assert types_that_let_through(found, inside) == {"S3_ACCESS_POINT"}


@pytest.mark.parametrize(
    "configuration",
    [
        {"accessPoints": {"door": a_point()}},
        {"accessPoints": {POINT: {"policy": a_policy()}}},
        {"accessPoints": {POINT: a_point(networkOrigin={"vpcConfiguration": {}})}},
        {"accessPoints": {POINT: a_point(networkOrigin={"internetConfiguration": {}, "vpcConfiguration": {}})}},
        {"bucketPublicAccessBlock": {"restrictPublicBuckets": "true"}},
        {"accountPublicAccessBlock": {"RestrictPublicBuckets": True}},
    ],
)
def test_what_a_bucket_cannot_have_is_an_error(configuration):
    """
    Each names its place.
    """
    with pytest.raises(ConfigurationError, match="at `/"):
        sources(**configuration)
