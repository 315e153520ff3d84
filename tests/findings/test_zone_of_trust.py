"""Who is inside and who is outside: accounts, organizations, partners, networks."""

from dataclasses import replace

import pytest

from ringwall.errors import UsageError
from ringwall.findings.zone_of_trust import ZoneOfTrust, parse_trusted
from tests.findings.sharing_cases import (
    AWS_ANY,
    MEMBER,
    OWN,
    OWNER,
    PARTNER,
    a_queue,
    access_of,
    findings_of,
    statement,
    zone,
)

ORGANIZATION = zone(organization=OWN, type_="ORGANIZATION")
ACCOUNT = zone(organization=OWN)


def to(principal, **elements):
    return a_queue(statement(Principal=principal, Action="sqs:SendMessage", **elements))


def where(operator, key, value, principal="*"):
    return to(principal, Condition={operator: {key: value}})


def labelled(key, value):
    return [(AWS_ANY, {key: value})]


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": MEMBER},
        {"AWS": f"arn:aws:iam::{MEMBER}:root"},
        {"AWS": f"arn:aws:iam::{MEMBER}:role/r"},
        {"AWS": f"arn:aws:iam::{MEMBER}:user/p/u"},
        {"AWS": f"arn:aws:sts::{MEMBER}:assumed-role/r/s"},
        {"AWS": f"arn:aws:sts::{MEMBER}:federated-user/f"},
    ],
)
def test_members_are_inside_the_organization_and_outside_each_others_account(principal):
    """
    Whatever the kind of principal: its account decides.
    """
    inside, outside = (findings_of(to(principal), within) for within in (ORGANIZATION, ACCOUNT))

    assert inside == ()
    assert len(outside) == 1


@pytest.mark.parametrize("within", [ACCOUNT, ORGANIZATION], ids=["account", "organization"])
@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": PARTNER},
        {"Federated": f"arn:aws:iam::{OWNER}:saml-provider/p"},
        {"CanonicalUser": "c" * 64},
        {"AWS": "AIDAEXAMPLEEXAMPLE123"},
    ],
)
def test_outsiders_are_outside_of_both_zones(principal, within):
    """
    Other accounts, identity providers, canonical users and unknown ids are nowhere trusted.
    """
    [found] = findings_of(to(principal), within)

    assert dict(found.principal) == principal


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-own"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-own/*"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-own/r-root/ou-a/*"),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-own/r-root/ou-a/"),
        ("StringEquals", "aws:SourceOrgID", "o-own"),
        ("StringEquals", "aws:PrincipalAccount", MEMBER),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{MEMBER}:role/*"),
        ("StringEquals", "aws:SourceAccount", MEMBER),
        ("StringEquals", "aws:SourceOwner", MEMBER),
        ("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{MEMBER}:*"),
    ],
)
def test_what_ties_a_call_to_the_organization_is_trusted_only_by_it(operator, key, value):
    """
    In the zone of one account even the own organization is outside.
    """
    resource = where(operator, key, value)

    assert access_of(resource, ORGANIZATION) == []
    assert access_of(resource, ACCOUNT) == labelled(key, value)


def test_another_organization_is_outside():
    """
    Another id, another path, or one that only begins like the own.
    """
    for key, value in (("aws:PrincipalOrgID", "o-theirs00"), ("aws:PrincipalOrgID", "o-own2")):
        assert access_of(where("StringEquals", key, value), ORGANIZATION) == labelled(key, value)
    paths = where("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-own*")
    assert access_of(paths, ORGANIZATION) == labelled("aws:PrincipalOrgPaths", "o-own*")


@pytest.mark.parametrize("within", [ACCOUNT, ORGANIZATION], ids=["account", "organization"])
def test_services_are_inside(within):
    """
    AWS services are no outsiders, with a source or without.
    """
    assert findings_of(to({"Service": "sns.amazonaws.com"}), within) == ()
    assert findings_of(where("Bool", "aws:PrincipalIsAWSService", "true"), within) == ()
    assert findings_of(where("StringEquals", "aws:PrincipalServiceName", "sns.amazonaws.com"), within) == ()


def test_a_service_without_a_source_is_a_confused_deputy_where_that_is_asked_for():
    """
    A condition on the source that is inside makes the service trusted again; one outside does not.
    """
    service = {"Service": "sns.amazonaws.com"}
    options = {"include": frozenset({"confused-deputy"})}

    [found] = findings_of(to(service), **options)
    foreign = where("StringEquals", "aws:SourceAccount", PARTNER, service)

    assert (dict(found.principal), found.exposure.value, found.is_public) == (service, "confused-deputy", False)
    assert findings_of(where("StringEquals", "aws:SourceAccount", OWNER, service), **options) == ()
    assert findings_of(where("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OWNER}:*", service), **options) == ()
    assert access_of(foreign, **options) == [(service, {"aws:SourceAccount": PARTNER})]


def test_a_pattern_of_accounts_that_takes_in_the_own_one_is_still_outside():
    """
    Whoever else matches is not trusted.
    """
    pattern = "arn:aws:iam::1111*:role/r"

    assert access_of(where("StringLike", "aws:PrincipalArn", pattern)) == labelled("aws:PrincipalArn", pattern)


@pytest.mark.parametrize(
    ("trust", "resource"),
    [
        (f"account:{PARTNER}", to({"AWS": PARTNER})),
        (f"account:{PARTNER}", to({"AWS": f"arn:aws:iam::{PARTNER}:role/r"})),
        (f"account:{PARTNER}", where("StringEquals", "aws:SourceAccount", PARTNER)),
        ("org:o-partner00", where("StringEquals", "aws:PrincipalOrgID", "o-partner00")),
        ("org:o-partner00", where("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-partner00/*")),
        (
            "path:o-partner00/r-ab12/ou-ab12-11111111/",
            where("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-partner00/r-ab12/ou-ab12-11111111/*"),
        ),
        ("vpc:vpc-0abc1234", where("StringEquals", "aws:SourceVpc", "vpc-0abc1234")),
        ("cidr:203.0.113.0/24", where("IpAddress", "aws:SourceIp", ["203.0.113.0/25", "203.0.113.200"])),
        ("cidr:2001:db8::/32", where("IpAddress", "aws:SourceIp", "2001:db8:1::/48")),
    ],
)
def test_what_is_trusted_besides_the_zone_is_no_finding(trust, resource):
    """
    Without the trust there is a finding, with it there is none.
    """
    without, with_trust = findings_of(resource), findings_of(resource, zone(trust))

    assert without
    assert not any(each.error for each in without)
    assert with_trust == ()


@pytest.mark.parametrize(
    ("trust", "resource"),
    [
        (f"account:{MEMBER}", to({"AWS": PARTNER})),
        ("org:o-partner00", where("StringEquals", "aws:PrincipalOrgID", "o-another000")),
        (
            "path:o-partner00/r-ab12/ou-ab12-11111111/",
            where("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-partner00/r-ab12/*"),
        ),
        ("vpc:vpc-0abc1234", where("StringEquals", "aws:SourceVpc", "vpc-0abc12345")),
        ("vpc:vpc-0abc1234", where("StringLike", "aws:SourceVpc", "vpc-0abc1234*")),
        ("cidr:203.0.113.0/24", where("IpAddress", "aws:SourceIp", "203.0.112.0/23")),
        ("cidr:203.0.113.0/24", to("*")),
    ],
)
def test_what_reaches_beyond_the_trust_is_a_finding(trust, resource):
    """
    Trust is no wider than it was given.
    """
    found = findings_of(resource, zone(trust))

    assert found
    assert not any(each.error for each in found)


def test_trust_is_taken_out_of_a_list():
    """
    Of two partners the one that is not trusted is left.
    """
    found = access_of(to({"AWS": [MEMBER, PARTNER]}), zone(f"account:{MEMBER}"))

    assert found == [({"AWS": PARTNER}, {})]


@pytest.mark.parametrize(
    "text",
    [
        "", "account", "account:", "account:123", "account:12345678901a", "accounts:111122223333", "org:ou-ab12-1",
        "org:o-", "path:o-partner00", "path:r-ab12/", "vpc:eni-0abc1234", "vpc:vpc-*", "cidr:203.0.113.1/24",
        "cidr:203.0.113.0/33", "cidr:anywhere", "role:x", "org:o-partner00\n", "account:١١١١٢٢٢٢٣٣٣٣",
    ],
)  # fmt: skip
def test_what_names_nothing_to_trust_is_refused(text):
    """
    A slip on the command line must not widen the zone, nor pass unseen.
    """
    with pytest.raises(UsageError):
        parse_trusted(text)


def test_an_organization_zone_needs_an_organization():
    """
    Without one nobody could say who is inside.
    """
    with pytest.raises(UsageError):
        ZoneOfTrust("ORGANIZATION")


def test_the_zone_is_told_in_the_words_of_the_command_line():
    """
    Type, organization, accounts and what is trusted besides.
    """
    within = zone("account:333333333333", "cidr:10.0.0.0/8", organization=OWN, type_="ORGANIZATION")

    assert within.as_json() == {
        "type": "ORGANIZATION",
        "organizationId": "o-own",
        "accounts": [OWNER, MEMBER],
        "trusted": ["account:333333333333", "cidr:10.0.0.0/8"],
    }


def test_the_management_account_is_inside_though_it_is_in_no_list():
    """
    A collection may list member accounts alone.
    """
    organization = replace(OWN, management_account_id=PARTNER)

    assert findings_of(to({"AWS": PARTNER}), zone(organization=organization, type_="ORGANIZATION")) == ()


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
