"""How far findings reach, in one word."""

import pytest

from tests.findings.sharing_cases import PARTNER, a_bucket, a_queue, findings_of, statement

CASES = [
    ({}, "public"),
    ({"Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}, "any-aws-principal"),
    ({"Condition": {"Null": {"aws:PrincipalArn": "false"}}}, "any-aws-principal"),
    ({"Principal": {"AWS": PARTNER}}, "cross-account"),
    ({"Principal": {"CanonicalUser": "c" * 64}}, "cross-account"),
    ({"Principal": {"Federated": "accounts.google.com"}}, "federated"),
    ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-theirs00"}}}, "organization"),
    ({"Condition": {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-theirs00/r-ab12/*"}}}, "organization"),
    ({"Condition": {"StringEquals": {"aws:SourceOrgID": "o-theirs00"}}}, "organization"),
    ({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, "network"),
    ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, "network"),
    ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, "network"),
    ({"Condition": {"StringEquals": {"aws:VpceOrgID": "o-theirs00"}}}, "network"),
    ({"Condition": {"StringEquals": {"aws:PrincipalAccount": PARTNER}}}, "cross-account"),
    ({"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/*"}}}, "cross-account"),
    ({"Condition": {"StringEquals": {"aws:SourceAccount": PARTNER}}}, "cross-account"),
    ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}}, "cross-account"),
    ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, "public"),
]


@pytest.mark.parametrize(("elements", "exposure"), CASES)
def test_the_word_for_a_finding(elements, exposure):
    """
    Who gets in through a statement with these elements.
    """
    [found] = findings_of(a_queue(statement(**elements)))

    assert found.exposure.value == exposure
    assert found.is_public is (exposure in ("public", "any-aws-principal"))


def test_a_statement_for_everybody_from_whom_the_anonymous_are_refused_is_for_any_aws_principal():
    """
    A Deny takes out whoever has no account.
    """
    refusal = statement(Effect="Deny", Condition={"Null": {"aws:PrincipalArn": "true"}})

    [found] = findings_of(a_bucket(statement(Action="s3:GetObject"), refusal))

    assert (found.is_public, found.exposure.value) == (True, "any-aws-principal")
