"""The report for a pull request or a wiki: GitHub-flavoured Markdown, a table of accounts, details folded away."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.findings.unused_finding import UNUSED_TYPES, UnusedFinding
from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import gap_line
from ringwall.reports.markdown import code, comment, escaped, folded
from ringwall.reports.unused.words import (
    by_service,
    confidence,
    coverage_line,
    coverage_notes,
    evidence_lines,
    headline,
    name_of,
    noun,
    percent,
    sentence,
    title,
    whole_services,
)

_ACCOUNTS = 100


def render(report: UnusedReport, view: View = PLAIN) -> str:
    details = [_detail(finding, view) for finding in report.unused]
    return comment(_summary(report, view), details, _coverage(report))


def _summary(report: UnusedReport, view: View) -> Iterator[str]:
    yield "## Unused access"
    yield ""
    yield f"**{escaped(headline(report))}.**"
    if not report.accounts:
        return
    yield ""
    yield "| Account | Principals | Roles | Keys | Passwords | Permissions | Permissions unused |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for each in report.accounts[:_ACCOUNTS]:
        numbers = " | ".join(f"{each.found.get(kind, 0):,}" for kind in UNUSED_TYPES)
        share = "" if each.unused_share is None else percent(each.unused_share)
        yield f"| {escaped(view.account(each.account))} | {each.principals:,} | {numbers} | {share} |"
    if (more := len(report.accounts) - _ACCOUNTS) > 0:
        yield f"\n… and {more:,} accounts more; the json format lists them all."


def _detail(finding: UnusedFinding, view: View) -> str:
    about = f"{noun(finding.resource_type)} {name_of(finding.resource)}"
    return folded((title(finding), about, confidence(finding)), sentence(finding), _facts(finding, view))


def _facts(finding: UnusedFinding, view: View) -> Iterator[tuple[str, str]]:
    yield "Principal", f"{code(finding.resource)} in account {escaped(view.account(finding.resource_owner_account))}"
    if services := whole_services(finding):
        yield "Unused services", escaped(", ".join(services))
    for service, actions in by_service(finding).items():
        yield f"Unused of {escaped(service)}", ", ".join(map(code, actions))
    yield "Confidence", confidence(finding)
    for label, value in evidence_lines(finding.evidence) if finding.evidence else ():
        yield label.capitalize(), escaped(value)
    yield "Finding", code(finding.id)


def _coverage(report: UnusedReport) -> Iterator[str]:
    yield "### Coverage"
    yield ""
    yield f"Judged {escaped(coverage_line(report))}."
    yield ""
    yield from (f"- {escaped(note)}" for note in coverage_notes(report))
    yield from (f"- {escaped(gap_line(gap))}" for gap in report.coverage.gaps[:50])
    if not report.coverage.is_complete:
        yield ""
        yield "**The analysis is incomplete**: unused access may exist that is not shown."
