"""From a region to the fewest findings that cover it.

A finding is a *cube*: one label for each key. It is *irreducible* when a request is allowed in it that lies in no
narrower cube, which is one box against the region: the product of the labels' cores. Two modes over the same cubes:
`aws` gives every maximal irreducible cube, as the service does; `concise` a minimum number of them that still covers
every allowed request.

Source: Backes et al., Stratified abstraction of access control policies, CAV 2020.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

from ringwall.errors import UndecidedError
from ringwall.reasoning.callers import Point
from ringwall.reasoning.cover import minimum_cover
from ringwall.reasoning.labels import Label, Labels
from ringwall.reasoning.region import Box, Budget, find_request


class Mode(Enum):
    """Which cubes become findings."""

    CONCISE = "concise"
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class Grant:
    """One way in: a box that is allowed, and the boxes that are refused again."""

    box: Box
    refused: Sequence[Box]
    statement: int
    """Which Allow statement the box comes from, in the numbering of whoever asks."""


@dataclass(frozen=True, slots=True)
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
    grants: Sequence[Grant], trusted: Sequence[Box], keys: Sequence[Labels], budget: Budget, *, mode: Mode
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
    outer = [grant for grant in grants if not any(grant.box.is_within(box) for box in trusted)]
    irreducible = _irreducible(outer, trusted, keys, budget)
    maximal = [cube for cube in irreducible.values() if not _is_below_another(cube, keys, irreducible)]
    if mode is Mode.AWS or len(maximal) < 2:
        return maximal
    return _concise(maximal, outer, trusted, budget)


def _irreducible(
    grants: Sequence[Grant], trusted: Sequence[Box], keys: Sequence[Labels], budget: Budget
) -> dict[tuple[Label, ...], Cube]:
    found: dict[tuple[Label, ...], Cube] = {}
    for grant in grants:
        refused = (*trusted, *grant.refused)
        choices = [tuple(labels.meeting(grant.box)) for labels in keys]
        for labels in product(*choices):
            if labels in found:
                continue
            core = _product(each.core(label) for each, label in zip(keys, labels, strict=True))
            if (hit := find_request([grant.box & core], refused, budget)) is not None:
                found[labels] = Cube(labels, hit[0], grant, core)
    return found


def _is_below_another(cube: Cube, keys: Sequence[Labels], others: dict[tuple[Label, ...], Cube]) -> bool:
    above = product(*(each.above(label) for each, label in zip(keys, cube.labels, strict=True)))
    return any(labels != cube.labels and labels in others for labels in above)


def _concise(cubes: list[Cube], grants: Sequence[Grant], trusted: Sequence[Box], budget: Budget) -> list[Cube]:
    """A minimum number of the cubes that covers every allowed request.

    A cover of the requests seen so far is chosen; a request outside it is looked for and added; until there is none.
    Where the budget ends first, all cubes are kept: never fewer than what is proven to be enough.
    """
    boxes = [cube.box for cube in cubes]
    seen: list[frozenset[int]] = []
    chosen: list[int] = []
    try:
        while (point := _find_outside(grants, trusted, [boxes[index] for index in chosen], budget)) is not None:
            seen.append(frozenset(index for index, box in enumerate(boxes) if point in box))
            assert seen[-1], "irreducible cubes cover every request"
            chosen = minimum_cover(seen)
    except UndecidedError:
        return cubes
    return [cubes[index] for index in chosen]


def _find_outside(
    grants: Sequence[Grant], trusted: Sequence[Box], boxes: Sequence[Box], budget: Budget
) -> Point | None:
    for grant in grants:
        hit = find_request([grant.box], (*boxes, *trusted, *grant.refused), budget)
        if hit is not None:
            return hit[0]
    return None
