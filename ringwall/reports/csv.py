"""The report as a spreadsheet: one row per finding, then rows for what was not analysed and for the coverage."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ringwall.findings.finding import Finding
from ringwall.findings.report import Coverage, Gap, Report
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import coverage_line
from ringwall.reports.wording import clean, request_line, restriction, sentence, statement

COLUMNS = (
    "record",
    "id",
    "resource",
    "resourceType",
    "resourceOwnerAccount",
    "region",
    "exposure",
    "isPublic",
    "principalType",
    "principal",
    "action",
    "accessLevels",
    "condition",
    "sources",
    "allowedBy",
    "narrowedBy",
    "resourceControlPolicyRestriction",
    "blockedBy",
    "witness",
    "status",
    "error",
    "message",
)
# A cell that starts so is a formula to spreadsheet programs: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(report: Report, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return spreadsheet(COLUMNS, _rows(report))


def spreadsheet(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """The columns' names, then the rows; what a row does not have is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: cell(value) for column, value in row.items()})
    return text.getvalue()


def cell(value: str) -> str:
    """`value` as text to a spreadsheet program, whatever it starts with."""
    text = clean(value)
    return f"'{text}" if value.lstrip(" ").startswith(_FORMULA) else text


def _rows(report: Report) -> Iterator[dict[str, str]]:
    yield from (_error_row(finding) if finding.error else _finding_row(finding) for finding in report.findings)
    yield from (_gap_row(gap) for gap in report.coverage.gaps)
    yield _coverage_row(report.coverage)


def _resource_row(record: str, finding: Finding) -> dict[str, str]:
    return {
        "record": record,
        "id": finding.id,
        "resource": finding.resource,
        "resourceType": finding.resource_type,
        "resourceOwnerAccount": finding.resource_owner_account,
        "region": finding.region,
        "status": finding.status.value,
        "message": sentence(finding),
    }


def _finding_row(finding: Finding) -> dict[str, str]:
    kind, principal = next(iter(finding.principal.items()), ("", ""))
    applies = finding.resource_control_policy_restriction
    return {
        **_resource_row("finding", finding),
        "exposure": finding.exposure.value if finding.exposure else "",
        "isPublic": "true" if finding.is_public else "false",
        "principalType": kind,
        "principal": principal,
        "action": " ".join(finding.action),
        "accessLevels": " ".join(finding.access_levels),
        "condition": "; ".join(f"{key}={value}" for key, value in finding.condition.items()),
        "sources": " ".join(source.type for source in finding.sources),
        "allowedBy": "; ".join(statement(each) for each in finding.allowed_by),
        "narrowedBy": "; ".join(statement(each.statement) for each in finding.narrowed_by),
        "resourceControlPolicyRestriction": applies.value if applies else "",
        "blockedBy": restriction(finding) if finding.blocked_by else "",
        "witness": request_line(finding.witness) if finding.witness else "",
    }


def _error_row(finding: Finding) -> dict[str, str]:
    return {
        **_resource_row("error", finding),
        "error": finding.error or "",
        "message": finding.error_message or sentence(finding),
    }


def _gap_row(gap: Gap) -> dict[str, str]:
    return {
        "record": "notAnalyzed",
        "resource": gap.resource,
        "resourceType": gap.resource_type,
        "resourceOwnerAccount": gap.account,
        "region": gap.region,
        "error": gap.code,
        "message": gap.message,
    }


def _coverage_row(coverage: Coverage) -> dict[str, str]:
    verdict = "complete" if coverage.is_complete else "incomplete"
    return {
        "record": "coverage",
        "resourceType": " ".join(f"{name}={number}" for name, number in coverage.analyzed.items()),
        "resourceOwnerAccount": " ".join(coverage.accounts),
        "region": " ".join(coverage.regions),
        "status": verdict,
        "message": f"{verdict}: {coverage_line(coverage)}",
    }
