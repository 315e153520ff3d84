"""Organizations and the accounts in them, read from a real HTTP endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass

import boto3
import pytest

from ringwall.collector.accounts import Role, find_estate, own_session
from ringwall.collector.aws import Connection
from ringwall.collector.organization import read_organization
from ringwall.collector.traffic import Traffic
from ringwall.errors import CollectionError, UsageError
from ringwall.findings.organization import OrganizationPolicy

MANAGEMENT = "333333333333"
LONELY = "444444444444"
DENY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]})


@dataclass(frozen=True)
class Planted:
    """An organization of four accounts: the management account, one in each of two units, one closed."""

    id: str
    root: str
    unit: str
    inner_unit: str
    member: str
    inner_member: str
    closed: str


def credentials_in(account, endpoint):
    """Credentials of `account`, as environment variables."""
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=endpoint)
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="test")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


@pytest.fixture(scope="module")
def planted(endpoint):
    keys = credentials_in(MANAGEMENT, endpoint)
    session = boto3.Session(*keys.values())
    organizations = session.client("organizations", region_name="us-east-1", endpoint_url=endpoint)
    identity = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Projects")["OrganizationalUnit"]["Id"]
    inner = organizations.create_organizational_unit(ParentId=unit, Name="XYZ")["OrganizationalUnit"]["Id"]
    accounts = [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in ("Website", "XYZ", "Closed")
    ]
    organizations.move_account(AccountId=accounts[0], SourceParentId=root, DestinationParentId=unit)
    organizations.move_account(AccountId=accounts[1], SourceParentId=root, DestinationParentId=inner)
    organizations.close_account(AccountId=accounts[2])
    organizations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
    policy = organizations.create_policy(Name="no-s3", Description="", Type="RESOURCE_CONTROL_POLICY", Content=DENY)[
        "Policy"
    ]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    organizations.attach_policy(PolicyId=policy, TargetId=MANAGEMENT)
    return Planted(identity, root, unit, inner, *accounts)


@pytest.fixture
def as_management(endpoint, planted, monkeypatch):
    """Credentials of the management account, and how to reach it."""
    for name, value in credentials_in(MANAGEMENT, endpoint).items():
        monkeypatch.setenv(name, value)
    return Connection(endpoint_url=endpoint)


@pytest.fixture
def as_lonely(endpoint, monkeypatch):
    """Credentials of an account that is in no organization, and how to reach it."""
    for name, value in credentials_in(LONELY, endpoint).items():
        monkeypatch.setenv(name, value)
    return Connection(endpoint_url=endpoint)


class Denying:
    """A reader that AWS denies some operations."""

    def __init__(self, reader, *denied):
        self.reader = reader
        self.denied = denied
        self.account, self.region, self.partition = reader.account, reader.region, reader.partition

    def __getattr__(self, name):
        def asked(operation, *arguments, **parameters):
            if operation in self.denied:
                raise CollectionError("ACCESS_DENIED", f"{operation}: AccessDeniedException")
            return getattr(self.reader, name)(operation, *arguments, **parameters)

        return asked


def test_accounts_stand_where_they_are_in_the_tree(as_management, planted):
    """
    Every account has the path of the units above it, in the shape of aws:PrincipalOrgPaths.
    """
    organization = find_estate(as_management).organization
    above = f"{planted.id}/{planted.root}/"

    assert (organization.id, organization.management_account_id) == (planted.id, MANAGEMENT)
    assert {each.id: each.path for each in organization.accounts} == {
        MANAGEMENT: above,
        planted.closed: above,
        planted.member: f"{above}{planted.unit}/",
        planted.inner_member: f"{above}{planted.unit}/{planted.inner_unit}/",
    }


def test_policies_come_with_document_and_targets(as_management, planted):
    """
    A resource control policy is read as text, and binds the accounts below its targets.
    """
    organization = find_estate(as_management).organization
    [policy] = [each for each in organization.resource_control_policies if each.name == "no-s3"]

    assert policy == OrganizationPolicy("no-s3", DENY, policy.targets)
    assert set(policy.targets) == {planted.unit, MANAGEMENT}
    assert organization.is_attached(policy, planted.inner_member)
    assert not organization.is_attached(policy, planted.closed)


def test_policies_of_a_kind_that_is_switched_off_are_not_asked_for(as_management, planted):
    """
    Nobody enabled service control policies: there are none, and no call is made for them.
    """
    estate = find_estate(as_management)

    assert estate.organization.service_control_policies == ()
    assert estate.traffic.calls["organizations:ListPolicies"] == 1


def test_the_whole_organization_is_collected_but_for_closed_accounts(as_management, planted):
    """
    All active member accounts are targets; a suspended one is a note.
    """
    estate = find_estate(as_management, role=Role("ringwall"), whole_organization=True)

    assert set(estate.accounts) == {MANAGEMENT, planted.member, planted.inner_member}
    assert [(gap.code, gap.account, gap.is_failure) for gap in estate.gaps] == [
        ("ACCOUNT_SUSPENDED", planted.closed, False)
    ]


def test_other_accounts_are_entered_through_the_role(as_management, planted):
    """
    The own account is read with the own credentials, another with those of the role in it.
    """
    estate = find_estate(as_management, role=Role("audit/ringwall", "secret"), accounts=[MANAGEMENT, planted.member])
    arns = [
        target.open_session().reader().call("sts:GetCallerIdentity")["Arn"]
        for target in sorted(estate.targets, key=lambda each: each.account != MANAGEMENT)
    ]

    assert arns == [
        f"arn:aws:sts::{MANAGEMENT}:assumed-role/x/test",
        f"arn:aws:sts::{planted.member}:assumed-role/ringwall/ringwall",
    ]


def test_other_accounts_need_a_role(as_management, planted):
    """
    Without a role there is no way into another account: the message says what to do.
    """
    with pytest.raises(UsageError, match="name the role"):
        find_estate(as_management, accounts=[planted.member])


def test_an_account_may_be_in_no_organization(as_lonely):
    """
    Such an account is collected alone, and nothing is missing.
    """
    estate = find_estate(as_lonely)

    assert (estate.organization, estate.accounts, estate.gaps) == (None, (LONELY,), ())


def test_there_is_no_organization_to_collect(as_lonely):
    """
    Asking for the whole organization where there is none is a mistake of the caller.
    """
    with pytest.raises(UsageError, match="is in no organization"):
        find_estate(as_lonely, role=Role("ringwall"), whole_organization=True)


def test_credentials_that_aws_does_not_answer_are_a_mistake_of_the_caller(aws_environment):
    """
    Where nobody answers there is no account; the message says what was asked.
    """
    with pytest.raises(UsageError, match="sts:GetCallerIdentity"):
        find_estate(Connection(endpoint_url="http://127.0.0.1:1", attempts=1))


@pytest.mark.parametrize("endpoint_url", ["notaurl", "127.0.0.1:5000", "https://"])
def test_an_endpoint_that_is_no_url_is_a_mistake_of_the_caller(aws_environment, endpoint_url):
    """
    The message says how one begins.
    """
    with pytest.raises(UsageError, match=f"`{endpoint_url}` is no endpoint: it must begin with http://"):
        find_estate(Connection(endpoint_url=endpoint_url))


def test_without_credentials_the_message_says_what_to_do(aws_environment, monkeypatch):
    """
    It names the ways to give some.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    with pytest.raises(UsageError, match="log in with the AWS CLI, name a profile, or set AWS_ACCESS_KEY_ID"):
        find_estate(Connection(endpoint_url="http://127.0.0.1:1"))


def test_a_profile_that_does_not_exist_is_a_mistake_of_the_caller(aws_environment):
    """
    The message names the profile.
    """
    with pytest.raises(UsageError, match="nobody"):
        find_estate(Connection(profile="nobody"))


def test_an_organization_that_may_not_be_looked_at_is_a_gap(as_management, planted):
    """
    Without its accounts an organization is of no use: there is none, and the reading says why.
    """
    own = own_session(as_management, Traffic())
    reading = read_organization(Denying(own.reader(), "organizations:ListRoots"))

    assert reading.organization is None
    assert [(gap.code, gap.account) for gap in reading.gaps] == [("ACCESS_DENIED", MANAGEMENT)]


def test_an_organization_whose_policies_may_not_be_read_says_so(as_management, planted):
    """
    Accounts and paths are there; the policies are unreadable, which is not the same as none.
    """
    own = own_session(as_management, Traffic())
    reading = read_organization(Denying(own.reader(), "organizations:DescribePolicy"))

    assert len(reading.organization.accounts) == 4
    assert "organizations:DescribePolicy" in reading.organization.unreadable
    assert [gap.code for gap in reading.gaps] == ["ACCESS_DENIED"]
