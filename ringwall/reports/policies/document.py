"""A policy document as it was read, under the name that its reader knows it by, and the places of statements in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwall.errors import PolicyError
from ringwall.policy.ast import Policy, Statement
from ringwall.policy.parse import position
from ringwall.reports.wording import clean

Place = tuple[int, int]
"""1-based line and column."""


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document as it was read."""

    file: str
    """Its path as it was given, or `standard input`."""
    text: str = ""
    policy: Policy | None = None
    error: PolicyError | None = None
    """Why there is no policy in it, or why it could not be looked at."""

    def span_of(self, index: int) -> tuple[Place, Place]:
        """Where the statement at `index` begins, and where it has ended."""
        span = self._statement(index).span
        return position(self.text, span.start), position(self.text, span.end)

    def sid_of(self, index: int) -> str | None:
        """The Sid of the statement at `index`, where it has one."""
        return self._statement(index).sid or None

    def line_of(self, index: int) -> str:
        """Which statement it is, in a few words: `statement 2 (PublicRead), line 14`."""
        sid = self.sid_of(index)
        return clean(f"statement {index + 1}{f' ({sid})' if sid else ''}, line {self.span_of(index)[0][0]}")

    def span_as_json(self, index: int) -> dict[str, Any]:
        """Where the statement starts and ends, for machines."""
        places = zip(("start", "end"), self.span_of(index), strict=True)
        return {name: {"line": line, "column": column} for name, (line, column) in places}

    def place_as_json(self, index: int) -> dict[str, Any]:
        """Which statement it is, for machines: the index counts from 0, lines and columns from 1."""
        return {"file": self.file, "index": index, "sid": self.sid_of(index), **self.span_as_json(index)}

    def error_as_json(self) -> dict[str, Any]:
        """What is wrong with the document, for machines."""
        error = self.error
        assert error is not None
        return {"message": error.message, "line": error.line, "column": error.column, "path": error.path}

    def _statement(self, index: int) -> Statement:
        assert self.policy is not None
        return self.policy.statements[index]
