"""From the cubes that could be reported to as few of them as still cover every allowed request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from ringwall.errors import UndecidedError
from ringwall.reasoning.box_index import BoxIndex, listed
from ringwall.reasoning.callers import Point
from ringwall.reasoning.cover import Effort, minimum_cover
from ringwall.reasoning.cube import Cube, Grant
from ringwall.reasoning.label import Label
from ringwall.reasoning.region import Budget, find_request


class Choice(Enum):
    """How the reported cubes were chosen from all that could be; the stronger the claim, the earlier."""

    MINIMUM = "minimum"
    """It is proven that fewer do not cover every request."""
    GREEDY = "greedy"
    """Each is needed beside the others; whether fewer would do was not found out."""
    UNREDUCED = "unreduced"
    """Fewer may do, but the step budget ended before that was known: none was left out."""
    ALL = "all"
    """Every one was asked for."""


def weakest(choices: Iterable[Choice]) -> Choice | None:
    """What can be said of several choices together; None where there are none."""
    return max(choices, key=tuple(Choice).index, default=None)


def concise(
    cubes: tuple[Cube, ...], grants: Sequence[Grant], trusted: BoxIndex, budget: Budget
) -> tuple[tuple[Cube, ...], Choice]:
    """As few of the cubes as cover every allowed request.

    A cover of the requests seen so far is chosen; requests outside it are looked for and added; until there are none.
    The cover of the requests seen is no larger than one of all requests has to be, so where it is a minimum and covers
    all of them, it is a minimum of those too. Where the budget ends first, all cubes are kept: never fewer than what
    is proven to be enough.
    """
    if len(cubes) < 2:
        return cubes, Choice.MINIMUM
    search = _Search(cubes, grants, trusted, budget)
    try:
        return search.run()
    except UndecidedError:
        return cubes, Choice.UNREDUCED


class _Search:
    """The cubes, the requests that were seen, and how to see more."""

    def __init__(self, cubes: tuple[Cube, ...], grants: Sequence[Grant], trusted: BoxIndex, budget: Budget) -> None:
        # Of covers that are equally small the first cubes are taken: those that hold a whole grant are soonest enough.
        self._cubes = sorted(cubes, key=lambda cube: not cube.grant.box.is_within(cube.box))
        self._holders = _Holders(self._cubes)
        self._grants = grants
        self._trusted = trusted
        self._budget = budget

    def run(self) -> tuple[tuple[Cube, ...], Choice]:
        seen = dict.fromkeys(self._holders.of(cube.witness) for cube in self._cubes)
        looked_for_own, effort = False, Effort()
        while True:
            cover = minimum_cover(tuple(seen), effort)
            unseen = dict.fromkeys(self._outside(cover.numbers))
            if not unseen and not cover.is_minimum and not looked_for_own:
                looked_for_own = True
                unseen = dict.fromkeys(each for each in self._own() if each not in seen)
            if not unseen:
                chosen = tuple(self._cubes[number] for number in cover.numbers)
                return chosen, Choice.MINIMUM if cover.is_minimum else Choice.GREEDY
            seen |= unseen

    def _outside(self, numbers: Sequence[int]) -> Iterator[frozenset[int]]:
        """For each cube that is left out, the holders of some request in it and in none of the chosen ones."""
        if len(numbers) == len(self._cubes):
            return
        chosen = BoxIndex(self._cubes[number].box for number in numbers)
        near = _Near(grant for grant in self._grants if not chosen.covers(grant.box))
        for number in sorted(set(range(len(self._cubes))) - set(numbers)):
            if (point := self._find_outside(self._cubes[number], chosen, near)) is not None:
                yield self._holders.of(point)

    def _own(self) -> Iterator[frozenset[int]]:
        """For each cube that alone holds some request, that cube: what no minimum can do without."""
        near = _Near(self._grants)
        for cube in self._cubes:
            others = BoxIndex(other.box for other in self._cubes if other is not cube)
            if (point := self._find_outside(cube, others, near)) is not None:
                yield self._holders.of(point)

    def _find_outside(self, cube: Cube, chosen: BoxIndex, near: _Near) -> Point | None:
        # What a grant within the cube allows is least likely to be in any other cube.
        for grant in sorted(near.grants(cube), key=lambda grant: not grant.box.is_within(cube.box)):
            box = grant.box & cube.box
            hit = find_request([box], chosen | self._trusted | grant.refused, self._budget)
            if hit is not None:
                return hit[0]
        return None


class _Near:
    """Grants, by where they are."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self._grants: dict[int, list[Grant]] = defaultdict(list)
        boxes = {id(grant.box): grant.box for grant in self._filed(grants)}
        self._index = BoxIndex(boxes.values())

    def _filed(self, grants: Iterable[Grant]) -> Iterator[Grant]:
        for grant in grants:
            self._grants[id(grant.box)].append(grant)
            yield grant

    def grants(self, cube: Cube) -> Iterator[Grant]:
        """Every grant that may share a request with the cube, and perhaps others."""
        return (grant for box in self._index.near(cube.box) for grant in self._grants[id(box)])


class _Holders:
    """Which cubes hold a request."""

    def __init__(self, cubes: Sequence[Cube]) -> None:
        self._labels = [cube.labels for cube in cubes]
        keys = [_Key(labels) for labels in zip(*self._labels, strict=True)]
        self._first = min(keys, key=lambda key: key.effort(cubes[0].witness))
        self._others = [(place, key) for place, key in enumerate(keys) if key is not self._first]

    def of(self, point: Point) -> frozenset[int]:
        """The numbers of the cubes that the request is in: looked up by one key, and compared by the others.

        Raises:
            UndecidedError: none, which would be a fault of ours: irreducible cubes cover every request.
        """
        near = (number for label in self._first.holding(point) for number in self._first.numbers[label])
        found = frozenset(number for number in near if self._agree(self._labels[number], point))
        if not found:
            raise UndecidedError("a request was found in none of the cubes that should cover it")
        return found

    def _agree(self, labels: Sequence[Label], point: Point) -> bool:
        return all(key.holds(labels[place], point) for place, key in self._others)


class _Key:
    """The labels that cubes have for one key, and which of them hold a request."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self.numbers: dict[Label, list[int]] = defaultdict(list)
        """Of the cubes with a label."""
        for number, label in enumerate(labels):
            self.numbers[label].append(number)
        self._boxes = {id(label.box): label for label in self.numbers}
        self._index = BoxIndex(label.box for label in self.numbers)
        self._dimensions = sorted({label.dimension for label in self.numbers if not label.is_any})
        self._held: dict[tuple[Label, tuple[tuple[str, ...], ...]], bool] = {}

    def effort(self, example: Point) -> int:
        """About how many labels and cubes are to be compared where a request like this one is looked up by this key."""
        return sum(map(_is_open, self.numbers)) + sum(len(self.numbers[label]) for label in self.holding(example))

    def holding(self, point: Point) -> Iterator[Label]:
        """The labels that the request is in."""
        return (self._boxes[id(box)] for box in self._index.holders(point))

    def holds(self, label: Label, point: Point) -> bool:
        """Whether the request is in the label."""
        if label.is_any:
            return True
        known = label, tuple(point.get(dimension, ()) for dimension in self._dimensions)
        if known not in self._held:
            self._held[known] = point in label.box
        return self._held[known]


def _is_open(label: Label) -> bool:
    """Whether the label lists no values to look it up by."""
    return listed(label.values) is None
