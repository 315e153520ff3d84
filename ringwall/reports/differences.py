"""How the difference between two reports is written down: for a terminal, for machines, for a pull request."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from ringwall.findings.difference import Change, Difference
from ringwall.reports.base import PLAIN, View
from ringwall.reports.markdown import code, escaped
from ringwall.reports.table import console_for
from ringwall.reports.wording import (
    clean,
    conditions,
    counted,
    exposure_title,
    gap_line,
    principal,
    resource_name,
    resource_noun,
    statement,
)

WriteDifference = Callable[[Difference, View], str]


def difference_as_table(difference: Difference, view: View = PLAIN) -> str:
    text = io.StringIO()
    console: Console = console_for(text, view)
    console.print(Text(_headline(difference), style="bold"))
    for sign, style, changes in (("+", "red", difference.appeared), ("-", "green", difference.went)):
        for change in changes:
            console.print(_entry(sign, style, change))
    for finding, gap in difference.unknown:
        title = f"? {principal(finding)} on {resource_noun(finding.resource_type)} {resource_name(finding.resource)}"
        console.print(Text(f"\n{title}: not known, {gap_line(gap)}", style="yellow", overflow="fold"))
    if not difference.is_complete:
        console.print(Text("\nThe analysis is incomplete:", style="bold red"))
        for each in _failures(difference):
            console.print(Padding(Text(each, overflow="fold"), (0, 0, 0, 2)))
    return "\n".join(line.rstrip(" ") for line in text.getvalue().split("\n"))


def _headline(difference: Difference) -> str:
    if not (difference.appeared or difference.went or difference.unknown):
        return "The access from outside is the same."
    unknown = f", {len(difference.unknown)} not known" if difference.unknown else ""
    return f"Access from outside: {len(difference.appeared)} appeared, {len(difference.went)} went{unknown}"


def _entry(sign: str, style: str, change: Change) -> Text:
    finding = change.finding
    text = Text(f"\n{sign} ", style=style, overflow="fold")
    text.append(f"{exposure_title(finding).upper()} ", style="bold")
    text.append(f"{principal(finding)} on {resource_noun(finding.resource_type)} {resource_name(finding.resource)}")
    for label, value in _facts(change):
        text.append(f"\n  {label}: {value}", style="default")
    return text


def _facts(change: Change) -> Iterator[tuple[str, str]]:
    yield "resource", clean(change.finding.resource)
    yield "other actions of theirs stay; these changed" if change.is_partial else "actions", _actions(change)
    for each in conditions(change.finding):
        yield "when", each
    for reference in change.finding.allowed_by:
        yield "through", statement(reference)
    if change.wider:
        yield "note", f"{principal(change.wider)} may use the same actions in the other snapshot"


def _actions(change: Change) -> str:
    return clean(", ".join(change.actions))


def _failures(difference: Difference) -> Iterator[str]:
    for name, gaps in (("old", difference.old_gaps), ("new", difference.new_gaps)):
        yield from (f"{name}: {gap_line(gap)}" for gap in gaps if gap.is_failure)


def difference_as_json(difference: Difference, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return json.dumps(difference.as_json(), indent=2) + "\n"


def difference_as_markdown(difference: Difference, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return "\n".join((*_markdown(difference), ""))


def _markdown(difference: Difference) -> Iterator[str]:
    yield f"## {_headline(difference)}"
    for title, changes in (("Appeared", difference.appeared), ("Went", difference.went)):
        if changes:
            yield from ("", f"### {title}: {counted(len(changes), 'change')}", "")
        for change in changes:
            finding = change.finding
            noun = f"{resource_noun(finding.resource_type)} {code(resource_name(finding.resource))}"
            yield f"- **{exposure_title(finding)}**: {escaped(principal(finding))} on {noun}"
            yield from (f"  - {escaped(label)}: {escaped(value)}" for label, value in _facts(change))
    if difference.unknown:
        yield from ("", "### Not known", "")
    for finding, gap in difference.unknown:
        yield f"- {escaped(principal(finding))} on {code(finding.resource)}: {escaped(gap_line(gap))}"
    if not difference.is_complete:
        yield from ("", "### The analysis is incomplete", "", *(f"- {escaped(each)}" for each in _failures(difference)))


DIFFERENCE_FORMATS: Mapping[str, WriteDifference] = {
    "table": difference_as_table,
    "json": difference_as_json,
    "markdown": difference_as_markdown,
}
