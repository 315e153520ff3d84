"""Users and roles as they are collected: from moto, and what moto lacks from `tests.fake_iam`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Event

import boto3
import pytest
from msgspec.structs import replace

from ringwall.collector.accounts import Role, find_estate
from ringwall.collector.aws import Connection
from ringwall.collector.last_accessed import MemoryReports
from ringwall.collector.live_source import LiveSource
from ringwall.collector.principals import CALLS, UsageWanted, collect_principals
from ringwall.collector.waiting import Waiting
from ringwall.errors import CollectionError, UsageError
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.principals.principal import LastUse, PolicyKind
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import TrailCoverage, TrailUsage, Use
from tests.fake_iam import Accessed, FakeIam, success, time_text

ACCOUNT = "333333333333"
PARTS = "arn:aws:iam::333333333333"
ADA, BOB, EVE = (f"{PARTS}:user/people/{name}" for name in ("ada", "bob", "eve"))
DEPLOY, IDLE = (f"{PARTS}:role/ci/{name}" for name in ("deploy", "idle"))
ROLE = Role("ringwall")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COVERAGE = TrailCoverage(date(2025, 12, 1), date(2026, 3, 1), ("us-east-1",))
TRUST = {"Version": "2012-10-17", "Statement": []}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
SECOND = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def iam(aws_environment):
    with FakeIam(now=NOW) as fake:
        yield fake


@pytest.fixture(autouse=True)
def faultless(iam):
    """No test leaves a fault to the next one."""
    yield
    for each in (iam.faults, iam.refused, iam.reports, iam.calls):
        each.clear()


@pytest.fixture(scope="module")
def client(iam):
    """boto3's client in the account that is read."""
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=iam.url)
    given = sts.assume_role(RoleArn=f"{PARTS}:role/ringwall", RoleSessionName="tests")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return session.client("iam", region_name="us-east-1", endpoint_url=iam.url)


@dataclass
class Planted:
    """What was planted, as far as AWS chose it."""

    ids: dict = field(default_factory=dict)
    keys: list = field(default_factory=list)


@pytest.fixture(scope="module")
def planted(client):
    """Users `ada` (everything), `bob` (in a group), `eve` (nothing); roles `deploy`, `idle` and a service-linked one."""
    planted = Planted()
    policy = client.create_policy(PolicyName="shared", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    client.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(SECOND), SetAsDefault=True)
    limit = client.create_policy(PolicyName="limit", Path="/limits/", PolicyDocument=json.dumps(POLICY))["Policy"][
        "Arn"
    ]
    for name in ("ada", "bob", "eve"):
        tags = [{"Key": "team", "Value": "web"}] if name == "ada" else []
        planted.ids[name] = client.create_user(UserName=name, Path="/people/", Tags=tags)["User"]["UserId"]
    client.create_group(GroupName="readers")
    client.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=json.dumps(POLICY))
    client.attach_group_policy(GroupName="readers", PolicyArn=policy)
    for name in ("ada", "bob"):
        client.add_user_to_group(GroupName="readers", UserName=name)
    client.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    client.attach_user_policy(UserName="ada", PolicyArn=policy)
    client.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=limit)
    client.create_login_profile(UserName="ada", Password="Correct-horse-7")
    planted.keys = [client.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    client.update_access_key(UserName="ada", AccessKeyId=planted.keys[1], Status="Inactive")
    for name in ("deploy", "idle"):
        role = client.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        planted.ids[name] = role["RoleId"]
    client.put_role_policy(RoleName="deploy", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    client.put_role_permissions_boundary(RoleName="deploy", PermissionsBoundary=limit)
    client.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    return planted


class Clock:
    """Time goes by when somebody sleeps."""

    at = NOW

    def sleep(self, _, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def read(iam, planted):
    """Reads the account; gives what came by ARN."""

    def of(reports=None, **wanted):
        clock = Clock()
        wanted = UsageWanted(waiting=Waiting(lambda: clock.at, clock.sleep), **wanted)
        source = LiveSource(Connection(endpoint_url=iam.url, attempts=1), role=ROLE, accounts=[ACCOUNT], wanted=wanted)
        seen = list(source.read_principals(ACCOUNT, reports or MemoryReports(now=lambda: NOW)))
        return {each.resource if isinstance(each, Gap) else each.principal.arn: each for each in seen}

    return of


def test_users_and_roles_are_read_and_no_service_linked_role(read):
    """
    Every principal comes once; what an AWS service owns does not.
    """
    assert {arn: type(each) for arn, each in read().items()} == dict.fromkeys(
        (ADA, BOB, EVE, DEPLOY, IDLE), PrincipalAccess
    )


def test_a_user_has_all_that_grants_it_something(read, planted):
    """
    Inline, managed (its default version, and when that was made), through groups, and the boundary of it all.
    """
    user = read()[ADA].principal
    own, shared = user.policies
    [group] = user.groups

    assert (user.account, user.id, user.path, user.tags) == (ACCOUNT, planted.ids["ada"], "/people/", {"team": "web"})
    assert (own.id, own.kind, json.loads(own.document), own.updated_at) == ("own", PolicyKind.INLINE, POLICY, None)
    assert (shared.id, shared.kind) == (f"{PARTS}:policy/shared", PolicyKind.CUSTOMER_MANAGED)
    assert (json.loads(shared.document), shared.attachments) == (SECOND, 2)
    assert shared.updated_at.tzinfo is UTC
    assert (group.name, group.arn, group.members) == ("readers", f"{PARTS}:group/readers", 2)
    assert [each.name for each in group.policies] == ["read", "shared"]
    assert (user.boundary.id, json.loads(user.boundary.document)) == (f"{PARTS}:policy/limits/limit", POLICY)


def test_a_role_has_its_trust_policy_and_its_last_use(read, planted):
    """
    An empty RoleLastUsed is "never", not "unknown".
    """
    role = read()[DEPLOY].principal

    assert (role.id, role.path, json.loads(role.trust_policy)) == (planted.ids["deploy"], "/ci/", TRUST)
    assert [each.name for each in role.policies] == ["own"]
    assert role.boundary.name == "limit"
    assert (role.last_use, role.keys, role.password) == (LastUse(), (), None)


def test_a_user_has_its_keys_and_its_password(read, planted):
    """
    Both keys, the one that is not active too, and a password that was never used.
    """
    user = read()[ADA].principal

    assert [(each.id, each.is_active, each.last_use) for each in user.keys] == [
        (planted.keys[0], True, LastUse()),
        (planted.keys[1], False, LastUse()),
    ]
    assert user.password.created_at.tzinfo is UTC
    assert user.password.last_use == LastUse()


def test_only_users_with_credentials_are_asked_about_further(iam, read):
    """
    The credential report says who has any: nobody else costs a call.
    """
    seen = read()

    assert (seen[EVE].principal.keys, seen[EVE].principal.password, seen[EVE].usage.notes) == ((), None, ())
    assert {name: iam.calls[name] for name in ("ListAccessKeys", "GetAccessKeyLastUsed", "GetLoginProfile")} == {
        "ListAccessKeys": 1,
        "GetAccessKeyLastUsed": 2,
        "GetLoginProfile": 1,
    }


def test_without_a_credential_report_every_user_is_asked_about(iam, read):
    """
    What comes is the same, but for when a password was last set; that the report is missing is noted, for users.
    """
    whole = {arn: each.principal for arn, each in read().items()}
    whole[ADA] = replace(whole[ADA], password=replace(whole[ADA].password, created_at=None))
    iam.refused["GenerateCredentialReport"] = "AccessDenied"

    seen = read()

    assert {arn: each.principal for arn, each in seen.items()} == whole
    assert [note.partition(": ")[0] for note in seen[EVE].usage.notes] == ["there is no credential report"]
    assert seen[IDLE].usage.notes == ()


def test_keys_that_cannot_be_listed_are_unknown(iam, read):
    """
    Unknown is not none.
    """
    iam.refused["ListAccessKeys"] = "AccessDenied"

    access = read()[ADA]

    assert access.principal.keys is None
    [note] = access.usage.notes
    assert note.startswith("the keys cannot be listed: iam:ListAccessKeys: AccessDenied")


def test_the_last_use_of_a_key_is_unknown_where_nobody_tells(iam, read, planted):
    """
    moto's keys were made within the same second: the report, which has no ids, cannot tell one from the other.
    """
    iam.refused["GetAccessKeyLastUsed"] = "AccessDenied"
    iam.refused["GetCredentialReport"] = "ReportNotPresent"

    access = read()[ADA]

    assert [(each.id, each.last_use) for each in access.principal.keys] == [(each, None) for each in planted.keys]
    assert [note.partition(": ")[0] for note in access.usage.notes][1:] == [
        f"it is not known when the key {each} was last used" for each in planted.keys
    ]


def test_a_password_that_nobody_tells_of_is_unknown(iam, read):
    """
    Without report and login profile it may be there or not: a password of which nothing is known, and a note.
    """
    iam.refused |= {"GetLoginProfile": "AccessDenied", "GenerateCredentialReport": "AccessDenied"}

    access = read()[EVE]

    assert (access.principal.password.created_at, access.principal.password.last_use) == (None, None)
    assert any(note.startswith("it is not known whether there is a password") for note in access.usage.notes)


def test_the_report_tells_of_a_password_alone(iam, read):
    """
    It says that there is one, when it was set, and that it was never used.
    """
    iam.refused |= {"GetLoginProfile": "AccessDenied", "ListUsers": "AccessDenied"}

    access = read()[ADA]

    assert access.principal.password.created_at.tzinfo is UTC
    assert access.principal.password.last_use == LastUse()
    assert [note.partition(": ")[0] for note in access.usage.notes] == [
        "users cannot be listed with their last sign-in"
    ]


def test_last_accessed_reports_are_attached(iam, read):
    """
    A principal has its own; where a job fails there is none, and why.
    """
    iam.reports[DEPLOY] = [Accessed("s3", NOW, {"GetBucketAcl": None})]
    iam.faults[IDLE] = "fails"

    seen = read()

    [service] = seen[DEPLOY].usage.report.services
    assert (service.namespace, service.last_use, service.tracked) == (
        "s3",
        Use(NOW, "eu-west-1"),
        {"s3:GetBucketAcl": None},
    )
    assert seen[DEPLOY].usage.report_error is None
    assert seen[IDLE].usage.report is None
    assert seen[IDLE].usage.report_error.startswith("INTERNAL_ERROR: iam:GetServiceLastAccessedDetails: the job failed")


def test_a_report_that_is_not_whole_is_noted(iam, read):
    """
    What was read of it is there, marked as truncated.
    """
    iam.page = 1
    iam.reports[DEPLOY] = [Accessed("ec2"), Accessed("s3")]
    iam.faults[DEPLOY] = "truncated"

    usage = read()[DEPLOY].usage
    iam.page = 1000

    assert (usage.report.is_truncated, usage.report_error) == (True, None)
    assert usage.notes == (
        (
            "the last-accessed report is not whole: iam:GetServiceLastAccessedDetails: "
            "the report goes on, and the answer does not lead there"
        ),
    )


def test_an_account_that_does_not_tell_its_principals_is_a_gap(iam, read):
    """
    One gap for all of them.
    """
    iam.refused["GetAccountAuthorizationDetails"] = "AccessDenied"

    [gap] = read().values()

    assert gap == PrincipalGap(
        "ACCESS_DENIED",
        "iam:GetAccountAuthorizationDetails: AccessDenied: no (account 333333333333, us-east-1)",
        ACCOUNT,
        "global",
    )


def test_a_policy_that_the_answer_does_not_hold_is_asked_for(iam, client, read):
    """
    moto never lists AWS's own policies; where they cannot be read either, the principal is a gap and no other is.
    """
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam._faked, kept = _with_managed_policy(iam, arn), iam._faked
    try:
        whole = read()[IDLE].principal.policies
        iam.refused["GetPolicyVersion"] = "AccessDenied"
        seen = read()
    finally:
        iam._faked = kept

    [policy] = whole
    assert (policy.id, policy.kind, policy.attachments) == (arn, PolicyKind.AWS_MANAGED, 7)
    assert (json.loads(policy.document), policy.updated_at) == (SECOND, NOW)
    assert seen[IDLE] == PrincipalGap(
        "ACCESS_DENIED",
        f"the policy {arn} cannot be read: iam:GetPolicyVersion: AccessDenied: no (account 333333333333, us-east-1)",
        ACCOUNT,
        "global",
        "AWS::IAM::Role",
        IDLE,
    )
    assert isinstance(seen[DEPLOY], PrincipalAccess)


def _with_managed_policy(iam, arn):
    """`idle` with a policy of AWS, which moto has not: GetAccountAuthorizationDetails, GetPolicy, GetPolicyVersion."""
    faked = iam._faked
    role = {
        "Path": "/ci/",
        "RoleName": "idle",
        "RoleId": "AROAEXAMPLE",
        "Arn": IDLE,
        "CreateDate": time_text(NOW),
        "AssumeRolePolicyDocument": json.dumps(TRUST),
        "AttachedManagedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": arn}],
        "RoleLastUsed": {},
    }
    version = {"Document": json.dumps(SECOND), "VersionId": "v9", "CreateDate": time_text(NOW)}
    answers = {
        "GetPolicy": {"Policy": {"Arn": arn, "DefaultVersionId": "v9", "AttachmentCount": "7"}},
        "GetPolicyVersion": {"PolicyVersion": version},
    }

    def answer(action, form):
        if action in iam.refused:
            return faked(action, form)
        if form.get("Filter.member.1") == "Role":
            other = role | {"Arn": DEPLOY, "RoleName": "deploy", "AttachedManagedPolicies": []}
            return success(action, {"RoleDetailList": [role, other]})
        return success(action, answers[action]) if action in answers else faked(action, form)

    return answer


@dataclass
class Reading:
    """What a trail tells."""

    usage: dict
    coverage: TrailCoverage = COVERAGE


def test_what_the_trail_saw_is_attached(read):
    """
    The trail is read once for the account, and is told the enabled Regions; a principal it does not name did nothing.
    """
    asked = []
    seen = TrailUsage({"s3:GetObject": Use(NOW)})

    def trail(account, regions):
        asked.append((account, "eu-west-1" in regions))
        return Reading({DEPLOY: seen})

    found = read(trail=trail)

    assert asked == [(ACCOUNT, True)]
    assert (found[DEPLOY].usage.trail, found[IDLE].usage.trail) == (seen, TrailUsage())
    assert {each.usage.trail_coverage for each in found.values()} == {COVERAGE}


@pytest.mark.parametrize("error", [CollectionError("ACCESS_DENIED", "s3:ListBucket: no"), UsageError("no such folder")])
def test_a_trail_that_cannot_be_read_is_noted(read, error):
    """
    Nothing is known from it then: the principals have no trail, and say why.
    """

    def trail(account, regions):
        raise error

    found = read(trail=trail)

    assert {each.usage.trail for each in found.values()} == {None}
    assert {each.usage.notes for each in found.values()} == {(f"the trail cannot be read: {error}",)}


def test_many_accounts_are_collected(iam, planted):
    """
    One that lets nobody in is a gap, and stops no other.
    """
    estate = find_estate(Connection(endpoint_url=iam.url, attempts=1), role=ROLE, accounts=[ACCOUNT, "444444444444"])
    iam_of_other, targets = "444444444444", list(estate.targets)

    def refuse():
        raise CollectionError("ACCESS_DENIED", "sts:AssumeRole: no")

    targets = [type(each)(each.account, refuse) if each.account == iam_of_other else each for each in targets]
    clock = Clock()
    wanted = UsageWanted(waiting=Waiting(lambda: clock.at, clock.sleep))

    seen = list(collect_principals(targets, MemoryReports(now=lambda: NOW), wanted=wanted))

    assert {each.principal.arn for each in seen if isinstance(each, PrincipalAccess)} == {ADA, BOB, EVE, DEPLOY, IDLE}
    assert [each for each in seen if isinstance(each, Gap)] == [
        PrincipalGap("ACCESS_DENIED", "sts:AssumeRole: no", iam_of_other, "global")
    ]


def test_a_collection_that_stops_says_what_is_missing(iam, planted):
    """
    Whatever was not read by then is a gap.
    """
    stop = Event()
    stop.set()
    estate = find_estate(Connection(endpoint_url=iam.url, attempts=1), role=ROLE, accounts=[ACCOUNT])

    seen = list(collect_principals(estate.targets, MemoryReports(), stop=stop))

    assert seen == [PrincipalGap("INTERNAL_ERROR", "not read: the collection was interrupted", ACCOUNT, "global")]


def test_an_account_of_others_is_not_entered(iam):
    """
    As for resources: whoever names another account must not make us knock there.
    """
    source = LiveSource(Connection(endpoint_url=iam.url, attempts=1), role=ROLE, accounts=[ACCOUNT])
    with pytest.raises(CollectionError, match="is not among those"):
        list(source.read_principals("555555555555", MemoryReports()))


def test_every_call_is_declared(iam, read):
    """
    What is called is in `CALLS`, and so in what `ringwall permissions` prints; all of it is called by these tests.
    """
    iam.refused["GetAccessKeyLastUsed"] = "AccessDenied"
    read(trail=lambda *_: Reading({}))
    made = {f"iam:{name}" for name, times in iam.calls.items() if times and name and " " not in name}

    assert made <= set(CALLS)
    assert set(CALLS) - made == {"ec2:DescribeRegions", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole"}


def test_few_jobs_run_in_one_account(iam, read):
    """
    Each principal costs one job, and a cached report none.
    """
    reports = MemoryReports(now=lambda: NOW)
    read(reports)
    started = Counter({name: times for name, times in iam.calls.items() if name.startswith("Generate arn")})
    read(reports)

    assert started == {f"Generate {arn}": 1 for arn in (ADA, BOB, EVE, DEPLOY, IDLE)}
    assert iam.calls["GenerateServiceLastAccessedDetails"] == 5
