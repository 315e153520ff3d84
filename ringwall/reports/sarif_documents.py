"""SARIF 2.1.0 about policy documents: each problem at its place in the file.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ringwall import __version__
from ringwall.reports.policies.document import Document
from ringwall.reports.sarif import SCHEMA
from ringwall.reports.wording import clean

STANDARD_INPUT = "standard input"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is held against a document."""

    id: str
    title: str
    meaning: str
    advice: str = ""
    level: str = "error"
    """`none` where the results inform and nothing is to be done."""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": "".join(part[:1].upper() + part[1:] for part in self.id.split("-")),
            "shortDescription": {"text": self.title},
            "fullDescription": {"text": self.meaning},
            "help": {
                "text": f"{self.meaning} {self.advice}".strip(),
                "markdown": f"**{self.meaning}**\n\n{self.advice}".strip(),
            },
            "defaultConfiguration": {"level": self.level},
            "properties": {"tags": ["security", "aws", "policy"]},
        }


MALFORMED = Rule(
    "malformed-policy",
    "Malformed policy",
    "The document is not a valid policy, so nothing is known about what it allows.",
    "Mend the fault at the place that the message names.",
)
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
    document: Document | None
    """None where there is no place to point at."""
    statements: tuple[int, ...] = ()
    """The indices of the statements that it is about; none where it is about the whole document."""
    steps: tuple[str, ...] = ()
    """How it comes about: the proof as a code flow."""

    @classmethod
    def of_error(cls, document: Document, rule: Rule = NOT_READ) -> Problem:
        """A document that could not be read."""
        return cls(rule.id, clean(str(document.error)), document)

    @classmethod
    def of_undecided(cls, document: Document, message: str) -> Problem:
        """A document of which a question was not decided."""
        return cls(UNDECIDED.id, clean(message), document)

    def as_json(self, levels: dict[str, str]) -> dict[str, Any]:
        level = levels[self.rule]
        locations = self._locations()
        result: dict[str, Any] = {
            "ruleId": self.rule,
            **({"kind": "informational"} if level == "none" else {}),
            "level": level,
            "message": {"text": self.message},
            "locations": locations,
        }
        if level != "none":
            result["partialFingerprints"] = {"problem/v1": self._fingerprint()}
        if self.steps:
            steps = [{"location": {**locations[0], "message": {"text": text}}} for text in self.steps]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        return result

    def _fingerprint(self) -> str:
        """The same problem of two runs has the same one, wherever the statement has moved to."""
        document = self.document
        statements: list[str | int | None] = (
            [document.sid_of(index) or index for index in self.statements] if document else []
        )
        about = [self.rule, document.file if document else None, *(statements or [None])]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()

    def _locations(self) -> list[dict[str, Any]]:
        if self.document is None:
            return []
        statements: tuple[int | None, ...] = self.statements or (None,)
        return [_location(self.document, statement) for statement in statements]


def _location(document: Document, statement: int | None) -> dict[str, Any]:
    name = clean(document.file)
    qualified = name if statement is None else f"{name}/Statement/{statement}"
    location: dict[str, Any] = {"logicalLocations": [{"name": name, "fullyQualifiedName": qualified, "kind": "object"}]}
    if document.file != STANDARD_INPUT:
        uri = quote(PurePath(document.file).as_posix())
        location["physicalLocation"] = {"artifactLocation": {"uri": uri}, "region": _region(document, statement)}
    return location


def _region(document: Document, statement: int | None) -> dict[str, int]:
    if statement is not None:
        start, end = document.span_of(statement)
        return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}
    error = document.error
    if error is not None and error.line:
        return {"startLine": error.line, "startColumn": error.column}
    return {"startLine": 1}


def sarif_of(
    about: str,
    rules: Sequence[Rule],
    problems: Iterable[Problem],
    *,
    is_complete: bool,
    properties: Mapping[str, Any] | None = None,
) -> str:
    """A run about documents.

    Args:
        about: what was asked, such as `check/no-new-access`.
        rules: every rule that a problem may name.
        problems: in the order in which they are written.
        is_complete: whether everything could be read and decided.
        properties: of the run.
    """
    levels = {rule.id: rule.level for rule in rules}
    driver = {"name": "Ringwall", "semanticVersion": __version__, "rules": [rule.as_json() for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"ringwall/{about}/"},
        "invocations": [{"executionSuccessful": is_complete}],
        "results": [problem.as_json(levels) for problem in problems],
        **({"properties": dict(properties)} if properties else {}),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"
