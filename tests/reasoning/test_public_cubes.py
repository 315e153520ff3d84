"""What is public: the limits that count as one, and whose access does not."""

import json

import pytest

from ringwall.policy.parse import parse_policy
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.public import is_public, is_public_cube

OWNER = "111111111111"


def a_label(key, text):
    return Label(key, text, dimension=key.lower())


@pytest.mark.parametrize(
    ("key", "fixed", "loose"),
    [
        ("aws:SourceVpc", "vpc-1", "vpc-*"),
        ("aws:SourceAccount", "222222222222", "2?"),
        ("aws:PrincipalOrgID", "o-a", "${aws:username}"),
        ("aws:PrincipalOrgPaths", "o-a/*", "o-*/r-a/"),
        ("aws:SourceArn", "arn:aws:s3:::a", "arn:aws:s3:::*"),
        ("aws:SourceArn", "arn:aws:sns:*:222222222222:*", "arn:aws:sns:*:2*:*"),
        ("aws:UserId", "AROAEXAMPLE:one", "AROAEXAMPLE:*"),
        ("aws:SourceIp", "198.51.100.0/24", "0.0.0.0/1"),
        ("aws:SourceIp", "8.0.0.0/8", "8.0.0.0/7"),
        ("aws:SourceIp", "2001:db8::/32", "2001:db8::/31"),
        ("aws:SourceIp", "10.0.0.0/8", "not-a-network"),
    ],
)
def test_a_fixed_value_is_a_limit_and_a_pattern_is_none(key, fixed, loose):
    """
    Each key by its own measure.
    """
    assert not is_public_cube([a_label(key, fixed)])
    assert is_public_cube([a_label(key, loose)])


def test_a_principal_that_is_named_is_no_public():
    """
    And a key that limits nothing here is left out.
    """
    assert not is_public_cube([a_label(PRINCIPAL, "222222222222")])
    assert is_public_cube([Label(PRINCIPAL, "*")])
    assert is_public_cube(
        [a_label("s3:DataAccessPointAccount", OWNER)], without=frozenset(("s3:dataaccesspointaccount",))
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": OWNER}}, False),
        ({"StringLike": {"aws:PrincipalAccount": f"{OWNER[:4]}*"}}, True),
    ],
)
def test_services_and_the_own_account_are_no_public(condition, expected):
    """
    Everybody else is.
    """
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}

    assert is_public(parse_policy(json.dumps({"Statement": statement})), owner_account=OWNER) is expected
