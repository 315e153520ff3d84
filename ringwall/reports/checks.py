"""How the results of a check are written down: for a terminal, for machines, for code scanning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from ringwall.reports.base import PLAIN, View
from ringwall.reports.checked import Checked, CheckReport
from ringwall.reports.policies.document import Document
from ringwall.reports.sarif_documents import NOT_READ, UNDECIDED, Problem, Rule, sarif_of
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, counted, request_line

WriteChecks = Callable[[CheckReport, View], str]

COLUMN = 12
_RULES = {
    "no-new-access": Rule(
        "no-new-access",
        "New access",
        "The policy allows a request that the existing policy does not.",
        "Take the new access out of the statement, or put it into the existing policy if it is meant.",
    ),
    "access-not-granted": Rule(
        "access-not-granted",
        "Access granted",
        "The policy allows one of the listed actions on one of the listed resources.",
        "Take the action or the resource out of the statement, or deny it.",
    ),
    "no-public-access": Rule(
        "no-public-access",
        "Public access",
        "The resource policy lets in anybody: no principal and no condition limits it to fixed values.",
        "Name the principals that need access, or limit the statement, for example by aws:PrincipalOrgID.",
    ),
}


def checks_as_table(report: CheckReport, view: View = PLAIN) -> str:
    return "".join(f"{line}\n" for line in _lines(report, terminal_of(view)))


def _lines(report: CheckReport, terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(_headline(report), "bold green" if report.passes else "bold red")
    for checked in report.checked:
        yield ""
        yield from _one(checked, terminal)


def _headline(report: CheckReport) -> str:
    passed = sum(1 for each in report.checked if each.result and each.result.passes)
    unread = sum(1 for each in report.checked if each.result is None)
    failed = len(report.checked) - passed - unread
    rest = f", {unread} not checked" if unread else ""
    return f"{report.check}: {counted(len(report.checked), 'document')}, {passed} passed, {failed} failed{rest}"


def _one(checked: Checked, terminal: Terminal) -> Iterator[str]:
    if checked.result is None:
        yield from error_lines(checked.document, terminal)
        return
    lead = f"{checked.result.result.value}{', UNDECIDED' if checked.is_undecided else ''}:"
    style = "bold green" if checked.result.passes else "bold red"
    yield from terminal.labelled("", f" {clean(checked.document.file)}", indent=0, column=0, lead=lead, style=style)
    yield from terminal.lines(checked.result.message, indent=2)
    for label, value in _facts(checked):
        yield from terminal.labelled(label, value, indent=2, column=COLUMN)


def _facts(checked: Checked) -> Iterator[tuple[str, str]]:
    assert checked.result is not None
    for reason in checked.result.reasons:
        yield "reason", clean(reason.description)
    if checked.blamed is not None:
        yield "through", checked.document.line_of(checked.blamed)
    if checked.result.witness is not None:
        yield "proof", request_line(checked.result.witness)
    if checked.result.decided_by is not None:
        yield "decided by", f"the solver {checked.result.decided_by}"


def error_lines(document: Document, terminal: Terminal) -> Iterator[str]:
    """A document that could not be checked, and why."""
    value = f" {clean(document.file)}"
    yield from terminal.labelled("", value, indent=0, column=0, lead="NOT CHECKED:", style="bold red")
    yield from terminal.lines(clean(str(document.error)), indent=2)


def checks_as_json(report: CheckReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return json.dumps(report.as_json(), indent=2) + "\n"


def checks_as_sarif(report: CheckReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    problems = [problem for checked in report.checked if (problem := _problem(report.check, checked)) is not None]
    rules = (_RULES[report.check], NOT_READ, UNDECIDED)
    return sarif_of(f"check/{report.check}", rules, problems, is_complete=report.is_complete)


def _problem(check: str, checked: Checked) -> Problem | None:
    if checked.result is None:
        return Problem.of_error(checked.document)
    if checked.result.passes:
        return None
    if checked.blamed is None:
        return Problem.of_undecided(checked.document, checked.result.reasons[0].description)
    assert checked.result.witness is not None
    proof = request_line(checked.result.witness)
    through = checked.document.line_of(checked.blamed)
    message = f"{checked.result.message} {clean(checked.result.reasons[0].description)} Proof: {proof}"
    return Problem(check, message, checked.document, (checked.blamed,), (proof, f"Allowed by {through}"))


CHECK_FORMATS: Mapping[str, WriteChecks] = {
    "table": checks_as_table,
    "json": checks_as_json,
    "sarif": checks_as_sarif,
}
