"""Conditions in words: the normal form means what the condition means, and reads well."""

import pytest
from hypothesis import given

from ringwall.policy.ast import Condition, Effect, Operator, Quantifier
from ringwall.policy.conditions import condition_holds
from ringwall.policy.request import Request
from ringwall.reports.policies.condition_words import Over, adverb_of, clause_of, demand_of, opposite
from tests.strategies import SMALL, conditions, requests

ALL, ANY = Quantifier.FOR_ALL_VALUES, Quantifier.FOR_ANY_VALUE


def is_met(demand, condition, request):
    """Whether the request satisfies the normal form; whether one value matches is asked of the evaluator."""
    values = request.context.get(condition.key.lower(), ())
    if not values:
        return demand.absent
    if not demand.present or demand.is_open:
        return demand.present
    positive = Condition(Operator(demand.operator), condition.key, demand.values)
    matches = []
    for value in values:
        one = Request(
            request.caller, request.action, request.resource, {**request.context, condition.key.lower(): (value,)}
        )
        holds = condition_holds(positive, one, effect=Effect.ALLOW, has_variables=demand.has_variables)
        matches.append(holds is not demand.is_negated)
    return any(matches) if demand.over is Over.SOME else all(matches)


@given(conditions(SMALL), requests(SMALL))
def test_the_normal_form_means_what_the_condition_means(condition, request):
    """
    For an Allow and for a Deny; and its opposite holds exactly where it does not.
    """
    for effect in Effect:
        demand = demand_of(condition, effect, has_variables=True)

        holds = condition_holds(condition, request, effect=effect, has_variables=True)
        assert is_met(demand, condition, request) is holds
        assert is_met(opposite(demand), condition, request) is not holds


@given(conditions(SMALL))
def test_the_opposite_of_the_opposite_is_the_demand(condition):
    """
    Twice turned around, the same holds.
    """
    demand = demand_of(condition, Effect.ALLOW, has_variables=True)

    again = opposite(opposite(demand))
    assert (again.absent, again.present, again.is_open) == (demand.absent, demand.present, demand.is_open)


def demand(operator, key, *values, effect=Effect.ALLOW, quantifier=None, if_exists=False):
    condition = Condition(Operator(operator, quantifier, if_exists), key, values)
    return demand_of(condition, effect, has_variables=True)


TAG = "aws:PrincipalTag/team"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (demand("IpAddress", "aws:sourceip", "203.0.113.0/24", "10.0.0.0/8"), "from 203.0.113.0/24 or 10.0.0.0/8"),
        (demand("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), "not from 10.0.0.0/8"),
        (demand("Bool", "aws:SecureTransport", "true"), "over TLS"),
        (opposite(demand("Bool", "aws:SecureTransport", "false", effect=Effect.DENY)), "not over plain HTTP"),
        (
            demand("Bool", "aws:MultiFactorAuthPresent", "true", if_exists=True),
            "with multi-factor authentication (or without aws:MultiFactorAuthPresent)",
        ),
        (
            opposite(demand("StringNotEquals", "aws:PrincipalOrgID", "o-abc", effect=Effect.DENY)),
            "as a principal of organization o-abc",
        ),
        (demand("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"), "on behalf of arn:aws:s3:::*"),
        (demand("StringEquals", "aws:SourceVpc", "vpc-*"), "from VPC vpc-* (literally)"),
        (demand("DateLessThan", "aws:CurrentTime", "2030-01-01"), "before 2030-01-01"),
        (demand("StringEquals", TAG, "red"), None),
        (demand("IpAddress", "aws:SourceIp", "10.0.0.0/8", quantifier=ALL), None),
        (opposite(demand("IpAddress", "aws:SourceIp", "10.0.0.0/8", if_exists=True)), None),
    ],
)
def test_what_is_said_often_is_said_shortly(told, words):
    """
    As an adverb, where that says all; None where the condition takes a clause.
    """
    assert adverb_of(told) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (demand("StringEquals", TAG, "red", "blue"), f"{TAG} is red or blue"),
        (demand("StringNotEquals", TAG, "red"), f"{TAG} is not red"),
        (demand("StringNotEquals", TAG, "red", "blue"), f"{TAG} is not any of red or blue"),
        (demand("StringEquals", TAG, "red", if_exists=True), f"{TAG} is absent or is red"),
        (opposite(demand("StringEquals", TAG, "red", if_exists=True)), f"{TAG} is present and is not red"),
        (demand("StringEqualsIgnoreCase", TAG, "red"), f"{TAG} is, in any case of letters, red"),
        (demand("StringLike", TAG, "r*"), f"{TAG} is like r*"),
        (demand("StringEquals", TAG, ""), f"{TAG} is an empty text"),
        (demand("StringEquals", TAG, "${aws:username}"), f"{TAG} is ${{aws:username}}"),
        (demand("NumericLessThanEquals", "s3:max-keys", "10"), "s3:max-keys is at most 10"),
        (
            demand("NumericLessThan", "s3:max-keys", "ten"),
            "s3:max-keys is less than ten (which is no number and matches nothing)",
        ),
        (
            demand("DateGreaterThanEquals", "aws:TokenIssueTime", "2026-01-01"),
            "aws:TokenIssueTime is at or after 2026-01-01",
        ),
        (demand("BinaryEquals", "kms:EncryptionContext:a", "YQ=="), "kms:EncryptionContext:a is YQ=="),
        (
            demand("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
            "aws:PrincipalArn is not like arn:aws:iam::*:role/x",
        ),
        (demand("Null", TAG, "true"), f"{TAG} is absent"),
        (demand("Null", TAG, "false"), f"{TAG} is present"),
        (demand("Null", TAG, "true", "false"), f"{TAG} holds whatever it may"),
        (demand("Null", TAG, "true", quantifier=ANY), f"{TAG} holds what it cannot"),
        (demand("StringEquals", TAG), f"{TAG} holds what it cannot"),
        (demand("StringEquals", TAG, if_exists=True), f"{TAG} is absent"),
        (
            demand("StringEquals", "aws:TagKeys", "a", quantifier=ALL),
            "every value of aws:TagKeys is a (or it is absent)",
        ),
        (
            demand("StringNotEquals", "aws:TagKeys", "a", quantifier=ALL),
            "no value of aws:TagKeys is a (or it is absent)",
        ),
        (demand("StringEquals", "aws:TagKeys", "a", quantifier=ANY), "a value of aws:TagKeys is a"),
        (demand("StringNotEquals", "aws:TagKeys", "a", quantifier=ANY), "a value of aws:TagKeys is not a"),
        (
            demand("StringEquals", "aws:TagKeys", "a", quantifier=ANY, if_exists=True),
            "aws:TagKeys is absent or a value of aws:TagKeys is a",
        ),
        (demand("StringEquals", "aws:TagKeys", "a"), "a value of aws:TagKeys is a"),
        (
            demand("StringEquals", "aws:TagKeys", "a", effect=Effect.DENY),
            "aws:TagKeys is present and every value of aws:TagKeys is a",
        ),
        (demand("StringEquals", TAG, *"abcdef"), f"{TAG} is a, b, c, d or one of 2 more"),
    ],
)
def test_every_operator_has_its_words(told, words):
    """
    With an absent key spoken of wherever it would be missed.
    """
    assert clause_of(told) == words
