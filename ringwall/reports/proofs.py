"""Proofs as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from ringwall.findings.proofs import Outcome, Proofs, Proven, Witnessed
from ringwall.reasoning.smt import Judgement
from ringwall.reasoning.solver import Status
from ringwall.reports.base import View
from ringwall.reports.terminal import Terminal, terminal_of
from ringwall.reports.wording import clean, counted, request_line

_ENDS = {
    Outcome.AGREED: ("All agree.", "green"),
    Outcome.OPEN: ("Not everything was decided: what is open is no proof.", "bold red"),
    Outcome.CONTRADICTED: (
        "A SOLVER CONTRADICTS RINGWALL. This is a bug: please report it with the file. Nothing can be concluded.",
        "bold red",
    ),
}
_COLUMN = 9


def render_json(proofs: Proofs, view: View) -> str:  # noqa: ARG001 - reads the same everywhere
    return json.dumps(proofs.as_json(), indent=2) + "\n"


def render_table(proofs: Proofs, view: View) -> str:
    return "\n".join(_table(proofs, terminal_of(view))) + "\n"


def _table(proofs: Proofs, terminal: Terminal) -> Iterator[str]:
    for each in proofs.witnessed:
        yield from _witnessed(each, terminal)
    for proven in proofs.proven:
        yield from _proven(proven, terminal)
    for text in proofs.undecided:
        yield from terminal.lines(f"not decided: {clean(text)}", "red")
    yield ""
    claims = sum(each.file is not None for each in proofs.proven)
    yield from terminal.lines(f"{counted(claims, 'claim')} and {counted(len(proofs.witnessed), 'replayed request')}.")
    yield from terminal.lines(*_ENDS[proofs.outcome])


def _witnessed(each: Witnessed, terminal: Terminal) -> Iterator[str]:
    verdict, style = ("replays", "green") if each.replays else ("DOES NOT REPLAY: a bug", "bold red")
    yield from terminal.lines(clean(each.about), "bold")
    yield from terminal.labelled("witness", request_line(each.request), indent=2, column=_COLUMN)
    yield from terminal.lines(f"replay   {verdict}", style, indent=2)


def _proven(proven: Proven, terminal: Terminal) -> Iterator[str]:
    yield from terminal.lines(clean(proven.claim.about), "bold")
    if proven.claim.script is None:
        yield from terminal.lines(f"no file  {clean(proven.claim.reason)}", "dim", indent=2)
        return
    yield from terminal.lines(f"file     {proven.file}", indent=2)
    for opinion, judgement in zip(proven.opinions, proven.judgements, strict=True):
        verdict = opinion.verdict
        took = f" in {verdict.seconds * 1000:,.0f} ms" if verdict.status is not Status.MISSING else ""
        said = f": {clean(verdict.message)}" if verdict.message else ""
        text = f"{verdict.solver:<8} {verdict.status.value}{took}, {judgement.value}{said}"
        yield from terminal.lines(text, _STYLES[judgement], indent=2)


_STYLES = {Judgement.CONFIRMED: "green", Judgement.UNDECIDED: "", Judgement.CONTRADICTED: "bold red"}

PROOF_FORMATS: Mapping[str, Callable[[Proofs, View], str]] = {"table": render_table, "json": render_json}
"""By name, from proofs and how they are looked at to text."""
