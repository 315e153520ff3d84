"""New access between policies that are a small edit apart: whatever is new is found, and what is found is new."""

from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.reasoning.compare import Comparison, find_new_access
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
