"""`ringwall fix` of a finding about unused access: the recommended steps, and applying them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Any

import click

from ringwall.cli.output import show, view_of, write_text
from ringwall.cli.principals import Wanted, found
from ringwall.cli.remembered_fix import Asked
from ringwall.errors import UsageError
from ringwall.findings.recommendation import RecommendedAction, recommend
from ringwall.findings.report import Gap
from ringwall.findings.unused_access import UnusedAccess
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.reports.unused.recommended import ADVICE_FORMATS, Advice, AdviceOutcome
from ringwall.service.judging import Judge

_SHORTEST = 8
"""Characters of an id that say which finding is meant, where no other begins so."""

Case = tuple[PrincipalAccess, UnusedFinding, datetime]


def unused_fix(asked: Asked, wanted: Wanted, age: int) -> int:
    """Show what is recommended for a finding about what was unused for `age` days, and do it if that is wanted.

    Returns:
        The exit code, as `code_of`.

    Raises:
        UsageError: there is no such finding, or several begin so.
    """
    access, finding, now = find_case(asked.finding, wanted, UnusedAccess(age))
    advice = Advice(finding, access.principal, recommend(access, finding, now, despite_gaps=asked.despite_gaps))
    if asked.applies and advice.recommendation.steps:
        show(ADVICE_FORMATS["text"](advice, view_of(None)), is_beside=asked.form != "text")
        confirm(advice, is_sure=asked.yes)
        advice = replace(advice, outcome=_applied(advice, wanted.source))
    write_text(ADVICE_FORMATS[asked.form](advice, view_of(asked.output)), asked.output)
    return code_of(advice)


def code_of(advice: Advice) -> int:
    """0 there is a recommendation, or it was applied in full; 1 there is none; 3 AWS refused a part of it."""
    if advice.outcome and advice.outcome.error:
        return 3
    return 0 if advice.recommendation.steps else 1


def find_case(id_: str, wanted: Wanted, judge: Judge) -> Case:
    """The principal, its finding whose id is or begins with `id_`, and when the evidence was read.

    Raises:
        UsageError: there is none, or there are several.
    """
    cases: dict[str, Case] = {}
    with found(wanted) as here:
        for each in here.seen:
            for finding in () if isinstance(each, Gap) else judge.findings_of(each, here.now):
                if finding.id == id_ or (len(id_) >= _SHORTEST and finding.id.startswith(id_)):
                    assert isinstance(each, PrincipalAccess), "a gap has no findings"
                    cases[finding.id] = each, finding, here.now
    if not cases:
        raise UsageError(f"there is no finding `{id_}`: give an id that `ringwall unused` shows, with the same --age")
    if len(cases) > 1:
        raise UsageError(f"several findings begin with `{id_}`: {', '.join(sorted(cases))}")
    return next(iter(cases.values()))


def confirm(advice: Advice, *, is_sure: bool) -> None:
    """Ask before anything is written. A role is deleted by whoever types its name, whatever else was said.

    Raises:
        click.Abort: the answer was no.
    """
    if any(step.action is RecommendedAction.DELETE_ROLE for step in advice.recommendation.steps):
        name = advice.principal.name
        if click.prompt(f"Type the name of the role to delete it ({name})", err=True, default="") != name:
            raise click.Abort
    elif not is_sure:
        click.confirm("Write this to AWS?", abort=True, err=True)


def _applied(advice: Advice, source: Mapping[str, Any]) -> AdviceOutcome:
    from ringwall.cli.live import LiveSource, reader_for, stopped_by_interrupt  # noqa: PLC0415
    from ringwall.collector.apply_recommendation import apply_recommendation  # noqa: PLC0415

    aws = reader_for(LiveSource(**source), advice.principal.account, "global")
    stop = Event()
    # Whoever presses Ctrl-C is told what was done by then, and how to undo it.
    with stopped_by_interrupt([stop]):
        applied = apply_recommendation(aws, advice.recommendation, is_allowed=True, stop=stop)
    failed = applied.failed.operation if applied.failed else None
    return AdviceOutcome(applied.done, applied.undo, failed, applied.error)
