"""From `--verify` to an analyzer that puts its verdicts to solvers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ringwall.cli.analysis import analyzer_of
from ringwall.errors import UsageError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.organization import Organization
from ringwall.findings.report import Report
from ringwall.findings.verification import Verified
from ringwall.solvers.process import SolverProcess, missing_message, running

Analyzer = ExternalAccess | Verified


@contextmanager
def solvers_for(*, verify: bool) -> Iterator[Mapping[str, SolverProcess]]:
    """The solvers by name; none where nothing is to be verified.

    Raises:
        UsageError: one is not installed: a second opinion that nobody gives is none.
    """
    if not verify:
        yield {}
        return
    with running() as solvers:
        for solver in solvers:
            if not solver.is_installed:
                raise UsageError(missing_message(solver.name))
        yield {solver.name: solver for solver in solvers}


def verified(organization: Organization | None, analysis: Mapping[str, Any]) -> Analyzer:
    """The analyzer that the options ask for; with solvers where there are some."""
    options = {name: value for name, value in analysis.items() if name != "solvers"}
    analyzer = analyzer_of(organization, **options)
    return Verified(analyzer, analysis["solvers"]) if analysis["solvers"] else analyzer


def with_verification(report: Report, analyzer: Analyzer) -> Report:
    """The report with what the solvers said, where they were asked."""
    if not isinstance(analyzer, Verified):
        return report
    return replace(report, coverage=replace(report.coverage, verification=analyzer.verification))
