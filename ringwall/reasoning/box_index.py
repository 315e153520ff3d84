"""Many boxes at once, filed by the values they ask for: which of them hold a request, and which may touch a box.

Policies that list ten thousand accounts make ten thousand boxes; without an index every question would look at them
all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ringwall.arn import account_of
from ringwall.reasoning.box import Box
from ringwall.reasoning.callers import ACCOUNT, ARN, Point
from ringwall.reasoning.text import ANY_TEXT
from ringwall.reasoning.typed import Kind, neighbourhood_of, neighbourhoods
from ringwall.reasoning.values import KeySet

_MANY = 64
"""Values of a box beyond which looking each of them up is not worth it."""


class BoxIndex:
    """An unordered collection of boxes."""

    __slots__ = ("_shelves",)

    def __init__(self, boxes: Iterable[Box] = ()) -> None:
        self._shelves: tuple[_Shelf, ...] = (_Shelf(boxes),)

    def __or__(self, other: BoxIndex) -> BoxIndex:
        joined = BoxIndex.__new__(BoxIndex)
        joined._shelves = (*self._shelves, *other._shelves)
        return joined

    def __iter__(self) -> Iterator[Box]:
        return (box for shelf in self._shelves for box in shelf.boxes)

    def holder(self, point: Point) -> Box | None:
        """A box that the request is in."""
        return next(self.holders(point), None)

    def holders(self, point: Point) -> Iterator[Box]:
        """Every box that the request is in."""
        return (box for shelf in self._shelves for box in shelf.at(point) if point in box)

    def covers(self, box: Box) -> bool:
        """Whether the box is plainly within one of these. True is certain, False is not."""
        return any(box.is_within(each) for shelf in self._shelves for each in shelf.around(box))

    def near(self, box: Box) -> Iterator[Box]:
        """Every box that may share a request with this one, and perhaps others."""
        return (each for shelf in self._shelves for each in shelf.near(box))


class _Shelf:
    """Boxes by one of the dimensions in which they list their values; the open ones list none."""

    __slots__ = ("boxes", "by_account", "by_value", "open")

    def __init__(self, boxes: Iterable[Box]) -> None:
        self.boxes = tuple(boxes)
        self.open: list[Box] = []
        self.by_value: dict[str, dict[str, list[Box]]] = {}
        self.by_account: dict[str, list[Box]] = defaultdict(list)
        """The boxes that are filed under ARNs, for questions that give an account alone."""
        for box in self.boxes:
            self._file(box)

    def _file(self, box: Box) -> None:
        dimension = _narrowest_listed(box)
        if dimension is None:
            self.open.append(box)
            return
        drawer = self.by_value.setdefault(dimension, defaultdict(list))
        values = listed(box.keys[dimension]) or ()
        for value in values:
            drawer[value].append(box)
        if dimension == ARN:
            for account in set(map(account_of, values)):
                self.by_account[account].append(box)

    def at(self, point: Point) -> Iterator[Box]:
        yield from self.open
        for dimension, drawer in self.by_value.items():
            for value in point.get(dimension, ()):
                yield from drawer.get(value, ())
                if (block := neighbourhood_of(value)) is not None:
                    yield from drawer.get(block, ())

    def around(self, box: Box) -> Iterator[Box]:
        """The boxes that may contain this one whole: they list all of its values, so also any one of them."""
        yield from self.open
        for dimension, drawer in self.by_value.items():
            values = listed(box.keys.get(dimension))
            if values:
                yield from drawer.get(next(iter(values)), ())

    def near(self, box: Box) -> Iterator[Box]:
        yield from self.open
        for dimension, drawer in self.by_value.items():
            values = listed(box.keys.get(dimension))
            if values is None and dimension == ARN:
                yield from _taken(self.by_account, listed(box.keys.get(ACCOUNT)))
            else:
                yield from _taken(drawer, values)


def _taken(drawer: Mapping[str, list[Box]], values: frozenset[str] | None) -> Iterable[Box]:
    """The boxes under these values, each once; all of them where the values are unknown or many."""
    if values is None or len(values) > _MANY:
        return dict.fromkeys(each for boxes in drawer.values() for each in boxes)
    return dict.fromkeys(each for value in values for each in drawer.get(value, ()))


def _narrowest_listed(box: Box) -> str | None:
    """The dimension to file a box under: a principal tells it best, and its ARN better than its account."""
    order = (ARN, ACCOUNT, *sorted(box.keys))
    return next((dimension for dimension in order if listed(box.keys.get(dimension)) is not None), None)


def listed(values: KeySet | None) -> frozenset[str] | None:
    """The values that a key must have one of, or the blocks that its address must be in; None where it is neither."""
    if values is None or values.absent or values.many:
        return None
    if not values.bound.readings:
        return values.bound.text.values
    [first, *more] = values.bound.readings
    if more or first.other or first.kind is not Kind.ADDRESS or values.bound.text is not ANY_TEXT:
        return None
    return neighbourhoods(first.inside)
