"""Policy documents under the names that their readers know them by, and the places of statements in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ringwall.errors import PolicyError
from ringwall.policy.ast import Span, Statement
from ringwall.policy.parse import position
from ringwall.reports.wording import clean


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """The text of a policy, and what its reader calls it."""

    name: str
    text: str
    error: PolicyError | None = None
    """Why it is no policy, where it is none."""

    def statement(self, index: int, statement: Statement) -> str:
        """Which statement it is, in one line: `policy.json, statement 2 (PublicRead), line 14`."""
        return clean(f"{self.name}, {self.short(index, statement)}")

    def short(self, index: int, statement: Statement) -> str:
        """Which of the document's statements it is: `statement 2 (PublicRead), line 14`."""
        sid = f" ({statement.sid})" if statement.sid else ""
        return clean(f"statement {index + 1}{sid}, line {position(self.text, statement.span.start)[0]}")

    def place(self, index: int, statement: Statement) -> Mapping[str, Any]:
        """Which statement it is, for machines: the index counts from 0, lines and columns from 1."""
        return {"file": self.name, "index": index, "sid": statement.sid, **self.lines(statement.span)}

    def lines(self, span: Span) -> Mapping[str, Any]:
        """Where a part of the document starts and ends."""
        places = {"start": position(self.text, span.start), "end": position(self.text, span.end)}
        return {name: {"line": line, "column": column} for name, (line, column) in places.items()}

    def error_line(self) -> str:
        """What is wrong with the document, in one line: `policy.json: line 3, …`."""
        return clean(f"{self.name}: {self.error}")

    def error_json(self) -> Mapping[str, Any]:
        """What is wrong with the document, for machines."""
        error = self.error
        assert error, "a document that is malformed"
        return {
            "file": self.name,
            "line": error.line,
            "column": error.column,
            "path": error.path,
            "message": error.message,
        }

    def sarif_location(self, span: Span | None = None) -> Mapping[str, Any]:
        """A part of the document as a location of SARIF; without one, where its error is."""
        if span is not None:
            (line, column), (end_line, end_column) = position(self.text, span.start), position(self.text, span.end)
            region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
        else:
            region = {"startLine": max(1, self.error.line if self.error else 1)}
        uri = quote(PurePath(self.name).as_posix())
        return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
