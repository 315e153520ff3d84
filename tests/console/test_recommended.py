"""How a recommendation is put together for its page."""

import json

import msgspec
import pytest

from ringwall.console.recommended import command_of, file_names, recommended_of
from ringwall.console.side_by_side import sides_of
from ringwall.principals.principal import IdentityPolicy, PolicyKind
from tests.console.idle_estate import APP, LONG_AGO, RECOMMENDED, policy
from tests.service.work_for_tests import START

SHARED = "arn:aws:iam::111122223333:policy/shared"
TWO = msgspec.structs.replace(
    APP, policies=(*APP.policies, IdentityPolicy(SHARED, PolicyKind.CUSTOMER_MANAGED, policy("sqs:*"), START))
)


def step(**members):
    return {"recommendedAction": "DETACH_POLICY", **members}


def shown(*steps, principal=TWO, **more):
    return recommended_of({"recommendation": {"steps": list(steps), **more}}, principal)


def test_steps_about_one_policy_are_one_change():
    """
    The one that creates its successor, and the one that detaches it.
    """
    [change] = recommended_of(RECOMMENDED, TWO).changes

    assert change.name == "access"
    assert [each.title for each in change.steps] == ["Create the recommended policy", "Detach the existing policy"]
    assert [line.text.strip() for line in change.sides.left if line.kind == "del"] == [
        '"s3:CreateBucket",',
        '"s3:DeleteBucket",',
        '"s3:ListAllMyBuckets",',
        '"sqs:SendMessage",',
        '"sqs:ReceiveMessage"',
    ]


def test_a_policy_that_is_only_detached_has_nothing_on_the_right():
    """
    Nothing of it was used.
    """
    [change] = shown(step(existingPolicyId=SHARED)).changes

    assert change.recommended == ""
    assert {line.kind for line in change.sides.right} == {"gap"}


def test_each_policy_is_a_change_of_its_own():
    """
    In the order of the steps; what is about no policy comes behind.
    """
    made = shown(
        step(existingPolicyId=SHARED),
        step(existingPolicyId="access"),
        step(recommendedAction="REMOVE_FROM_GROUP", existingPolicyId="arn:aws:iam::111122223333:group/all"),
        proof=["so it is"],
        isOfAws=False,
    )

    assert [each.name for each in made.changes] == ["shared", "access"]
    assert [each.title for each in made.others] == ["Take the user out of the group"]
    assert (made.proof, made.is_of_aws) == (("so it is",), False)


@pytest.mark.parametrize(("at", "is_stale"), [(LONG_AGO, True), (START, False)])
def test_a_policy_that_changed_since_is_told(at, is_stale):
    """
    The recommendation was made from an older version of it.
    """
    [change] = shown(step(existingPolicyId=SHARED, policyUpdatedAt=at.isoformat())).changes

    assert change.is_stale is is_stale


def test_a_policy_that_is_not_known_any_more_has_nothing_on_the_left():
    """
    The principal is gone, or the policy is: the recommended one is shown all the same.
    """
    members = step(recommendedAction="CREATE_POLICY", existingPolicyId="old", recommendedPolicy=policy("s3:GetObject"))

    [change] = shown(members, principal=None).changes

    assert {line.kind for line in change.sides.left} == {"gap"}
    assert json.loads(change.recommended)["Statement"][0]["Action"] == ["s3:GetObject"]


def test_files_have_names_that_every_system_takes():
    """
    Numbered, so that no two are alike.
    """
    members = step(recommendedAction="CREATE_POLICY", existingPolicyId="a/../b c", recommendedPolicy="{}")
    made = shown(members, principal=None)

    assert list(file_names(made.changes)) == [("01-b-c.json", "{}\n")]


def test_a_call_is_a_line_for_the_command_line():
    """
    Quotes of a policy are kept from the shell.
    """
    call = {"operation": "iam:PutRolePolicy", "parameters": {"PolicyName": "it's"}}

    assert command_of(call) == """aws iam put-role-policy --cli-input-json '{"PolicyName": "it'"'"'s"}'"""


def test_both_sides_have_as_many_lines():
    """
    What one side lacks is a gap.
    """
    sides = sides_of("a\nb\nc", "a\nx\ny\nz\nc")

    assert [line.kind for line in sides.left] == ["", "del", "gap", "gap", ""]
    assert [line.text for line in sides.right] == ["a", "x", "y", "z", "c"]
