"""How much one policy allows, next to another."""

import pytest

from ringwall.checks.comparison import compare_policies
from ringwall.errors import UnprocessableError
from ringwall.policy import evaluate
from ringwall.reasoning.compare import Comparison
from tests.checks.documents import identity_policy, resource_policy
from tests.checks.test_access import READ, WRITE, hostile_policies

DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::secret/*"}


def test_equal_policies_have_no_witness():
    """
    The same statements in another order are equal.
    """
    found = compare_policies(identity_policy(READ, WRITE), identity_policy(WRITE, READ))

    assert found.comparison is Comparison.EQUAL
    assert (found.first_only.witness, found.second_only.witness) == (None, None)


def test_each_direction_has_its_witness_and_its_statements():
    """
    Of incomparable policies each allows a request that the other does not; both sides' statements are named.
    """
    first, second = identity_policy({"Action": "sqs:*"}, DENY), identity_policy({"Action": "s3:*"}, DENY)

    found = compare_policies(first, second)

    assert found.comparison is Comparison.INCOMPARABLE
    for one, other, surplus in ((first, second, found.first_only), (second, first, found.second_only)):
        assert evaluate.is_allowed(one, surplus.witness)
        assert not evaluate.is_allowed(other, surplus.witness)
        assert (surplus.allowed_by, surplus.denied_by) == ((0,), ())


def test_the_deny_that_makes_the_difference_is_named():
    """
    A policy with a Deny more is stricter, and that Deny is what refuses the example.
    """
    found = compare_policies(identity_policy({"Action": "s3:*"}, DENY), identity_policy({"Action": "s3:*"}))

    assert found.comparison is Comparison.STRICTER
    assert found.second_only.witness.resource.startswith("arn:aws:s3:::secret/")
    assert (found.second_only.allowed_by, found.second_only.denied_by) == ((0,), (1,))


def test_what_is_not_decided_has_no_word():
    """
    A direction that was not decided leaves the comparison open, never equal.
    """
    found = compare_policies(*hostile_policies())

    assert not found.is_decided
    assert found.comparison is None
    assert found.first_only.undecided == "the step budget ended before an answer was found"


def test_policies_of_two_kinds_are_not_compared():
    """
    Where one policy names principals, a statement of the other without any is refused.
    """
    with pytest.raises(UnprocessableError, match="`Principal` is missing"):
        compare_policies(identity_policy(READ), resource_policy({}))
