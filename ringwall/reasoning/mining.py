"""From a region to the fewest findings that cover it.

A finding is a *cube*: one label for each key. It is *irreducible* when a request is allowed in it that lies in no
narrower cube, which is one box against the region: the product of the labels' cores. Two modes over the same cubes:
`aws` gives every maximal irreducible cube, as the service does; `concise` a minimum number of them that still covers
every allowed request.

Source: Backes et al., Stratified abstraction of access control policies, CAV 2020.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

from ringwall.errors import UndecidedError
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import Point
from ringwall.reasoning.cover import minimum_cover
from ringwall.reasoning.label import Label
from ringwall.reasoning.labels import Labels
from ringwall.reasoning.region import Budget, find_request

_CANDIDATES = 200_000
"""Cubes that one question may consider."""


class Mode(Enum):
    """Which cubes become findings."""

    CONCISE = "concise"
    AWS = "aws"


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """One way in: a box that is allowed, and the boxes that are refused again."""

    box: Box
    refused: BoxIndex
    statement: int
    """Which Allow statement the box comes from, in the numbering of whoever asks."""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """One label for each key, with a request that lies in no narrower cube, and the grant that allows it."""

    labels: tuple[Label, ...]
    witness: Point
    grant: Grant
    core: Box
    """The requests in the cube and in no narrower one."""

    @property
    def box(self) -> Box:
        """The requests in the cube."""
        return _product(label.box for label in self.labels)


def _product(boxes: Iterable[Box]) -> Box:
    whole = Box()
    for box in boxes:
        whole &= box
    return whole


def mine(
    grants: Sequence[Grant], trusted: BoxIndex, keys: Sequence[Labels], budget: Budget, *, mode: Mode
) -> list[Cube]:
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
    cubes = _maximal(outer, trusted, keys, budget)
    if mode is Mode.AWS or len(cubes) < 2:
        return cubes
    return _concise(cubes, outer, trusted, budget)


def _maximal(grants: Sequence[Grant], trusted: BoxIndex, keys: Sequence[Labels], budget: Budget) -> list[Cube]:
    """The irreducible cubes in no other one: the widest are tried first, and nothing below one that is found."""
    found: dict[tuple[Label, ...], Cube] = {}
    candidates = _candidates(grants, keys)
    for labels in sorted(candidates, key=lambda labels: _depth(labels, keys)):
        if _is_below_another(labels, keys, found):
            continue
        core = _product(each.core(label) for each, label in zip(keys, labels, strict=True))
        for grant in candidates[labels]:
            if (hit := find_request([grant.box & core], trusted | grant.refused, budget)) is not None:
                found[labels] = Cube(labels, hit[0], grant, core)
                break
    return list(found.values())


def _candidates(grants: Sequence[Grant], keys: Sequence[Labels]) -> dict[tuple[Label, ...], list[Grant]]:
    """The cubes whose own part may meet a grant, with the grants that it may meet."""
    found: dict[tuple[Label, ...], list[Grant]] = defaultdict(list)
    count = 0
    for grant in grants:
        for labels in product(*(tuple(each.meeting(grant.box)) for each in keys)):
            found[labels].append(grant)
            count += 1
            if count > _CANDIDATES:
                raise UndecidedError(f"more than {_CANDIDATES:,} combinations of principals and conditions")
    return found


def _depth(labels: tuple[Label, ...], keys: Sequence[Labels]) -> int:
    return sum(len(each.above(label)) for each, label in zip(keys, labels, strict=True))


def _is_below_another(labels: tuple[Label, ...], keys: Sequence[Labels], others: dict[tuple[Label, ...], Cube]) -> bool:
    above = product(*(each.above(label) for each, label in zip(keys, labels, strict=True)))
    return any(wider != labels and wider in others for wider in above)


def _concise(cubes: list[Cube], grants: Sequence[Grant], trusted: BoxIndex, budget: Budget) -> list[Cube]:
    """A minimum number of the cubes that covers every allowed request.

    A cover of the requests seen so far is chosen; a request outside it is looked for and added; until there is none.
    Where the budget ends first, all cubes are kept: never fewer than what is proven to be enough.
    """
    covering = _Covering(cubes)
    seen = [covering.of(cube.witness) for cube in cubes]
    try:
        while len(chosen := minimum_cover(seen)) < len(cubes):
            point = _find_outside(grants, trusted, BoxIndex(cubes[number].box for number in chosen), budget)
            if point is None:
                return [cubes[number] for number in chosen]
            seen.append(covering.of(point))
    except UndecidedError:
        return cubes
    return cubes


class _Covering:
    """Which cubes hold a request."""

    def __init__(self, cubes: Sequence[Cube]) -> None:
        boxes = [cube.box for cube in cubes]
        self._numbers = {id(box): number for number, box in enumerate(boxes)}
        self._index = BoxIndex(boxes)

    def of(self, point: Point) -> frozenset[int]:
        """The numbers of the cubes that the request is in.

        Raises:
            UndecidedError: none, which would be a fault of ours: irreducible cubes cover every request.
        """
        found = frozenset(self._numbers[id(box)] for box in self._index.holders(point))
        if not found:
            raise UndecidedError("a request was found in none of the cubes that should cover it")
        return found


def _find_outside(grants: Sequence[Grant], trusted: BoxIndex, chosen: BoxIndex, budget: Budget) -> Point | None:
    """An allowed request in none of the chosen cubes."""
    for grant in grants:
        hit = find_request([grant.box], chosen | trusted | grant.refused, budget)
        if hit is not None:
            return hit[0]
    return None
