"""The decision over all policies: which kind of policy decided. The decisions themselves are in the corpus."""

import json

import pytest

from ringwall.policy.authorize import Authorization, PolicyKind, authorize, is_service_linked, needs_resource_policy
from ringwall.policy.evaluate import Decision
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Request, parse_caller, with_derived_keys

OWNER = "111111111111"
ALICE = f"arn:aws:iam::{OWNER}:user/alice"
STRANGER = "arn:aws:iam::222222222222:role/app"


def a_statement(action="s3:*", effect="Allow", principal=None):
    """A policy of one statement on everything; with a principal where one is given."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    if principal:
        statement["Principal"] = {"AWS": principal}
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))


ALLOW, DENY, OTHER = a_statement(), a_statement(effect="Deny"), a_statement("sqs:*")


def decided(principal=ALICE, **kinds):
    """The decision and the kinds behind it, on an object of OWNER's."""
    request = with_derived_keys(Request(parse_caller(principal), "s3:GetObject", "arn:aws:s3:::b/k"))
    answer = authorize(Authorization(resource_account=OWNER, **kinds), request)
    return answer.decision, answer.decided_by


@pytest.mark.parametrize(
    ("kind", "policies"),
    [
        (PolicyKind.IDENTITY, {"identity_policies": (ALLOW, DENY)}),
        (PolicyKind.RESOURCE, {"resource_policy": DENY}),
        (PolicyKind.PERMISSIONS_BOUNDARY, {"permissions_boundary": (ALLOW, DENY)}),
        (PolicyKind.SESSION, {"session_policies": (DENY,)}),
        (PolicyKind.SERVICE_CONTROL, {"service_control_policies": ((ALLOW,), (ALLOW, DENY))}),
        (PolicyKind.RESOURCE_CONTROL, {"resource_control_policies": ((ALLOW,), (DENY,))}),
        (PolicyKind.VPC_ENDPOINT, {"vpc_endpoint_policies": (ALLOW, DENY)}),
    ],
)
def test_an_explicit_deny_of_any_kind_decides(kind, policies):
    """
    Whatever else allows, one Deny refuses, and its kind is named.
    """
    policies = {"identity_policies": (ALLOW,), **policies}

    assert decided(**policies) == (Decision.EXPLICIT_DENY, (kind,))


@pytest.mark.parametrize(
    ("kind", "policies"),
    [
        (PolicyKind.IDENTITY, {"identity_policies": (OTHER,)}),
        (PolicyKind.PERMISSIONS_BOUNDARY, {"permissions_boundary": (OTHER,)}),
        (PolicyKind.PERMISSIONS_BOUNDARY, {"permissions_boundary": ()}),
        (PolicyKind.SESSION, {"session_policies": (OTHER,)}),
        (PolicyKind.SERVICE_CONTROL, {"service_control_policies": ((ALLOW,), (OTHER,))}),
        (PolicyKind.SERVICE_CONTROL, {"service_control_policies": ((ALLOW,), ())}),
        (PolicyKind.VPC_ENDPOINT, {"vpc_endpoint_policies": ()}),
    ],
)
def test_silence_where_an_allow_is_needed_decides(kind, policies):
    """
    Each of these must allow; the one that is silent is named.
    """
    policies = {"identity_policies": (ALLOW,), **policies}

    assert decided(**policies) == (Decision.IMPLICIT_DENY, (kind,))


@pytest.mark.parametrize(
    ("principal", "kinds", "policies"),
    [
        (ALICE, (PolicyKind.IDENTITY,), {"identity_policies": (ALLOW,)}),
        (ALICE, (PolicyKind.RESOURCE,), {"resource_policy": a_statement(principal=ALICE)}),
        (f"arn:aws:iam::{OWNER}:root", (), {}),
        ("*", (PolicyKind.RESOURCE,), {"resource_policy": a_statement(principal="*")}),
        (
            STRANGER,
            (PolicyKind.IDENTITY, PolicyKind.RESOURCE),
            {"identity_policies": (ALLOW,), "resource_policy": a_statement(principal=STRANGER)},
        ),
    ],
)
def test_what_granted_is_named(principal, kinds, policies):
    """
    Across accounts it takes two kinds, within one of them one, and the root user needs none.
    """
    assert decided(principal, **policies) == (Decision.ALLOWED, kinds)


def test_without_an_owner_the_resource_says_whose_it_is():
    """
    The account in the ARN is the owner's; an ARN without one belongs to the caller.
    """
    queue = Request(parse_caller(ALICE), "sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:q")
    bucket = Request(parse_caller(ALICE), "sqs:SendMessage", "arn:aws:s3:::b")
    authorization = Authorization(resource_account="", identity_policies=(OTHER,))

    assert authorize(authorization, queue).decision is Decision.IMPLICIT_DENY
    assert authorize(authorization, bucket).decision is Decision.ALLOWED


@pytest.mark.parametrize(
    ("action", "resource", "is_needed"),
    [
        ("kms:Decrypt", f"arn:aws:kms:us-east-1:{OWNER}:key/k", True),
        ("kms:CreateKey", "*", False),
        ("sts:AssumeRole", f"arn:aws:iam::{OWNER}:role/r", True),
        ("sts:TagSession", f"arn:aws:iam::{OWNER}:role/r", True),
        ("iam:GetRole", f"arn:aws:iam::{OWNER}:role/r", False),
        ("s3:GetObject", "arn:aws:s3:::b/k", False),
    ],
)
def test_keys_and_roles_need_their_own_policy(action, resource, is_needed):
    """
    A KMS key opens by its key policy, a role by its trust policy, whoever asks.
    """
    assert needs_resource_policy(Request(parse_caller(ALICE), action, resource)) is is_needed


def test_service_linked_roles_are_known_by_their_path():
    """
    A role under /aws-service-role/ is AWS's own.
    """
    linked = f"arn:aws:iam::{OWNER}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"

    assert is_service_linked(parse_caller(linked))
    assert not is_service_linked(parse_caller(STRANGER))
