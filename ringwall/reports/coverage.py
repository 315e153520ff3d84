"""Words for what was analysed, what was not, and why."""

from __future__ import annotations

from ringwall.findings.report import Coverage, Gap, Report
from ringwall.findings.unused_report import UnusedReport
from ringwall.findings.verification import Verification
from ringwall.reasoning.smt import Judgement
from ringwall.reports.wording import clean, counted


def coverage_line(coverage: Coverage) -> str:
    """What was looked at, in one line."""
    looked_at = (
        counted(coverage.resources, "resource"),
        f"{counted(len(coverage.analyzed), 'type')}",
        counted(len(coverage.accounts), "account"),
        counted(len(coverage.regions), "Region"),
    )
    line = f"{looked_at[0]} of {looked_at[1]} in {looked_at[2]} and {looked_at[3]}"
    return f"{line}; {verification_text(coverage.verification)}" if coverage.verification else line


def verification_text(verification: Verification) -> str:
    """What solvers said of the verdicts."""
    return "; ".join(
        f"{name}: " + ", ".join(f"{counts.get(judgement, 0):,} {judgement.value}" for judgement in Judgement)
        for name, counts in verification.solvers.items()
    )


def other_gaps(report: Report | UnusedReport) -> list[Gap]:
    """The gaps that the report's error findings do not tell of already."""
    told = {finding.resource for finding in report.findings if finding.error}
    return [gap for gap in report.coverage.gaps if not gap.resource or gap.resource not in told]


def gap_line(gap: Gap) -> str:
    """What was not analysed, and why, in one line."""
    scope = ", ".join(clean(part) for part in (gap.resource, gap.resource_type, gap.account, gap.region) if part)
    return f"{scope or 'everything'}: {gap.code}: {clean(gap.message)}"
