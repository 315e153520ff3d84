"""Verdicts that are remembered by text."""

import doctest

import pytest

from ringwall.checks import remembered
from ringwall.checks.remembered import Remembered
from ringwall.errors import PolicyError, UndecidedError

TEXT = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


def test_a_text_is_decided_once():
    """
    However often it is asked about; another text is another question.
    """
    asked = []
    verdicts = Remembered(lambda policy: asked.append(policy) or len(policy.statements))

    answers = [verdicts.of(TEXT), verdicts.of(TEXT), verdicts.of(TEXT.replace("*", "s3:*", 1))]

    assert answers == [1, 1, 1]
    assert len(asked) == 2


def test_what_was_not_decided_is_asked_again():
    """
    An error is no verdict: nothing is remembered of it.
    """
    answers = iter([UndecidedError("not yet"), "open"])

    def decide(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    verdicts = Remembered(decide)

    with pytest.raises(UndecidedError):
        verdicts.of(TEXT)
    assert verdicts.of(TEXT) == "open"


def test_what_is_no_policy_is_an_error_every_time():
    """
    Nothing passes because it could not be read.
    """
    verdicts = Remembered(lambda _: "closed")

    for _ in range(2):
        with pytest.raises(PolicyError):
            verdicts.of("{")


def test_the_example_works():
    """
    What the documentation shows is so.
    """
    assert doctest.testmod(remembered).failed == 0
