"""New access between policies that are a small edit apart: whatever is new is found, and what is found is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy import evaluate
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Statement
from ringwall.reasoning.compare import Comparison, compared, find_access, find_granted_access, find_new_access
from ringwall.reasoning.question import Question, find_answer, is_answered_by
from tests.neighbours import EDITS, cases, related_policies, requests_near
from tests.reasoning.small_sets import decided
from tests.strategies import WITHOUT_VARIABLES

KNOWN = tuple(edit for edit in EDITS if edit.outcome is not None)


def new_in(after, before):
    return decided(lambda: find_new_access(new=after, existing=before))


@st.composite
def related_with_requests(draw):
    """Two related policies, and requests that meet the one or the other."""
    related = draw(related_policies(WITHOUT_VARIABLES))
    near = (draw(requests_near(policy, WITHOUT_VARIABLES)) for policy in (related.before, related.after))
    return related, list(near)


@given(related_with_requests())
def test_what_is_newly_allowed_is_found(case):
    """
    Where a request is allowed after an edit and was not before, there is new access, and it is a request like that.
    """
    related, asked = case
    new = [
        each
        for each in asked
        if evaluate.is_allowed(related.after, each) and not evaluate.is_allowed(related.before, each)
    ]

    found, is_decided = new_in(related.after, related.before)

    if found is not None:
        assert evaluate.is_allowed(related.after, found)
        assert not evaluate.is_allowed(related.before, found)
    assert found is not None or not is_decided or new == []


@given(related_policies(WITHOUT_VARIABLES, edits=KNOWN))
def test_an_edit_that_cannot_loosen_gives_no_new_access(related):
    """
    Dropping an Allow, adding a Deny, and whatever changes the words but not the meaning; the same backwards.
    """
    outcome = related.edit.outcome

    if outcome in (Comparison.STRICTER, Comparison.EQUAL):
        assert new_in(related.after, related.before)[0] is None
    if outcome in (Comparison.LOOSER, Comparison.EQUAL):
        assert new_in(related.before, related.after)[0] is None


@given(cases(WITHOUT_VARIABLES))
def test_what_no_deny_refuses_is_found(case):
    """
    A question about Deny statements alone, and its answer for one request.
    """
    policy, request = case
    question = Question(allowed=(), not_denied=(policy,))

    found, is_decided = decided(find_answer, question)

    assert found is not None or not is_decided or not is_answered_by(question, request)


EVERYTHING = Only((Pattern("*"),))


def a_policy(*statements):
    return Policy(statements, version="2012-10-17")


def a_statement(effect=Effect.ALLOW, resource="*", **conditions):
    """For every action; the conditions are keys of Amazon S3 and a text each."""
    held = tuple(Condition(Operator("StringEquals"), f"s3:{key}", (text,)) for key, text in conditions.items())
    return Statement(effect, EVERYTHING, resources=Only((Pattern(resource),)), conditions=held)


def test_a_deny_is_no_undecided_answer():
    """
    What a Deny takes away is gone, for certain, and what it leaves is found.
    """
    deny = a_statement(Effect.DENY, prefix="a")

    assert find_access(a_policy(a_statement(prefix="a"), deny)) is None
    assert find_access(a_policy(a_statement(), deny)) is not None
    assert find_answer(Question(allowed=(a_policy(a_statement(prefix="a")),), not_denied=(a_policy(deny),))) is None


def test_what_a_deny_refused_is_new_without_it():
    """
    Also where the Allow statements are the same.
    """
    allow, deny = a_statement(), a_statement(Effect.DENY, prefix="a")

    assert find_new_access(new=a_policy(allow), existing=a_policy(allow, deny)).context["s3:prefix"] == ("a",)
    assert find_new_access(new=a_policy(allow, deny), existing=a_policy(allow)) is None


def test_a_witness_that_does_not_replay_is_no_answer():
    """
    Where a variable relates two keys and no witness fits, the answer is neither a request nor "none".
    """
    tied = a_policy(a_statement(prefix="${s3:delimiter}"), a_statement(Effect.DENY, delimiter="${s3:prefix}"))

    with pytest.raises(UndecidedError, match="no witness replayed"):
        find_access(tied)


def test_granted_access_is_on_the_resources_asked_for():
    """
    And for the actions: none given means any.
    """
    policy = a_policy(a_statement(resource="arn:aws:s3:::a/*"))

    assert find_granted_access(policy, resources=("arn:aws:s3:::b/*",)) is None
    assert find_granted_access(policy, resources=("arn:aws:s3:::a/*",)).resource.startswith("arn:aws:s3:::a/")
    assert find_granted_access(policy, actions=("s3:GetObject",)).action == "s3:getobject"


@pytest.mark.parametrize(
    ("forward", "backward", "outcome"),
    [
        (False, False, Comparison.EQUAL),
        (False, True, Comparison.STRICTER),
        (True, False, Comparison.LOOSER),
        (True, True, Comparison.INCOMPARABLE),
    ],
)
def test_two_searches_make_a_comparison(forward, backward, outcome):
    """
    New access in the first policy makes it looser, new access in the second stricter.
    """
    request = find_access(a_policy(a_statement()))

    assert compared(forward=request if forward else None, backward=request if backward else None) is outcome


def test_a_constant_with_a_star_is_no_pattern():
    """
    What a variable brings in stands for itself, also where its value is known beforehand.
    """
    policy = a_policy(a_statement(resource="arn:aws:s3:::${s3:prefix}"))
    elsewhere = a_policy(a_statement(resource="arn:aws:s3:::b"))

    assert find_answer(Question(allowed=(policy, elsewhere), constants={"s3:prefix": ("*",)})) is None
    assert find_answer(Question(allowed=(policy, elsewhere), constants={"s3:prefix": ("b",)})) is not None


def test_a_variable_makes_an_allow_no_smaller():
    """
    A resource that follows from the request is one that some request has: it is found or undecided, never denied.
    """
    found, is_decided = decided(find_access, a_policy(a_statement(resource="arn:aws:s3:::${s3:prefix}")))

    assert found is not None or not is_decided


@pytest.mark.parametrize("action", ["s3:GetObject", "S3:getobject", "s3:get*"])
def test_the_case_of_an_action_does_not_matter(action):
    """
    Neither for one request nor for all.
    """
    allow = a_policy(Statement(Effect.ALLOW, Only((Pattern(action),))))

    assert find_granted_access(allow, actions=("s3:GETOBJECT",)) is not None
    assert (
        find_new_access(new=a_policy(Statement(Effect.ALLOW, Only((Pattern("s3:GetObject"),)))), existing=allow) is None
    )
