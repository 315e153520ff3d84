"""The report for a terminal: accounts at a glance, then findings by principal, then what was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UNUSED_TYPES, UnusedFinding
from ringwall.findings.unused_report import AccountUse, UnusedReport
from ringwall.principals.evidence import Confidence
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import other_gaps
from ringwall.reports.table import error_lines, few, gap_lines
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.unused.words import (
    bar,
    by_service,
    confidence,
    coverage_line,
    coverage_notes,
    day,
    evidence_lines,
    headline,
    name_of,
    noun,
    percent,
    permissions,
    title,
    whole_services,
)
from ringwall.reports.wording import clean, counted, shorten

_COLUMN = 12
_ACTIONS = 8
_NAME = 27
_STYLES = {Confidence.HIGH: "bold red", Confidence.MEDIUM: "bold yellow", Confidence.LOW: "bold"}


def render(report: UnusedReport, view: View = PLAIN) -> str:
    return "".join(f"{line}\n" for line in _lines(report, view, terminal_of(view)))


def _lines(report: UnusedReport, view: View, terminal: Terminal) -> Iterator[str]:
    is_quiet = report.coverage.is_complete and report.coverage.resources and not report.unused and not report.unsure
    yield from terminal.lines(f"{headline(report)}.", "bold green" if is_quiet else "bold")
    if report.accounts:
        yield ""
        yield from _accounts(report.accounts, view, terminal)
    for _, findings in groupby(report.unused, key=lambda finding: finding.resource):
        yield from _principal(list(findings), view, terminal)
    errors = [finding for finding in report.findings if finding.error]
    yield from error_lines(f"Not judged: {counted(len(errors), 'principal')}", errors, terminal)
    yield from _coverage(report, terminal)


def _accounts(accounts: Sequence[AccountUse], view: View, terminal: Terminal) -> Iterator[str]:
    heading = f"{'Unused, by account':<{_NAME}}{'of':>7}{'roles':>6}{'keys':>6}{'passw.':>7}{'perm.':>6}  permissions"
    yield terminal.styled(heading, "dim")
    for each in accounts:
        numbers = [each.found.get(kind, 0) for kind in UNUSED_TYPES]
        cells = "".join(f"{number:>{width},}" for number, width in zip(numbers, (6, 6, 7, 6), strict=True))
        name = shorten(clean(view.account(each.account)), _NAME - 1)
        yield f"{name:<{_NAME}}{each.principals:>7,}{cells}  {_share(each)}"


def _share(account: AccountUse) -> str:
    share = account.unused_share
    return "none granted" if share is None else f"{bar(share)} {percent(share):>5}"


def _principal(findings: Sequence[UnusedFinding], view: View, terminal: Terminal) -> Iterator[str]:
    first = findings[0]
    yield ""
    yield from terminal.lines(f"{noun(first.resource_type)} {name_of(first.resource)}", "bold")
    yield from terminal.lines(clean(first.resource), "dim")
    yield from terminal.lines(clean(f"account {view.account(first.resource_owner_account)}"), "dim")
    for finding in findings:
        yield ""
        lead = title(finding).upper()
        style = _STYLES[finding.evidence.confidence if finding.evidence else Confidence.LOW]
        yield from terminal.lines(lead, style, indent=2)
        for label, value in _facts(finding):
            yield from terminal.labelled(label, value, indent=2, column=_COLUMN)


def _facts(finding: UnusedFinding) -> Iterator[tuple[str, str]]:
    if finding.access_key_id:
        yield "key", clean(finding.access_key_id)
    if finding.type is FindingType.UNUSED_PERMISSION:
        yield "unused", permissions(finding)
        if services := whole_services(finding):
            yield "services", few(services, _ACTIONS)
        yield from ((service, few(actions, _ACTIONS)) for service, actions in by_service(finding).items())
    else:
        yield "last used", day(finding.last_accessed)
    yield "confidence", confidence(finding)
    if finding.evidence:
        yield from evidence_lines(finding.evidence)
    yield "finding", finding.id


def _coverage(report: UnusedReport, terminal: Terminal) -> Iterator[str]:
    yield ""
    yield from terminal.lines("Coverage", "bold")
    yield from terminal.lines(f"Judged {coverage_line(report)}.", indent=2)
    for note in coverage_notes(report):
        yield from terminal.lines(note, indent=2)
    if not report.coverage.is_complete:
        verdict = "The analysis is incomplete: unused access may exist that is not shown."
        yield from terminal.lines(verdict, "bold red", indent=2)
    elif report.coverage.resources:
        yield from terminal.lines("Every principal could be judged.", "green", indent=2)
    yield from gap_lines(other_gaps(report), terminal)
