"""The report for a terminal: findings by resource, widest exposure first, then what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from ringwall.findings.finding import Exposure, Finding
from ringwall.findings.report import Gap, Report
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import coverage_line, gap_line, other_gaps
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import (
    EXPOSURES,
    clean,
    conditions,
    counted,
    exposure_title,
    headline,
    numbers_of,
    principal,
    resource_name,
    resource_noun,
    restriction,
    short_request,
    source_words,
    statement,
)

_ORDER = {exposure: place for place, exposure in enumerate(EXPOSURES)}
_STYLES = {
    Exposure.PUBLIC: "bold red",
    Exposure.ANY_AWS_PRINCIPAL: "bold red",
    Exposure.CONFUSED_DEPUTY: "bold yellow",
    Exposure.NETWORK: "bold yellow",
    Exposure.ORGANIZATION: "bold yellow",
    Exposure.FEDERATED: "bold yellow",
    Exposure.CROSS_ACCOUNT: "bold yellow",
}
_COLUMN = 14
_ACTIONS = 4
_GAPS = 50


def render(report: Report, view: View = PLAIN) -> str:
    return "".join(f"{line}\n" for line in _lines(report, view, terminal_of(view)))


def _lines(report: Report, view: View, terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(_headline(report), _headline_style(report))
    for _, findings in groupby(by_resource(report.access), key=lambda finding: finding.resource):
        yield from _resource(list(findings), view, terminal)
    errors = [finding for finding in report.findings if finding.error]
    yield from error_lines(f"Not analyzed: {counted(len(errors), 'resource')}", errors, terminal)
    yield from _coverage(report, terminal)


def by_resource(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of a resource together, its widest first; resources with the widest exposure first."""
    every = list(findings)
    widest: dict[str, int] = {}
    for finding in every:
        widest[finding.resource] = min(widest.get(finding.resource, len(_ORDER)), _place(finding))
    return sorted(
        every, key=lambda each: (widest[each.resource], each.resource_type, each.resource, _place(each), each.id)
    )


def _place(finding: Finding) -> int:
    return _ORDER[finding.exposure] if finding.exposure else len(_ORDER)


def _headline_style(report: Report) -> str:
    is_quiet = report.coverage.is_complete and report.coverage.resources and not report.access
    return "bold green" if is_quiet else "bold"


def _headline(report: Report) -> str:
    return f"{headline(report)}: {numbers_of(report.access)}" if report.access else f"{headline(report)}."


def _resource(findings: Sequence[Finding], view: View, terminal: Terminal) -> Iterator[str]:
    first = findings[0]
    yield ""
    yield from terminal.lines(f"{resource_noun(first.resource_type)} {resource_name(first.resource)}", "bold")
    yield from terminal.lines(clean(first.resource), "dim")
    yield from terminal.lines(clean(f"account {view.account(first.resource_owner_account)}, {first.region}"), "dim")
    for finding in findings:
        yield ""
        style = _STYLES[finding.exposure] if finding.exposure else ""
        lead = f"{exposure_title(finding).upper()}:"
        who = f" {principal(finding)}"
        yield from terminal.labelled("who", who, indent=2, column=_COLUMN, lead=lead, style=style)
        for label, value in _facts(finding, terminal.width - _COLUMN - 2):
            yield from terminal.labelled(label, value, indent=2, column=_COLUMN)


def _facts(finding: Finding, width: int) -> Iterator[tuple[str, str]]:
    yield from (("principal", clean(value)) for value in finding.principal.values() if value.startswith("arn:"))
    for label, actions in (finding.access_levels or {"Actions": finding.action}).items():
        yield label.lower(), few(actions, _ACTIONS)
    for each in conditions(finding):
        yield "when", each
    for source in finding.sources:
        yield "shared by", clean(" ".join((source_words(source), *source.detail.values())))
    for reference in finding.allowed_by:
        yield "through", statement(reference)
    for narrowing in finding.narrowed_by:
        yield "except", statement(narrowing.statement)
    if finding.witness:
        yield "proof", short_request(finding, width)
    if note := restriction(finding):
        yield "RCP", note


def few(words: Sequence[str], most: int) -> str:
    """The first of some words, at most so many, and how many more there are."""
    more = len(words) - most
    shown = ", ".join(clean(word) for word in words[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def error_lines(heading: str, errors: Sequence[Finding | UnusedFinding], terminal: Terminal) -> Iterator[str]:
    """What could not be analysed, below a heading; nothing where there are no errors."""
    if errors:
        yield ""
        yield from terminal.lines(heading, "bold red")
    for finding in errors:
        yield from terminal.lines(f"{finding.error}: {clean(finding.resource)}", "red", indent=2)
        yield from terminal.lines(clean(finding.error_message or ""), indent=4)


def _coverage(report: Report, terminal: Terminal) -> Iterator[str]:
    yield ""
    yield from terminal.lines("Coverage", "bold")
    yield from terminal.lines(f"Analyzed {coverage_line(report.coverage)}.", indent=2)
    if report.coverage.is_complete and report.coverage.resources:
        yield from terminal.lines("Nothing was left out.", "green", indent=2)
    elif not report.coverage.is_complete:
        verdict = "The analysis is incomplete: access may exist that is not shown."
        yield from terminal.lines(verdict, "bold red", indent=2)
    yield from gap_lines(other_gaps(report), terminal)


def gap_lines(gaps: Sequence[Gap], terminal: Terminal) -> Iterator[str]:
    """A line for each gap; where there are many, how many are left out."""
    for gap in gaps[:_GAPS]:
        yield from terminal.lines(gap_line(gap), "red" if gap.is_failure else "dim", indent=2)
    if (more := len(gaps) - _GAPS) > 0:
        yield from terminal.lines(f"… and {more:,} more; the json format lists them all.", indent=2)
