"""What resource control policies say of findings."""

import json
from dataclasses import replace

import pytest

from ringwall.findings.finding import RestrictionType
from ringwall.findings.organization import OrganizationPolicy
from ringwall.resources.base import Resource
from tests.findings.sharing_cases import (
    MEMBER,
    OWN,
    OWNER,
    PARTNER,
    QUEUE,
    a_queue,
    document,
    findings_of,
    statement,
    zone,
)

FULL_ACCESS = OrganizationPolicy("RCPFullAWSAccess", document(statement(Principal="*")), (OWNER, MEMBER))
IDENTITY_ONLY = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"}}
TO_PARTNER = a_queue(statement(Principal={"AWS": PARTNER}, Action=["sqs:SendMessage", "sqs:ReceiveMessage"]))
TO_ALL = a_queue(statement(Action="sqs:SendMessage"))


def refusal(**elements):
    return statement(Effect="Deny", **elements)


def under(*documents, targets=(OWNER,), management="999999999999", unreadable=None):
    """A zone of the organization with these RCPs, whose management account is another one."""
    attached = tuple(OrganizationPolicy(f"p{index}", each, targets) for index, each in enumerate(documents))
    organization = replace(
        OWN,
        management_account_id=management,
        resource_control_policies=(FULL_ACCESS, *attached),
        unreadable=unreadable,
    )
    return zone(organization=organization, type_="ORGANIZATION")


def told(resource, within):
    [found] = findings_of(resource, within)
    return found.resource_control_policy_restriction, [each.place for each in found.blocked_by]


def test_without_an_organization_no_policy_applies():
    """
    The restriction is said all the same.
    """
    assert told(TO_PARTNER, zone()) == (RestrictionType.NOT_APPLICABLE, [])


def test_full_access_restricts_nothing():
    """
    The policy that is attached everywhere allows everything.
    """
    assert told(TO_PARTNER, under()) == (RestrictionType.NOT_APPLICABLE, [])


@pytest.mark.parametrize("targets", [(OWNER,), ("o-own",), ("r-root",), ("o-own/r-root/",), ("o-own/r-root",)])
def test_a_policy_for_the_account_or_above_blocks_the_access_it_denies(targets):
    """
    The finding stays, marked, and names the statement.
    """
    within = under(document(refusal(Action="sqs:*", Condition=IDENTITY_ONLY, Sid="EnforceOrg")), targets=targets)

    [found] = findings_of(TO_PARTNER, within)

    assert found.resource_control_policy_restriction is RestrictionType.APPLICABLE
    assert [(each.source, each.place, each.index, each.sid) for each in found.blocked_by] == [
        ("RESOURCE_CONTROL_POLICY", "p0", 0, "EnforceOrg")
    ]


@pytest.mark.parametrize("targets", [(MEMBER,), ("o-own/r-root/ou-a/",), ("ou-a",), (), ("o-other",), ("o-own/r",)])
def test_a_policy_for_others_says_nothing_of_the_account(targets):
    """
    It is attached to another account, to a unit beside it, or to nothing.
    """
    within = under(document(refusal(Action="sqs:*", Condition=IDENTITY_ONLY)), targets=targets)

    assert told(TO_PARTNER, within) == (RestrictionType.NOT_APPLICABLE, [])


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "s3:*"},
        {"Action": "sqs:DeleteQueue"},
        {"Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:another"},
        {"Action": "sqs:*", "NotResource": QUEUE, "Resource": None},
    ],
)
def test_a_policy_about_other_services_or_resources_is_not_applicable(elements):
    """
    It cannot affect what outsiders can do with this queue.
    """
    assert told(TO_PARTNER, under(document(refusal(**elements)))) == (RestrictionType.NOT_APPLICABLE, [])


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": "sqs:SendMessage"},
        {"Action": "sqs:*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
        {"Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Action": "sqs:*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": PARTNER}}},
    ],
)
def test_access_that_is_blocked_in_part_is_not_blocked(elements):
    """
    Some request still gets through.
    """
    assert told(TO_PARTNER, under(document(refusal(**elements)))) == (RestrictionType.APPLICABLE, [])


def test_two_policies_may_block_together():
    """
    Each refuses one of the two actions.
    """
    within = under(document(refusal(Action="sqs:SendMessage")), document(refusal(Action="sqs:ReceiveMessage")))

    assert told(TO_PARTNER, within) == (RestrictionType.APPLICABLE, ["p0", "p1"])


def test_statements_that_are_not_needed_are_not_named():
    """
    One suffices.
    """
    within = under(document(refusal(Action="sqs:SendMessage"), refusal(Action="sqs:*")))

    [found] = findings_of(TO_PARTNER, within)

    assert [each.index for each in found.blocked_by] == [1]


def test_the_public_is_blocked_by_a_policy_for_the_organization_alone():
    """
    Also the anonymous, who have no organization.
    """
    within = under(document(refusal(Action="sqs:*", Condition=IDENTITY_ONLY)))

    assert told(TO_ALL, within) == (RestrictionType.APPLICABLE, ["p0"])


def test_a_policy_that_asks_for_the_key_spares_the_anonymous():
    """
    With `Null: false` whoever has no organization gets through.
    """
    condition = {"StringNotEquals": {"aws:PrincipalOrgID": "o-own"}, "Null": {"aws:PrincipalOrgID": "false"}}

    assert told(TO_ALL, under(document(refusal(Action="sqs:*", Condition=condition)))) == (
        RestrictionType.APPLICABLE,
        [],
    )


def test_members_are_not_blocked_by_a_policy_for_outsiders():
    """
    In the zone of one account a finding about another member says that it is not blocked.
    """
    within = under(document(refusal(Action="sqs:*", Condition=IDENTITY_ONLY)))
    account = zone(organization=within.organization)
    to_member = a_queue(statement(Principal={"AWS": MEMBER}, Action="sqs:SendMessage"))

    assert told(to_member, account) == (RestrictionType.APPLICABLE, [])


def test_resources_of_the_management_account_are_never_restricted():
    """
    RCPs do not bind them.
    """
    within = under(document(refusal(Action="sqs:*")), targets=("o-own", OWNER), management=OWNER)

    assert told(TO_PARTNER, within) == (RestrictionType.NOT_APPLICABLE, [])


@pytest.mark.parametrize("text", ["{", "", "[]", json.dumps({"Statement": [{"Effect": "Deny"}]})])
def test_a_policy_that_cannot_be_read_is_said_to_be_so(text):
    """
    The finding stays, and says that its restriction is unknown.
    """
    assert told(TO_PARTNER, under(text)) == (RestrictionType.FAILED_TO_EVALUATE_RCP, [])


def test_policies_that_could_not_be_collected_are_said_to_be_so():
    """
    As one that cannot be read.
    """
    within = under(unreadable="ACCESS_DENIED: organizations:ListPolicies")

    assert told(TO_PARTNER, within) == (RestrictionType.FAILED_TO_EVALUATE_RCP, [])


def test_a_policy_for_others_that_cannot_be_read_does_not_matter():
    """
    It does not bind the account.
    """
    assert told(TO_PARTNER, under("{", targets=(MEMBER,))) == (RestrictionType.NOT_APPLICABLE, [])


def test_retiring_a_grant_is_never_blocked():
    """
    RCPs do not affect kms:RetireGrant.
    """
    grant = {"granteePrincipal": f"arn:aws:iam::{OWNER}:role/r", "retiringPrincipal": f"arn:aws:iam::{PARTNER}:role/r"}
    key = Resource(f"arn:aws:kms:us-east-1:{OWNER}:key/k", "AWS::KMS::Key", OWNER, "us-east-1", {"grants": [grant]})

    [found] = findings_of(key, under(document(refusal(Action="kms:*"))))

    assert found.blocked_by == ()


def test_another_restriction_is_another_finding():
    """
    The id changes with the restriction, as with the service.
    """
    ids = [findings_of(TO_PARTNER, within)[0].id for within in (under(), under(document(refusal(Action="sqs:*"))))]

    assert len(set(ids)) == 2


def test_findings_that_are_blocked_are_kept():
    """
    Neither the principal nor the actions change with what blocks them.
    """
    free, blocked = (
        findings_of(TO_PARTNER, within)[0] for within in (under(), under(document(refusal(Action="sqs:*"))))
    )

    assert (free.principal, free.action, free.condition) == (blocked.principal, blocked.action, blocked.condition)
