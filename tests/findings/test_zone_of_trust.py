"""Who is inside and who is outside: accounts, organizations, partners, networks."""

from dataclasses import replace

import pytest

from ringwall.errors import UsageError
from ringwall.findings.zone_of_trust import ZoneOfTrust, parse_trusted
from tests.findings.sharing_cases import (
    ACCOUNT,
    MEMBER,
    ORGANIZATION,
    OWN,
    OWNER,
    PARTNER,
    access_of,
    findings_of,
    labelled,
    to,
    where,
    zone,
)


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
        (
            "path:o-partner00/r-ab12/ou-ab12-11111111/",
            where("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-partner00/r-ab12/ou-ab12-111111112/"),
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
