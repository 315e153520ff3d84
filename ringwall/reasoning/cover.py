"""Minimum set cover: proven least where that can be done, greedy without anything redundant where not.

Candidates are numbered, and what is to be covered (a *point*) is the set of the candidates that cover it: once the
essential ones are taken, the bits of one integer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

EXACT_UP_TO = 64
"""Candidates that hang together, beyond the essential ones, for which the minimum is searched."""
_ONE = 1 << 40
"""One, as a fixed-point number."""


@dataclass(slots=True)
class Effort:
    """Branches that searches may still look at before they settle for the best cover they know."""

    branches: int = 2_000

    def spend_one(self) -> bool:
        """Takes one; False where none was left."""
        self.branches -= 1
        return self.branches >= 0


@dataclass(frozen=True, slots=True)
class Cover:
    """Candidates that together cover every point."""

    numbers: tuple[int, ...]
    """In order."""
    is_minimum: bool
    """Whether it is proven that fewer do not suffice."""


def minimum_cover(points: Sequence[frozenset[int]], effort: Effort) -> Cover:
    """As few candidates as possible such that each of the points is covered.

    Args:
        points: each the numbers of the candidates that cover it; none is empty.
        effort: for proving that fewer do not suffice.
    """
    essential = {next(iter(point)) for point in points if len(point) == 1}
    left = {point for point in points if point.isdisjoint(essential)}
    known = sorted(frozenset().union(*left))
    bit_of = {number: 1 << place for place, number in enumerate(known)}
    chosen, is_minimum = _cover((sum(bit_of[number] for number in point) for point in left), effort)
    return Cover(tuple(sorted((*essential, *(known[place] for place in _numbers(chosen))))), is_minimum)


def _cover(points: Iterable[int], effort: Effort) -> tuple[int, bool]:
    """A cover, and whether it is known to be a least one."""
    chosen, left = _reduced(points)
    is_minimum = True
    for part in _apart(left):
        found, proven = _cover_of_part(part, effort)
        chosen |= found
        is_minimum = is_minimum and proven
    return chosen, is_minimum


def _cover_of_part(points: list[int], effort: Effort) -> tuple[int, bool]:
    """The same for points that hang together."""
    greedy = _greedy(points)
    if _least(points) == greedy.bit_count():
        return greedy, True
    if _union(points).bit_count() > EXACT_UP_TO:
        return greedy, False
    return _exact(points, greedy, effort)


def _numbers(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def _union(points: Iterable[int]) -> int:
    union = 0
    for point in points:
        union |= point
    return union


def _reduced(points: Iterable[int]) -> tuple[int, list[int]]:
    """The candidates that some least cover has, and what is left to be covered with fewer candidates.

    A point with one candidate needs it; a point that is covered whenever another is need not be looked at; nor need a
    candidate that covers no more than another.
    """
    chosen, left = 0, sorted(set(points))
    while True:
        needed = _union(point for point in left if not point & (point - 1))
        chosen |= needed
        before = len(left), _union(left)
        left = _without_dominated(_hardest([point for point in left if not point & needed]))
        if (len(left), _union(left)) == before:
            return chosen, left


def _hardest(points: Iterable[int]) -> list[int]:
    """The points without those that are covered whenever another one is."""
    kept: list[int] = []
    for point in sorted(set(points), key=lambda point: (point.bit_count(), point)):
        if all(other & ~point for other in kept):
            kept.append(point)
    return kept


def _without_dominated(points: list[int]) -> list[int]:
    """The points without the candidates that cover no more than another one does."""
    covered = sorted(_covered(points).items(), key=lambda item: -item[1].bit_count())
    kept: list[int] = []
    useless = 0
    for number, covers in covered:
        if any(not covers & ~other for other in kept):
            useless |= 1 << number
        else:
            kept.append(covers)
    return [point & ~useless for point in points] if useless else points


def _covered(points: Collection[int]) -> dict[int, int]:
    """By candidate, the points that it covers, as bits."""
    covered = dict.fromkeys(_numbers(_union(points)), 0)
    for place, point in enumerate(points):
        for number in _numbers(point):
            covered[number] |= 1 << place
    return covered


def _apart(points: Iterable[int]) -> list[list[int]]:
    """The points in groups that share no candidate: each can be covered by itself."""
    groups: list[tuple[int, list[int]]] = []
    for point in points:
        touching = [group for group in groups if group[0] & point]
        groups = [group for group in groups if not group[0] & point]
        groups.append((_union((point, *(bits for bits, _ in touching))), [*_members(touching), point]))
    return [members for _, members in groups]


def _members(groups: Iterable[tuple[int, list[int]]]) -> Iterator[int]:
    return (point for _, points in groups for point in points)


def _greedy(points: Collection[int]) -> int:
    """Whoever covers most of what is left, again and again; then nobody who is not needed."""
    covered = _covered(points)
    left, chosen = (1 << len(points)) - 1, list[int]()
    while left:
        best = max(covered, key=lambda number: (covered[number] & left).bit_count())
        chosen.append(best)
        left &= ~covered[best]
    return _irredundant(chosen, points)


def _irredundant(chosen: Collection[int], points: Collection[int]) -> int:
    kept = _union(1 << number for number in chosen)
    for number in chosen:
        if all(point & kept & ~(1 << number) for point in points):
            kept &= ~(1 << number)
    return kept


def _exact(points: list[int], greedy: int, effort: Effort) -> tuple[int, bool]:
    """Branch and bound: the point with the fewest candidates is covered by the first of them, or else the next one.

    Gives the best cover known, and whether the search came to its end.
    """
    best = greedy
    waiting = [(0, points)]
    while waiting:
        if not effort.spend_one():
            return _irredundant(tuple(_numbers(best)), points), False
        chosen, left = waiting.pop()
        needed, left = _reduced(left)
        chosen |= needed
        if chosen.bit_count() + _least(left) >= best.bit_count():
            continue
        if not left:
            best = chosen
            continue
        waiting += reversed(list(_branches(chosen, left)))
    return best, True


def _branches(chosen: int, points: list[int]) -> Iterator[tuple[int, list[int]]]:
    hardest = min(points, key=int.bit_count)
    excluded = 0
    for number in sorted(_numbers(hardest), key=lambda number: -sum(point >> number & 1 for point in points)):
        bit = 1 << number
        rest = [point & ~excluded for point in points if not point & bit]
        if all(rest):
            yield chosen | bit, rest
        excluded |= bit


def _least(points: Collection[int]) -> int:
    """How many candidates any cover has at least."""
    return max(_independent(points), _weighed(points))


def _independent(points: Iterable[int]) -> int:
    """Points that share no candidate each need one of their own."""
    used = count = 0
    for point in sorted(points, key=int.bit_count):
        if not point & used:
            used |= point
            count += 1
    return count


def _weighed(points: Collection[int]) -> int:
    """Points get weights, no candidate more than one in all: then no cover has fewer candidates than all weights.

    Each point first asks for as much as its busiest candidate can give to all, then for whatever is left.
    """
    degrees = {number: covers.bit_count() for number, covers in _covered(points).items()}
    spare = dict.fromkeys(degrees, _ONE)
    total = 0
    for first in (True, False):
        for point in sorted(points, key=int.bit_count):
            numbers = tuple(_numbers(point))
            weight = min(_ONE // degrees[number] if first else spare[number] for number in numbers)
            total += weight
            for number in numbers:
                spare[number] -= weight
    return -(-total // _ONE)
