"""Exact sets of points on a line: addresses, numbers, instants.

A cut stands just before or just after a point, so that open and closed ends need no cases: [1, 2) runs from before 1
to before 2.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Point = Any
"""A value that orders: (4, integer) or (6, integer) for addresses, Decimal for numbers and instants."""

Cut = tuple[Point, int]


class Line(Protocol):
    """What points lie on: its ends, and how to find a point between two."""

    first: Cut
    last: Cut

    def between(self, low: Cut, high: Cut) -> Iterator[Point]:
        """Points from `low` to `high`, if there are any."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """A union of intervals, sorted and apart."""

    spans: tuple[tuple[Cut, Cut], ...] = ()

    def __contains__(self, point: Point) -> bool:
        # The last span that begins before the point.
        index = bisect_right(self.spans, (point, 0), key=lambda span: span[0]) - 1
        return index >= 0 and (point, 1) <= self.spans[index][1]

    def __and__(self, other: Intervals) -> Intervals:
        few, many = sorted((self.spans, other.spans), key=len)
        return Intervals(tuple(overlap for span in few for overlap in _overlaps(span, many)))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def complement(self, line: Line) -> Intervals:
        """Every point of the line that is not in here."""
        ends = [line.first, *(cut for span in self.spans for cut in span), line.last]
        pairs = zip(ends[::2], ends[1::2], strict=True)
        return Intervals(tuple((low, high) for low, high in pairs if low < high))

    def points(self, line: Line) -> Iterator[Point]:
        """A few members of every interval."""
        for low, high in self.spans:
            yield from line.between(low, high)


def _overlaps(span: tuple[Cut, Cut], spans: tuple[tuple[Cut, Cut], ...]) -> Iterator[tuple[Cut, Cut]]:
    low, high = span
    for index in range(bisect_right(spans, low, key=lambda each: each[1]), len(spans)):
        other_low, other_high = spans[index]
        if other_low >= high:
            return
        yield max(low, other_low), min(high, other_high)


def union(spans: Iterable[tuple[Cut, Cut]]) -> Intervals:
    """The union of intervals that may overlap."""
    merged: list[tuple[Cut, Cut]] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return Intervals(tuple(merged))


def closed(low: Point, high: Point) -> tuple[Cut, Cut]:
    """Both ends belong to it."""
    return (low, 0), (high, 1)
