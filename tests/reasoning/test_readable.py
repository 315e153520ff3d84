"""Witnesses that people recognize."""

import json

import pytest
from hypothesis import given

from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Caller, CallerKind
from ringwall.policy.service_reference import canonical_action
from ringwall.reasoning.compare import access, new_access
from ringwall.reasoning.question import find_answer, is_answered_by
from ringwall.reasoning.readable import readable
from tests.reasoning.test_compare import SOME


def policy_of(*statements):
    return parse_policy(json.dumps({"Statement": [{"Effect": "Allow", **each} for each in statements]}))


def readable_access(*statements):
    question = access(policy_of(*statements))
    return readable(question, find_answer(question))


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:getobject", "arn:aws:s3:::b/*", ("s3:GetObject", "arn:aws:s3:::b/example")),
        ("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], ("s3:GetObject", "arn:aws:s3:::b/example")),
        ("s3:ListBucket", ["arn:aws:s3:::b/*", "arn:aws:s3:::b"], ("s3:ListBucket", "arn:aws:s3:::b")),
        ("*", "*", ("s3:GetObject", "arn:aws:s3:::example/example")),
        ("kinesis:Put*", "*", ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:111122223333:stream/example")),
        ("sqs:sendmessage", "arn:aws:sqs:*:*:q-?", ("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q-x")),
        ("ec2:DescribeRegions", "*", ("ec2:DescribeRegions", "*")),
    ],
)
def test_actions_and_resources_are_real(action, resource, expected):
    """
    An action is one of AWS's, in its spelling; a resource is one that the action is about.
    """
    found = readable_access({"Action": action, "Resource": resource})

    assert (found.action, found.resource) == expected


def test_an_unknown_action_stays():
    """
    What AWS does not document keeps the text that the search found.
    """
    assert readable_access({"Action": "nothing:doit", "Resource": "*"}).action == "nothing:doit"


def test_who_has_an_identity_policy():
    """
    Where no principal is named, the caller is a user, with the keys that follow; named ones stay.
    """
    free = readable_access({"Action": "s3:*", "Resource": "*"})
    named = readable_access({"Action": "s3:*", "Resource": "*", "Principal": {"Service": "sns.amazonaws.com"}})

    assert (free.caller.kind, free.context["aws:username"]) == (CallerKind.USER, ("example",))
    assert free.context["aws:principaltype"] == ("User",)
    assert named.caller == Caller(CallerKind.SERVICE, service="sns.amazonaws.com")


def test_a_condition_on_the_caller_keeps_the_caller():
    """
    Where only somebody anonymous will do, the caller stays anonymous.
    """
    found = readable_access({"Action": "s3:*", "Resource": "*", "Condition": {"Null": {"aws:PrincipalArn": "true"}}})

    assert found.caller.kind is CallerKind.ANONYMOUS


def test_what_else_must_hold_is_held():
    """
    A candidate that the caller of the function does not accept is not taken.
    """
    question = access(policy_of({"Action": "s3:*", "Resource": "*"}))

    found = readable(question, find_answer(question), lambda request: request.action != "s3:GetObject")

    assert canonical_action(found.action) == found.action != "s3:GetObject"


@given(SOME, SOME)
def test_a_readable_answer_is_an_answer(new, existing):
    """
    Whatever is put in for readability, the request still answers the question.
    """
    question = new_access(new=new, existing=existing)
    found = find_answer(question)

    assert found is None or is_answered_by(question, readable(question, found))


def test_the_action_is_one_that_the_resource_can_have():
    """
    Of many actions that are allowed, the example is one about resources like those that are.
    """
    policy = parse_policy(
        '{"Statement": {"Effect": "Allow", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::acme/*"}}'
    )
    question = access(policy)

    found = readable(question, find_answer(question))

    assert (found.action, found.resource) == ("s3:DeleteObject", "arn:aws:s3:::acme/example")


def test_a_variable_is_no_name():
    """
    The example of a resource has a name where a policy has a variable.
    """
    new = parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}')
    folder = "arn:aws:s3:::home/${aws:username}/*"
    existing = parse_policy(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": folder},
            }
        )
    )
    question = new_access(new=new, existing=existing)

    assert "${" not in readable(question, find_answer(question)).resource
