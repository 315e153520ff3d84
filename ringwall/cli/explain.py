"""`ringwall explain`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli import documents
from ringwall.cli.documents import PATH
from ringwall.cli.output import check_output, view_of, write_text
from ringwall.cli.policy_files import read_policy_files
from ringwall.reasoning.explain_policy import explain_policy
from ringwall.reports.policies.document import Document
from ringwall.reports.policies.explanation import EXPLANATION_FORMATS, Explained


@click.command("explain")
@click.argument("files", metavar="FILE…", type=PATH, nargs=-1, required=True)
@documents.report
def command(*, files: tuple[Path, ...], form: str, output: Path | None) -> int:
    """Say in plain sentences what the policies in FILEs allow, and which statements add nothing.

    A FILE may be standard input (-). Exits with 3 where a policy is malformed, or where it was not decided whether a
    statement adds anything; the sentences hold all the same.
    """
    check_output(output, files)
    explained = [_explained(each) for each in read_policy_files(files)]
    write_text(EXPLANATION_FORMATS[form](explained, view_of(output)), output)
    return 0 if all(each.is_complete for each in explained) else 3


def _explained(document: Document) -> Explained:
    return Explained(document, explain_policy(document.policy) if document.policy else None)
