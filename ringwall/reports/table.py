"""The report for a terminal: findings by resource, widest exposure first, then what was looked at."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ringwall.findings.finding import Exposure, Finding
from ringwall.findings.report import Report
from ringwall.reports.base import PLAIN, View
from ringwall.reports.wording import (
    EXPOSURES,
    clean,
    conditions,
    counted,
    coverage_line,
    exposure_title,
    gap_line,
    numbers_of,
    other_gaps,
    principal,
    resource_name,
    resource_noun,
    restriction,
    short_request,
    shorten,
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
_LABELS = 12
_ACTIONS = 4
_GAPS = 50


def render(report: Report, view: View = PLAIN) -> str:
    text = io.StringIO()
    console = console_for(text, view)
    for part in _parts(report, view, console.width):
        console.print(part)
    return "\n".join(line.rstrip(" ") for line in text.getvalue().split("\n"))


def console_for(text: io.StringIO, view: View) -> Console:
    """A console that writes into `text`, and takes nothing in it for markup."""
    return Console(
        file=text,
        width=max(view.width, 40),
        color_system="standard" if view.color else None,
        force_terminal=view.color,
        no_color=not view.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )


def _parts(report: Report, view: View, width: int) -> Iterator[Text | Table | Padding]:
    yield _headline(report)
    for resource, findings in groupby(by_resource(report.access), key=lambda finding: finding.resource):
        yield from _resource(resource, list(findings), view, width)
    if errors := [finding for finding in report.findings if finding.error]:
        yield from _errors(errors)
    yield from _coverage(report)


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


def _headline(report: Report) -> Text:
    access = report.access
    if not access:
        return Text("No access from outside the zone of trust was found.", style="bold green")
    resources = len({finding.resource for finding in access})
    text = Text(f"{counted(len(access), 'finding')} on {counted(resources, 'resource')}", style="bold")
    return text.append(f": {numbers_of(access)}", style="not bold")


def _resource(resource: str, findings: Sequence[Finding], view: View, width: int) -> Iterator[Text | Padding]:
    first = findings[0]
    yield Text("")
    yield Text(f"{resource_noun(first.resource_type)} {resource_name(resource)}", style="bold", overflow="fold")
    place = clean(f"account {view.account(first.resource_owner_account)}, {first.region}")
    yield Text(f"{clean(resource)}\n{place}", style="dim", overflow="fold")
    for finding in findings:
        yield Padding(_finding(finding, width - _LABELS - 4), (1, 0, 0, 2))


def _finding(finding: Finding, width: int) -> Table:
    style = _STYLES[finding.exposure] if finding.exposure else ""
    table = _grid()
    table.add_row(Text("who", style="dim"), _who(finding, style))
    for label, value in _facts(finding, width):
        table.add_row(Text(label, style="dim"), Text(value, overflow="fold"))
    return table


def _who(finding: Finding, style: str) -> Text:
    title = exposure_title(finding).upper()
    return Text(f"{title}: ", style=style, overflow="fold").append(principal(finding), style="not dim default")


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True, pad_edge=False)
    table.add_column(width=_LABELS)
    table.add_column(overflow="fold", ratio=1)
    return table


def _facts(finding: Finding, width: int) -> Iterator[tuple[str, str]]:
    yield from (("principal", clean(value)) for value in finding.principal.values() if value.startswith("arn:"))
    for label, actions in (finding.access_levels or {"Actions": finding.action}).items():
        yield label.lower(), _actions(actions)
    for each in conditions(finding):
        yield "when", each
    for source in finding.sources:
        yield "shared by", clean(" ".join((source_words(source), *source.detail.values())))
    for reference in finding.allowed_by:
        yield "through", statement(reference)
    for narrowing in finding.narrowed_by:
        yield "except", statement(narrowing.statement)
    if finding.witness:
        yield "proof", shorten(short_request(finding), width)
    if note := restriction(finding):
        yield "RCP", note


def _actions(actions: Sequence[str]) -> str:
    more = len(actions) - _ACTIONS
    shown = ", ".join(clean(action) for action in actions[:_ACTIONS])
    return f"{shown} and {more} more" if more > 0 else shown


def _errors(errors: Sequence[Finding]) -> Iterator[Text | Padding]:
    yield Text(f"\nNot analyzed: {counted(len(errors), 'resource')}", style="bold red")
    for finding in errors:
        text = Text(f"{finding.error}: ", style="red", overflow="fold")
        text.append(f"{clean(finding.resource)}\n{clean(finding.error_message or '')}", style="default")
        yield Padding(text, (0, 0, 0, 2))


def _coverage(report: Report) -> Iterator[Text | Padding]:
    coverage, gaps = report.coverage, other_gaps(report)
    yield Text("\nCoverage", style="bold")
    yield Padding(Text(f"Analyzed {coverage_line(coverage)}.", overflow="fold"), (0, 0, 0, 2))
    if coverage.is_complete:
        yield Padding(Text("Nothing was left out.", style="green"), (0, 0, 0, 2))
    else:
        yield Padding(Text("The analysis is incomplete: access may exist that is not shown.", style="bold red"), (0, 2))
    for gap in gaps[:_GAPS]:
        yield Padding(Text(gap_line(gap), style="red" if gap.is_failure else "dim", overflow="fold"), (0, 0, 0, 2))
    if (more := len(gaps) - _GAPS) > 0:
        yield Padding(Text(f"… and {more:,} more; the json format lists them all."), (0, 0, 0, 2))
