"""Policy documents on their way from the command line to a check, and what the command ends with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ringwall.checks.documents import PolicyType, require_type
from ringwall.checks.result import CheckResult
from ringwall.cli.options import output, together
from ringwall.errors import PolicyError, UnprocessableError
from ringwall.policy.ast import NOWHERE, Policy
from ringwall.policy.parse import position
from ringwall.reports.checked import Checked, CheckReport
from ringwall.reports.policies.document import Document

PATH = click.Path(path_type=Path, allow_dash=True)

report = together(
    click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "sarif"]),
        default="table",
        show_default=True,
        help="How to write the result.",
    ),
    output,
)


def checked(document: Document, check: Callable[[Policy], CheckResult]) -> Checked:
    """What the check says of a document; a document that it cannot be about gets an error."""
    if document.policy is None:
        return Checked(document)
    try:
        return Checked(document, check(document.policy))
    except UnprocessableError as error:
        return Checked(_with_error(document, error))


def of_type(document: Document, policy_type: PolicyType) -> Document:
    """The document, with an error where it is not of the type."""
    try:
        if document.policy is not None:
            require_type(document.policy, policy_type)
    except UnprocessableError as error:
        return _with_error(document, error)
    return document


def _with_error(document: Document, error: UnprocessableError) -> Document:
    assert document.policy is not None
    index = error.statement_index
    span = document.policy.statements[index].span
    line, column = position(document.text, span.start) if span != NOWHERE else (0, 0)
    is_alone = document.text[: span.start].rstrip().endswith(":")
    path = "$.Statement" if is_alone else f"$.Statement[{index}]"
    fault = PolicyError(str(error), line=line, column=column, path=path)
    return Document(document.file, document.text, None, fault)


def exit_code(found: CheckReport) -> int:
    """0 every document passed, 1 one failed, 3 one could not be read or decided."""
    if not found.is_complete:
        return 3
    return 0 if found.passes else 1
