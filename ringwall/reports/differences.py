"""How the difference between two reports is written down: for a terminal, for machines, for a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from ringwall.findings.difference import Change, Difference
from ringwall.findings.finding import Finding
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import gap_line
from ringwall.reports.markdown import code, escaped
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import (
    clean,
    conditions,
    counted,
    exposure_title,
    principal,
    resource_name,
    resource_noun,
    statement,
)

WriteDifference = Callable[[Difference, View], str]


def difference_as_table(difference: Difference, view: View = PLAIN) -> str:
    return "".join(f"{line}\n" for line in _lines(difference, terminal_of(view)))


def _lines(difference: Difference, terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(_headline(difference), "bold")
    parts = (
        ("+", "red", difference.gained),
        ("~", "yellow", difference.narrowed),
        ("-", "green", difference.went),
    )
    for sign, style, changes in parts:
        for change in changes:
            yield ""
            yield from terminal.lines(f"{sign} {_title(change.finding)}", style)
            for label, value in _facts(change):
                yield from terminal.lines(f"{label}: {value}", indent=2)
    for finding, gap in difference.unknown:
        yield ""
        yield from terminal.lines(f"? {_title(finding)}: not known", "yellow")
        yield from terminal.lines(gap_line(gap), indent=2)
    if not difference.is_complete:
        yield ""
        yield from terminal.lines("The analysis is incomplete:", "bold red")
        for each in _failures(difference):
            yield from terminal.lines(each, indent=2)


def _title(finding: Finding) -> str:
    noun = f"{resource_noun(finding.resource_type)} {resource_name(finding.resource)}"
    return f"{exposure_title(finding).upper()}: {principal(finding)} on {noun}"


def _headline(difference: Difference) -> str:
    if not (difference.appeared or difference.went or difference.unknown):
        return "The access from outside is the same."
    narrowed = f", {len(difference.narrowed)} narrowed" if difference.narrowed else ""
    unknown = f", {len(difference.unknown)} not known" if difference.unknown else ""
    return f"Access from outside: {len(difference.gained)} appeared{narrowed}, {len(difference.went)} went{unknown}"


def _facts(change: Change) -> Iterator[tuple[str, str]]:
    yield "resource", clean(change.finding.resource)
    yield "other actions of theirs stay; these changed" if change.is_partial else "actions", _actions(change)
    for each in conditions(change.finding):
        yield "when", each
    for reference in change.finding.allowed_by:
        yield "through", statement(reference)
    if change.wider and change.is_covered:
        yield "note", f"all of this is within what {principal(change.wider)} may do in the other snapshot"
    elif change.wider:
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
    parts = (("Appeared", difference.gained), ("Narrowed", difference.narrowed), ("Went", difference.went))
    for title, changes in parts:
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
