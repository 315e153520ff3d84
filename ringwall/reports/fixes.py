"""Fixes as text and as JSON: what is edited, the difference, the proof, and what else would be lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.findings.finding_json import request_from
from ringwall.findings.fix import Fix, Loss, NoFix
from ringwall.findings.proofs import Outcome, Proofs
from ringwall.reports.base import View
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, counted, request_line, sentence


@dataclass(frozen=True, slots=True)
class Told:
    """A fix, or that there is none, and what was done with it."""

    fix: Fix | NoFix
    proofs: Proofs | None = None
    """What the solvers said, where they were asked."""
    is_applied: bool = False
    is_gone: bool | None = None
    """Whether the finding was gone after the resource was read again; None where nothing was applied."""


def render_json(told: Told, view: View) -> str:  # noqa: ARG001 - reads the same everywhere
    written = {
        "fix": told.fix.as_json() if isinstance(told.fix, Fix) else None,
        "noFix": told.fix.as_json() if isinstance(told.fix, NoFix) else None,
        "proofs": told.proofs.as_json() if told.proofs else None,
        "applied": told.is_applied,
        "findingGone": told.is_gone,
    }
    return json.dumps(written, indent=2) + "\n"


def render_text(told: Told, view: View) -> str:
    return "\n".join(_text(told, terminal_of(view))) + "\n"


def _text(told: Told, terminal: Terminal) -> Iterator[str]:
    if isinstance(told.fix, NoFix):
        yield from terminal.lines(f"No fix: {clean(told.fix.reason)}.", "bold red")
        return
    yield from _fix(told.fix, terminal)
    if told.fix.smaller:
        yield ""
        yield from _smaller(told.fix.smaller, terminal)
    if told.proofs:
        yield ""
        yield from _solvers(told.proofs, terminal)
    if told.is_applied:
        yield ""
        text = "Applied: the finding is gone." if told.is_gone else "Applied, but the finding is still there."
        yield from terminal.lines(text, "green" if told.is_gone else "bold red")


def _fix(fix: Fix, terminal: Terminal) -> Iterator[str]:
    finding = fix.finding
    yield from terminal.lines(f"Finding {finding.id}: {sentence(finding)}", "bold")
    yield from terminal.lines(_sentence(is_exact=fix.is_exact), "green" if fix.is_exact else "yellow")
    for what in fix.what:
        yield from terminal.lines(f"- {clean(what)}", indent=2)
    for edit in fix.edits:
        yield ""
        yield from _diff(edit.diff, terminal)
    yield ""
    yield from terminal.lines("Proof", "bold")
    for step in fix.proof:
        mark, style = (
            ("proven  ", "green") if step.holds else ("NOT SO  ", "red") if step.answer else ("open    ", "red")
        )
        yield from terminal.lines(f"{mark} {step.claim.value}", style, indent=2)
    yield from _losses(fix.losses, terminal)


def _sentence(*, is_exact: bool) -> str:
    if is_exact:
        return "This edit removes exactly this access:"
    return "No edit removes exactly this access. The nearest, which also takes away what is shown below:"


def _diff(diff: str, terminal: Terminal) -> Iterator[str]:
    styles = {"+": "green", "-": "red", "@": "dim"}
    for line in diff.splitlines():
        yield terminal.styled(clean(line), styles.get(line[:1], ""))


def _losses(losses: tuple[Loss, ...], terminal: Terminal) -> Iterator[str]:
    for loss in losses:
        if loss.request:
            yield from terminal.labelled("lost", request_line(loss.request), indent=2, column=9)
        else:
            yield from terminal.lines(f"not decided: {clean(loss.undecided or '')}", indent=2)


def _smaller(fix: Fix, terminal: Terminal) -> Iterator[str]:
    whats = ", and ".join(clean(what) for what in fix.what)
    yield from terminal.lines(f"A smaller edit, for whoever can do without what it takes away besides: {whats}.")
    yield from _losses(fix.losses, terminal)


_ENDS = {
    Outcome.AGREED: "the solvers agree",
    Outcome.OPEN: "the solvers did not decide everything: what is open is no proof",
    Outcome.CONTRADICTED: "A SOLVER CONTRADICTS RINGWALL. This is a bug: please report it",
}


def _solvers(proofs: Proofs, terminal: Terminal) -> Iterator[str]:
    claims = sum(each.claim.script is not None for each in proofs.proven)
    style = "green" if proofs.outcome is Outcome.AGREED else "bold red"
    yield from terminal.lines(f"{counted(claims, 'claim')} put to cvc5 and z3: {_ENDS[proofs.outcome]}.", style)


def render_answer(fix: Mapping[str, Any], view: View) -> str:
    """A fix as a server answers it, for people."""
    return "\n".join(_answer(fix, terminal_of(view))) + "\n"


def _answer(fix: Mapping[str, Any], terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(f"Finding {fix['finding']}: {clean(fix['resource'])}", "bold")
    yield from terminal.lines(_sentence(is_exact=fix["isExact"]), "green" if fix["isExact"] else "yellow")
    for what in fix["what"]:
        yield from terminal.lines(f"- {clean(what)}", indent=2)
    for edit in fix["edits"]:
        yield ""
        yield from _diff(edit["diff"], terminal)
    yield ""
    yield from terminal.lines("Proof", "bold")
    for step in fix["proof"]:
        verdict = "proven" if step["holds"] else "NOT SO" if step["counterexample"] else "open"
        yield from terminal.lines(f"{verdict:<8} {step['claim']}", "green" if step["holds"] else "red", indent=2)
    for loss in fix["losses"]:
        if loss["request"]:
            request = request_line(request_from(loss["request"]))
            yield from terminal.labelled("lost", request, indent=2, column=9)
        else:
            yield from terminal.lines(f"not decided: {clean(loss['undecided'] or '')}", indent=2)


FIX_FORMATS: Mapping[str, Callable[[Told, View], str]] = {"text": render_text, "json": render_json}
