"""Text for a terminal: folded to its width, in colour where it has colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells

from ringwall.reports.base import View

_NARROWEST = 40
# ECMA-48, SGR.
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """How wide the lines may be, and whether they may be coloured."""

    width: int
    color: bool

    def styled(self, text: str, style: str) -> str:
        """`text` in a style such as `bold red`; as it is where there is no colour."""
        if not self.color or not style:
            return text
        return f"\x1b[{';'.join(_CODES[word] for word in style.split())}m{text}\x1b[0m"

    def lines(self, text: str, style: str = "", *, indent: int = 0) -> Iterator[str]:
        """`text`, which may hold line breaks, in lines that fit."""
        for paragraph in text.split("\n"):
            for line in folded(paragraph, self.width - indent):
                yield " " * indent + self.styled(line, style)

    def labelled(
        self, label: str, value: str, *, indent: int, column: int, lead: str = "", style: str = ""
    ) -> Iterator[str]:
        """A label, and beside it a value in as many lines as it takes; `lead` begins it, in `style`."""
        for number, line in enumerate(folded(lead + value, self.width - indent - column)):
            head = self.styled(f"{'' if number else label:<{column}}", "dim")
            styled = self.styled(lead, style) + line.removeprefix(lead) if lead and not number else line
            yield (" " * indent + head + styled).rstrip(" ")


def terminal_of(view: View) -> Terminal:
    return Terminal(max(view.width, _NARROWEST), view.color)


def folded(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells: broken between words, and within a word that does not fit."""
    if text.isascii() and len(text) <= width:
        return [text]
    lines: list[str] = [""]
    for word in text.split(" "):
        pieces = chop_cells(word, width) if cell_len(word) > width else [word]
        for number, piece in enumerate(pieces):
            joined = f"{lines[-1]} {piece}" if lines[-1] and not number else piece
            if lines[-1] and (number or cell_len(joined) > width):
                lines.append(piece)
            else:
                lines[-1] = joined
    return lines
