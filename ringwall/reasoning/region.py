"""Sets of requests: unions of boxes. Intersect, subtract, empty?, pick one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringwall.errors import UndecidedError
from ringwall.reasoning.callers import CALLER_KEYS, TAG_PREFIX, Point, pick_caller
from ringwall.reasoning.values import ANYTHING, KeySet

STEPS = 20_000
"""Boxes that one question may look at. Real policies need fewer than a hundred."""


@dataclass(slots=True)
class Budget:
    """Steps that are left. Steps, not seconds: the same question always ends the same way."""

    steps: int = STEPS

    def spend(self) -> None:
        """Takes one step.

        Raises:
            UndecidedError: none was left.
        """
        self.steps -= 1
        if self.steps < 0:
            raise UndecidedError("the step budget ended before an answer was found")


@dataclass(frozen=True, slots=True)
class Box:
    """A product of one set per dimension; a dimension that is not there is unconstrained.

    `exact` is False where the box was made larger than what it stands for (a policy variable relates two dimensions,
    which a box cannot): empty is then still certain, and a member has to be replayed.
    """

    keys: Mapping[str, KeySet] = field(default_factory=dict)
    exact: bool = True

    def __and__(self, other: Box) -> Box:
        if not other.keys:
            return Box(self.keys, self.exact and other.exact)
        keys = dict(self.keys)
        for key, values in other.keys.items():
            known = keys.get(key)
            keys[key] = values if known is None else known & values
        return Box(keys, self.exact and other.exact)

    def __contains__(self, point: Point) -> bool:
        return all(point.get(key, ()) in values for key, values in self.keys.items())

    def minus(self, other: Box) -> Iterator[Box]:
        """Boxes, apart from each other by dimension, whose union is this box without the other."""
        inside: dict[str, KeySet] = dict(self.keys)
        for key, values in _cheapest_first(other.keys):
            known = inside.get(key)
            for piece in values.complement():
                outside = piece if known is None else known & piece
                if not _is_plainly_empty(outside):
                    yield Box({**inside, key: outside}, self.exact)
            inside[key] = values if known is None else known & values
            if _is_plainly_empty(inside[key]):
                return

    def is_plainly_empty(self) -> bool:
        """Whether some dimension holds nothing. True is certain, False is not."""
        return any(map(_is_plainly_empty, self.keys.values()))

    def is_within(self, other: Box) -> bool:
        """Whether plainly a subset. True is certain, False is not."""
        return all(self.keys.get(key, ANYTHING).is_within(values) for key, values in other.keys.items())

    def pick(self) -> Point | None:
        """A request in the box; None where there is none.

        Raises:
            UndecidedError: one dimension is too entangled to tell.
        """
        if self.is_plainly_empty():
            return None
        point: dict[str, tuple[str, ...]] = {}
        for key, values in self.keys.items():
            if key in CALLER_KEYS or key.startswith(TAG_PREFIX):
                continue
            picked = values.pick(key)
            if picked is None:
                return None
            if picked:
                point[key] = picked
        caller = pick_caller(self.keys)
        return None if caller is None else {**point, **caller}


EVERYTHING = Box()


def _is_plainly_empty(values: KeySet) -> bool:
    return not values.absent and values.bound.text.values is not None and not values.bound.text.values


def _cheapest_first(keys: Mapping[str, KeySet]) -> Sequence[tuple[str, KeySet]]:
    """Dimensions with given values first: they leave the least behind."""
    return sorted(keys.items(), key=lambda item: (item[1].bound.text.values is None, item[0]))


def find_request(boxes: Iterable[Box], refused: Sequence[Box], budget: Budget) -> tuple[Point, Box] | None:
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


def _find_in(box: Box, refused: Sequence[Box], budget: Budget) -> Point | None:
    if any(box.is_within(each) for each in refused):
        return None
    waiting = [box]
    while waiting:
        budget.spend()
        current = waiting.pop()
        if (point := current.pick()) is None:
            continue
        holder = next((each for each in refused if point in each), None)
        if holder is None:
            return point
        waiting.extend(reversed(list(current.minus(holder))))
    return None
