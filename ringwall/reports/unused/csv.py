"""The report as a spreadsheet: a row per finding and unused service, then rows for what was not judged."""

from __future__ import annotations

from collections.abc import Iterator

from ringwall.findings.report import Gap
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import PLAIN, View
from ringwall.reports.csv import spreadsheet
from ringwall.reports.unused.words import confidence, coverage_line, sentence

COLUMNS = (
    "record",
    "id",
    "findingType",
    "resource",
    "resourceType",
    "resourceOwnerAccount",
    "accessKeyId",
    "serviceNamespace",
    "actions",
    "lastAccessed",
    "confidence",
    "missing",
    "error",
    "message",
)


def render(report: UnusedReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return spreadsheet(COLUMNS, _rows(report))


def _rows(report: UnusedReport) -> Iterator[dict[str, str]]:
    for finding in report.findings:
        yield from _finding_rows(finding)
    yield from (_gap_row(gap) for gap in report.coverage.gaps)
    verdict = "complete" if report.coverage.is_complete else "incomplete"
    yield {
        "record": "coverage",
        "resourceOwnerAccount": " ".join(report.coverage.accounts),
        "message": f"{verdict}: {coverage_line(report)}",
    }


def _finding_rows(finding: UnusedFinding) -> Iterator[dict[str, str]]:
    row = {
        "record": "error" if finding.error else "finding",
        "id": finding.id,
        "findingType": finding.type.value,
        "resource": finding.resource,
        "resourceType": finding.resource_type,
        "resourceOwnerAccount": finding.resource_owner_account,
        "error": finding.error or "",
        "message": sentence(finding),
    }
    if not finding.error:
        row["confidence"] = confidence(finding)
        row["missing"] = " ".join(finding.evidence.missing) if finding.evidence else ""
    for service in finding.services:
        actions = " ".join(action.name for action in service.actions)
        at = service.last_accessed.isoformat() if service.last_accessed else ""
        yield {**row, "serviceNamespace": service.namespace, "actions": actions or "*", "lastAccessed": at}
    if not finding.services:
        at = finding.last_accessed.isoformat() if finding.last_accessed else ""
        yield {**row, "accessKeyId": finding.access_key_id or "", "lastAccessed": at}


def _gap_row(gap: Gap) -> dict[str, str]:
    return {
        "record": "notJudged",
        "resource": gap.resource,
        "resourceType": gap.resource_type,
        "resourceOwnerAccount": gap.account,
        "error": gap.code,
        "message": gap.message,
    }
