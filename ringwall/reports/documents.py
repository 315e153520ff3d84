"""Policy documents for reading: laid out line by line, with the deciding statements marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringwall.findings.finding import StatementReference
from ringwall.reports.wording import clean

_LONGEST_LINE = 100
_WHOLE = 60
_AROUND = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document."""

    number: int
    text: str
    mark: str = ""
    """`allow` or `deny` where the line belongs to a deciding statement; otherwise empty."""
    skipped: int = 0
    """How many lines before this one are left out."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A statement to be marked, and how."""

    reference: StatementReference
    mark: str


def laid_out(document: str, marks: Iterable[Mark]) -> list[Line]:
    """The lines of `document`, with the marked statements' lines marked; long unmarked stretches are left out.

    A document of long lines is broken after brackets and commas first, since machines write policies in one line.
    """
    spans = [(each.mark, *span) for each in marks if (span := _offsets(document, each.reference))]
    text, moved = document, dict[int, int]()
    if any(len(line) > _LONGEST_LINE for line in document.splitlines()):
        wanted = {offset for _, start, end in spans for offset in (start, end)}
        text, moved = _indented(document, wanted)
    marked = [(mark, moved.get(start, start), moved.get(end, end)) for mark, start, end in spans]
    return list(_shown(_marked(text, marked)))


def _offsets(document: str, reference: StatementReference) -> tuple[int, int] | None:
    """Offsets of the first and the last character of the statement."""
    if not reference.start or not reference.end:
        return None
    starts = [0]
    starts += [index + 1 for index, character in enumerate(document) if character == "\n"]
    if max(reference.start[0], reference.end[0]) > len(starts):
        return None
    first = starts[reference.start[0] - 1] + reference.start[1] - 1
    last = starts[reference.end[0] - 1] + reference.end[1] - 2
    return first, max(first, last)


def _indented(document: str, wanted: set[int]) -> tuple[str, dict[int, int]]:
    """The JSON text with one member a line, and where the `wanted` offsets went. Nothing but white space changes."""
    written: list[str] = []
    moved: dict[int, int] = {}
    depth, length, in_string, escaped = 0, 0, False, False
    for offset, character in enumerate(document):
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
            piece, at = character, 0
        elif character.isspace():
            continue
        else:
            in_string = character == '"'
            depth += _DEPTH.get(character, 0)
            piece, at = _spaced(character, depth)
        if offset in wanted:
            moved[offset] = length + at
        written.append(piece)
        length += len(piece)
    return "".join(written), moved


_DEPTH = {"{": 1, "[": 1, "}": -1, "]": -1}


def _spaced(character: str, depth: int) -> tuple[str, int]:
    """The character with the white space around it, and where in that it stands."""
    line = "\n" + "  " * depth
    match character:
        case "{" | "[" | ",":
            return character + line, 0
        case "}" | "]":
            return line + character, len(line)
        case ":":
            return ": ", 0
        case _:
            return character, 0


def _marked(text: str, spans: list[tuple[str, int, int]]) -> Iterator[Line]:
    start = 0
    for number, line in enumerate(text.split("\n"), start=1):
        end = start + len(line)
        mark = next((mark for mark, first, last in spans if first < max(end, start + 1) and start <= last), "")
        yield Line(number, clean(line.rstrip("\r").replace("\t", "    ")), mark)
        start = end + 1


def _shown(lines: Iterable[Line]) -> Iterator[Line]:
    """All of a short document; of a long one the marked lines and what is around them."""
    every = list(lines)
    marked = [index for index, line in enumerate(every) if line.mark]
    near = {at for index in marked for at in range(index - _AROUND, index + _AROUND + 1)}
    skipped = 0
    for index, line in enumerate(every):
        if len(every) <= _WHOLE or index in near or (not marked and index < _WHOLE):
            yield Line(line.number, line.text, line.mark, skipped)
            skipped = 0
        else:
            skipped += 1
    if skipped:
        yield Line(len(every) + 1, "", "", skipped)
