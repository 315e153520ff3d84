"""When it is proven that access only became narrower."""

import json
from dataclasses import replace

import pytest

from ringwall.findings.finding import Exposure, Finding, RestrictionType, StatementReference
from ringwall.findings.narrowing import is_proven

BUCKET = "arn:aws:s3:::project-xyz-downloads"
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": f"{BUCKET}/*"}
PARTNER = EVERYONE | {"Principal": {"AWS": "999988887777"}, "Action": "s3:GetObject"}


def a_finding(statement, **changes):
    reference = StatementReference("POLICY", "/bucketPolicy", 0, text=json.dumps(statement))
    principal = {"AWS": "*"} if statement.get("Principal") == "*" else {"AWS": "999988887777"}
    finding = Finding(
        BUCKET,
        "AWS::S3::Bucket",
        "444455556666",
        "eu-west-1",
        principal,
        ("s3:GetObject",),
        exposure=Exposure.PUBLIC if principal["AWS"] == "*" else Exposure.CROSS_ACCOUNT,
        resource_control_policy_restriction=RestrictionType.NOT_APPLICABLE,
        allowed_by=(reference,),
    )
    return replace(finding, **changes)


def a_document(*statements):
    return {"/bucketPolicy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}


def proven(wide, narrow, actions=("s3:GetObject",)):
    """Whether access by the statement `narrow` is proven to be within that by `wide`."""
    return is_proven(a_finding(wide), a_document(wide), a_finding(narrow), a_document(narrow), actions)


@pytest.mark.parametrize(
    "narrow",
    [
        PARTNER,
        PARTNER | {"Principal": {"AWS": ["999988887777", "arn:aws:iam::111111111111:role/r"]}},
        PARTNER | {"Resource": [f"{BUCKET}/public/*", f"{BUCKET}/index.html"]},
        PARTNER | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        EVERYONE | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
    ],
)
def test_a_statement_takes_in_what_asks_for_more(narrow):
    """
    Fewer principals, fewer resources, more conditions.
    """
    assert proven(EVERYONE, narrow)


@pytest.mark.parametrize(
    "wide",
    [
        EVERYONE | {"Resource": f"{BUCKET}/public/*"},
        EVERYONE | {"Resource": f"{BUCKET}/?*"},
        EVERYONE | {"Resource": "arn:*"},
        EVERYONE | {"Resource": f"{BUCKET}/${{aws:username}}*"},
        EVERYONE | {"Action": "s3:GetObjectVersion"},
        EVERYONE | {"Condition": {"StringEquals": {"aws:UserAgent": "browser"}}},
        {key: value for key, value in EVERYONE.items() if key != "Action"} | {"NotAction": "s3:PutObject"},
        {key: value for key, value in EVERYONE.items() if key != "Resource"} | {"NotResource": f"{BUCKET}/secret"},
        {key: value for key, value in EVERYONE.items() if key != "Principal"} | {"NotPrincipal": {"AWS": "1" * 12}},
    ],
)
def test_what_may_leave_something_out_proves_nothing(wide):
    """
    Fewer resources, more conditions, or more than is easy to say.
    """
    assert not proven(wide, PARTNER)


def test_without_actions_nothing_is_proven():
    """
    A change that names no action is one that too little is known of.
    """
    assert not proven(EVERYONE, PARTNER, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"resource_control_policy_restriction": RestrictionType.APPLICABLE},
        {"resource_control_policy_restriction": RestrictionType.FAILED_TO_EVALUATE_RCP},
        {"blocked_by": (StatementReference("RCP", "p-1", 0),)},
        {"allowed_by": ()},
        {"allowed_by": (StatementReference("S3_ACCESS_POINT", "/x", 0, text=json.dumps(EVERYONE)),)},
        {"allowed_by": (StatementReference("POLICY", "/other", 0, text=json.dumps(EVERYONE)),)},
        {"allowed_by": (StatementReference("POLICY", "/bucketPolicy", 0),)},
    ],
)
def test_a_finding_that_more_than_its_statement_decides_proves_nothing(changes):
    """
    Control policies and access points may have refused before what is allowed now.
    """
    assert not is_proven(
        a_finding(EVERYONE, **changes), a_document(EVERYONE), a_finding(PARTNER), a_document(PARTNER), ["s3:GetObject"]
    )


def test_access_of_unknown_origin_proves_nothing():
    """
    There has to be a statement to compare.
    """
    narrow = a_finding(PARTNER, allowed_by=())

    assert not is_proven(a_finding(EVERYONE), a_document(EVERYONE), narrow, a_document(PARTNER), ["s3:GetObject"])


def test_a_policy_that_is_not_at_hand_proves_nothing():
    """
    It may hold a Deny.
    """
    assert not is_proven(a_finding(EVERYONE), {}, a_finding(PARTNER), a_document(PARTNER), ["s3:GetObject"])


def test_everyone_with_an_account_is_not_everyone():
    """
    Who signs nothing was kept out before.
    """
    wide = a_finding(EVERYONE, exposure=Exposure.ANY_AWS_PRINCIPAL)
    narrow = EVERYONE | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}

    assert not is_proven(wide, a_document(EVERYONE), a_finding(narrow), a_document(narrow), ["s3:GetObject"])


@pytest.mark.parametrize(("stays", "expected"), [(True, True), (False, False)])
def test_a_deny_has_to_stay(stays, expected):
    """
    What it refused before would be new, if it went.
    """
    deny = EVERYONE | {"Effect": "Deny", "Resource": f"{BUCKET}/drafts/*"}
    new = a_document(PARTNER, deny) if stays else a_document(PARTNER)

    assert (
        is_proven(a_finding(EVERYONE), a_document(EVERYONE, deny), a_finding(PARTNER), new, ["s3:GetObject"])
        is expected
    )


def test_a_policy_that_cannot_be_read_proves_nothing():
    """
    It may refuse anything.
    """
    assert not is_proven(
        a_finding(EVERYONE), {"/bucketPolicy": "{"}, a_finding(PARTNER), a_document(PARTNER), ["s3:GetObject"]
    )
