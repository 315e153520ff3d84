"""What a recommendation writes to IAM, and that its undo makes everything as it was. IAM is moto's."""

import json
from datetime import timedelta
from itertools import count
from threading import Event

import boto3
import pytest
from msgspec.structs import replace

from ringwall.collector.apply_recommendation import READS, WRITES, apply_recommendation, undo_calls
from ringwall.collector.aws import Connection, new_session
from ringwall.collector.traffic import Traffic
from ringwall.errors import CollectionError, ConflictError, DeniedError, UsageError
from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation import Recommendation, recommend
from ringwall.principals.principal import AccessKey, IdentityPolicy, LastUse, Password, PolicyKind
from tests.findings.recommendation_cases import BEFORE, NOW, access, finding, services
from tests.principal_words import allow, document, group, inline, role, user

ACCOUNT = "123456789012"
MUCH = allow(["s3:GetObject", "sqs:SendMessage"])
S3_AND_SQS = document(MUCH)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
_NUMBERS = count()


@pytest.fixture
def iam(endpoint):
    return boto3.client("iam", endpoint_url=endpoint)


@pytest.fixture
def aws(endpoint):
    session = new_session(Connection(endpoint_url=endpoint), Traffic())
    session.account = ACCOUNT
    return Recording(session.reader())


class Recording:
    """A reader that keeps note of the permissions that it needed, and may refuse one of them."""

    def __init__(self, reader):
        self.reader = reader
        self.account, self.region, self.partition = reader.account, reader.region, reader.partition
        self.asked = []
        self.refuses = None

    def pages(self, operation, key, **parameters):
        self.asked.append(operation)
        return self.reader.pages(operation, key, **parameters)

    def find(self, operation, *absent, **parameters):
        self.asked.append(operation)
        return self.reader.find(operation, *absent, **parameters)

    def call(self, operation, **parameters):
        if operation == self.refuses:
            raise CollectionError("ACCESS_DENIED", f"{operation}: AccessDenied")
        self.asked.append(operation)
        return self.reader.call(operation, **parameters)

    @property
    def written(self):
        return [each.removeprefix("iam:") for each in self.asked if each in WRITES]


@pytest.fixture
def a_role(iam):
    """A role with an inline policy and a managed one."""
    name = f"role-{next(_NUMBERS)}"
    made = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=TRUST,
        Description="builds",
        MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "a"}],
    )
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=S3_AND_SQS)
    managed = a_managed_policy(iam)
    iam.attach_role_policy(RoleName=name, PolicyArn=managed.id)
    fields = {"trust_policy": TRUST, "last_use": LastUse(), "tags": {"team": "a"}, "id": made["Role"]["RoleId"]}
    return role(ACCOUNT, name, inline("own", MUCH), managed, created_at=BEFORE, **fields)


@pytest.fixture
def a_user(iam):
    """A user in a group of two, with a key and a password."""
    name, group_name = f"user-{next(_NUMBERS)}", f"group-{next(_NUMBERS)}"
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password="correct horse battery staple")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.create_group(GroupName=group_name)
    iam.add_user_to_group(GroupName=group_name, UserName=name)
    iam.put_group_policy(GroupName=group_name, PolicyName="in", PolicyDocument=S3_AND_SQS)
    kept = a_managed_policy(iam, document(allow("ec2:*")))
    iam.attach_group_policy(GroupName=group_name, PolicyArn=kept.id)
    return user(
        ACCOUNT,
        name,
        created_at=BEFORE,
        groups=(group(ACCOUNT, group_name, inline("in", MUCH), kept),),
        keys=(AccessKey(key["AccessKeyId"], is_active=True, created_at=BEFORE, last_use=LastUse()),),
        password=Password(BEFORE, LastUse()),
    )


def a_managed_policy(iam, text=S3_AND_SQS):
    made = iam.create_policy(PolicyName=f"policy-{next(_NUMBERS)}", PolicyDocument=text)["Policy"]
    version = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]
    return IdentityPolicy(made["Arn"], PolicyKind.CUSTOMER_MANAGED, text, version["CreateDate"])


def recommended(principal, type_=FindingType.UNUSED_PERMISSION, **more):
    about = finding(principal, type_, unused=services(sqs=()), **more)
    made = recommend(access(principal), about, NOW)
    assert made.error is None
    return made


def state(iam):
    """All that steps may change, without the ids and dates that AWS makes up."""
    details = iam.get_account_authorization_details()
    users = [each["UserName"] for each in details["UserDetailList"]]
    return {
        "roles": [
            without(each, "RoleId", "CreateDate", "InstanceProfileList", "RoleLastUsed")
            | about_role(iam, each["RoleName"])
            for each in sorted(details["RoleDetailList"], key=lambda each: each["RoleName"])
        ],
        "users": details["UserDetailList"],
        "groups": details["GroupDetailList"],
        "policies": [each["Arn"] for each in details["Policies"]],
        "keys": [iam.list_access_keys(UserName=each)["AccessKeyMetadata"] for each in users],
    }


def about_role(iam, name):
    role = iam.get_role(RoleName=name)["Role"]
    profiles = iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
    about = {key: role.get(key) for key in ("Description", "MaxSessionDuration", "Tags")}
    return about | {"profiles": [each["InstanceProfileName"] for each in profiles]}


def without(members, *names):
    return {name: value for name, value in members.items() if name not in names}


def undone(iam, aws, recommendation):
    """What IAM looks like between, once everything was applied; it is as before in the end."""
    before = state(iam)
    applied = apply_recommendation(aws, recommendation, is_allowed=True)
    between = state(iam)
    assert applied.is_complete
    assert between != before
    assert undo_calls(aws, applied.undo, is_allowed=True).is_complete
    assert state(iam) == before
    assert set(aws.asked) <= {*READS, *WRITES}
    return applied


def test_policies_of_a_role(iam, aws, a_role):
    """
    The inline policy is replaced, the managed one gives way to a copy, and back.
    """
    made = recommended(a_role)

    applied = undone(iam, aws, made)

    operations = [each.operation.removeprefix("iam:") for each in applied.done]
    assert operations == ["PutRolePolicy", "CreatePolicy", "AttachRolePolicy", "DetachRolePolicy"]


def test_what_is_written_is_what_was_recommended(iam, aws, a_role):
    """
    To the letter, as IAM gives it back.
    """
    made = recommended(a_role)

    apply_recommendation(aws, made, is_allowed=True)

    inline = iam.get_role_policy(RoleName=a_role.name, PolicyName="own")["PolicyDocument"]
    [attached] = iam.list_attached_role_policies(RoleName=a_role.name)["AttachedPolicies"]
    copy = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId="v1")["PolicyVersion"]["Document"]
    assert inline == json.loads(made.steps[0].recommended_policy)
    assert copy == json.loads(made.steps[1].recommended_policy)


def test_a_user_leaves_a_group(iam, aws, a_user):
    """
    With policies of its own, and back.
    """
    applied = undone(iam, aws, recommended(a_user))

    operations = [each.operation.removeprefix("iam:") for each in applied.done]
    assert operations == ["CreatePolicy", "AttachUserPolicy", "AttachUserPolicy", "RemoveUserFromGroup"]


def test_a_group_of_one_is_changed(iam, aws, a_user):
    """
    And back.
    """
    [several] = a_user.groups
    alone = replace(a_user, keys=(), password=None, groups=(replace(several, members=1),))

    applied = undone(iam, aws, recommended(alone))

    assert [each.operation for each in applied.done] == ["iam:PutGroupPolicy"]


def test_a_role_is_deleted_and_made_again(iam, aws, a_role):
    """
    With what no listing says of it, and with its instance profile.
    """
    profile = f"profile-{next(_NUMBERS)}"
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=a_role.name)

    applied = undone(iam, aws, recommended(a_role, FindingType.UNUSED_IAM_ROLE))

    operations = [each.operation.removeprefix("iam:") for each in applied.done]
    assert operations == ["RemoveRoleFromInstanceProfile", "DeleteRolePolicy", "DetachRolePolicy", "DeleteRole"]


def test_a_key_is_made_inactive(iam, aws, a_user):
    """
    And active again.
    """
    key = a_user.keys[0].id

    applied = undone(iam, aws, recommended(a_user, FindingType.UNUSED_IAM_USER_ACCESS_KEY, access_key_id=key))

    assert [each.parameters["Status"] for each in (*applied.done, *applied.undo)] == ["Inactive", "Active"]


def test_a_password_is_gone_for_good(iam, aws, a_user):
    """
    There is nothing to undo it with.
    """
    applied = apply_recommendation(aws, recommended(a_user, FindingType.UNUSED_IAM_USER_PASSWORD), is_allowed=True)

    assert applied.is_complete
    assert applied.undo == ()
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_login_profile(UserName=a_user.name)


def test_nothing_is_done_after_a_refusal(iam, aws, a_role):
    """
    What was done before is said, and can be undone.
    """
    before = state(iam)
    aws.refuses = "iam:DetachRolePolicy"

    applied = apply_recommendation(aws, recommended(a_role), is_allowed=True)

    assert applied.failed.operation == "iam:DetachRolePolicy"
    assert applied.error == "iam:DetachRolePolicy: AccessDenied"
    assert aws.written == ["PutRolePolicy", "CreatePolicy", "AttachRolePolicy"]
    aws.refuses = None
    assert undo_calls(aws, applied.undo, is_allowed=True).is_complete
    assert state(iam) == before


def test_a_step_that_failed_half_way_is_undone_half_way(iam, aws, a_role):
    """
    A policy that was created and not attached is deleted again.
    """
    aws.refuses = "iam:AttachRolePolicy"

    applied = apply_recommendation(aws, recommended(a_role), is_allowed=True)

    assert [each.operation for each in applied.undo] == ["iam:DeletePolicy", "iam:PutRolePolicy"]


def test_some_steps(iam, aws, a_role):
    """
    A policy only goes together with what comes in its place.
    """
    made = recommended(a_role)

    with pytest.raises(UsageError, match="without step 1"):
        apply_recommendation(aws, made, is_allowed=True, chosen=[0, 2])
    with pytest.raises(UsageError, match="there is no step 7"):
        apply_recommendation(aws, made, is_allowed=True, chosen=[7])
    assert aws.written == []
    apply_recommendation(aws, made, is_allowed=True, chosen=[0])
    assert aws.written == ["PutRolePolicy"]


def change_inline(iam, principal):
    iam.put_role_policy(RoleName=principal.name, PolicyName="own", PolicyDocument=document(allow("ec2:*")))


def drop_inline(iam, principal):
    iam.delete_role_policy(RoleName=principal.name, PolicyName="own")


def drop_managed(iam, principal):
    iam.detach_role_policy(RoleName=principal.name, PolicyArn=principal.policies[1].id)


def change_managed(iam, principal):
    iam.create_policy_version(
        PolicyArn=principal.policies[1].id, PolicyDocument=document(allow("ec2:*")), SetAsDefault=True
    )


def change_trust(iam, principal):
    iam.update_assume_role_policy(RoleName=principal.name, PolicyDocument=TRUST.replace("ec2", "lambda"))


def make_again(iam, principal):
    iam.delete_role_policy(RoleName=principal.name, PolicyName="own")
    iam.detach_role_policy(RoleName=principal.name, PolicyArn=principal.policies[1].id)
    iam.delete_role(RoleName=principal.name)
    iam.create_role(RoleName=principal.name, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName=principal.name, PolicyName="own", PolicyDocument=S3_AND_SQS)
    iam.attach_role_policy(RoleName=principal.name, PolicyArn=principal.policies[1].id)


def add_policy(iam, principal):
    iam.put_role_policy(RoleName=principal.name, PolicyName="new", PolicyDocument=document(allow("ec2:*")))


def test_a_role_that_was_used_since_is_not_deleted(aws, a_role, monkeypatch):
    """
    IAM says so in the answer that is read anyway.
    """
    used_at = BEFORE + timedelta(days=40)
    find = aws.find

    def used(operation, *arguments, **parameters):
        answer = find(operation, *arguments, **parameters)
        if operation != "iam:GetRole":
            return answer
        return {"Role": {**answer["Role"], "RoleLastUsed": {"LastUsedDate": used_at}}}

    made = recommended(a_role, FindingType.UNUSED_IAM_ROLE)
    monkeypatch.setattr(aws, "find", used)

    with pytest.raises(ConflictError, match=f"the role was used at {used_at.isoformat().replace('+', '.')}"):
        apply_recommendation(aws, made, is_allowed=True)

    assert aws.written == []


@pytest.mark.parametrize(
    ("change", "type_", "reason"),
    [
        (change_inline, FindingType.UNUSED_PERMISSION, "the policy own is another"),
        (drop_inline, FindingType.UNUSED_PERMISSION, "there is no policy own"),
        (drop_managed, FindingType.UNUSED_PERMISSION, "is not attached"),
        (change_managed, FindingType.UNUSED_PERMISSION, "has another version"),
        (change_trust, FindingType.UNUSED_IAM_ROLE, "the trust policy is another"),
        (add_policy, FindingType.UNUSED_IAM_ROLE, "its policies are others"),
        (make_again, FindingType.UNUSED_IAM_ROLE, "it is another role of the same name"),
    ],
)
def test_nothing_is_written_over_what_nobody_has_analysed(iam, aws, a_role, change, type_, reason):
    """
    All is looked at before the first call that writes.
    """
    made = recommended(a_role, type_)
    change(iam, a_role)

    with pytest.raises(ConflictError, match=reason):
        apply_recommendation(aws, made, is_allowed=True)

    assert aws.written == []


@pytest.mark.parametrize(
    ("type_", "change", "reason"),
    [
        (
            FindingType.UNUSED_PERMISSION,
            lambda iam, user: iam.remove_user_from_group(GroupName=user.groups[0].name, UserName=user.name),
            "is not in the group",
        ),
        (
            FindingType.UNUSED_IAM_USER_ACCESS_KEY,
            lambda iam, user: iam.delete_access_key(UserName=user.name, AccessKeyId=user.keys[0].id),
            "there is no active key",
        ),
        (
            FindingType.UNUSED_IAM_USER_PASSWORD,
            lambda iam, user: iam.delete_login_profile(UserName=user.name),
            "there is no password",
        ),
    ],
)
def test_what_is_gone_already(iam, aws, a_user, type_, change, reason):
    """
    Somebody was faster.
    """
    made = recommended(a_user, type_, access_key_id=a_user.keys[0].id)
    change(iam, a_user)

    with pytest.raises(ConflictError, match=reason):
        apply_recommendation(aws, made, is_allowed=True)

    assert aws.written == []


def another_policy_of_the_group(iam, group):
    iam.put_group_policy(GroupName=group.name, PolicyName="new", PolicyDocument=document(allow("ec2:*")))


def another_document_of_the_group(iam, group):
    iam.put_group_policy(GroupName=group.name, PolicyName="in", PolicyDocument=document(allow("ec2:*")))


def another_version_for_the_group(iam, group):
    iam.create_policy_version(PolicyArn=group.policies[1].id, PolicyDocument=document(allow("s3:*")), SetAsDefault=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (another_policy_of_the_group, "the policies of the group .* are others: .*new"),
        (another_document_of_the_group, "the policy in of the group .* is another"),
        (another_version_for_the_group, "has another version"),
    ],
)
def test_nobody_leaves_a_group_that_has_changed(iam, aws, a_user, change, reason):
    """
    What the user takes along is what the group granted: of what it grants by now nobody has looked.
    """
    made = recommended(a_user)
    change(iam, a_user.groups[0])

    with pytest.raises(ConflictError, match=reason):
        apply_recommendation(aws, made, is_allowed=True)

    assert aws.written == []


def test_a_group_is_not_changed_for_others(iam, aws, a_user):
    """
    Somebody joined the user who was alone in it.
    """
    [several] = a_user.groups
    made = recommended(replace(a_user, keys=(), password=None, groups=(replace(several, members=1),)))
    name = f"user-{next(_NUMBERS)}"
    iam.create_user(UserName=name)
    iam.add_user_to_group(GroupName=several.name, UserName=name)

    with pytest.raises(ConflictError, match="2 users are in the group"):
        apply_recommendation(aws, made, is_allowed=True)

    assert aws.written == []


def test_an_interruption_comes_between_two_calls(iam, aws, a_role):
    """
    The call on its way is finished, and what was done by then is told, with its undo.
    """
    before = state(iam)
    stop = Event()
    call = aws.call

    def interrupted(operation, **parameters):
        if operation == "iam:CreatePolicy":
            stop.set()
        return call(operation, **parameters)

    aws.call = interrupted
    applied = apply_recommendation(aws, recommended(a_role), is_allowed=True, stop=stop)

    assert [each.operation for each in applied.done] == ["iam:PutRolePolicy", "iam:CreatePolicy"]
    assert (applied.failed.operation, applied.error) == (
        "iam:AttachRolePolicy",
        "interrupted: this call was not made",
    )
    assert undo_calls(aws, applied.undo, is_allowed=True).is_complete
    assert state(iam) == before


def test_nothing_is_written_without_the_right_to(aws, a_role):
    """
    Nor in another account, nor where there is no recommendation.
    """
    made = recommended(a_role)

    with pytest.raises(DeniedError):
        apply_recommendation(aws, made, is_allowed=False)
    with pytest.raises(DeniedError):
        undo_calls(aws, made.steps[0].undo, is_allowed=False)
    with pytest.raises(UsageError, match="there is no recommendation: x"):
        apply_recommendation(aws, Recommendation(a_role.arn, error=("SERVICE_ERROR", "x")), is_allowed=True)
    aws.account = "444455556666"
    with pytest.raises(UsageError, match="is not of account 444455556666"):
        apply_recommendation(aws, made, is_allowed=True)
    assert aws.asked == []
