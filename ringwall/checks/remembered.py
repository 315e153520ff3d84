"""Verdicts by the text that they are about: real estates are mostly copies of a few documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from ringwall.policy.ast import Policy
from ringwall.policy.parse import parse_policy

Verdict = TypeVar("Verdict")

_REMEMBERED = 65_536
"""Texts; the least recently asked about are forgotten first."""


class Remembered(Generic[Verdict]):
    """One question about many policy documents, each distinct text decided once.

    >>> from ringwall.checks.access import check_no_public_access
    >>> public = Remembered(lambda policy: check_no_public_access(policy, "AWS::SQS::Queue").result.value)
    >>> text = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}}'
    >>> [public.of(text) for _ in range(1_000)] == ["FAIL"] * 1_000
    True
    """

    def __init__(self, decide: Callable[[Policy], Verdict]) -> None:
        self._decide = decide
        self.of = lru_cache(maxsize=_REMEMBERED)(self._decided)
        """The verdict on a document.

        Raises:
            PolicyError: the text is no policy.
            RingwallError: whatever the question raises. It is asked again the next time.
        """

    def _decided(self, text: str) -> Verdict:
        return self._decide(parse_policy(text))
