"""SARIF 2.1.0 about policy documents: each problem at its place in the file.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ringwall import __version__
from ringwall.reports.checked import Document
from ringwall.reports.sarif import SCHEMA
from ringwall.reports.wording import clean

STANDARD_INPUT = "standard input"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is held against a document."""

    id: str
    title: str
    meaning: str
    advice: str
    level: str = "error"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": "".join(part.capitalize() for part in self.id.split("-")),
            "shortDescription": {"text": self.title},
            "fullDescription": {"text": self.meaning},
            "help": {
                "text": f"{self.meaning} {self.advice}",
                "markdown": f"**{self.meaning}**\n\n{self.advice}",
            },
            "defaultConfiguration": {"level": self.level},
            "properties": {"tags": ["security", "aws", "policy"]},
        }


NOT_READ = Rule(
    "not-checked",
    "Not checked",
    "The document could not be read as a policy of the type that is asked for, so nothing is known of it.",
    "Mend the fault at the place that the message names.",
)
UNDECIDED = Rule(
    "undecided",
    "Undecided",
    "The question was not decided within the step budget, so the check counts as failed.",
    "Write the policy with fewer overlapping patterns, or without policy variables, and check again.",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One result: a rule, what it says, and where."""

    rule: str
    message: str
    document: Document
    statement: int | None = None
    """The index of the statement at fault."""
    steps: tuple[str, ...] = ()
    """How it comes about: the proof as a code flow."""

    @classmethod
    def of_error(cls, document: Document) -> Problem:
        """A document that could not be read."""
        return cls(NOT_READ.id, clean(str(document.error)), document)

    @classmethod
    def of_undecided(cls, document: Document, message: str) -> Problem:
        """A document of which a question was not decided."""
        return cls(UNDECIDED.id, clean(message), document)

    def as_json(self, levels: dict[str, str]) -> dict[str, Any]:
        result: dict[str, Any] = {
            "ruleId": self.rule,
            "level": levels[self.rule],
            "message": {"text": self.message},
            "locations": [self._location()],
            "partialFingerprints": {"problem/v1": self._fingerprint()},
        }
        if self.steps:
            locations = [{"location": {**self._location(), "message": {"text": text}}} for text in self.steps]
            result["codeFlows"] = [{"threadFlows": [{"locations": locations}]}]
        return result

    def _fingerprint(self) -> str:
        """The same problem of two runs has the same one, wherever the statement has moved to."""
        sid = self.document.sid_of(self.statement) if self.statement is not None else None
        about = [self.rule, self.document.file, sid or self.statement]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()

    def _location(self) -> dict[str, Any]:
        name = clean(self.document.file)
        location: dict[str, Any] = {
            "logicalLocations": [{"name": name, "fullyQualifiedName": self._qualified(name), "kind": "object"}]
        }
        if self.document.file != STANDARD_INPUT:
            uri = quote(PurePath(self.document.file).as_posix())
            location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": self._region()}
        return location

    def _qualified(self, name: str) -> str:
        return name if self.statement is None else f"{name}/Statement/{self.statement}"

    def _region(self) -> dict[str, int]:
        if self.statement is not None:
            start, end = self.document.span_of(self.statement)
            return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}
        error = self.document.error
        if error is not None and error.line:
            return {"startLine": error.line, "startColumn": error.column}
        return {"startLine": 1}


def sarif_of(about: str, rules: Sequence[Rule], problems: Iterable[Problem], *, is_complete: bool) -> str:
    """A run about documents.

    Args:
        about: what was asked, such as `check/no-new-access`.
        rules: beside those of what could not be read or decided.
        problems: in the order in which they are written.
        is_complete: whether everything could be read and decided.
    """
    every = (*rules, NOT_READ, UNDECIDED)
    levels = {rule.id: rule.level for rule in every}
    driver = {"name": "Ringwall", "semanticVersion": __version__, "rules": [rule.as_json() for rule in every]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"ringwall/{about}/"},
        "invocations": [{"executionSuccessful": is_complete}],
        "results": [problem.as_json(levels) for problem in problems],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"
