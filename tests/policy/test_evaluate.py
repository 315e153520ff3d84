"""What policies mean for one request."""

import json

from ringwall.policy.ast import Effect
from ringwall.policy.evaluate import Decision, applying_statements, decide, deciding_statements, is_allowed
from ringwall.policy.parse import parse_policy
from ringwall.policy.request import ANONYMOUS, Request

OBJECT = Request(ANONYMOUS, "s3:GetObject", "arn:aws:s3:::b/k")


def a_policy(*statements):
    """A policy of statements `(effect, action)` on everything."""
    return parse_policy(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": effect, "Principal": "*", "Action": action, "Resource": "*"}
                    for effect, action in statements
                ],
            }
        )
    )


def test_a_deny_decides():
    """
    Every Deny that applies is behind an explicit deny.
    """
    policy = a_policy(("Allow", "*"), ("Deny", "s3:*"), ("Deny", "sqs:*"), ("Deny", "s3:Get*"))

    assert decide(policy, OBJECT) is Decision.EXPLICIT_DENY
    assert deciding_statements(policy, OBJECT) == (1, 3)
    assert not is_allowed(policy, OBJECT)


def test_an_allow_decides():
    """
    Every Allow that applies is behind what is allowed.
    """
    policy = a_policy(("Allow", "sqs:*"), ("Allow", "s3:*"), ("Deny", "sqs:*"), ("Allow", "*"))

    assert decide(policy, OBJECT) is Decision.ALLOWED
    assert deciding_statements(policy, OBJECT) == (1, 3)
    assert is_allowed(policy, OBJECT)


def test_silence_is_an_implicit_deny():
    """
    Where nothing applies, nothing decides.
    """
    policy = a_policy(("Allow", "sqs:*"), ("Deny", "sqs:*"))

    assert decide(policy, OBJECT) is Decision.IMPLICIT_DENY
    assert deciding_statements(policy, OBJECT) == ()
    assert not is_allowed(policy, OBJECT)


def test_the_statements_of_one_effect():
    """
    The Allows behind a request are found also where a Deny decides.
    """
    policy = a_policy(("Deny", "s3:*"), ("Allow", "s3:*"))

    assert applying_statements(Effect.ALLOW, policy, OBJECT) == (1,)
    assert applying_statements(Effect.DENY, policy, OBJECT) == (0,)


def test_absent_elements_cover_what_the_policy_hangs_on():
    """
    Without Principal and Resource, a statement is about every caller and resource that meets it.
    """
    policy = parse_policy('{"Statement": {"Effect": "Allow", "Action": "s3:GetObject"}}')

    assert is_allowed(policy, OBJECT)


def test_the_decisions_have_the_words_of_the_simulator():
    """
    IAM's policy simulator calls them so.
    """
    assert [decision.value for decision in Decision] == ["allowed", "explicitDeny", "implicitDeny"]


def test_ten_thousand_statements_are_no_trouble():
    """
    A policy far beyond AWS's limits is decided all the same.
    """
    policy = a_policy(*(("Deny", f"s3:Get{number}*") for number in range(10_000)), ("Allow", "*"))

    assert deciding_statements(policy, OBJECT) == (10_000,)
