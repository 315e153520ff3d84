"""Every operator with every modifier, over a few values at its edges: both readings say the same of each of them."""

from itertools import combinations

import pytest

from ringwall.policy import conditions
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Quantifier, Statement
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.request import ANONYMOUS, Request
from ringwall.reasoning.encode import statement_applies
from ringwall.reasoning.variables import Setting

KEY = "aws:TagKeys"
"""It can hold several values, so that every modifier means something."""
TEXTS = ("", "a", "A", "ab", "a*", "?", "*")
POLICY_AND_REQUEST = {
    "text": (TEXTS, TEXTS),
    "pattern": (TEXTS, TEXTS),
    "arn": (
        (
            "arn:aws:s3:::a",
            "arn:aws:s3:::A",
            "arn:aws:s3:::?",
            "arn:aws:*",
            "arn:*:*:*:1:*",
            "arn:aws:s3:*:a",
            "a",
            "*",
        ),
        ("arn:aws:s3:::a", "arn:aws:s3:::A", "arn:aws:s3:::", "arn:aws:s3::1:a:b", "arn:aws:s3:::b:a", "a", ""),
    ),
    "number": (("10", "10.0", "1e1", "-1", "a"), ("9.999", "10", "10.00", "10.001", "-1", "a")),
    "date": (
        ("2020-01-01", "1577836800", "2020-01-01T01:00:00+01:00", "a"),
        ("2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z", "1577836800", "2020-01-01T00:00:00.001Z", "a"),
    ),
    "flag": (("true", "FALSE", "a"), ("true", "True", "false", "a")),
    "bytes": (("YQ==", "Yg==", "a"), ("YQ==", "Yg==", "a")),
    "address": (
        ("10.0.0.0/24", "10.0.0.7/24", "10.0.0.255", "::/0", "a"),
        ("10.0.0.0", "10.0.0.255", "10.0.1.0", "9.255.255.255", "::1", "a"),
    ),
    "absence": (("true", "FALSE", "a"), ("true", "a")),
}


def few(values):
    """No value, each of them, and each two."""
    return [(), *((each,) for each in values), *combinations(values, 2)]


def a_statement(operator, wanted, effect):
    return Statement(effect, Only((Pattern("*"),)), conditions=(Condition(operator, KEY, wanted),))


@pytest.mark.parametrize("effect", Effect, ids=lambda effect: effect.value)
@pytest.mark.parametrize("quantifier", [None, *Quantifier])
@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_means_the_same_in_both_readings(name, quantifier, effect):
    """
    For an absent key, a key with one value and a key with two, against no value, one and two.
    """
    wanted_values, given_values = POLICY_AND_REQUEST[OPERATORS[name].type.name]
    differing = []
    for if_exists in (False, True) if name != "Null" else (False,):
        for wanted in few(wanted_values):
            statement = a_statement(Operator(name, quantifier, if_exists), wanted, effect)
            boxes = statement_applies(Policy((statement,)), statement, Setting())
            for given in few(given_values):
                context = {KEY.lower(): given} if given else {}
                request = Request(ANONYMOUS, "s3:GetObject", "*", context)
                [condition] = statement.conditions
                holds = conditions.condition_holds(condition, request, effect=effect, has_variables=False)
                if holds != any(context in box for box in boxes):
                    differing.append((if_exists, wanted, given, holds))

    assert differing == []
