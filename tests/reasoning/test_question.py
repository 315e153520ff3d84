"""The one question: regions and the evaluator give the same answers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy.ast import Effect
from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import (
    Comparison,
    compared,
    find_access,
    find_granted_access,
    find_new_access,
    find_shared_access,
    new_access,
)
from ringwall.reasoning.question import Question, find_answer, is_answered_by
from ringwall.reasoning.region import Budget
from tests.strategies import SMALL, WITHOUT_VARIABLES, policies, requests


def answer_of(question):
    """The answer, and whether it was decided."""
    try:
        return find_answer(question), True
    except UndecidedError:
        return None, False


@st.composite
def questions(draw, vocabulary=WITHOUT_VARIABLES):
    """One or two policies that allow, one or none that must not, one or none that must not deny."""

    def some(low, high):
        return tuple(draw(st.lists(policies(vocabulary, max_statements=2), min_size=low, max_size=high)))

    return Question(some(1, 2), some(0, 2), some(0, 1))


@given(questions(), requests(WITHOUT_VARIABLES))
def test_where_there_is_no_answer_no_request_is_one(question, request):
    """
    Whatever is asked for: either a request is found, or no request is asked for.
    """
    found, decided = answer_of(question)

    assert decided
    assert found is not None or not is_answered_by(question, request)


@given(questions(SMALL), requests())
def test_with_variables_nothing_is_missed(question, request):
    """
    With policy variables too: no answer means that no request is one, unless the question is said to be undecided.
    """
    found, decided = answer_of(question)

    assert found is not None or not decided or not is_answered_by(question, request)


@given(policies(), st.randoms(use_true_random=False))
def test_a_policy_is_equal_to_itself_shuffled(policy, random):
    """
    The order of the statements means nothing, and neither do their names.
    """
    statements = [replace(each, sid="another") for each in policy.statements]
    random.shuffle(statements)
    shuffled = replace(policy, statements=tuple(statements))

    assert find_new_access(new=shuffled, existing=policy) is None
    assert find_new_access(new=policy, existing=shuffled) is None


@given(policies(WITHOUT_VARIABLES))
def test_less_allow_is_less_access(policy):
    """
    A policy allows all that it would allow without one of its Allow statements.
    """
    for index, statement in enumerate(policy.statements):
        if statement.effect is Effect.ALLOW:
            rest = replace(policy, statements=policy.statements[:index] + policy.statements[index + 1 :])

            assert find_new_access(new=rest, existing=policy) is None


def policy_of(*statements, version="2012-10-17"):
    quoted = ", ".join(statements)
    return parse_policy(f'{{"Version": "{version}", "Statement": [{quoted}]}}')


FOLDER = '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/*"}'
WIDE = '{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}'
ONE_DENIED = '{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/secret"}'


def test_a_folder_of_ones_own_is_within_the_bucket():
    """
    What a variable leaves open lies within the pattern around it.
    """
    assert find_new_access(new=policy_of(FOLDER), existing=policy_of(WIDE)) is None


def test_the_bucket_is_more_than_a_folder_of_ones_own():
    """
    The other way round there is a witness, in somebody else's folder or with another action.
    """
    question = new_access(new=policy_of(WIDE), existing=policy_of(FOLDER))

    found = find_answer(question)

    assert is_answered_by(question, found)


def test_a_template_denied_is_a_template_spared():
    """
    A Deny with a variable takes away what its template matches, and nothing else.
    """
    question = new_access(new=policy_of(WIDE), existing=policy_of(WIDE, ONE_DENIED))

    found = find_answer(question)

    assert found.context["aws:username"]
    assert found.resource == f"arn:aws:s3:::b/{found.context['aws:username'][0]}/secret"
    assert find_new_access(new=policy_of(WIDE, ONE_DENIED), existing=policy_of(WIDE)) is None


def test_a_variable_of_the_older_language_is_text():
    """
    Without the version of 2012 `${…}` stands for itself.
    """
    found = find_access(policy_of(FOLDER, version="2008-10-17"))

    assert found.resource.startswith("arn:aws:s3:::b/${aws:username}/")


def test_only_listed_actions_and_resources_count():
    """
    Access is asked for by action, by resource, or by both.
    """
    policy = policy_of(WIDE)

    assert find_granted_access(policy, actions=["s3:PutObject"]) is None
    assert find_granted_access(policy, actions=["S3:GETOBJECT"]) is not None
    assert find_granted_access(policy, resources=["arn:aws:s3:::c/*"]) is None
    assert find_granted_access(policy, actions=["s3:*"], resources=["arn:aws:s3:::b/c"]).resource == "arn:aws:s3:::b/c"


def test_shared_access_is_what_both_allow():
    """
    Two policies share a request that both allow.
    """
    other = policy_of('{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/c"}')

    assert find_shared_access(policy_of(WIDE), other).resource == "arn:aws:s3:::b/c"
    assert find_shared_access(policy_of(WIDE), policy_of()) is None


def test_two_searches_compare_two_policies():
    """
    Equal, stricter, looser, incomparable: from what each allows that the other does not.
    """
    witness = find_access(policy_of(WIDE))

    assert compared(forward=None, backward=None) is Comparison.EQUAL
    assert compared(forward=None, backward=witness) is Comparison.STRICTER
    assert compared(forward=witness, backward=None) is Comparison.LOOSER
    assert compared(forward=witness, backward=witness) is Comparison.INCOMPARABLE


def test_a_question_without_budget_is_undecided():
    """
    Where the steps end, nothing is claimed.
    """
    with pytest.raises(UndecidedError):
        find_answer(new_access(new=policy_of(WIDE), existing=policy_of(FOLDER)), Budget(0))


def under(condition):
    return policy_of(f'{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}')


@pytest.mark.parametrize(
    ("condition", "is_possible"),
    [
        ('{"NumericLessThan": {"aws:PrincipalAccount": "200000000000"}}', True),
        ('{"NumericLessThan": {"aws:PrincipalArn": "2"}}', False),
        ('{"NumericNotEquals": {"aws:PrincipalArn": "2"}, "Null": {"aws:PrincipalArn": "false"}}', True),
        ('{"StringEqualsIgnoreCase": {"aws:SourceIp": "10.0.0.1"}}', True),
        ('{"StringEqualsIgnoreCase": {"aws:SourceIp": ["a", "2001:DB8::1"]}}', True),
        ('{"StringEqualsIgnoreCase": {"aws:SourceIp": "a"}}', False),
        ('{"StringNotLike": {"aws:UserAgent": ["e*", "x*", ""]}, "Null": {"aws:UserAgent": "false"}}', True),
    ],
)
def test_operators_of_another_type_are_decided(condition, is_possible):
    """
    An operator that does not suit its key, or values that are unlikely, are no reason to be undecided.
    """
    policy = under(condition)

    found = find_access(policy)

    assert (found is not None) == is_possible


def test_an_account_compared_as_a_number_beside_an_arn_is_never_taken_for_impossible():
    """
    What the search for a caller does not settle is undecided, not empty.
    """
    condition = '{"NumericLessThan": {"aws:PrincipalAccount": "2"}, "ArnLike": {"aws:PrincipalArn": "arn:*:iam::3*:*"}}'

    with pytest.raises(UndecidedError, match="as a number"):
        find_access(under(condition))


@pytest.mark.parametrize(
    ("condition", "context"),
    [
        (
            """{"StringEquals": {"s3:prefix": ["a", "${aws:username}"], "s3:delimiter": ["b", "${aws:username}"]},
                "StringNotEquals": {"s3:prefix": "a"}}""",
            {"s3:delimiter": ("b",)},
        ),
        (
            """{"StringEquals": {"s3:prefix": ["a", "${aws:username}"], "s3:delimiter": ["b", "${aws:username}"]},
                "StringNotEquals": {"s3:delimiter": "b"}}""",
            {"s3:prefix": ("a",)},
        ),
        (
            """{"StringNotLike": {"kms:CallerAccount": "9*"}, "Null": {"kms:CallerAccount": "false"},
                "StringEquals": {"s3:prefix": ["a", "${aws:username}"]}}""",
            {"s3:prefix": ("a",)},
        ),
    ],
)
def test_conditions_that_hold_in_several_ways_hold_in_every_combination(condition, context):
    """
    Two conditions of two ways each have four ways together: each is looked at.
    """
    found = find_access(under(condition))

    assert found is not None
    assert {key: found.context[key] for key in context} == context
