"""`ringwall fix --analyzer`: the fix of a finding that a server, or the local store, remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ringwall.cli.client import Client, Place, analyzer_arn, connected
from ringwall.cli.output import view_of, write_text
from ringwall.cli.unused_findings import is_of_unused, remembered_advice
from ringwall.errors import UsageError
from ringwall.reports.fixes import render_answer
from ringwall.reports.unused.recommended import ADVICE_FORMATS


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of the fix."""

    finding: str
    analyzer: str
    url: str | None
    form: str
    output: Path | None
    applies: bool
    nearest: bool
    yes: bool
    despite_gaps: bool = False


def remembered_fix(asked: Asked) -> int:
    """Show the fix, and have it written if that is wanted: by the server, if it may.

    Returns:
        The exit code: 0 an exact fix, or one that was applied; 1 none; 3 not decided.
    """
    region = asked.analyzer.split(":")[3] if asked.analyzer.count(":") >= 5 else None
    with connected(Place(asked.url, None, None, region, None)) as client:
        arn = analyzer_arn(client, asked.analyzer)
        if is_of_unused(client, arn):
            return _unused(client, arn, asked)
        answer = client.call("GetFindingFix", analyzerArn=arn, id=asked.finding)
        write_text(_written(answer, asked), asked.output)
        fix = answer.get("fix")
        if fix is None or not asked.applies or not (fix["isExact"] or asked.nearest):
            return _code(fix)
        _apply(client, arn, answer["digest"], asked)
    return 0


def _unused(client: Client, arn: str, asked: Asked) -> int:
    """What is recommended for a finding of unused access, from the principal as it was analysed last."""
    if asked.applies:
        raise UsageError("a server does not change principals: without --analyzer, --unused --apply does so itself")
    advice = remembered_advice(client, arn, asked.finding, despite_gaps=asked.despite_gaps)
    write_text(ADVICE_FORMATS[asked.form](advice, view_of(asked.output)), asked.output)
    return 0 if advice.recommendation.steps else 1


def _written(answer: Mapping[str, Any], asked: Asked) -> str:
    if asked.form == "json":
        written = {"fix": answer.get("fix"), "reason": answer.get("reason")}
        return json.dumps(written, indent=2) + "\n"
    if (fix := answer.get("fix")) is None:
        return f"No fix: {answer['reason']}.\n"
    return render_answer(fix, view_of(asked.output))


def _apply(client: Client, arn: str, digest: str, asked: Asked) -> None:
    if not asked.yes:
        click.confirm("Write this to AWS?", abort=True, err=True)
    client.call(
        "ApplyFindingFix", analyzerArn=arn, id=asked.finding, digest=digest, nearest=True if asked.nearest else None
    )
    click.echo("Applied. The resource is looked at again: see `ringwall findings get`.", err=True)


def _code(fix: Mapping[str, Any] | None) -> int:
    if fix is None:
        return 1
    if any(loss["undecided"] for loss in fix["losses"]):
        return 3
    return 0 if fix["isExact"] else 1
