"""`ringwall compare`."""

from __future__ import annotations

from pathlib import Path

import click

from ringwall.checks.comparison import compare_policies, type_of
from ringwall.cli import documents
from ringwall.cli.documents import PATH, of_type
from ringwall.cli.output import check_output, view_of, write_text
from ringwall.cli.policy_files import read_policy_files
from ringwall.cli.solvers import solver_on_demand
from ringwall.reasoning.compare import Comparison
from ringwall.reports.checked import ComparisonReport
from ringwall.reports.comparisons import COMPARISON_FORMATS
from ringwall.reports.policies.document import Document


@click.command("compare")
@click.argument("first", type=PATH)
@click.argument("second", type=PATH)
@documents.report
def command(*, first: Path, second: Path, form: str, output: Path | None) -> int:
    """Say how much the policy FIRST allows, next to SECOND: the same, less, more, or each something else.

    What one allows and the other does not is shown by an example, with the statements behind it. Either file may be
    standard input (-).
    """
    check_output(output, (first, second))
    report = _compared(*read_policy_files((first, second)))
    write_text(COMPARISON_FORMATS[form](report, view_of(output)), output)
    if report.comparison is None or not report.comparison.is_decided:
        return 3
    return 0 if report.comparison.comparison is Comparison.EQUAL else 1


def _compared(first: Document, second: Document) -> ComparisonReport:
    if first.policy is not None and second.policy is not None:
        policy_type = type_of(first.policy, second.policy)
        first, second = of_type(first, policy_type), of_type(second, policy_type)
    if first.policy is None or second.policy is None:
        return ComparisonReport(first, second)
    return ComparisonReport(first, second, compare_policies(first.policy, second.policy, solver=solver_on_demand()))
