"""A policy taken apart into grants and exceptions allows what it allowed, and what adds nothing can go."""

import json

import pytest
from hypothesis import assume, given

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_statement
from ringwall.reasoning.compare import find_new_access
from ringwall.reasoning.explain_policy import Reason, explain_policy
from tests.strategies import WITHOUT_VARIABLES, policies, requests

OBJECTS = "arn:aws:s3:::b/*"


def a_statement(effect="Allow", **elements):
    return {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": OBJECTS, **elements}


def explained(*statements):
    return explain_policy(parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)})))


def without(policy, *indices):
    return Policy(tuple(each for index, each in enumerate(policy.statements) if index not in indices), policy.version)


def is_granted(policy, explanation, request):
    """Whether one of the grants takes in the request, and none of its exceptions does."""

    def applies(statement):
        return evaluate.statement_applies(policy, statement, request)

    return any(
        applies(each.statement) and not any(applies(one.statement) for one in each.exceptions)
        for each in explanation.granted
    )


@given(policies(max_statements=4), requests())
def test_grants_without_their_exceptions_are_what_the_policy_allows(policy, request):
    """
    No more and no less, whatever was merged or left out.
    """
    assert is_granted(policy, explain_policy(policy), request) == evaluate.is_allowed(policy, request)


@given(policies(WITHOUT_VARIABLES, max_statements=4))
def test_what_adds_nothing_can_be_removed(policy):
    """
    Each such statement by itself, and all of them together.
    """
    idle = [each.index for each in explain_policy(policy).idle]

    for removed in ([index] for index in idle) if len(idle) < 2 else ([*([index] for index in idle), idle]):
        rest = without(policy, *removed)
        try:
            found = find_new_access(new=policy, existing=rest), find_new_access(new=rest, existing=policy)
        except UndecidedError:
            assume(False)

        assert found == (None, None)


@given(policies(max_statements=4))
def test_every_statement_has_its_place(policy):
    """
    An Allow is granted or adds nothing; what was not decided counts as granted.
    """
    explanation = explain_policy(policy)

    granted = {index for each in explanation.granted for index in each.indices}
    idle = {each.index for each in explanation.idle}
    allows = {index for index, each in enumerate(policy.statements) if each.effect is Effect.ALLOW}
    assert granted | (idle & allows) == allows
    assert not granted & idle
    assert not idle & set(explanation.undecided)


@pytest.mark.parametrize(
    ("statements", "index", "reason", "by"),
    [
        ([a_statement(), a_statement(Action="s3:GetObject")], 1, Reason.ALLOWED_ALREADY, (0,)),
        ([a_statement(Action="s3:GetObject"), a_statement()], 0, Reason.ALLOWED_ALREADY, (1,)),
        ([a_statement(), a_statement()], 1, Reason.ALLOWED_ALREADY, (0,)),
        (
            [a_statement(Action="s3:Get*"), a_statement(Action="s3:Put*"), a_statement(Action=["s3:Get*", "s3:Put*"])],
            2,
            Reason.ALLOWED_ALREADY,
            (),
        ),
        ([a_statement(), a_statement("Deny", Action="*", Resource="*")], 0, Reason.DENIED, (1,)),
        (
            [a_statement(Action=["s3:Get*", "s3:Put*"])]
            + [a_statement("Deny", Action=action) for action in ("s3:Get*", "s3:Put*")],
            0,
            Reason.DENIED,
            (),
        ),
        (
            [a_statement(Condition={"Null": {"aws:SourceIp": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
            0,
            Reason.NOBODY,
            (),
        ),
        ([a_statement(), a_statement("Deny", Action="sqs:*")], 1, Reason.NOT_ALLOWED, ()),
        (
            [a_statement(), a_statement("Deny", Action="s3:Put*"), a_statement("Deny", Action="s3:PutObject")],
            2,
            Reason.DENIED_ALREADY,
            (1,),
        ),
    ],
)
def test_what_adds_nothing_says_why(statements, index, reason, by):
    """
    Covered, denied, or impossible; and by which statement, where one alone does it.
    """
    [idle] = [each for each in explained(*statements).idle if each.index == index]

    assert (idle.reason, idle.by) == (reason, by)


def test_statements_that_differ_in_actions_alone_are_one_grant():
    """
    Their actions are put together.
    """
    read, write = a_statement(Action=["s3:Get*", "s3:List*"]), a_statement(Action=["s3:Put*", "s3:list*"])

    [granted] = explained(read, write).granted

    assert granted.indices == (0, 1)
    assert [each.text for each in granted.statement.actions.members] == ["s3:Get*", "s3:list*", "s3:Put*"]


def test_an_exception_says_only_what_the_grant_does_not_imply():
    """
    That the Deny is about everyone, all of the bucket and all actions goes without saying.
    """
    tls = a_statement("Deny", Resource="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    private = a_statement("Deny", Action="*", Resource="arn:aws:s3:::b/private/*")

    [granted] = explained(a_statement(), tls, private).granted

    assert [(each.index, each.is_partial) for each in granted.exceptions] == [(1, False), (2, True)]
    assert [json.loads(render_statement(each.statement)) for each in granted.exceptions] == [
        {"Effect": "Deny", "Action": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/private/*"},
    ]


def test_a_deny_that_does_not_touch_a_grant_is_no_exception_from_it():
    """
    Each grant has its own exceptions.
    """
    queue = a_statement(Action="sqs:SendMessage", Resource="*")
    deny = a_statement("Deny", Action="s3:DeleteObject")

    objects, messages = explained(a_statement(), queue, deny).granted

    assert [len(each.exceptions) for each in (objects, messages)] == [1, 0]


def test_a_hostile_policy_costs_a_bounded_number_of_steps():
    """
    What the budget leaves open is said, and the grants hold all the same.
    """
    several = range(60)
    allows = [a_statement(Action=f"s3:*{index}?*", Resource=f"arn:aws:s3:::*{index}*") for index in several]
    denies = [a_statement("Deny", Resource=f"arn:aws:s3:::*{index}*{index}*") for index in several]

    explanation = explained(*allows, *denies)

    granted = {index for each in explanation.granted for index in each.indices}
    assert granted | {each.index for each in explanation.idle} >= set(several)
