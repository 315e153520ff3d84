"""Several policies as one mean what they meant apart."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.policy import evaluate
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.merging import merged, with_denials
from tests.neighbours import requests_near
from tests.strategies import policies

SEVERAL = st.lists(policies(), min_size=1, max_size=3)


@settings(max_examples=100)
@given(SEVERAL, st.data())
def test_all_together(several, data):
    """
    Some policy allows it, and none denies it: also where only some have variables.
    """
    request = data.draw(requests_near(data.draw(st.sampled_from(several))))

    allows = any(evaluate.applying_statements(Effect.ALLOW, each, request) for each in several)
    denies = any(evaluate.applying_statements(Effect.DENY, each, request) for each in several)

    assert evaluate.is_allowed(merged(several), request) is (allows and not denies)


@settings(max_examples=100)
@given(policies(), SEVERAL, st.data())
def test_denials_of_others(policy, others, data):
    """
    What the policy allows, and nobody denies.
    """
    request = data.draw(requests_near(data.draw(st.sampled_from([policy, *others]))))

    denied = any(evaluate.applying_statements(Effect.DENY, each, request) for each in others)

    assert evaluate.is_allowed(with_denials(policy, others), request) is (
        evaluate.is_allowed(policy, request) and not denied
    )


def test_no_policy():
    """
    It allows nothing.
    """
    assert merged([]) == Policy(())
    assert with_denials(replace(Policy(()), id="own"), []) == Policy((), id="own")
