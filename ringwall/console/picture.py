"""Where everything stands on the map: the accounts in a column, the zone of trust around it, outsiders at either side.

No line passes behind a box that it does not end at: one column is what makes that possible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringwall.console.access_graph import Edge, Graph, Inside, Outside
from ringwall.reports.wording import counted, shorten

WIDTH = 1200
_ROW, _BOX = 50, 40
_TOP = 64
_OUT, _IN = 250, 260
"""Widths of boxes."""
_LEFT, _RIGHT = 4, WIDTH - 4 - _OUT
_MIDDLE = (WIDTH - _IN) // 2
_MARGIN = 24
_LETTERS = {_OUT: 31, _IN: 32}
_THINNEST, _THICKEST = 1.2, 9.0
TONES: Mapping[str, str] = {
    "public": "severe",
    "any-aws-principal": "severe",
    "confused-deputy": "mild",
    "network": "mild",
    "organization": "mild",
}
"""The colour of an exposure; of all others it is `calm`."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box with two lines of text."""

    key: str
    x: int
    y: int
    width: int
    name: str
    note: str
    tone: str
    title: str
    """In full, for a pointer that rests on it."""

    height = _BOX


@dataclass(frozen=True, slots=True)
class Line:
    """An edge."""

    path: str
    """As SVG has it."""
    thickness: float
    tone: str
    edge: Edge


@dataclass(frozen=True, slots=True)
class Picture:
    """The map, laid out."""

    height: int
    zone: tuple[int, int, int, int]
    """x, y, width and height of the zone of trust."""
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def picture_of(graph: Graph) -> Picture:
    """Places everything: who reaches much stands high, and near to whom they reach."""
    inside = sorted(graph.insiders, key=lambda each: -each.number)
    left, right = _sides(graph, inside)
    rows = max(len(inside), len(left), len(right), 2)
    height = _TOP + rows * _ROW + 24
    boxes = {
        **_column(inside, _MIDDLE, _IN, height),
        **_column(left, _LEFT, _OUT, height),
        **_column(right, _RIGHT, _OUT, height),
    }
    most = max((each.number for each in graph.edges), default=1)
    lines = sorted((_line(each, boxes, most) for each in graph.edges), key=lambda line: line.tone == "severe")
    zone = (_MIDDLE - _MARGIN, 10, _IN + 2 * _MARGIN, height - 20)
    return Picture(height, zone, tuple(boxes.values()), tuple(lines))


def _sides(graph: Graph, inside: Sequence[Inside]) -> tuple[list[Outside], list[Outside]]:
    """Left and right in turn, from the top down: who reaches everybody first, then by the height of whom they reach."""
    heights = _heights(graph, inside)
    ranked = sorted(graph.outsiders, key=lambda each: heights[each.key])
    return ranked[::2], ranked[1::2]


def _heights(graph: Graph, inside: Sequence[Inside]) -> dict[str, float]:
    """How high each outsider wants to stand: at the middle of whom they reach."""
    rows = {each.key: row for row, each in enumerate(inside)}
    sums: dict[str, tuple[float, int]] = {}
    for edge in graph.edges:
        height, number = sums.get(edge.outside.key, (0.0, 0))
        sums[edge.outside.key] = (height + rows[edge.inside.key] * edge.number, number + edge.number)
    middles = {key: height / max(number, 1) for key, (height, number) in sums.items()}
    severe = {each.key for each in graph.outsiders if TONES.get(each.exposure) == "severe"}
    # As fractions, so that among those on top the order is the same.
    return {key: middle / 1000 - 1 if key in severe else middle for key, middle in middles.items()}


def _column(column: Sequence[Inside | Outside], x: int, width: int, height: int) -> dict[str, Box]:
    """Evenly, from the top to the bottom."""
    room = height - _TOP - 20
    step = min(room / max(len(column), 1), _ROW * 1.6)
    start = _TOP + (room - step * len(column)) / 2
    return {
        each.key: _box(each, x, round(start + row * step + (step - _BOX) / 2), width) for row, each in enumerate(column)
    }


def _box(each: Inside | Outside, x: int, y: int, width: int) -> Box:
    letters = _LETTERS[width]
    count = counted(each.number, "finding") if each.number else ""
    tone = TONES.get(each.exposure, "calm") if isinstance(each, Outside) else "inside" if each.number else "quiet"
    note = " · ".join(filter(None, (each.note, count)))
    title = f"{each.name} ({note})" if note else each.name
    name = shorten(each.name, letters)
    return Box(each.key, x, y, width, name, shorten(note, letters + 5), tone, title)


def _line(edge: Edge, boxes: Mapping[str, Box], most: int) -> Line:
    """A curve from the side of one box that faces the zone to the side of the other that faces it."""
    out, into = boxes[edge.outside.key], boxes[edge.inside.key]
    is_left = out.x == _LEFT
    x1, x2 = (out.x + out.width, into.x) if is_left else (out.x, into.x + into.width)
    y1, y2 = out.y + _BOX // 2, into.y + _BOX // 2
    bend = (x2 - x1) // 2
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    thickness = _THINNEST + (_THICKEST - _THINNEST) * math.sqrt(edge.number / most)
    return Line(path, round(thickness, 1), TONES.get(edge.exposure, "calm"), edge)
