"""An organization in a moto server: members are trusted, closed accounts left out, resource control policies heeded."""

from __future__ import annotations

import json
from dataclasses import dataclass

import boto3
import pytest

from tests.collector.planting import OUTSIDER
from tests.end_to_end.faulty_endpoint import refusal
from tests.end_to_end.running import ringwall

MANAGEMENT = "333333333333"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Planted:
    """An organization: `website` in its root, `project` in a unit whose policy keeps strangers away from queues."""

    id: str
    website: str
    project: str
    closed: str


class Estate:
    """Sessions in the accounts of one endpoint."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def keys(self, account):
        sts = boto3.client("sts", region_name=REGION, endpoint_url=self.endpoint)
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="test")["Credentials"]
        return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]

    def client(self, account, service):
        return boto3.Session(*self.keys(account)).client(service, region_name=REGION, endpoint_url=self.endpoint)

    def queue(self, account, name, **statement):
        arn = f"arn:aws:sqs:{REGION}:{account}:{name}"
        policy = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn} | statement
        text = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        self.client(account, "sqs").create_queue(QueueName=name, Attributes={"Policy": text})

    def role(self, account, name, principal):
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        self.client(account, "iam").create_role(RoleName=name, AssumeRolePolicyDocument=text)


def strangers_are_refused(organization):
    condition = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization}}
    statement = {"Sid": "MembersOnly", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]})


@pytest.fixture(scope="module")
def planted(endpoint):
    estate = Estate(endpoint)
    organizations = estate.client(MANAGEMENT, "organizations")
    identity = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Projects")["OrganizationalUnit"]["Id"]
    website, project, closed = (
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in ("Website", "Project", "Closed")
    )
    organizations.move_account(AccountId=project, SourceParentId=root, DestinationParentId=unit)
    organizations.close_account(AccountId=closed)
    organizations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
    policy = organizations.create_policy(
        Name="members-only", Description="", Type="RESOURCE_CONTROL_POLICY", Content=strangers_are_refused(identity)
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    for account in (website, project):
        estate.queue(account, "for-member", Principal={"AWS": f"arn:aws:iam::{website}:root"})
        estate.queue(
            account, "for-organization", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": identity}}
        )
        estate.queue(account, "for-outsider", Principal={"AWS": f"arn:aws:iam::{OUTSIDER}:root"})
    estate.role(project, "for-outsider", {"AWS": f"arn:aws:iam::{OUTSIDER}:root"})
    return Planted(identity, website, project, closed)


@pytest.fixture(scope="module")
def as_management(endpoint, planted):
    """Environment variables with credentials of the management account."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return dict(zip(names, Estate(endpoint).keys(MANAGEMENT), strict=True))


SOURCE = ("--organization", "--role-name=ringwall", "--region", REGION, "--quiet", "--resource-type=sqs::queue")
ROLES = "--resource-type=iam::role"


@pytest.fixture(scope="module")
def snapshot(endpoint, as_management, tmp_path_factory):
    """The whole organization, collected."""
    path = tmp_path_factory.mktemp("organization") / "all.jsonl"
    run = ringwall("collect", "--endpoint-url", endpoint, "--output", path, *SOURCE, ROLES, **as_management)
    assert run.code == 0, run.err
    return path


def scan(path, *options):
    return ringwall("scan", "--snapshot", path, "--format=json", "--quiet", *options)


def test_a_live_scan_of_an_organization_trusts_its_members(endpoint, planted, as_management):
    """
    Without --zone the organization is trusted: what members share with each other is not reported, whoever is outside is.
    """
    run = ringwall("scan", "--endpoint-url", endpoint, "--format=json", *SOURCE, ROLES, **as_management)

    assert run.code == 1
    assert run.report["analyzer"]["type"] == "ORGANIZATION"
    assert {each["resource"].rsplit(":", 1)[1] for each in run.findings} == {"for-outsider", "role/for-outsider"}
    assert run.report["coverage"]["accounts"] == sorted([MANAGEMENT, planted.website, planted.project])
    assert [(each["code"], each["account"]) for each in run.gaps] == [("ACCOUNT_SUSPENDED", planted.closed)]


def test_a_resource_control_policy_marks_what_it_blocks(snapshot, planted):
    """
    The queue below the policy is kept, and marked as blocked; the one beside it, and the role, are not blocked.
    """
    found = {each["resource"]: each for each in scan(snapshot).findings}
    blocked = found[f"arn:aws:sqs:{REGION}:{planted.project}:for-outsider"]
    beside = found[f"arn:aws:sqs:{REGION}:{planted.website}:for-outsider"]
    role = found[f"arn:aws:iam::{planted.project}:role/for-outsider"]

    assert [(each["place"], each["statementId"]) for each in blocked["blockedBy"]] == [("members-only", "MembersOnly")]
    assert blocked["resourceControlPolicyRestriction"] == "APPLICABLE"
    assert (beside["resourceControlPolicyRestriction"], beside["blockedBy"]) == ("NOT_APPLICABLE", [])
    assert role["blockedBy"] == []


def test_with_an_account_as_zone_other_members_are_outside(snapshot, planted):
    """
    `--zone account`: a queue shared with another member account, or with the organization, is reported.
    """
    run = scan(snapshot, "--zone=account", "--resource-type=sqs::queue")
    found = {(each["resource"].split(":", 4)[4], each["exposure"]) for each in run.findings}

    assert run.report["analyzer"]["type"] == "ACCOUNT"
    assert found == {
        (f"{planted.project}:for-member", "cross-account"),
        (f"{planted.project}:for-organization", "organization"),
        (f"{planted.project}:for-outsider", "cross-account"),
        (f"{planted.website}:for-organization", "organization"),
        (f"{planted.website}:for-outsider", "cross-account"),
    }


def test_an_organization_zone_needs_an_organization(endpoint, planted):
    """
    Asked for where there is none it is a mistake of the caller, with a way out.
    """
    run = ringwall("scan", "--endpoint-url", endpoint, "--zone=organization", "--quiet", "--resource-type=sqs::queue")

    assert run.code == 2
    assert "--zone account" in run.err


def test_what_cannot_be_read_of_the_organization_is_said(faulty, planted, as_management):
    """
    Policies that may not be read: the findings are there, the restriction could not be evaluated, exit code 3.
    """
    faulty.faults["organizations DescribePolicy"] = refusal
    run = ringwall("scan", "--endpoint-url", faulty.url, "--format=json", *SOURCE, **as_management)

    assert run.code == 3
    assert {each["resource"].rsplit(":", 1)[1] for each in run.findings} == {"for-outsider"}
    assert {each["resourceControlPolicyRestriction"] for each in run.findings} == {"FAILED_TO_EVALUATE_RCP"}
    assert any("organizations:DescribePolicy" in each["message"] for each in run.gaps)
