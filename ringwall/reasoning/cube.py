"""What mining starts from and what it gives: grants, and cubes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import Point
from ringwall.reasoning.label import Label


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """One way in: a box that is allowed, and the boxes that are refused again."""

    box: Box
    refused: BoxIndex
    statement: int
    """Which Allow statement the box comes from, in the numbering of whoever asks."""


@dataclass(frozen=True, eq=False)
class Cube:
    """One label for each key, with a request that lies in no narrower cube, and the grant that allows it."""

    labels: tuple[Label, ...]
    witness: Point
    grant: Grant
    cores: tuple[Box, ...]
    """Of each label what lies in no narrower one of its key."""
    nearby: tuple[Grant, ...] = ()
    """The grants that may allow a request that lies in no narrower cube: that one, and perhaps others."""

    @cached_property
    def box(self) -> Box:
        """The requests in the cube."""
        return product_of(label.box for label in self.labels if not label.is_any)

    @cached_property
    def core(self) -> Box:
        """The requests in the cube and in no narrower one."""
        return product_of(self.cores)


def product_of(boxes: Iterable[Box]) -> Box:
    """The requests that are in all of the boxes."""
    whole = Box()
    for box in boxes:
        whole &= box
    return whole
