"""What is recommended for each kind of finding and each way in which a policy reaches a principal."""

import json
from datetime import timedelta

import pytest

from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation import api_steps, recommend, recommendation_as_json
from ringwall.principals.principal import AccessKey, IdentityPolicy, LastUse, Password, PolicyKind
from ringwall.principals.usage import LastAccessedReport, ServiceReport, TrailUsage, Usage, Use
from tests.findings.recommendation_cases import (
    ACCOUNT,
    BEFORE,
    NOW,
    access,
    actions_of,
    aws_managed,
    finding,
    group,
    managed,
    role,
    services,
    user,
)
from tests.principal_words import allow, deny, inline

S3_AND_SQS = allow(["s3:GetObject", "sqs:SendMessage"])
LATER = BEFORE + timedelta(days=30)


def recommended(principal, *, usage=None, **unused):
    return recommend(access(principal, usage), finding(principal, unused=services(**unused)), NOW)


def shape(recommendation):
    """Action, policy, and operations of each step."""
    return [
        (each.action.value, each.existing_policy_id, [call.operation.removeprefix("iam:") for call in each.calls])
        for each in recommendation.steps
    ]


def test_an_inline_policy_is_replaced_in_place():
    """
    It is the principal's alone; the undo is the old document.
    """
    policy = inline("own", S3_AND_SQS, deny("iam:*"))

    found = recommended(role(policy), sqs=())

    [step] = found.steps
    assert shape(found) == [("REPLACE_POLICY", "own", ["PutRolePolicy"])]
    assert step.calls[0].parameters == {
        "RoleName": "deploy",
        "PolicyName": "own",
        "PolicyDocument": step.recommended_policy,
    }
    assert actions_of(step.recommended_policy) == [["s3:GetObject"], "iam:*"]
    assert step.undo[0].parameters["PolicyDocument"] == policy.document
    assert found.is_of_aws
    assert [each.split(":")[0] for each in found.proof] == [
        "The new policies allow nothing that the old ones did not",
        "The new policies allow none of the unused actions",
        found.proof[2].split(":")[0],
    ]
    assert found.proof[2].startswith("Every other action that the service reference of ")


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (managed("p", S3_AND_SQS), "p is attached here alone: deploy gets a copy, and the old one can go later."),
        (managed("p", S3_AND_SQS, attachments=3), "p is attached 2 more times: deploy gets a copy."),
        (aws_managed("p", S3_AND_SQS), "p is AWS's own: deploy gets a copy without what is unused."),
    ],
)
def test_a_managed_policy_gives_way_to_a_copy(policy, why):
    """
    It is never changed: others may have it, also as a boundary. The copy is attached before the old one goes.
    """
    found = recommended(role(policy), sqs=())

    create, detach = found.steps
    assert shape(found) == [
        ("CREATE_POLICY", policy.id, ["CreatePolicy", "AttachRolePolicy"]),
        ("DETACH_POLICY", policy.id, ["DetachRolePolicy"]),
    ]
    arn = create.calls[1].parameters["PolicyArn"]
    assert arn.startswith(f"arn:aws:iam::{ACCOUNT}:policy/deploy-p-")
    assert arn.endswith(create.calls[0].parameters["PolicyName"])
    assert [each.operation for each in create.undo] == ["iam:DetachRolePolicy", "iam:DeletePolicy"]
    assert create.undo[1].parameters == {"PolicyArn": arn}
    assert create.explanation == why
    assert create.policy_updated_at == BEFORE
    assert [each.operation for each in detach.undo] == ["iam:AttachRolePolicy"]
    assert found.is_of_aws


def test_a_policy_that_is_unused_as_a_whole_goes():
    """
    Nothing comes in its place.
    """
    found = recommended(
        role(inline("a", allow("sqs:*")), managed("b", allow("sqs:*")), managed("c", allow("s3:*"))), sqs=()
    )

    assert shape(found) == [
        ("DETACH_POLICY", "a", ["DeleteRolePolicy"]),
        ("DETACH_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/b", ["DetachRolePolicy"]),
    ]


def test_an_inline_policy_that_gets_too_long_becomes_managed():
    """
    A star that becomes a list may be longer than a user's inline policies may be together.
    """
    found = recommended(user(inline("own", allow("*"))), sqs=())

    assert shape(found) == [
        ("CREATE_POLICY", "own", ["CreatePolicy", "AttachUserPolicy"]),
        ("CREATE_POLICY", "own", ["CreatePolicy", "AttachUserPolicy"]),
        ("DETACH_POLICY", "own", ["DeleteUserPolicy"]),
    ]
    assert "longer than the 2,048 characters" in found.steps[0].explanation
    assert "2 policies, as one may have 6,144 characters" in found.steps[0].explanation


def test_not_action_is_rewritten():
    """
    AWS's service gives up there, and the recommendation says so.
    """
    policy = inline("own", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})

    found = recommended(role(policy), sqs=())

    assert found.error is None
    assert not found.is_of_aws
    assert "sqs:*" not in found.steps[0].recommended_policy


def test_a_group_of_several_is_left():
    """
    The user takes along what it needs: copies of what is narrowed, the others as they are.
    """
    shared = group("dev", inline("in", S3_AND_SQS), managed("m", S3_AND_SQS), managed("n", allow("ec2:*")), members=3)
    other = group("other", managed("o", allow("ec2:*")), members=2)

    found = recommended(user(groups=(shared, other)), sqs=())

    assert shape(found) == [
        ("CREATE_POLICY", "in", ["CreatePolicy", "AttachUserPolicy"]),
        ("CREATE_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/m", ["CreatePolicy", "AttachUserPolicy"]),
        ("REMOVE_FROM_GROUP", shared.arn, ["AttachUserPolicy", "RemoveUserFromGroup"]),
    ]
    leave = found.steps[-1]
    assert leave.calls[0].parameters == {"UserName": "ann", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/n"}
    assert [each.operation for each in leave.undo] == ["iam:AddUserToGroup", "iam:DetachUserPolicy"]
    assert "also serves 2 other users" in leave.explanation
    assert not found.is_of_aws


def test_what_the_user_has_itself_is_not_attached_again():
    """
    The undo would detach what was there before.
    """
    both = managed("n", allow("ec2:*"))
    twice = managed("m", S3_AND_SQS)

    found = recommended(user(both, twice, groups=(group("dev", both, twice, members=2),)), sqs=())

    assert shape(found) == [
        ("CREATE_POLICY", twice.id, ["CreatePolicy", "AttachUserPolicy"]),
        ("DETACH_POLICY", twice.id, ["DetachUserPolicy"]),
        ("REMOVE_FROM_GROUP", f"arn:aws:iam::{ACCOUNT}:group/dev", ["RemoveUserFromGroup"]),
    ]


def test_the_same_policy_of_two_groups_is_copied_once():
    """
    A second one would have the same name.
    """
    groups = (group("a", inline("own", S3_AND_SQS), members=2), group("b", inline("own", S3_AND_SQS), members=2))

    found = recommended(user(groups=groups), sqs=())

    operations = [call.operation for step in found.steps for call in step.calls]
    assert operations == [
        "iam:CreatePolicy",
        "iam:AttachUserPolicy",
        "iam:RemoveUserFromGroup",
        "iam:RemoveUserFromGroup",
    ]


def test_a_group_of_one_is_changed():
    """
    Nobody else is touched, and the user stays where it belongs.
    """
    alone = group("dev", inline("in", S3_AND_SQS), managed("m", S3_AND_SQS))

    found = recommended(user(groups=(alone,)), sqs=())

    assert shape(found) == [
        ("REPLACE_POLICY", "in", ["PutGroupPolicy"]),
        ("CREATE_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/m", ["CreatePolicy", "AttachGroupPolicy"]),
        ("DETACH_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/m", ["DetachGroupPolicy"]),
    ]
    assert found.steps[0].explanation.endswith("The user is alone in the group dev.")


def test_denies_of_a_group_come_along():
    """
    Whoever leaves a group must not get rid of what the group denies.
    """
    shared = group("dev", managed("m", allow("sqs:*")), managed("deny", deny("s3:*")), members=2)

    found = recommended(user(inline("own", allow("s3:*")), groups=(shared,)), sqs=())

    assert [each.operation for each in found.steps[-1].calls] == ["iam:AttachUserPolicy", "iam:RemoveUserFromGroup"]
    assert found.steps[-1].calls[0].parameters["PolicyArn"].endswith("policy/deny")


def test_many_managed_policies():
    """
    More than ten at once need a raised quota; more than twenty are never allowed.
    """

    def of(size):
        return recommended(role(*(managed(f"p{index}", S3_AND_SQS) for index in range(size))), sqs=())

    assert of(5).steps[0].warning is None
    assert of(10).steps[0].warning == (
        "11 managed policies are attached to deploy for a moment: more than 10 need a raised quota."
    )
    assert of(20).error == (
        "SERVICE_ERROR",
        "21 managed policies would be attached to deploy: AWS allows 20 at most",
    )


def test_policies_are_exchanged_one_by_one_where_all_would_be_too_many():
    """
    What goes without a substitute makes room, and each copy comes just before its original goes.
    """
    policies = [managed(f"p{index}", S3_AND_SQS) for index in range(9)]

    found = recommended(role(*policies, managed("idle", allow("sqs:*"))), sqs=())

    assert [each.existing_policy_id.rpartition("/")[2] for each in found.steps] == [
        "idle",
        *(name for index in range(9) for name in (f"p{index}", f"p{index}")),
    ]
    assert [each.action.value for each in found.steps[1:3]] == ["CREATE_POLICY", "DETACH_POLICY"]
    assert all(each.warning is None for each in found.steps)


def test_managed_policies_of_a_group_are_counted():
    """
    AWS raises no quota of a group: where no policy can be exchanged, its only user leaves it.
    """

    def of(size, *others):
        policies = (managed(f"p{index}", S3_AND_SQS) for index in range(size))
        return recommended(user(groups=(group("dev", *policies, *others),)), sqs=())

    assert {each.action.value for each in of(9).steps} == {"CREATE_POLICY", "DETACH_POLICY"}
    assert {each.action.value for each in of(9, managed("idle", allow("sqs:*"))).steps[:1]} == {"DETACH_POLICY"}
    *copies, left = of(10).steps
    assert [each.calls[1].operation for each in copies] == ["iam:AttachUserPolicy"] * 10
    assert left.action.value == "REMOVE_FROM_GROUP"
    assert left.explanation.startswith("The group dev has as many managed policies as AWS allows")


def test_inline_policies_that_become_longer_come_after_those_that_become_shorter():
    """
    All of them together have a limit, also between two steps.
    """
    longer = inline("a", allow(["s3:*", "iam:*"], but=True), deny("s3:*"))
    shorter = inline("b", allow([f"sqs:{name}" for name in ("SendMessage", "PurgeQueue", "DeleteQueue")]), S3_AND_SQS)

    found = recommended(role(longer, shorter), sqs=())

    assert shape(found)[0] == ("REPLACE_POLICY", "b", ["PutRolePolicy"])


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        (role(path="/aws-reserved/sso.amazonaws.com/"), "change the permission set"),
        (role(path="/aws-service-role/x.amazonaws.com/"), "through the service"),
        (role(inline("own", allow("s3:*"))), "no policy grants any of it"),
        (role(IdentityPolicy("bad", PolicyKind.INLINE, "{")), "line 1, column 2, at $: policy `bad`: expected a key"),
    ],
)
def test_why_there_is_none(principal, reason):
    """
    An error says it; there are no steps.
    """
    found = recommended(principal, sqs=())

    assert found.steps == ()
    assert found.error[0] == "SERVICE_ERROR"
    assert reason in found.error[1]


@pytest.mark.parametrize(
    "usage",
    [
        Usage(report=LastAccessedReport(NOW, (ServiceReport("sqs", Use(LATER)),))),
        Usage(trail=TrailUsage(uses={"sqs:SendMessage": Use(LATER)})),
        Usage(trail=TrailUsage(services={"sqs": Use(LATER)})),
    ],
)
def test_what_was_used_since_is_not_taken_away(usage):
    """
    The finding may be older than the evidence.
    """
    found = recommended(role(inline("own", S3_AND_SQS)), usage=usage, sqs=())

    assert found.steps == ()
    assert found.error[1] == f"`sqs` was used at {LATER.isoformat()}, after what the finding knows of"


@pytest.mark.parametrize(
    "usage",
    [
        Usage(report=LastAccessedReport(NOW, (ServiceReport("sqs", Use(LATER)),))),
        Usage(trail=TrailUsage(services={"sqs": Use(LATER)})),
    ],
)
def test_a_role_that_any_source_saw_in_use_stays(usage):
    """
    RoleLastUsed may be behind.
    """
    principal = role(last_use=LastUse(BEFORE))
    about = finding(principal, FindingType.UNUSED_IAM_ROLE, last_accessed=BEFORE)

    found = recommend(access(principal, usage), about, NOW)

    assert found.steps == ()
    assert found.error[1] == f"the role was used at {LATER.isoformat()}, after what the finding knows of"


@pytest.mark.parametrize(
    ("actions", "kept"),
    [("iam:*", "iam:PassRole"), (["iam:PassRole", "iam:GetRole", "s3:*"], ["iam:PassRole", "s3:*"])],
)
def test_passing_roles_stays_though_the_finding_is_about_all_of_iam(actions, kept):
    """
    No source sees it.
    """
    found = recommended(role(inline("own", allow(actions))), iam=())

    assert [actions_of(each.recommended_policy) for each in found.steps] == [[kept]]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("*"), "brandnew:*"),
        (allow("*:*"), "brandnew:*"),
        (allow("*:Get*"), "brandnew:Get*"),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "brandnew:*"),
    ],
)
@pytest.mark.parametrize(
    "usage",
    [
        Usage(report=LastAccessedReport(NOW, (ServiceReport("brandnew", Use(BEFORE)), ServiceReport("sqs")))),
        Usage(trail=TrailUsage(services={"brandnew": Use(BEFORE)})),
    ],
)
def test_a_service_that_only_iam_knows_stays(statement, expected, usage):
    """
    A wildcard gives way to the services that are known: one that is in use is known.
    """
    found = recommended(role(inline("own", statement)), usage=usage, sqs=())

    assert found.error is None
    allowed = [action for each in found.steps if each.recommended_policy for action in _flat(each.recommended_policy)]
    assert expected in allowed


def _flat(text):
    return [action for each in actions_of(text) for action in ([each] if isinstance(each, str) else each)]


def test_not_action_about_a_service_that_only_iam_knows():
    """
    What is left of it cannot be listed.
    """
    statement = {"Effect": "Allow", "NotAction": "brandnew:Delete*", "Resource": "*"}
    usage = Usage(report=LastAccessedReport(NOW, (ServiceReport("brandnew", Use(BEFORE)),)))

    found = recommended(role(inline("own", statement)), usage=usage, sqs=())

    assert found.error[1] == "what `NotAction` leaves of `brandnew` cannot be listed: its actions are not known"


def test_more_statements_than_have_room():
    """
    The proof would take minutes, and AWS would not take the policies.
    """
    statements = [allow(["s3:GetObject", "sqs:*"], f"arn:aws:s3:::bucket-{number}/*") for number in range(501)]

    found = recommended(role(inline("own", *statements)), sqs=())

    assert (found.steps, found.error[1]) == ((), "the policies have 501 statements: 500 can be proven")


def test_uses_are_replayed():
    """
    Each action that was seen is among what the proof speaks of, also those that the service reference lacks.
    """
    usage = Usage(trail=TrailUsage(uses={"s3:FutureAction": Use(LATER), "s3:GetObject": Use(LATER)}))

    found = recommended(role(inline("own", allow("s3:*"))), usage=usage, s3=("PutObject",))

    assert "s3:FutureAction" in json.loads(found.steps[0].recommended_policy)["Statement"][0]["Action"]
    assert found.proof[-1] == "Each of the 2 other actions that were seen in use is allowed if it was before."


def test_variables_are_proven_statement_by_statement():
    """
    Where keys are related to each other, requests are not decided: the statements are the same but for their actions.
    """
    related = allow(["s3:*", "sqs:*"], "arn:aws:s3:::${aws:username}-${aws:PrincipalTag/team}/*")
    policy = inline("own", related, allow("s3:Get*", "arn:aws:s3:::${aws:PrincipalTag/team}/*"))

    found = recommended(role(policy), s3=("PutObject",), sqs=())

    assert found.error is None
    assert found.steps[0].recommended_policy.count("${aws:username}-${aws:PrincipalTag/team}") == 1


def test_a_role_is_deleted_after_its_policies():
    """
    Who may assume it is said before; the undo makes it again with all that it had.
    """
    unused = role(
        inline("own", S3_AND_SQS),
        aws_managed("p", S3_AND_SQS),
        last_use=LastUse(),
        tags={"team": "a"},
        boundary=managed("limit", allow("*")),
    )

    found = recommend(access(unused), finding(unused, FindingType.UNUSED_IAM_ROLE), NOW)

    [step] = found.steps
    assert shape(found) == [("DELETE_ROLE", None, ["DeleteRolePolicy", "DetachRolePolicy", "DeleteRole"])]
    assert [each.operation for each in step.undo] == ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"]
    assert step.undo[0].parameters == {
        "RoleName": "deploy",
        "Path": "/",
        "AssumeRolePolicyDocument": unused.trust_policy,
        "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/limit",
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    assert step.warning.startswith(
        "The role may be assumed by the service ec2.amazonaws.com; whoever account 444455556666 lets"
        " (under conditions on sts:ExternalId)."
    )
    assert not found.is_of_aws


def test_a_key_is_made_inactive():
    """
    That can be undone.
    """
    key = AccessKey("AKIAEXAMPLE", is_active=True, created_at=BEFORE, last_use=LastUse(BEFORE))
    owner = user(keys=(key,))
    about = finding(owner, FindingType.UNUSED_IAM_USER_ACCESS_KEY, access_key_id=key.id, last_accessed=BEFORE)

    [step] = recommend(access(owner), about, NOW).steps

    assert step.calls[0].parameters == {"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE", "Status": "Inactive"}
    assert step.undo[0].parameters == {"UserName": "ann", "AccessKeyId": "AKIAEXAMPLE", "Status": "Active"}


def test_a_password_cannot_be_restored():
    """
    The warning says so; there is no undo.
    """
    owner = user(password=Password(BEFORE, LastUse()))

    [step] = recommend(access(owner), finding(owner, FindingType.UNUSED_IAM_USER_PASSWORD), NOW).steps

    assert [each.operation for each in step.calls] == ["iam:DeleteLoginProfile"]
    assert step.undo == ()
    assert "Nobody can restore a password" in step.warning


KEY = "AKIAEXAMPLE"


@pytest.mark.parametrize(
    ("principal", "type_", "reason"),
    [
        (role(trust_policy=None), FindingType.UNUSED_IAM_ROLE, "trust policy of the role could not be read"),
        (role(last_use=LastUse(LATER)), FindingType.UNUSED_IAM_ROLE, "the role was used at 2026-01-31"),
        (role(last_use=None), FindingType.UNUSED_IAM_ROLE, "could not be read when the role was last used"),
        (user(keys=None), FindingType.UNUSED_IAM_USER_ACCESS_KEY, "access keys of the user could not be read"),
        (user(), FindingType.UNUSED_IAM_USER_ACCESS_KEY, "no longer has the access key"),
        (
            user(keys=(AccessKey(KEY, is_active=False, created_at=BEFORE),)),
            FindingType.UNUSED_IAM_USER_ACCESS_KEY,
            "is inactive already",
        ),
        (
            user(keys=(AccessKey(KEY, is_active=True, created_at=BEFORE, last_use=LastUse(LATER)),)),
            FindingType.UNUSED_IAM_USER_ACCESS_KEY,
            f"the access key {KEY} was used at 2026-01-31",
        ),
        (user(), FindingType.UNUSED_IAM_USER_PASSWORD, "no longer has a password"),
        (
            user(password=Password(BEFORE, LastUse(LATER))),
            FindingType.UNUSED_IAM_USER_PASSWORD,
            "the password was used",
        ),
        (role(), FindingType.EXTERNAL_ACCESS, "no recommendation for ExternalAccess"),
    ],
)
def test_findings_that_no_longer_hold(principal, type_, reason):
    """
    What could not be read, or was used since, is not taken away.
    """
    about = finding(principal, type_, access_key_id=KEY, last_accessed=BEFORE)

    found = recommend(access(principal), about, NOW)

    assert found.steps == ()
    assert reason in found.error[1]


def test_an_error_finding_has_none():
    """
    Nor has a finding about another principal.
    """
    owner = role(inline("own", S3_AND_SQS))
    broken = finding(owner, error="ACCESS_DENIED", error_message="no report")

    assert recommend(access(owner), broken, NOW).error[1] == "it is not known what was unused: no report"
    assert "the finding is about" in recommend(access(user()), finding(owner), NOW).error[1]


def test_steps_of_the_api():
    """
    Two actions: what is replaced in place is created and detached, and what is no policy has no step.
    """
    found = recommended(role(inline("own", S3_AND_SQS), managed("m", S3_AND_SQS), managed("n", allow("sqs:*"))), sqs=())

    steps = [each["unusedPermissionsRecommendedStep"] for each in api_steps(found)]

    assert [(each["recommendedAction"], each["existingPolicyId"]) for each in steps] == [
        ("CREATE_POLICY", "own"),
        ("DETACH_POLICY", "own"),
        ("CREATE_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/m"),
        ("DETACH_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/m"),
        ("DETACH_POLICY", f"arn:aws:iam::{ACCOUNT}:policy/n"),
    ]
    assert actions_of(steps[0]["recommendedPolicy"]) == [["s3:GetObject"]]
    assert "policyUpdatedAt" not in steps[0]
    assert steps[2]["policyUpdatedAt"] == BEFORE
    assert "recommendedPolicy" not in steps[1]


def test_all_of_it_is_json():
    """
    Calls with their parameters as boto3 takes them, and what is not there left out.
    """
    found = recommendation_as_json(recommended(role(managed("m", S3_AND_SQS)), sqs=()))

    assert json.loads(json.dumps(found)) == found
    assert found["isOfAws"] is True
    assert found["steps"][1] == {
        "recommendedAction": "DETACH_POLICY",
        "existingPolicyId": f"arn:aws:iam::{ACCOUNT}:policy/m",
        "policyUpdatedAt": "2026-01-01T00:00:00+00:00",
        "explanation": "The policy m is detached: its place is taken.",
        "calls": [
            {
                "operation": "iam:DetachRolePolicy",
                "parameters": {"RoleName": "deploy", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/m"},
            }
        ],
        "undo": [
            {
                "operation": "iam:AttachRolePolicy",
                "parameters": {"RoleName": "deploy", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/m"},
            }
        ],
    }
    assert "error" not in found


def test_why_there_is_none_is_json():
    """
    Code and message, as the API has them.
    """
    found = recommendation_as_json(recommended(role(), sqs=()))

    assert found["error"] == {"code": "SERVICE_ERROR", "message": "no policy grants any of it: scan again"}
    assert found["steps"] == []
