"""Two texts side by side, with the lines that differ marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class SideLine:
    """One line of one side."""

    kind: str
    """`del`, `add`, `gap` where the other side has a line and this one does not; empty where both are alike."""
    text: str = ""

    @property
    def sign(self) -> str:
        """For those who do not see colours."""
        return {"del": "-", "add": "+"}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Sides:
    """As many lines on the left as on the right."""

    left: tuple[SideLine, ...]
    right: tuple[SideLine, ...]


def sides_of(old: str, new: str) -> Sides:
    """The lines of `old` on the left, those of `new` on the right; an empty text has none."""
    pairs = list(_pairs(old.splitlines(), new.splitlines()))
    return Sides(tuple(left for left, _ in pairs), tuple(right for _, right in pairs))


def _pairs(old: list[str], new: list[str]) -> Iterator[tuple[SideLine, SideLine]]:
    for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from ((SideLine("", line), SideLine("", line)) for line in old[first:last])
            continue
        gone = [SideLine("del", line) for line in old[first:last]]
        come = [SideLine("add", line) for line in new[start:end]]
        for index in range(max(len(gone), len(come))):
            yield _at(gone, index), _at(come, index)


def _at(lines: list[SideLine], index: int) -> SideLine:
    return lines[index] if index < len(lines) else SideLine("gap")
