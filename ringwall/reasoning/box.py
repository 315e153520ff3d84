"""A box: a product of one set per dimension. Intersect, subtract, pick a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ringwall.reasoning.callers import Point, pick_caller, says_who_calls
from ringwall.reasoning.values import ANYTHING, KeySet


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A product of one set per dimension; a dimension that is not there is unconstrained."""

    keys: Mapping[str, KeySet] = field(default_factory=dict)

    def __and__(self, other: Box) -> Box:
        if not other.keys:
            return self
        if not self.keys:
            return other
        keys = dict(self.keys)
        for key, values in other.keys.items():
            known = keys.get(key)
            keys[key] = values if known is None else known & values
        return Box(keys)

    def __contains__(self, point: Point) -> bool:
        for key, values in self.keys.items():  # noqa: SIM110 - as in `unions`
            if point.get(key, ()) not in values:
                return False
        return True

    def minus(self, other: Box) -> Iterator[Box]:
        """Boxes, apart from each other by dimension, whose union is this box without the other."""
        inside: dict[str, KeySet] = dict(self.keys)
        for key, values in _cheapest_first(other.keys):
            known = inside.get(key)
            for piece in values.complement():
                outside = piece if known is None else known & piece
                if not _is_plainly_empty(outside):
                    yield Box({**inside, key: outside})
            inside[key] = values if known is None else known & values
            if _is_plainly_empty(inside[key]):
                return

    @property
    def patterns(self) -> int:
        """How many patterns a member is held against."""
        texts = (values.bound.text for values in self.keys.values())
        return sum(len(text.none_of.patterns) + sum(len(union.patterns) for union in text.all_of) for text in texts)

    def is_plainly_empty(self) -> bool:
        """Whether some dimension holds nothing. True is certain, False is not."""
        for values in self.keys.values():  # noqa: SIM110
            if _is_plainly_empty(values):
                return True
        return False

    def is_within(self, other: Box) -> bool:
        """Whether plainly a subset. True is certain, False is not."""
        for key, values in other.keys.items():
            mine = self.keys.get(key, ANYTHING)
            if mine is not values and not mine.is_within(values):
                return False
        return True

    def pick(self) -> Point | None:
        """A request in the box; None where there is none.

        Raises:
            UndecidedError: one dimension is too entangled to tell.
        """
        if self.is_plainly_empty():
            return None
        point: dict[str, tuple[str, ...]] = {}
        for key, values in self.keys.items():
            if says_who_calls(key):
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
    if values.absent:
        return False
    bound = values.bound
    if bound.text.values is not None and not bound.text.values:
        return True
    return bool(bound.readings) and any(not reading.inside and not reading.other for reading in bound.readings)


def _cheapest_first(keys: Mapping[str, KeySet]) -> Sequence[tuple[str, KeySet]]:
    """Dimensions with given values first: they leave the least behind."""
    return sorted(keys.items(), key=lambda item: (item[1].bound.text.values is None, item[0]))
