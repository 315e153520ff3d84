"""The report for a pull request: GitHub-flavoured Markdown, one table, details folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

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
    details = [_detail(finding, view) for finding in by_resource(report.access)]
    return comment(_summary(report), details, _coverage(report))


def comment(summary: Iterable[str], details: Sequence[str], coverage: Iterable[str]) -> str:
    """Lines of a summary, as many of the details as a comment of GitHub holds, and lines about the coverage."""
    head = "\n".join((*summary, ""))
    tail = "\n".join(("", *coverage, ""))
    return head + _fitting(details, _LIMIT - len(head) - len(tail)) + tail


def _fitting(details: Sequence[str], room: int) -> str:
    """As many of the details as there is room for, and how many were left out."""
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


def _heading(text: str) -> str:
    """`text` within HTML, where Markdown's own marks mean nothing."""
    return _inert(_html(text))


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


def _detail(finding: Finding, view: View) -> str:
    title = f"{exposure_title(finding)}: {resource_noun(finding.resource_type)} {resource_name(finding.resource)}"
    return folded((title, principal(finding)), sentence(finding), _facts(finding, view))


def folded(titles: Sequence[str], text: str, facts: Iterable[tuple[str, str]]) -> str:
    """A finding: of its titles, the first one bold, what can be seen before it is unfolded; the facts are Markdown."""
    first, *others = map(_heading, titles)
    lines = (
        f"<details><summary>{' · '.join((f'<b>{first}</b>', *others))}</summary>",
        "",
        escaped(text),
        "",
        *(f"- **{label}** {value}" for label, value in facts),
        "",
        "</details>",
    )
    return "\n".join(lines)


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
