"""The questions that are asked of policies, held against the evaluator and against each other."""

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Effect
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import (
    Comparison,
    compared,
    find_access,
    find_granted_access,
    find_new_access,
    find_public_access,
    find_shared_access,
    new_access,
    scope,
)
from ringwall.reasoning.public import limits_of
from ringwall.reasoning.question import Question, find_answer, is_answered_by
from tests.strategies import WITHOUT_VARIABLES, policies, requests

OF_TEXTS = replace(
    WITHOUT_VARIABLES,
    keys=tuple(key for key in WITHOUT_VARIABLES.keys if key.operators[0] in {"String", "Arn"}),
    operators=tuple(name for name in OPERATORS if name.startswith(("String", "Arn", "Null"))),
)
"""Without numbers, dates and addresses: read by operators that do not suit their key they are not always decided."""
SOME = policies(OF_TEXTS, max_statements=4)


def shuffled(policy):
    return st.permutations(policy.statements).map(lambda order: replace(policy, statements=tuple(order)))


def without(policy, index):
    return replace(policy, statements=policy.statements[:index] + policy.statements[index + 1 :])


@given(SOME.flatmap(lambda policy: st.tuples(st.just(policy), shuffled(policy))))
def test_a_policy_allows_what_it_allows(pair):
    """
    A policy is equal to itself in another order, with what both say dropped and without.
    """
    policy, other = pair

    assert find_new_access(new=policy, existing=other) is None
    assert find_answer(Question(allowed=(policy, scope()), not_allowed=(other,))) is None


@given(SOME, st.data())
def test_without_an_allow_a_policy_is_stricter_or_equal(policy, data):
    """
    Taking an Allow statement out never makes new access.
    """
    allows = [index for index, each in enumerate(policy.statements) if each.effect is Effect.ALLOW]
    assume(allows)
    less = without(policy, data.draw(st.sampled_from(allows)))

    forward = find_new_access(new=less, existing=policy)
    backward = find_new_access(new=policy, existing=less)

    assert compared(forward=forward, backward=backward) in {Comparison.EQUAL, Comparison.STRICTER}


@given(SOME, SOME)
def test_dropping_what_both_say_changes_no_answer(one, other):
    """
    New access is the same whether or not what both policies say is dropped before the search.
    """
    both = replace(one, statements=one.statements + other.statements)
    for new, existing in ((one, other), (both, other)):
        short, whole = new_access(new=new, existing=existing), Question(allowed=(new, scope()), not_allowed=(existing,))
        found = find_answer(short)

        assert (found is None) == (find_answer(whole) is None)
        assert found is None or is_answered_by(whole, found)


def test_a_statement_that_is_dropped_still_tells_which_keys_hold_several_values():
    """
    A key of no service holds several values where a set operator is used on it, also in a statement that both have.
    """
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    shared = {**allow, "Action": "sqs:*", "Condition": {"ForAnyValue:StringEquals": {"my:key": "c"}}}
    both = {**allow, "Condition": {"StringEquals": {"my:key": "a"}, "StringLike": {"my:key": "b"}}}
    new, existing = (parse_policy(json.dumps({"Statement": each})) for each in ([shared, both], [shared]))

    assert find_new_access(new=new, existing=existing) is not None


@given(policies(), policies(), requests())
def test_no_new_access_means_none(new, existing, request):
    """
    Where no new access is found, no request is allowed by the new policy alone; also with variables.
    """
    try:
        found = find_new_access(new=new, existing=existing)
    except UndecidedError:
        return

    if found is None:
        assert not evaluate.is_allowed(new, request) or evaluate.is_allowed(existing, request)
    else:
        assert evaluate.is_allowed(new, found)
        assert not evaluate.is_allowed(existing, found)


@given(policies(max_statements=3), requests())
def test_no_public_access_means_none(policy, request):
    """
    Where no public access is found, every request that is allowed is within the policy's limits; also with variables.
    """
    try:
        found = find_public_access(policy)
    except UndecidedError:
        return

    limits = limits_of(policy)
    if found is None:
        assert not evaluate.is_allowed(policy, request) or evaluate.is_allowed(limits, request)
    else:
        assert evaluate.is_allowed(policy, found)
        assert not evaluate.is_allowed(limits, found)


@given(SOME)
def test_granted_access_without_lists_is_access(policy):
    """
    Asked about no actions and no resources, what is granted is whatever is allowed.
    """
    assert (find_granted_access(policy) is None) == (find_access(policy) is None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("s3:*", "s3:?*", Comparison.LOOSER),
        ("s3:Get*", "s3:*", Comparison.STRICTER),
        ("s3:Get*", "S3:GET*", Comparison.EQUAL),
        ("s3:Get*", "s3:Put*", Comparison.INCOMPARABLE),
    ],
)
def test_two_directions_make_a_comparison(one, other, expected):
    """
    Each of the four words follows from which side allows more.
    """
    first, second = (
        parse_policy(f'{{"Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}}}')
        for action in (one, other)
    )
    forward = find_new_access(new=first, existing=second)
    backward = find_new_access(new=second, existing=first)

    assert compared(forward=forward, backward=backward) is expected


def test_shared_access():
    """
    What two policies both allow is found.
    """
    first = parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}')
    second = parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:*Object", "Resource": "*"}}')

    request = find_shared_access(first, second)

    assert request is not None
    assert evaluate.is_allowed(first, request)
    assert evaluate.is_allowed(second, request)
