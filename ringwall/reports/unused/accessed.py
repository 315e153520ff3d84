"""One principal at a glance: per service what it is granted and what it used, when and where last."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from ringwall.principals.access_summary import AccessSummary, ServiceSummary
from ringwall.principals.principal import LastUse, Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import Usage, UsageSource, Use
from ringwall.reports.base import View
from ringwall.reports.csv import cell
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.unused.words import bar, day, name_of, noun, percent
from ringwall.reports.wording import clean, counted, shorten

Glance = tuple[PrincipalAccess, AccessSummary, Mapping[str, str]]
"""The principal, granted against used, and the actions of which it is not decided whether they are granted."""

_SHORT = {UsageSource.CLOUDTRAIL: "trail"}
_NAME, _BAR = 20, 8


def render_table(glance: Glance, view: View, *, actions: bool = False) -> str:
    return "".join(f"{line}\n" for line in _lines(glance, view, terminal_of(view), actions=actions))


def _lines(glance: Glance, view: View, terminal: Terminal, *, actions: bool) -> Iterator[str]:
    access, summary, undecided = glance
    principal = access.principal
    yield from terminal.lines(f"{noun(principal.kind.value)} {name_of(principal.arn)}", "bold")
    yield from terminal.lines(clean(principal.arn), "dim")
    made = f"account {view.account(principal.account)}, made {day(principal.created_at)}"
    yield from terminal.lines(clean(made), "dim")
    for label, value in _signs(principal):
        yield from terminal.labelled(label, value, indent=2, column=12)
    yield ""
    yield from terminal.lines(_total(summary), "bold")
    if summary.services:
        yield ""
        yield terminal.styled(_row("service", "granted", "used", "", "last used", "Region", "by"), "dim")
    for service in summary.services:
        yield _service(service)
        if actions:
            yield from _actions(service, terminal)
    yield ""
    yield from terminal.lines("Evidence", "bold")
    for note in evidence_notes(access.usage, undecided):
        yield from terminal.lines(note, indent=2)


def _signs(principal: Principal) -> Iterator[tuple[str, str]]:
    """When the entity itself, its keys and its password were last used."""
    if principal.last_use:
        yield "last used", _last(principal.last_use)
    if principal.keys is None:
        yield "access keys", "could not be read"
    for key in principal.keys or ():
        state = "active" if key.is_active else "inactive"
        yield "access key", f"{clean(key.id)}, {state}, last used {_last(key.last_use)}"
    if principal.password:
        yield "password", f"last used {_last(principal.password.last_use)}"


def _last(use: LastUse | None) -> str:
    if use is None:
        return "could not be read"
    return f"{day(use.at)} in {clean(use.region)}" if use.at and use.region else day(use.at)


def _total(summary: AccessSummary) -> str:
    granted, used = summary.granted_actions, summary.used_actions
    if not granted:
        return "Nothing is granted."
    share = used / granted
    return f"{used:,} of {counted(granted, 'action')} known to be used  {bar(share)} {percent(share)}"


def _service(service: ServiceSummary) -> str:
    granted, used = len(service.granted), _used(service)
    # A service in use whose actions nobody tells apart: some are used, and nobody knows which.
    is_open = service.last_use is not None and not used
    share = bar(used / granted if granted else 0, _BAR)
    last = service.last_use
    return _row(
        shorten(clean(service.namespace), _NAME),
        f"{granted:,}",
        "?" if is_open else f"{used:,}",
        "?" * _BAR if is_open else share,
        day(last.at if last else None),
        shorten(clean(last.region or ""), 14) if last else "",
        _by(last) if last else "",
    )


def _row(*cells: str) -> str:
    name, granted, used, share, last, region, by = cells
    return f"{name:<{_NAME}}{granted:>8}{used:>6}  {share:<{_BAR}}  {last:<10}  {region:<14}  {by}".rstrip()


def _used(service: ServiceSummary) -> int:
    return len(service.granted & service.used.keys())


def _by(use: Use) -> str:
    return _SHORT.get(use.source, "IAM")


def _actions(service: ServiceSummary, terminal: Terminal) -> Iterator[str]:
    for action in sorted(service.granted & service.used.keys()):
        use = service.used[action]
        where = f" in {clean(use.region)}" if use.region else ""
        yield from terminal.lines(f"{clean(action)}: {day(use.at)}{where}, {_by(use)}", "green", indent=2)
    never = sorted(service.granted & service.tracked - service.used.keys())
    if never:
        yield from terminal.lines(f"never: {', '.join(map(clean, never))}", "yellow", indent=2)
    if service.last_use is None:
        return
    if untold := len(service.granted - service.tracked - service.used.keys()):
        yield from terminal.lines(f"not told apart by any source: {counted(untold, 'action')}", "dim", indent=2)


def evidence_notes(usage: Usage, undecided: Mapping[str, str]) -> Iterator[str]:
    """What the numbers rest on, and what is missing, each as a sentence."""
    yield from _report_notes(usage)
    yield from _trail_notes(usage)
    yield from (f"Missing: {clean(note)}" for note in usage.notes)
    if undecided:
        yield f"Not decided whether granted: {counted(len(undecided), 'action')}, {_some(sorted(undecided))}."


def _some(names: list[str]) -> str:
    return clean(", ".join(names[:3])) + (" …" if len(names) > 3 else "")


def _report_notes(usage: Usage) -> Iterator[str]:
    if usage.report_error:
        yield f"Missing: IAM's last-accessed report: {clean(usage.report_error)}"
    elif usage.report is None:
        yield "Missing: IAM's last-accessed report was not read."
    if report := usage.report:
        told = "services and tracked actions" if report.is_by_action else "services, not actions"
        yield f"IAM: last-accessed report of {report.generated_at:%Y-%m-%d %H:%M} UTC, {told}, the last 400 days."
        if report.is_truncated:
            yield "Missing: the report is truncated; some services are not in it."


def _trail_notes(usage: Usage) -> Iterator[str]:
    if (coverage := usage.trail_coverage) is None:
        yield "Missing: no CloudTrail was read; only it tells actions that IAM does not track."
        return
    regions = counted(len(coverage.regions), "Region")
    yield f"Trail: CloudTrail, {coverage.since} to {coverage.until}, {regions}."
    if coverage.missing_regions:
        yield f"Missing: no log of {', '.join(map(clean, coverage.missing_regions))}."
    if not coverage.data_events:
        yield "Missing: data events are not logged."
    yield from (f"Missing: {clean(gap)}" for gap in coverage.gaps)


def render_json(glance: Glance, view: View, *, actions: bool = False) -> str:  # noqa: ARG001 - always holds all
    access, summary, undecided = glance
    written: dict[str, Any] = {
        "principal": access.principal.arn,
        "resourceType": access.principal.kind.value,
        "account": access.principal.account,
        "grantedActions": summary.granted_actions,
        "usedActions": summary.used_actions,
        "services": [_service_as_json(each) for each in summary.services],
        "undecided": dict(undecided),
        "evidence": list(evidence_notes(access.usage, undecided)),
    }
    return json.dumps(written, indent=2) + "\n"


def _service_as_json(service: ServiceSummary) -> dict[str, Any]:
    return {
        "serviceNamespace": service.namespace,
        "granted": sorted(service.granted),
        "lastUse": msgspec.to_builtins(service.last_use),
        "used": {name: msgspec.to_builtins(use) for name, use in sorted(service.used.items())},
        "tracked": sorted(service.tracked),
    }


_COLUMNS = ("principal", "serviceNamespace", "action", "granted", "used", "lastAccessed", "region", "source")


def render_csv(glance: Glance, view: View, *, actions: bool = False) -> str:  # noqa: ARG001 - reads the same everywhere
    access, summary, _ = glance
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for service in summary.services:
        numbers = (str(len(service.granted)), str(_used(service)))
        rows = [(service.namespace, "", *numbers, service.last_use)]
        if actions:
            rows += [
                (service.namespace, name, "1", str(int(name in service.used)), service.used.get(name))
                for name in sorted(service.granted)
            ]
        for *cells, use in rows:
            writer.writerow(map(cell, (access.principal.arn, *map(str, cells), *_use_cells(use))))
    return text.getvalue()


def _use_cells(use: Any) -> tuple[str, str, str]:
    return (use.at.isoformat(), use.region or "", use.source.value) if isinstance(use, Use) else ("", "", "")


ACCESSED_FORMATS: Mapping[str, Callable[..., str]] = {"table": render_table, "json": render_json, "csv": render_csv}
