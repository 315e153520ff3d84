"""From a region to the fewest findings that cover it.

A finding is a *cube*: one label for each key. It is *irreducible* when a request is allowed in it that lies in no
narrower cube, which is one box against the region: the product of the labels' cores. Two modes over the same cubes:
`aws` gives every maximal irreducible cube, as the service does; `concise` a minimum number of them that still covers
every allowed request.

Source: Backes et al., Stratified abstraction of access control policies, CAV 2020.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product
from math import prod

from ringwall.errors import UndecidedError
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.choice import Choice, concise
from ringwall.reasoning.cube import Cube, Grant
from ringwall.reasoning.label import Label
from ringwall.reasoning.labels import Labels
from ringwall.reasoning.region import Budget
from ringwall.reasoning.strata import Combination, Question, Strata

__all__ = ["NOTHING_MINED", "Choice", "Cube", "Grant", "Mined", "Mode", "mine"]

_CANDIDATES = 200_000
"""Cubes that one question may consider."""


class Mode(Enum):
    """Which cubes become findings."""

    CONCISE = "concise"
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class Mined:
    """The cubes that become findings, and how they were chosen."""

    cubes: tuple[Cube, ...]
    choice: Choice


NOTHING_MINED = Mined((), Choice.MINIMUM)


def mine(grants: Sequence[Grant], trusted: BoxIndex, keys: Sequence[Labels], budget: Budget, *, mode: Mode) -> Mined:
    """The cubes that become findings.

    Args:
        grants: what is allowed.
        trusted: boxes of requests that are no finding.
        keys: the labels of every reportable key, the principal's first.
        budget: steps for the whole question.
        mode: which cubes to keep.

    Raises:
        UndecidedError: the budget ended.
    """
    outer = [grant for grant in grants if not trusted.covers(grant.box)]
    question = Question(trusted, keys, budget)
    strata = [Strata(grant, question) for grant in outer]
    cubes, choice = _maximal(strata, keys), Choice.ALL
    if mode is Mode.CONCISE:
        cubes, choice = concise(cubes, outer, trusted, budget)
    return Mined(tuple(_with_nearby(cubes, strata)), choice)


def _maximal(strata: Sequence[Strata], keys: Sequence[Labels]) -> tuple[Cube, ...]:
    """The irreducible cubes in no other one."""
    found = _Found(keys)
    for each in strata:
        for cube in _descend(each, found):
            found.add(cube)
    return found.maximal()


def _descend(strata: Strata, found: _Found) -> Iterator[Cube]:
    """The irreducible cubes of one grant that are in none of those found: the widest ones first.

    Narrower ones are tried only below those that have no request of their own.
    """
    tried: set[Combination] = set()
    waiting = deque([strata.widest()])
    while waiting:
        for labels in waiting.popleft():
            if labels in tried or found.holds(labels):
                continue
            tried.add(labels)
            found.count_one()
            if (point := strata.find(labels)) is None:
                waiting.append(strata.narrower(labels))
            else:
                yield Cube(labels, point, strata.grant, strata.cores(labels))


def _with_nearby(cubes: Iterable[Cube], strata: Sequence[Strata]) -> Iterator[Cube]:
    """The cubes, each with the grants whose boxes plainly meet all of its cores."""
    meeting: list[dict[Label, list[int]]] = [defaultdict(list) for _ in strata[0].meeting] if strata else []
    for number, each in enumerate(strata):
        for labels, those in zip(each.meeting, meeting, strict=True):
            for label in labels:
                those[label].append(number)
    for cube in cubes:
        fewest = min((those[label] for those, label in zip(meeting, cube.labels, strict=True)), key=len)
        nearby = tuple(strata[number].grant for number in fewest if strata[number].meets(cube.labels))
        yield Cube(cube.labels, cube.witness, cube.grant, cube.cores, nearby)


class _Found:
    """Irreducible cubes, by their labels."""

    def __init__(self, keys: Sequence[Labels]) -> None:
        self._keys = keys
        self._cubes: dict[Combination, Cube] = {}
        self._used: list[set[Label]] = [set() for _ in keys]
        self._tried = 0

    def count_one(self) -> None:
        """Notes that one more was tried.

        Raises:
            UndecidedError: there have been too many.
        """
        self._tried += 1
        if self._tried > _CANDIDATES:
            raise UndecidedError(f"more than {_CANDIDATES:,} combinations of principals and conditions")

    def add(self, cube: Cube) -> None:
        self._cubes[cube.labels] = cube
        for used, label in zip(self._used, cube.labels, strict=True):
            used.add(label)

    def holds(self, labels: Combination) -> bool:
        """Whether the cube with these labels is one of these, or in one of them."""
        return labels in self._cubes or self._is_below_another(labels)

    def maximal(self) -> tuple[Cube, ...]:
        """Those that are in no other one."""
        return tuple(cube for labels, cube in self._cubes.items() if not self._is_below_another(labels))

    def _is_below_another(self, labels: Combination) -> bool:
        wider = [
            [each for each in key.above(label) if each in used]
            for key, label, used in zip(self._keys, labels, self._used, strict=True)
        ]
        if prod(map(len, wider)) <= len(self._cubes):
            return any(each in self._cubes for each in product(*wider) if each != labels)
        near = [set(each) for each in wider]
        return any(
            other != labels and all(label in each for label, each in zip(other, near, strict=True))
            for other in self._cubes
        )
