"""Patterns with * and ?."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import wildcard

PATTERNS = st.text("ab:*?", max_size=9)
TEXTS = st.text("ab:", max_size=12)


def matches_by_definition(pattern, text):
    """A star is nothing, or one character and the star again."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return matches_by_definition(pattern[1:], text) or (bool(text) and matches_by_definition(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and matches_by_definition(pattern[1:], text[1:])


@given(PATTERNS, TEXTS)
def test_matching_is_as_defined(pattern, text):
    """
    The fast way agrees with the definition.
    """
    assert wildcard.matches(pattern, text) == matches_by_definition(pattern, text)


@given(PATTERNS, TEXTS)
def test_a_star_or_question_mark_that_is_literal_is_text(pattern, text):
    """
    With every character literal, a pattern matches itself alone.
    """
    literal = frozenset(range(len(pattern)))

    assert wildcard.matches(pattern, pattern, literal=literal)
    assert wildcard.matches(pattern, text, literal=literal) == (pattern == text)


@given(PATTERNS, st.text("abAB:", max_size=12))
def test_case_can_be_ignored(pattern, text):
    """
    Without regard to case, text in any case is text in lower case.
    """
    assert wildcard.matches(pattern.upper(), text, ignore_case=True) == wildcard.matches(pattern, text.lower())


@pytest.mark.parametrize(
    "pattern", ["*a*a*a*a*b", "*" + "a*" * 1000 + "b", "*" + "a" * 5000 + "b*", "*" + "?a" * 100 + "b*"]
)
def test_no_pattern_backtracks(pattern):
    """
    A pattern that almost matches a long text ends the same second.
    """
    assert not wildcard.matches(pattern, "a" * 200_000)


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("*", "arn:aws:s3:::b", True),
        ("*", "no arn", True),
        ("arn:*", "arn:aws:s3:::b", True),
        ("arn:aws:s3*", "arn:aws:s3:::b", True),
        ("arn:aws:s*3*", "arn:aws:s3:::b", True),
        ("arn:aws:s3*", "arn:aws:s3express:us-east-1:1:bucket/b", True),
        ("arn:aws:s?*", "arn:aws:s3:::b", True),
        ("arn:aws:s3?", "arn:aws:s3:::b", False),
        ("arn:aws:iam::*", "arn:aws:iam::1:role/x", True),
        ("arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", True),
        ("arn:aws:iam::*:role/x", "arn:aws:iam::1:role/p/x", False),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:1:q", False),
        ("arn:aws:sqs:*:*:q", "arn:aws:sqs:us-east-1:1:q", True),
        ("arn:aws:sqs:?:1:q", "arn:aws:sqs::1:q", False),
        ("arn:aws:logs:*:*:*:b", "arn:aws:logs:r:1:log-group:a:b", True),
        ("arn:aws:s3:::b/*z", "arn:aws:s3:::b/x:y/z", True),
        ("arn:aws:s3:::b", "arn:aws:s3:::b", True),
        ("arn:aws:s3:::b?", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::b*", "b", False),
        ("*:q", "arn:aws:sqs:us-east-1:1:q", True),
        ("q", "q", True),
    ],
)
def test_arns_are_compared_part_by_part(pattern, text, is_match):
    """
    Wildcards stay inside the first five parts; a trailing star takes in what remains.
    """
    assert wildcard.matches_arn(pattern, text) is is_match


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [("*", True), ("*:aws:iam::*:role/x", True), ("ar?:*", True), ("*:role/x", False), ("*:role/*", False)],
)
def test_fields_are_compared_whatever_the_first_one_is(pattern, is_match):
    """
    ARN operators compare field by field; only Resource takes a pattern that begins otherwise as a whole.
    """
    assert wildcard.matches_fields(pattern, "arn:aws:iam::1:role/x") is is_match


def test_a_literal_star_at_the_end_takes_in_nothing():
    """
    Only a wildcard stands for the remaining parts.
    """
    pattern = "arn:aws:s3*"

    assert not wildcard.matches_arn(pattern, "arn:aws:s3:::b", literal=frozenset({len(pattern) - 1}))


@given(st.lists(st.text("ab*?", max_size=3), min_size=6, max_size=6), st.lists(st.text("ab", max_size=3), min_size=6))
def test_six_parts_match_one_by_one(parts, fields):
    """
    An ARN matches when each of its parts does, the sixth being all the rest.
    """
    parts[0] = fields[0] = "arn"
    text = ":".join(fields)
    by_part = [wildcard.matches(part, field) for part, field in zip(parts, text.split(":", 5), strict=True)]

    assert wildcard.matches_arn(":".join(parts), text) == all(by_part)
