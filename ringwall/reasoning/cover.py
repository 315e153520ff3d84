"""Minimum set cover: exact when small, greedy without anything redundant when large."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EXACT_UP_TO = 64
"""Candidates beyond the essential ones for which the minimum is sought."""
_NODES = 20_000
"""Branches that the exact search may look at before it settles for the best cover it knows."""


def minimum_cover(points: Sequence[frozenset[int]]) -> list[int]:
    """As few numbers as possible such that each of the sets holds one of them; in order.

    Args:
        points: for each thing to be covered, the numbers of those who cover it; none is empty.
    """
    chosen = {next(iter(point)) for point in points if len(point) == 1}
    left = _minimal([point for point in points if not point & chosen])
    if left:
        chosen |= _exact(left) if len(frozenset().union(*left)) <= EXACT_UP_TO else _greedy(left)
    return sorted(chosen)


def _minimal(points: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """The points without those that are covered whenever another one is."""
    kept: list[frozenset[int]] = []
    for point in sorted(set(points), key=lambda point: (len(point), sorted(point))):
        if not any(other <= point for other in kept):
            kept.append(point)
    return kept


def _greedy(points: Sequence[frozenset[int]]) -> set[int]:
    left, chosen = list(points), list[int]()
    while left:
        candidates = sorted(frozenset().union(*left))
        best = max(candidates, key=lambda number: sum(number in point for point in left))
        chosen.append(best)
        left = [point for point in left if best not in point]
    for number in list(chosen):
        rest = set(chosen) - {number}
        if all(point & rest for point in points):
            chosen.remove(number)
    return set(chosen)


def _exact(points: Sequence[frozenset[int]]) -> set[int]:
    """Branch and bound: the point with the fewest coverers is covered by one of them."""
    best = _greedy(points)
    waiting: list[tuple[frozenset[int], Sequence[frozenset[int]]]] = [(frozenset(), points)]
    nodes = 0
    while waiting and nodes < _NODES:
        nodes += 1
        chosen, left = waiting.pop()
        if not left:
            best = set(chosen)
            continue
        if len(chosen) + _bound(left) >= len(best):
            continue
        hardest = min(left, key=len)
        waiting += (
            (chosen | {number}, [point for point in left if number not in point])
            for number in sorted(hardest, reverse=True)
        )
    return best


def _bound(points: Sequence[frozenset[int]]) -> int:
    """Points that share no coverer each need one of their own."""
    used: frozenset[int] = frozenset()
    count = 0
    for point in points:
        if not point & used:
            used |= point
            count += 1
    return count
