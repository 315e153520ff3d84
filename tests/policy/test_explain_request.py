"""The fates of statements agree with the decision, piece by piece."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.policy.ast import Effect
from ringwall.policy.authorize import Authorization, PolicyKind, authorize
from ringwall.policy.evaluate import Decision
from ringwall.policy.explain_request import Wanted, explain_request, statement_fate
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import Request, parse_caller, with_derived_keys
from tests.strategies import ONE, TWO, policies, requests

identity_policies = policies(with_principals=False)
levels = st.lists(st.lists(identity_policies, max_size=2).map(tuple), max_size=2).map(tuple)
some_policies = st.lists(identity_policies, max_size=2).map(tuple)
authorizations = st.builds(
    Authorization,
    resource_account=st.sampled_from(["", ONE, TWO]),
    identity_policies=some_policies,
    resource_policy=st.none() | policies(),
    permissions_boundary=st.none() | some_policies,
    session_policies=some_policies,
    service_control_policies=st.none() | levels,
    resource_control_policies=st.none() | levels,
    vpc_endpoint_policies=st.none() | some_policies,
)


def fates_of(statement, *, principal=f"arn:aws:iam::{ONE}:user/alice", action="s3:GetObject", context=None):
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    given = {key: (value,) for key, value in (context or {}).items()}
    request = with_derived_keys(Request(parse_caller(principal), action, "arn:aws:s3:::b/k", given))
    return statement_fate(policy, 0, policy.statements[0], request)


@given(policies(max_statements=4), requests())
def test_a_statement_applies_exactly_if_all_its_parts_hold(policy, request):
    """
    The pieces say together what the evaluator says of the whole.
    """
    fates = [statement_fate(policy, index, each, request) for index, each in enumerate(policy.statements)]

    assert [fate.applies for fate in fates] == [
        evaluate.statement_applies(policy, each, request) for each in policy.statements
    ]


@given(authorizations, requests())
def test_the_decision_is_the_one_that_is_explained(authorization, request):
    """
    Deciding statements are Denies that apply where something denies, Allows that apply where something allows.
    """
    explanation = explain_request(authorization, request)

    assert explanation.answer == authorize(authorization, request)
    effects = {fate.statement.effect for _, fate in explanation.deciding}
    match explanation.answer.decision:
        case Decision.EXPLICIT_DENY:
            assert effects == {Effect.DENY}
        case Decision.ALLOWED:
            assert {policy.kind for policy, _ in explanation.deciding} == set(explanation.answer.decided_by)
            assert effects <= {Effect.ALLOW}
        case Decision.IMPLICIT_DENY:
            assert effects == set()


@given(authorizations, requests())
def test_every_policy_says_in_the_explanation_what_it_decides(authorization, request):
    """
    The decision of each policy follows from the fates of its statements.
    """
    for policy in explain_request(authorization, request).policies:
        effects = {fate.statement.effect for fate in policy.statements if fate.applies}

        assert policy.decision is (
            Decision.EXPLICIT_DENY
            if Effect.DENY in effects
            else Decision.ALLOWED
            if effects
            else Decision.IMPLICIT_DENY
        )


def test_each_element_says_what_it_wanted_and_what_it_got():
    """
    Action, resource and principal, by the names that the statement has for them.
    """
    fate = fates_of(
        {
            "Effect": "Deny",
            "NotPrincipal": {"AWS": f"arn:aws:iam::{ONE}:user/bob"},
            "NotAction": "s3:Get*",
            "Resource": "arn:aws:s3:::${aws:username}/*",
        }
    )

    assert [(each.name, each.wanted, each.given, each.holds) for each in fate.elements] == [
        ("NotAction", (Wanted("s3:Get*", "s3:Get*"),), "s3:GetObject", False),
        ("Resource", (Wanted("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/*"),), "arn:aws:s3:::b/k", False),
        (
            "NotPrincipal",
            (Wanted(f"arn:aws:iam::{ONE}:user/bob", f"arn:aws:iam::{ONE}:user/bob"),),
            f"arn:aws:iam::{ONE}:user/alice",
            True,
        ),
    ]


def test_each_condition_says_what_the_request_had():
    """
    Its values, or nothing where the key is absent; a variable that is undefined has no value.
    """
    fate = fates_of(
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                "StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/unit}"},
            },
        },
        context={"aws:sourceip": "192.0.2.1"},
    )

    assert [(each.condition.key, each.wanted, each.given, each.holds) for each in fate.conditions] == [
        ("aws:SourceIp", (Wanted("10.0.0.0/8", "10.0.0.0/8"),), ("192.0.2.1",), False),
        ("aws:PrincipalTag/team", (Wanted("${aws:PrincipalTag/unit}", None),), (), False),
    ]


def test_statements_about_another_action_are_not_near():
    """
    A reader who asks about reading objects does not ask about queues.
    """
    about_it = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}

    assert fates_of(about_it).is_near
    assert not fates_of({**about_it, "Action": "sqs:*"}).is_near


def test_policies_without_a_say_are_told_apart():
    """
    A service control policy does not decide about a service, and its Deny is not a reason.
    """
    everything = parse_policy('{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}')
    request = with_derived_keys(Request(parse_caller("sns.amazonaws.com"), "s3:GetObject", "arn:aws:s3:::b"))

    explanation = explain_request(Authorization("", service_control_policies=((everything,),)), request)

    [policy] = explanation.policies
    assert (policy.kind, policy.bears, policy.decision) == (
        PolicyKind.SERVICE_CONTROL,
        False,
        Decision.EXPLICIT_DENY,
    )
    assert explanation.deciding == ()
