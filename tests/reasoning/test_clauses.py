"""Clauses: what stands on both sides is dropped, and no clause that may matter is passed over."""

import json

import pytest

from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.clauses import Clauses, clauses_of
from ringwall.reasoning.compare import find_access, find_new_access, new_access
from ringwall.reasoning.encode import point_of
from ringwall.reasoning.question import find_answer
from ringwall.reasoning.region import Budget
from ringwall.reasoning.variables import ANY_REQUEST

ANYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def policy_of(*statements, version="2012-10-17"):
    return parse_policy(json.dumps({"Version": version, "Statement": [{**ANYTHING, **each} for each in statements]}))


MANY = [{"Resource": f"arn:aws:s3:::bucket-{number}/*"} for number in range(20)]
"""More clauses than are looked at one by one."""


def test_what_stands_on_both_sides_takes_no_step():
    """
    A policy allows nothing that the same statements do not allow, whatever they say.
    """
    one, other = policy_of(*MANY), policy_of({"Sid": "All"}, *MANY)

    assert find_answer(new_access(new=one, existing=other), Budget(0)) is None


def test_the_same_words_in_another_language_are_no_clause_of_both_sides():
    """
    A variable of one version of the policy language is text in the other.
    """
    folder = {"Resource": "arn:aws:s3:::b/${aws:username}"}
    new, existing = policy_of(folder), policy_of(folder, version="2008-10-17")

    found = find_new_access(new=new, existing=existing)

    assert found.resource == f"arn:aws:s3:::b/{found.context['aws:username'][0]}"


@pytest.mark.parametrize(
    "wide",
    [
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::wanted/*"},
        {"Resource": ["arn:aws:s3:::wanted/a/b", "arn:aws:s3:::other/*"]},
        {"Action": "s3:Get*"},
        {"Action": "s3:GetObject"},
        {"Action": "*"},
        {"Action": "s*"},
        {"Action": "*:Get*"},
        {"NotAction": "sqs:*"},
        {"NotResource": "arn:aws:s3:::other/*"},
    ],
    ids=json.dumps,
)
def test_a_clause_among_many_is_found_wherever_it_is_filed(wide):
    """
    By an action, a service, a prefix of the resource or by none of them.
    """
    statement = {**ANYTHING, **wide}
    for replaced in ("Action", "Resource"):
        if f"Not{replaced}" in wide:
            del statement[replaced]
    others = [{**ANYTHING, **each} for each in MANY]
    existing = parse_policy(json.dumps({"Statement": [*others, statement]}))
    new = policy_of({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::wanted/a/b"})

    holding = list(Clauses(clauses_of(existing, Effect.ALLOW, ANY_REQUEST)).holders(point_of(find_access(new))))

    assert len(holding) == 1
    assert find_new_access(new=new, existing=existing) is None


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        ({"StringNotEquals": {"s3:prefix": "a"}}, {"s3:prefix": ("a",)}),
        ({"StringEqualsIfExists": {"s3:prefix": ["", "a", "example"]}}, {}),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, {}),
        ({"Null": {"s3:prefix": "true"}}, {}),
    ],
    ids=json.dumps,
)
def test_a_deny_that_holds_without_its_key_refuses_whoever_lacks_it(condition, context):
    """
    Only a condition that fails without its key is passed over where the key is not there.
    """
    found = find_access(policy_of({}, {"Effect": "Deny", "Condition": condition}))
    key = next(iter(next(iter(condition.values())))).lower()

    assert found.context[key]
    assert {name: found.context[name] for name in context} == context


def test_a_clause_is_held_against_a_request_that_lacks_its_key():
    """
    It holds no request without a key that it needs, and looks for none that is read elsewhere.
    """
    needing = policy_of({"Condition": {"StringEquals": {"s3:prefix": "a"}}})
    elsewhere = policy_of({"Condition": {"StringEquals": {"aws:PrincipalType": "Anonymous"}}})
    [anybody] = clauses_of(policy_of({}), Effect.ALLOW, ANY_REQUEST)
    point = anybody.boxes[0].pick()

    holding = [
        list(Clauses(clauses_of(policy, Effect.ALLOW, ANY_REQUEST)).holders(point)) for policy in (needing, elsewhere)
    ]

    assert [len(boxes) for boxes in holding] == [0, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Action": ["s3:GetObject", "s3:PutObject"]}, {"Action": ["s3:GetObject", "s3:DeleteObject"]}),
        ({"Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}, {"Resource": ["arn:aws:s3:::a", "arn:aws:s3:::c"]}),
        ({"Principal": {"AWS": ["111111111111", "222222222222"]}}, {"Principal": {"AWS": ["111111111111", "3" * 12]}}),
        (
            {"Condition": {"StringEquals": {"s3:delimiter": "a", "s3:prefix": "b"}}},
            {"Condition": {"StringEquals": {"s3:delimiter": "a", "s3:prefix": "c"}}},
        ),
    ],
    ids=["actions", "resources", "principals", "conditions"],
)
def test_clauses_are_told_apart(one, other):
    """
    Two that begin alike and end otherwise are not on both sides.
    """
    assert find_new_access(new=policy_of(one), existing=policy_of(other)) is not None
    assert find_new_access(new=policy_of(one), existing=policy_of(one)) is None


@pytest.mark.parametrize(
    "existing",
    [
        {"Action": "*", "Resource": "arn:aws:s3:::b/*"},
        {"Action": "s3:Get*", "Resource": "*"},
        {"NotAction": "*", "Resource": "*"},
        {"NotAction": ["s3:*", "*"]},
        {"Action": "*", "NotResource": "*"},
    ],
    ids=json.dumps,
)
def test_only_a_clause_about_everything_takes_in_others(existing):
    """
    Every action on every resource, and nothing less.
    """
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    less, all_ = (
        parse_policy(json.dumps({"Statement": {"Effect": "Allow", **each}})) for each in (existing, everything)
    )

    assert find_new_access(new=all_, existing=less) is not None
    assert find_new_access(new=less, existing=all_) is None


def test_a_clause_is_taken_in_only_whole():
    """
    Where some of its callers are allowed everything already, the others are looked at.
    """
    everything = {"Action": "*", "Resource": "*", "Principal": {"AWS": "111111111111"}}
    both = {"Principal": {"AWS": "111111111111", "Service": "sns.amazonaws.com"}}

    found = find_new_access(new=policy_of(both), existing=policy_of(everything))

    assert found.caller.service == "sns.amazonaws.com"
    assert find_new_access(new=policy_of({"Principal": both["Principal"]}), existing=policy_of({"Action": "*"})) is None


def test_what_a_deny_of_one_object_leaves_is_found():
    """
    A clause that is near a request need not hold it.
    """
    denied = {"Effect": "Deny", "Resource": "arn:aws:s3:::b/secret"}

    found = find_access(policy_of({"Resource": "arn:aws:s3:::b/*"}, denied))

    assert found.resource.startswith("arn:aws:s3:::b/")
