"""What the elements of statements mean for findings: NotPrincipal, Deny, condition keys, policy variables."""

import pytest

from tests.findings.sharing_cases import (
    AWS_ANY,
    MEMBER,
    ORGANIZATION,
    OWNER,
    PARTNER,
    a_queue,
    access_of,
    findings_of,
    statement,
    to,
    where,
)

# NotPrincipal and Deny


def test_allowing_all_but_one_is_public():
    """
    NotPrincipal with Allow lets in everybody else, the anonymous included.
    """
    [found] = findings_of(a_queue(statement(NotPrincipal={"AWS": OWNER}, Principal=None)))

    assert (dict(found.principal), found.is_public, found.exposure.value) == (AWS_ANY, True, "public")


def test_denying_all_but_one_leaves_that_one():
    """
    NotPrincipal with Deny spares the account that it lists, and only that.
    """
    spared = statement(Effect="Deny", NotPrincipal={"AWS": PARTNER}, Principal=None)

    [found] = findings_of(a_queue(statement(), spared))

    assert found.witness.caller.account == PARTNER
    assert found.is_public is False


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-own"}},
        {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-own"}},
        {"StringNotEquals": {"aws:PrincipalAccount": [OWNER, MEMBER]}},
        {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-own/*"}},
        {"ArnNotLike": {"aws:PrincipalArn": [f"arn:aws:iam::{OWNER}:*", f"arn:aws:iam::{MEMBER}:*"]}},
    ],
)
def test_a_deny_for_all_outside_leaves_nobody(condition):
    """
    A negated operator also refuses whoever lacks the key, such as the anonymous.
    """
    refusal = statement(Effect="Deny", Condition=condition)

    assert findings_of(a_queue(statement(), refusal), ORGANIZATION) == ()


def test_a_deny_that_asks_for_a_key_spares_whoever_lacks_it():
    """
    A Deny from all networks but one does not reach requests without an address, which come through VPC endpoints.
    """
    refusal = statement(
        Effect="Deny",
        Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Null": {"aws:SourceIp": "false"}},
    )

    found = findings_of(a_queue(statement(), refusal))

    assert any("aws:sourceip" not in each.witness.context for each in found)


def test_a_deny_of_some_actions_takes_them_out_of_the_finding():
    """
    What is denied to everybody is not listed.
    """
    refusal = statement(Effect="Deny", Action="sqs:*Message*")

    [found] = findings_of(a_queue(statement(Action=["sqs:SendMessage", "sqs:GetQueueUrl"]), refusal))

    assert found.action == ("sqs:GetQueueUrl",)


# Condition keys


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:SecureTransport", "true"),
        ("StringEquals", "aws:UserAgent", "x"),
        ("StringEquals", "aws:Referer", "x"),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
        ("StringEquals", "aws:PrincipalTag/team", "a"),
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("StringEquals", "aws:RequestedRegion", "us-east-1"),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a"]),
    ],
)
def test_keys_that_an_outsider_can_meet_are_not_told(operator, key, value):
    """
    They limit nobody, and they do not appear in the finding's condition.
    """
    [found] = findings_of(where(operator, key, value))

    assert (dict(found.principal), dict(found.condition), found.is_public) == (AWS_ANY, {}, True)


def test_several_conditions_of_a_statement_are_one_finding():
    """
    One value for each key, as single texts.
    """
    condition = {
        "StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalOrgID": "o-theirs00"},
        "IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"},
    }

    assert access_of(to("*", Condition=condition)) == [
        (AWS_ANY, {"aws:PrincipalOrgID": "o-theirs00", "aws:SourceVpc": "vpc-1"})
    ]


def test_several_values_of_a_key_are_a_finding_each():
    """
    Two networks, two findings.
    """
    found = access_of(where("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "198.51.100.0/24"]))

    assert found == [
        (AWS_ANY, {"aws:SourceIp": "198.51.100.0/24"}),
        (AWS_ANY, {"aws:SourceIp": "203.0.113.0/24"}),
    ]


def test_a_key_with_several_values_and_a_set_operator_for_all_lets_in_whoever_lacks_it():
    """
    `ForAllValues` is met by a request without the key: everybody gets in.
    """
    found = access_of(where("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-own/*"), ORGANIZATION)

    assert found == [(AWS_ANY, {})]


def test_the_example_of_the_algorithm_gives_its_three_findings():
    """
    Two VPCs and an organization, one VPC closed to all but another organization (CAV 2020).
    """
    vpcs = statement(Condition={"StringEquals": {"aws:SourceVpc": ["vpc-a", "vpc-b"]}})
    organization = statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-2"}})
    closed = statement(
        Effect="Deny",
        Condition={"StringEquals": {"aws:SourceVpc": "vpc-b"}, "StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    )

    assert access_of(a_queue(vpcs, organization, closed)) == [
        (AWS_ANY, {"aws:PrincipalOrgID": "o-1", "aws:SourceVpc": "vpc-b"}),
        (AWS_ANY, {"aws:PrincipalOrgID": "o-2"}),
        (AWS_ANY, {"aws:SourceVpc": "vpc-a"}),
    ]


# Policy variables


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
        {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:*"}},
        {"StringEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}},
    ],
)
def test_the_account_of_the_resource_is_known(condition):
    """
    `${aws:ResourceAccount}` is the owner's, so that nobody outside is let in.
    """
    assert findings_of(to("*", Condition=condition)) == ()


def test_a_deny_for_all_but_the_resources_organization_leaves_nobody():
    """
    `${aws:ResourceOrgID}` is known where the organization is.
    """
    refusal = statement(Effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}})

    assert findings_of(a_queue(statement(), refusal), ORGANIZATION) == ()


def test_a_variable_that_can_be_met_is_a_finding():
    """
    A caller whose tag is the name of its account: anybody can tag their users so.
    """
    condition = {"StringEquals": {"aws:PrincipalTag/account": "${aws:PrincipalAccount}"}}

    [found] = findings_of(to("*", Condition=condition))

    assert found.error is None
    account = found.witness.context["aws:principalaccount"]
    assert found.witness.context["aws:principaltag/account"] == account


def test_a_deny_by_a_variable_is_never_silence():
    """
    Everybody but those whose source account is their own: whether anybody is left is told, or that it was not decided.
    """
    refusal = statement(Effect="Deny", Condition={"StringNotEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}})

    assert findings_of(a_queue(statement(), refusal))


def test_an_old_policy_has_no_variables():
    """
    Before version 2012-10-17 `${…}` is text like any other.
    """
    condition = {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}

    assert findings_of(a_queue(statement(Condition=condition), version="2008-10-17")) == ()
