"""Sets of requests: unions of boxes, some of which are refused again. Empty, or what is in it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ringwall.errors import UndecidedError
from ringwall.reasoning.box import Box
from ringwall.reasoning.callers import Point

STEPS = 20_000
"""Boxes that one question may look at. Real policies need fewer than a hundred."""
_STEPS_EACH = 3
_PATTERNS_A_STEP = 64
"""A box of many patterns takes longer: so many of them count as one more step."""


def budget_for(statements: int) -> Budget:
    """Steps for a question about so many statements and principals: each may need a few that are easy."""
    return Budget(STEPS + _STEPS_EACH * statements)


@dataclass(slots=True)
class Budget:
    """Steps that are left. Steps, not seconds: the same question always ends the same way."""

    steps: int = STEPS

    def spend(self, steps: int = 1) -> None:
        """Takes steps.

        Raises:
            UndecidedError: fewer were left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise UndecidedError("the step budget ended before an answer was found")


class Refused(Protocol):
    """What a search must stay out of: any collection of boxes that can tell which of them hold a request."""

    def holders(self, point: Point) -> Iterable[Box]:
        """Every box that the request is in."""

    def covers(self, box: Box) -> bool:
        """Whether the box is plainly within one of these. True is certain, False is not."""


def find_request(boxes: Iterable[Box], refused: Refused, budget: Budget) -> tuple[Point, Box] | None:
    """A request in one of the boxes and in none of the refused ones, and the box it was found in.

    The one primitive: every question about policies is this one. A request is picked; where a refused box holds it,
    the search goes on in what that box leaves. Most searches end with the first request.

    Raises:
        UndecidedError: the budget ended, or a dimension is too entangled.
    """
    for box in boxes:
        if (point := _find_in(box, refused, budget)) is not None:
            return point, box
    return None


def _find_in(box: Box, refused: Refused, budget: Budget) -> Point | None:
    waiting = [] if refused.covers(box) else [box]
    while waiting:
        current = waiting.pop()
        budget.spend(1 + current.patterns // _PATTERNS_A_STEP)
        if (point := current.pick()) is None:
            continue
        holder = None
        for each in refused.holders(point):
            if current.is_within(each):
                break
            holder = holder or each
        else:
            if holder is None:
                return point
            waiting.extend(reversed(list(current.minus(holder))))
    return None
