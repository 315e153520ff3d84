"""What limits access to fixed values, and what Amazon S3 calls a public policy."""

import json

import pytest

from ringwall.policy.ast import Principal, PrincipalType
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.public import is_public, is_public_cube, limits_access, limits_of, names_somebody
from ringwall.reasoning.values import PRESENT

OWNER = "111122223333"
OTHER = "444455556666"


def policy_of(*statements):
    default = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    written = [{**default, **({} if "NotPrincipal" in each else {"Principal": "*"}), **each} for each in statements]
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": written}))


def condition(operator, key, value):
    return {"Condition": {operator: {key: value}}}


def test_the_limits_are_in_the_words_of_the_policy():
    """
    All fixed principals make one statement, and the fixed values of a key under an operator another; a negated operator
    names the same values, and what is not fixed is left out.
    """
    policy = policy_of(
        {"Principal": {"AWS": OTHER}},
        condition("StringLike", "aws:SourceVpc", ["vpc-1", "vpc-*"]),
        {"Effect": "Deny", **condition("NotIpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"])},
    )

    principals, vpc, address = limits_of(policy).statements

    assert principals.principals.members == (Principal(PrincipalType.AWS, OTHER),)
    assert [str(each.operator) for each in (*vpc.conditions, *address.conditions)] == ["StringLike", "IpAddress"]
    assert [each.values for each in (*vpc.conditions, *address.conditions)] == [("vpc-1",), ("203.0.113.0/24",)]


def test_keys_that_limit_nothing_here_are_left_out():
    """
    A key of `without` gives no limit.
    """
    policy = policy_of(condition("StringEquals", "aws:SourceVpc", "vpc-1"))

    assert limits_of(policy, without=frozenset(("aws:sourcevpc",))).statements == ()


@pytest.mark.parametrize(
    ("network", "limits"),
    [
        ("203.0.113.5", True),
        ("11.0.0.0/8", True),
        ("10.0.0.0/7", False),
        ("0.0.0.0/0", False),
        ("240.0.0.0/4", False),
        ("2001:db8::/32", True),
        ("2001:db8::/31", False),
        ("::/0", False),
        ("203.0.113.*", False),
        ("", False),
    ],
)
def test_networks_wider_than_slash_8_are_the_public(network, limits):
    """
    The widest networks that limit are /8, and /32 in IPv6.
    """
    assert limits_access("aws:SourceIp", network) is limits


@pytest.mark.parametrize(
    ("principal", "somebody"),
    [
        (Principal(PrincipalType.AWS, "*"), False),
        (Principal(PrincipalType.AWS, OWNER), True),
        (Principal(PrincipalType.SERVICE, "*"), False),
        (Principal(PrincipalType.SERVICE, "sns.amazonaws.com"), True),
        (Principal(PrincipalType.CANONICAL_USER, "c" * 64), True),
        (Principal(PrincipalType.FEDERATED, f"arn:aws:iam::{OWNER}:saml-provider/staff"), True),
        (Principal(PrincipalType.FEDERATED, f"arn:aws:iam::{OWNER}:oidc-provider/example.com"), False),
        (Principal(PrincipalType.FEDERATED, "accounts.google.com"), False),
    ],
)
def test_who_is_somebody(principal, somebody):
    """
    Fixed principals are somebody, but for providers through which anybody may come.
    """
    assert names_somebody(principal) is somebody


def test_a_cube_and_a_policy_share_what_limits():
    """
    A cube with a label that limits is not public; one with a label that does not is.
    """
    anyone = Label(PRINCIPAL, "*", "AWS")
    labels = {text: Label("aws:SourceVpc", text, "", "aws:sourcevpc", PRESENT) for text in ("vpc-1", "vpc-*")}

    assert not is_public_cube([anyone, labels["vpc-1"]])
    assert is_public_cube([anyone, labels["vpc-*"]])
    assert is_public_cube([anyone, labels["vpc-1"]], without=frozenset(("aws:sourcevpc",)))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([{}], True),
        ([{"Principal": {"AWS": OTHER}}], False),
        ([{"Principal": {"AWS": OTHER}}, {}], True),
        ([{"NotPrincipal": {"AWS": OTHER}}], True),
        ([{"Principal": {"Service": "sns.amazonaws.com"}}], False),
        ([{"Principal": {"Federated": "cognito-identity.amazonaws.com"}}], False),
        ([condition("Bool", "aws:PrincipalIsAWSService", "true")], False),
        ([condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWNER}:*")], False),
        ([condition("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}")], False),
        ([condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x")], True),
        ([condition("StringLike", "aws:SourceVpc", "vpc-*")], True),
        ([{}, {"Effect": "Deny", **condition("StringNotEquals", "aws:SourceVpc", "vpc-1")}], False),
        ([{}, {"Effect": "Deny", **condition("StringNotEquals", "aws:PrincipalAccount", OWNER)}], False),
        ([{"Effect": "Deny"}], False),
    ],
    ids=str,
)
def test_what_amazon_s3_calls_public(statements, expected):
    """
    A bucket policy is public unless all that it allows is limited to fixed values, to the owner, or to AWS services.
    """
    policy = policy_of(*statements)

    assert is_public(policy, owner_account=OWNER) is expected


def test_an_access_point_does_not_limit_itself():
    """
    `s3:DataAccessPointArn` limits in a bucket's policy and not in an access point's.
    """
    policy = policy_of(condition("ArnLike", "s3:DataAccessPointArn", f"arn:aws:s3:*:{OTHER}:accesspoint/*"))

    assert not is_public(policy, owner_account=OWNER)
    assert is_public(policy, owner_account=OWNER, in_access_point=True)
