"""What IAM's one answer about all principals may lack: it never reads as "none"."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringwall.collector.principals_inventory import read_inventory
from ringwall.errors import CollectionError
from ringwall.findings.report import PrincipalGap
from ringwall.principals.principal import LastUse
from ringwall.principals.principal_access import PrincipalAccess

ACCOUNT = "111122223333"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DOCUMENT = {"Version": "2012-10-17", "Statement": []}
ROLE = {
    "Arn": f"arn:aws:iam::{ACCOUNT}:role/deploy",
    "RoleName": "deploy",
    "RoleId": "AROAEXAMPLE",
    "Path": "/",
    "CreateDate": NOW,
    "AssumeRolePolicyDocument": DOCUMENT,
    "RoleLastUsed": {},
}
USER = {
    "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
    "UserName": "ada",
    "UserId": "AIDAEXAMPLE",
    "Path": "/",
    "CreateDate": NOW,
    "GroupList": ["readers"],
}
GROUP = {"GroupName": "readers", "Arn": f"arn:aws:iam::{ACCOUNT}:group/readers"}
POLICY = {
    "Arn": f"arn:aws:iam::{ACCOUNT}:policy/shared",
    "DefaultVersionId": "v2",
    "AttachmentCount": 1,
    "PolicyVersionList": [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {}, "CreateDate": NOW},
    ],
}
ATTACHED = {"AttachedManagedPolicies": [{"PolicyName": "shared", "PolicyArn": POLICY["Arn"]}]}


class Iam:
    """An account of these users, roles, groups and policies; `answers` are those to other calls."""

    account, region, partition = ACCOUNT, "us-east-1", "aws"

    def __init__(self, users=(), roles=(), groups=(), policies=(), **answers):
        self.listed = {
            "UserDetailList": users,
            "RoleDetailList": roles,
            "GroupDetailList": groups,
            "Policies": policies,
        }
        self.answers = answers
        self.asked = []

    def pages(self, _, key, **__):
        return iter(self.listed[key])

    def call(self, operation, **_):
        self.asked.append(operation)
        answer = self.answers[operation.partition(":")[2]]
        if isinstance(answer, Exception):
            raise answer
        return answer


def without(members, name):
    return {key: value for key, value in members.items() if key != name}


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({}, LastUse()),
        ({"LastUsedDate": NOW, "Region": "eu-west-1"}, LastUse(NOW, "eu-west-1")),
        ({"LastUsedDate": NOW}, LastUse(NOW)),
    ],
)
def test_a_role_says_when_it_was_last_used(used, expected):
    """
    Nothing in it means: not in the time that IAM keeps.
    """
    [access] = read_inventory(Iam(roles=[ROLE | {"RoleLastUsed": used}]))

    assert access.principal.last_use == expected


@pytest.mark.parametrize(
    ("answer", "expected", "notes"),
    [
        ({"Role": {"RoleLastUsed": {"LastUsedDate": NOW}}}, LastUse(NOW), ()),
        ({"Role": {}}, None, ("it is not known when the role was last used: IAM has no `RoleLastUsed` of it",)),
        (CollectionError("ACCESS_DENIED", "no"), None, ("it is not known when the role was last used: no",)),
    ],
)
def test_a_role_that_does_not_say_when_it_was_used_is_asked_for(answer, expected, notes):
    """
    If it then does not say either, that is unknown, and no "never".
    """
    [access] = read_inventory(Iam(roles=[without(ROLE, "RoleLastUsed")], GetRole=answer))

    assert (access.principal.last_use, access.usage.notes) == (expected, notes)


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        (without(ROLE, "CreateDate"), "not of the expected shape: KeyError('CreateDate')"),
        (ROLE | {"CreateDate": datetime(2026, 3, 1)}, "has no time zone"),
        (ROLE | {"RolePolicyList": [{}]}, "KeyError('PolicyName')"),
        (ROLE | {"PermissionsBoundary": {}}, "KeyError('PermissionsBoundaryArn')"),
    ],
)
def test_a_role_of_another_shape_is_a_gap(role, fault):
    """
    It is named, and hides no other.
    """
    gap, other = read_inventory(Iam(roles=[role, ROLE]))

    assert (gap.code, gap.account, gap.region, gap.resource_type, gap.resource) == (
        "INTERNAL_ERROR",
        ACCOUNT,
        "global",
        "AWS::IAM::Role",
        ROLE["Arn"],
    )
    assert fault in gap.message
    assert isinstance(other, PrincipalAccess)


def test_a_group_that_is_not_in_the_answer_makes_its_members_gaps():
    """
    What it grants is not known.
    """
    [gap] = read_inventory(Iam(users=[USER]))

    assert gap == PrincipalGap(
        "INTERNAL_ERROR",
        "iam:GetAccountAuthorizationDetails: the answer does not hold the group `readers`",
        ACCOUNT,
        "global",
        "AWS::IAM::User",
        USER["Arn"],
    )


def test_a_default_version_that_is_not_in_the_answer_is_asked_for():
    """
    Another version than the default one grants nothing.
    """
    version = {"PolicyVersion": {"Document": DOCUMENT, "CreateDate": NOW}}
    iam = Iam(users=[USER | ATTACHED], groups=[GROUP | ATTACHED], policies=[POLICY], GetPolicyVersion=version)

    [access] = read_inventory(iam)

    [policy] = access.principal.policies
    assert (policy.document, policy.updated_at) == ('{\n  "Version": "2012-10-17",\n  "Statement": []\n}', NOW)
    assert access.principal.groups[0].policies == (policy,)
    assert iam.asked == ["iam:GetPolicyVersion"]


def test_a_policy_that_was_refused_is_refused_to_all():
    """
    It is asked for once; everybody who has it is a gap.
    """
    iam = Iam(
        users=[USER | ATTACHED | {"GroupList": []}],
        roles=[ROLE | ATTACHED],
        GetPolicy=CollectionError("ACCESS_DENIED", "no"),
    )

    gaps = list(read_inventory(iam))

    assert [(gap.code, gap.resource) for gap in gaps] == [
        ("ACCESS_DENIED", USER["Arn"]),
        ("ACCESS_DENIED", ROLE["Arn"]),
    ]
    assert iam.asked == ["iam:GetPolicy"]


def test_a_path_tells_a_service_linked_role():
    """
    It is left out before anything is asked about it.
    """
    role = ROLE | ATTACHED | {"Path": "/aws-service-role/autoscaling.amazonaws.com/"}

    assert list(read_inventory(Iam(roles=[role]))) == []
