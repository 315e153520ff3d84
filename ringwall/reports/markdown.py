"""The report for a pull request: GitHub-flavoured Markdown, one table, details folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringwall.findings.finding import Finding
from ringwall.findings.report import Coverage, Report
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import coverage_line, gap_line
from ringwall.reports.table import by_resource
from ringwall.reports.wording import (
    clean,
    conditions,
    counted,
    exposure_title,
    headline,
    numbers_of,
    principal,
    request_line,
    resource_name,
    resource_noun,
    restriction,
    sentence,
    statement,
)

_SPECIAL = re.compile(r"[\\`*_{}\[\]()!|~]")
_LIMIT = 60_000  # GitHub refuses comments of more than 65,536 characters.


def render(report: Report, view: View = PLAIN) -> str:
    head = "\n".join((*_summary(report), ""))
    tail = "\n".join(("", *_coverage(report), ""))
    return head + _fitting(list(_details(report, view)), _LIMIT - len(head) - len(tail)) + tail


def _fitting(details: list[str], room: int) -> str:
    text, left = "", len(details)
    for detail in details:
        if len(text) + len(detail) > room - 100:
            return f"{text}\n_… and {left} more, left out here: the html format shows them all._\n"
        text += f"\n{detail}\n"
        left -= 1
    return text


def escaped(text: str) -> str:
    """`text` so that Markdown shows it as it is: no link, no markup, no mention."""
    return _inert(_SPECIAL.sub(r"\\\g<0>", _html(text)))


def _html(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inert(text: str) -> str:
    """HTML text in which GitHub finds nobody to notify, no issue and no address: a comment parts what would be one."""
    return re.sub(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", "<!-- -->", text)


def code(text: str) -> str:
    """`text` as code."""
    plain = clean(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def _summary(report: Report) -> Iterator[str]:
    yield "## Access from outside the zone of trust"
    yield ""
    yield f"**{headline(report)}**{f': {numbers_of(report.access)}' if report.access else ''}."


def _details(report: Report, view: View) -> Iterator[str]:
    for finding in by_resource(report.access):
        yield "\n".join(_detail(finding, view))


def _detail(finding: Finding, view: View) -> Iterator[str]:
    title = f"{exposure_title(finding)}: {resource_noun(finding.resource_type)} {resource_name(finding.resource)}"
    yield f"<details><summary><b>{_inert(_html(title))}</b> · {_inert(_html(principal(finding)))}</summary>"
    yield ""
    yield escaped(sentence(finding))
    yield ""
    yield from (f"- **{label}** {value}" for label, value in _facts(finding, view))
    yield ""
    yield "</details>"


def _facts(finding: Finding, view: View) -> Iterator[tuple[str, str]]:
    yield "Resource", f"{code(finding.resource)} in account {escaped(view.account(finding.resource_owner_account))}"
    for level, actions in (finding.access_levels or {"Actions": finding.action}).items():
        yield escaped(level), ", ".join(code(action) for action in actions)
    for each in conditions(finding):
        yield "When", code(each)
    for reference in finding.allowed_by:
        yield "Through", escaped(statement(reference))
    for narrowing in finding.narrowed_by:
        yield (
            "Except",
            f"{escaped(statement(narrowing.statement))}, which refuses {code(request_line(narrowing.refused))}",
        )
    if finding.witness:
        yield "Proof", code(request_line(finding.witness))
    if note := restriction(finding):
        yield "RCP", escaped(note)


def _coverage(report: Report) -> Iterator[str]:
    coverage: Coverage = report.coverage
    errors = [finding for finding in report.findings if finding.error]
    yield "### Coverage"
    yield ""
    yield f"Analyzed {coverage_line(coverage)}."
    if not coverage.is_complete:
        yield ""
        yield f"**The analysis is incomplete** ({counted(len(errors), 'resource')} not analyzed): access may exist that is not shown."
    yield from ("", *(f"- {escaped(gap_line(gap))}" for gap in coverage.gaps[:50])) if coverage.gaps else ()
