"""How a comparison of two policies is written down: for a terminal, for machines, for code scanning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from ringwall.checks.comparison import Surplus
from ringwall.reasoning.compare import Comparison
from ringwall.reports.base import PLAIN, View
from ringwall.reports.checked import ComparisonReport
from ringwall.reports.checks import COLUMN, error_lines
from ringwall.reports.policies.document import Document
from ringwall.reports.sarif_documents import NOT_READ, UNDECIDED, Problem, Rule, sarif_of
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, request_line

WriteComparison = Callable[[ComparisonReport, View], str]

_HEADLINES = {
    Comparison.EQUAL: "EQUAL: {first} and {second} allow the same.",
    Comparison.STRICTER: "STRICTER: {first} allows less than {second}.",
    Comparison.LOOSER: "LOOSER: {first} allows more than {second}.",
    Comparison.INCOMPARABLE: "INCOMPARABLE: {first} and {second} each allow what the other does not.",
}
_UNDECIDED = "UNDECIDED: it is not known how much {first} allows, next to {second}."
_NOT_COMPARED = "NOT COMPARED: {first} and {second}."
_RULE = Rule(
    "policy-difference",
    "Difference",
    "One policy allows a request that the other does not.",
    "See whether it is meant.",
    level="note",
)


def comparison_as_table(report: ComparisonReport, view: View = PLAIN) -> str:
    return "".join(f"{line}\n" for line in _lines(report, terminal_of(view)))


def _lines(report: ComparisonReport, terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(_headline(report), "bold")
    for document in (report.first, report.second):
        if document.error is not None:
            yield ""
            yield from error_lines(document, terminal)
    for one, other, surplus in report.surpluses():
        if surplus != Surplus():
            yield ""
            yield from terminal.lines(_title(one, other, surplus), "bold red" if surplus.undecided else "bold")
        for label, value in _facts(one, other, surplus):
            yield from terminal.labelled(label, value, indent=2, column=COLUMN)


def _headline(report: ComparisonReport) -> str:
    word = report.comparison.comparison if report.comparison else None
    text = _NOT_COMPARED if report.comparison is None else _HEADLINES[word] if word else _UNDECIDED
    return text.format(first=clean(report.first.file), second=clean(report.second.file))


def _title(one: Document, other: Document, surplus: Surplus) -> str:
    if surplus.undecided is None and surplus.witness is None:
        return f"{clean(one.file)} allows nothing that {clean(other.file)} does not:"
    verb = "may allow" if surplus.undecided else "allows"
    return f"{clean(one.file)} {verb} what {clean(other.file)} does not:"


def _facts(one: Document, other: Document, surplus: Surplus) -> Iterator[tuple[str, str]]:
    if surplus.undecided is not None:
        yield "undecided", clean(surplus.undecided)
    if surplus.witness is not None:
        yield "example", request_line(surplus.witness)
        yield from _responsible(one, other, surplus)
    if surplus.decided_by is not None:
        yield "decided by", f"the solver {surplus.decided_by}"


def _responsible(one: Document, other: Document, surplus: Surplus) -> Iterator[tuple[str, str]]:
    for index in surplus.allowed_by:
        yield "through", f"{clean(one.file)}, {one.line_of(index)}"
    for index in surplus.denied_by:
        yield "refused by", f"{clean(other.file)}, {other.line_of(index)}"
    if not surplus.denied_by:
        yield "missing in", f"{clean(other.file)}: none of its statements allows this"


def comparison_as_json(report: ComparisonReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return json.dumps(report.as_json(), indent=2) + "\n"


def comparison_as_sarif(report: ComparisonReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    is_complete = report.comparison is not None and report.comparison.is_decided
    return sarif_of("compare", (_RULE, NOT_READ, UNDECIDED), _problems(report), is_complete=is_complete)


def _problems(report: ComparisonReport) -> Iterator[Problem]:
    yield from (Problem.of_error(each) for each in (report.first, report.second) if each.error)
    for one, other, surplus in report.surpluses():
        title = _title(one, other, surplus)
        if surplus.undecided is not None:
            yield Problem.of_undecided(one, f"{title} {surplus.undecided}")
        if surplus.witness is not None:
            proof = request_line(surplus.witness)
            through = one.line_of(surplus.allowed_by[0])
            steps = (proof, f"Allowed by {clean(one.file)}, {through}")
            yield Problem(_RULE.id, f"{title} {proof}", one, surplus.allowed_by[:1], steps)


COMPARISON_FORMATS: Mapping[str, WriteComparison] = {
    "table": comparison_as_table,
    "json": comparison_as_json,
    "sarif": comparison_as_sarif,
}
