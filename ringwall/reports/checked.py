"""Policy documents and what was found out about them: what every format of a check or a comparison writes down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwall.checks.comparison import PolicyComparison, Surplus
from ringwall.checks.result import CheckResult
from ringwall.findings.finding import request_as_json
from ringwall.policy.request import Request
from ringwall.reports.policies.document import Document


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, and what a check said of it: nothing where the document has an error."""

    document: Document
    result: CheckResult | None = None

    @property
    def is_undecided(self) -> bool:
        return self.result is None or self.result.undecided is not None

    @property
    def blamed(self) -> int | None:
        """The index of the statement that the check failed for."""
        return self.result.reasons[0].statement_index if self.result and self.result.reasons else None

    def as_json(self) -> dict[str, Any]:
        if self.result is None:
            return {"file": self.document.file, "result": "ERROR", "error": self.document.error_as_json()}
        return {
            "file": self.document.file,
            **self.result.as_json(),
            "reasons": [reason.as_json() for reason in self.result.reasons],
            "span": self.document.span_as_json(self.blamed) if self.blamed is not None else None,
            "witness": _request_as_json(self.result.witness),
            "undecided": self.result.undecided,
            "decidedBy": self.result.decided_by,
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What one check said of some documents."""

    check: str
    """`no-new-access`, `access-not-granted` or `no-public-access`."""
    checked: tuple[Checked, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every document could be read and every check was decided."""
        return not any(each.is_undecided for each in self.checked)

    @property
    def passes(self) -> bool:
        """Whether every document passed."""
        return all(each.result and each.result.passes for each in self.checked)

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "results": [each.as_json() for each in self.checked]}


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Two documents, and how much each allows next to the other: nothing where one of them has an error."""

    first: Document
    second: Document
    comparison: PolicyComparison | None = None

    def surpluses(self) -> tuple[tuple[Document, Document, Surplus], ...]:
        """Each direction: what the one document allows and the other does not."""
        if self.comparison is None:
            return ()
        return (
            (self.first, self.second, self.comparison.first_only),
            (self.second, self.first, self.comparison.second_only),
        )

    def as_json(self) -> dict[str, Any]:
        word = self.comparison.comparison if self.comparison else None
        errors = [each for each in (self.first, self.second) if each.error]
        return {
            "first": self.first.file,
            "second": self.second.file,
            "comparison": word.value if word else None,
            **dict(zip(("firstOnly", "secondOnly"), map(_surplus_as_json, self.surpluses()), strict=False)),
            "errors": [{"file": each.file, **each.error_as_json()} for each in errors],
        }


def _surplus_as_json(direction: tuple[Document, Document, Surplus]) -> dict[str, Any]:
    one, other, surplus = direction
    return {
        "witness": _request_as_json(surplus.witness),
        "allowedBy": [_statement_as_json(one, index) for index in surplus.allowed_by],
        "deniedBy": [_statement_as_json(other, index) for index in surplus.denied_by],
        "undecided": surplus.undecided,
        "decidedBy": surplus.decided_by,
    }


def _request_as_json(request: Request | None) -> dict[str, Any] | None:
    return request_as_json(request) if request else None


def _statement_as_json(document: Document, index: int) -> dict[str, Any]:
    return {"statementIndex": index, "statementId": document.sid_of(index), "span": document.span_as_json(index)}
