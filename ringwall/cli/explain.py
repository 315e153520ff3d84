"""`ringwall explain`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.cli.output import check_output, view_of, write_text
from ringwall.cli.policy_files import PolicyFile, read_policy_files
from ringwall.reasoning.explain_policy import explain_policy
from ringwall.reports.policies.explanation import EXPLANATION_FORMATS, Explained
from ringwall.reports.policies.named_documents import NamedDocument

_PATH = click.Path(path_type=Path)


@click.command("explain")
@click.argument("files", metavar="FILE…", type=_PATH, nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(EXPLANATION_FORMATS)),
    default="table",
    show_default=True,
    help="How to write the explanation.",
)
@click.option("--output", "-o", type=_PATH, help="Write to this file instead of standard output.")
def command(*, files: tuple[Path, ...], form: str, output: Path | None) -> int:
    """Say in plain sentences what the policies in FILEs allow, and which statements add nothing.

    A FILE may be standard input (-). Exits with 3 where a policy is malformed, or where it was not decided whether a
    statement adds anything; the sentences hold all the same.
    """
    check_output(output, files)
    explained = [_explained(each) for each in read_policy_files(files)]
    write_text(EXPLANATION_FORMATS[form](explained, view_of(output)), output)
    return 0 if all(each.is_complete for each in explained) else 3


def _explained(file: PolicyFile) -> Explained:
    document = NamedDocument(file.name, file.text, file.error)
    if file.policy is None:
        return Explained(document)
    return Explained(document, file.policy, explain_policy(file.policy))
