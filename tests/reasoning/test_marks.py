"""Templates: a value with an open variable is neither the pattern around it nor any other template."""

import json

import pytest

from ringwall.policy.parse import parse_policy
from ringwall.reasoning.compare import find_access, find_new_access

ANYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def policy_of(*statements):
    written = [{**ANYTHING, **each} for each in statements]
    for each in written:
        if "NotResource" in each:
            del each["Resource"]
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": written}))


def under(condition):
    return policy_of({"Condition": condition})


def test_a_resource_denied_by_a_template_is_allowed_to_others():
    """
    The template of a Deny matches for some requests, not for all that its pattern matches.
    """
    spared = policy_of(
        {"Resource": "arn:aws:s3:::b/x"}, {"Effect": "Deny", "Resource": "arn:aws:s3:::b/${aws:username}"}
    )

    found = find_access(spared)

    assert found.resource == "arn:aws:s3:::b/x"
    assert found.context.get("aws:username") != ("x",)


def test_a_value_denied_by_a_template_is_allowed_to_others():
    """
    The same of a condition.
    """
    own = {"StringLike": {"s3:prefix": "${aws:username}*"}}
    spared = policy_of({"Condition": {"StringEquals": {"s3:prefix": "x"}}}, {"Effect": "Deny", "Condition": own})

    assert find_access(spared).context["s3:prefix"] == ("x",)


def test_a_deny_for_all_but_a_template_spares_the_template():
    """
    Whoever is in a folder of his own is in none that NotResource names.
    """
    policy = policy_of(
        {"Resource": "arn:aws:s3:::b/*"}, {"Effect": "Deny", "NotResource": "arn:aws:s3:::b/${aws:username}"}
    )

    found = find_access(policy)

    assert found.resource == f"arn:aws:s3:::b/{found.context['aws:username'][0]}"
    assert find_new_access(new=policy, existing=policy_of({"Resource": "arn:aws:s3:::b/*"})) is None


def test_what_differs_from_a_template_does_not_match_it():
    """
    A request is either way for each template, never both.
    """
    tied = {"StringEquals": {"s3:prefix": "${aws:username}"}, "StringNotEquals": {"s3:prefix": "${aws:username}"}}

    assert find_access(under(tied)) is None
    assert find_access(under({"StringNotEquals": {"s3:prefix": "${aws:username}"}})) is not None


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"s3:prefix": "${aws:username}"}, "StringNotEquals": {"s3:delimiter": "${aws:username}"}},
        {"StringLike": {"s3:prefix": "${aws:username}?"}, "StringNotEquals": {"s3:prefix": "${aws:username}?"}},
        {"StringEquals": {"s3:prefix": "${aws:username}"}, "StringNotEquals": {"s3:prefix": "${aws:userid}"}},
    ],
    ids=json.dumps,
)
def test_templates_that_differ_by_key_operator_or_text_are_different(condition):
    """
    One may match where the other does not.
    """
    assert find_access(under(condition)) is not None


def test_a_value_of_several_that_differs_from_a_template_is_any_value():
    """
    Where a set operator is negated, values that the pattern around the template matches may hold it.
    """
    condition = {
        "ForAnyValue:StringNotLike": {"aws:TagKeys": "x${aws:username}"},
        "ForAllValues:StringEquals": {"aws:TagKeys": "a"},
        "Null": {"aws:TagKeys": "false"},
    }

    assert find_access(under(condition)).context["aws:tagkeys"] == ("a",)


def test_the_account_that_calls_a_key_is_nobodys_where_it_is_absent():
    """
    Whoever has no account calls without one: `kms:CallerAccount` is then absent.
    """
    found = find_access(under({"Null": {"kms:CallerAccount": "true"}}))

    assert "kms:calleraccount" not in found.context
    assert find_access(under({"Null": {"kms:CallerAccount": "false"}})).context["kms:calleraccount"]


def test_a_template_is_met_by_what_it_says():
    """
    What its variable would have to hold is read from what it is compared with.
    """
    condition = {"StringEquals": {"s3:prefix": "abcx"}, "StringLike": {"s3:prefix": "${s3:delimiter}x"}}

    assert find_access(under(condition)).context["s3:delimiter"] == ("abc",)
