"""AWS::KMS::Key: key policies and grants."""

import json

import botocore.session
import pytest

from ringwall.errors import ConfigurationError
from ringwall.resources.kms_key import ACTIONS
from tests.resources.sharing import OUTSIDER, OWNER, a_policy, a_request, a_statement, lets_through, sources_of

KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/0d990263-018e-4e65-a703-eff731de951e"


def grant_sources(*grants, **more):
    return sources_of("AWS::KMS::Key", KEY, {"grants": list(grants), **more})


def a_grant(**changes):
    return {"granteePrincipal": OUTSIDER, "operations": ["Decrypt"], **changes}


def test_a_grant_allows_its_operations_to_the_grantee():
    """
    A grant is an Allow for the grantee, whatever the key policy allows.
    """
    [source] = grant_sources(a_grant())

    assert (source.type.value, source.place, source.text) == ("KMS_GRANT", "/grants/0", None)
    assert lets_through(source, a_request("kms:Decrypt", KEY))
    assert not lets_through(source, a_request("kms:Encrypt", KEY))
    assert not lets_through(source, a_request("kms:Decrypt", KEY, "arn:aws:iam::444455556666:role/other"))


def test_a_deny_of_the_key_policy_binds_grants():
    """
    An explicit Deny overrides what a grant allows.
    """
    policy = a_policy(a_statement(Effect="Deny", Action="kms:Decrypt"))

    key_policy, grant = grant_sources(a_grant(operations=["Decrypt", "Encrypt"]), keyPolicies={"default": policy})

    assert key_policy.place == "/keyPolicies/default"
    assert not lets_through(grant, a_request("kms:Decrypt", KEY))
    assert lets_through(grant, a_request("kms:Encrypt", KEY))


@pytest.mark.parametrize("name", ["encryptionContextEquals", "encryptionContextSubset"])
def test_an_encryption_context_binds_operations_that_have_one(name):
    """
    The constraint does not apply to DescribeKey.
    """
    grant = a_grant(operations=["Decrypt", "DescribeKey"], constraints={name: {"Department": "IT"}})

    [source] = grant_sources(grant)

    assert lets_through(source, a_request("kms:Decrypt", KEY, kms__EncryptionContext__Department="IT"))
    assert not lets_through(source, a_request("kms:Decrypt", KEY))
    assert lets_through(source, a_request("kms:DescribeKey", KEY))


def test_an_encryption_context_is_no_place_for_variables():
    """
    `${` in the value of a constraint is text.
    """
    [source] = grant_sources(a_grant(constraints={"encryptionContextEquals": {"user": "${aws:username}"}}))

    request = a_request("kms:Decrypt", KEY, kms__EncryptionContext__user="${aws:username}")
    assert lets_through(source, request)


def test_a_source_arn_binds_all_but_retiring():
    """
    A grant for one resource is of no use on behalf of another.
    """
    table = f"arn:aws:dynamodb:eu-west-1:{OWNER}:table/orders"

    [source] = grant_sources(a_grant(operations=["Decrypt", "RetireGrant"], constraints={"sourceArn": table}))

    assert lets_through(source, a_request("kms:Decrypt", KEY, aws__SourceArn=table))
    assert not lets_through(source, a_request("kms:Decrypt", KEY))
    assert lets_through(source, a_request("kms:RetireGrant", KEY))


def test_no_constraints_are_no_constraint():
    """
    An empty map of constraints is none.
    """
    [source] = grant_sources(a_grant(constraints={"encryptionContextEquals": {}}))

    assert lets_through(source, a_request("kms:Decrypt", KEY))


def test_the_retiring_principal_may_retire():
    """
    And nothing else; also where the grantee is an AWS service.
    """
    [source] = grant_sources(a_grant(granteePrincipal="dynamodb.amazonaws.com", retiringPrincipal=OUTSIDER))

    assert lets_through(source, a_request("kms:RetireGrant", KEY))
    assert not lets_through(source, a_request("kms:Decrypt", KEY))


def test_a_grant_to_a_service_is_no_source():
    """
    Services use keys on a customer's behalf through grants.
    """
    assert grant_sources(a_grant(granteePrincipal="ebs.eu-west-1.amazonaws.com")) == []


def test_without_a_policy_a_key_has_the_default_one():
    """
    It lets nobody else in.
    """
    assert sources_of("AWS::KMS::Key", KEY, {"keyPolicies": {}}) == []


@pytest.mark.parametrize(
    "configuration",
    [
        {"keyPolicies": {"other": a_policy()}},
        {"keyPolicies": {"default": ""}},
        {"grants": [{"operations": ["Decrypt"]}]},
        {"grants": [a_grant(operations=["decrypt"])]},
        {"grants": [a_grant(operations="Decrypt")]},
        {"grants": [a_grant(constraints={"encryptionContext": {}})]},
        {"grants": {"0": a_grant()}},
    ],
    ids=json.dumps,
)
def test_what_a_key_cannot_have_is_an_error(configuration):
    """
    Other policy names, an empty policy, unknown operations and constraints: none reads as "nothing is shared".
    """
    with pytest.raises(ConfigurationError, match="at `/"):
        sources_of("AWS::KMS::Key", KEY, configuration)


def test_every_grant_operation_is_an_action_of_the_type():
    """
    What a grant allows is looked at: the actions hold the API's grant operations.
    """
    operations = botocore.session.get_session().get_service_model("kms").shape_for("GrantOperation").enum

    assert {f"kms:{operation}" for operation in operations} <= set(ACTIONS.actions)
