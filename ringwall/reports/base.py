"""What every report format is: a function from a report and how it is looked at to text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ringwall.findings.report import Report


@dataclass(frozen=True, slots=True)
class View:
    """Where a report is going to be read."""

    width: int = 80
    """Columns of the terminal."""
    color: bool = False
    """Whether escape sequences for colour may be written."""
    snapshot: str | None = None
    """The snapshot file that was scanned, where there was one."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of accounts by their numbers, where they are known."""

    def account(self, number: str) -> str:
        """The number of an account, and its name where it is known."""
        name = self.names.get(number)
        return f"{number} ({name})" if name else number


PLAIN = View()


class Render(Protocol):
    """Writes a report down."""

    def __call__(self, report: Report, view: View = PLAIN) -> str:
        """The whole report as text that ends with a newline."""
