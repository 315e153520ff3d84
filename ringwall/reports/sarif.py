"""The report as SARIF 2.1.0, for code scanning: one rule per exposure, the proof as a code flow.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ringwall import __version__
from ringwall.findings.finding import Exposure, Finding
from ringwall.findings.report import Coverage, Report
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import gap_line
from ringwall.reports.wording import (
    ERROR_WORDING,
    EXPOSURES,
    Wording,
    request_line,
    resource_name,
    restriction,
    sentence,
    statement,
)

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ERROR_RULE = "not-analyzed"
# GitHub sorts by this number and calls 9.0 and more critical, 7.0 and more high, 4.0 and more medium.
_SEVERITIES = {
    Exposure.PUBLIC: "9.0",
    Exposure.ANY_AWS_PRINCIPAL: "9.0",
    Exposure.CONFUSED_DEPUTY: "5.0",
    Exposure.NETWORK: "7.0",
    Exposure.ORGANIZATION: "7.0",
    Exposure.FEDERATED: "6.0",
    Exposure.CROSS_ACCOUNT: "6.0",
}
_ERROR_SEVERITY = "5.0"


def render(report: Report, view: View = PLAIN) -> str:
    run = {
        "tool": {"driver": {"name": "Ringwall", "semanticVersion": __version__, "rules": list(_rules())}},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"ringwall/{report.analyzer_type.lower()}/"},
        "invocations": [invocation(report.coverage)],
        "results": [_result(finding, view) for finding in report.findings],
        "properties": {"zone": dict(report.zone), "coverage": report.coverage.as_json()},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules() -> Iterator[dict[str, Any]]:
    for exposure, words in EXPOSURES.items():
        yield _rule(exposure.value, words, _SEVERITIES[exposure])
    yield _rule(_ERROR_RULE, ERROR_WORDING, _ERROR_SEVERITY)


def _rule(name: str, words: Wording, severity: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": f"{words.title} access"},
        "fullDescription": {"text": words.meaning},
        "help": {
            "text": f"{words.meaning} {words.advice}",
            "markdown": f"**{words.meaning}**\n\n{words.advice}",
        },
        "defaultConfiguration": {"level": _level(severity)},
        "properties": {"tags": ["security", "aws", "external-access"], "security-severity": severity},
    }


def _level(severity: str) -> str:
    return "error" if float(severity) >= 7 else "warning"


def _result(finding: Finding, view: View) -> dict[str, Any]:
    severity = _SEVERITIES[finding.exposure] if finding.exposure else _ERROR_SEVERITY
    result: dict[str, Any] = {
        "ruleId": finding.exposure.value if finding.exposure else _ERROR_RULE,
        "level": _level(severity),
        "message": {"text": sentence(finding)},
        "locations": [_location(finding, view)],
        "partialFingerprints": {"findingId/v1": finding.id},
        "properties": finding.as_json(),
    }
    if finding.witness:
        result["codeFlows"] = [{"threadFlows": [{"locations": list(_steps(finding, view))}]}]
    return result


def _location(finding: Finding, view: View, text: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {
        "logicalLocations": [
            {"name": resource_name(finding.resource), "fullyQualifiedName": finding.resource, "kind": "resource"}
        ]
    }
    if view.snapshot:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(PurePath(view.snapshot).as_posix())},
            "region": {"startLine": 1},
        }
    if text:
        location["message"] = {"text": text}
    return location


def _steps(finding: Finding, view: View) -> Iterator[dict[str, Any]]:
    assert finding.witness
    texts = [f"From outside: {request_line(finding.witness)}"]
    texts += [f"Allowed by {statement(each)}" for each in finding.allowed_by]
    texts += [f"Not refused here by {statement(each.statement)}" for each in finding.narrowed_by]
    texts += [restriction(finding)] if finding.blocked_by else []
    for text in texts:
        yield {"location": _location(finding, view, text)}


def invocation(coverage: Coverage) -> dict[str, Any]:
    """How the run went: what could not be looked at is a notification."""
    return {
        "executionSuccessful": coverage.is_complete,
        "toolExecutionNotifications": [
            {"level": "error" if gap.is_failure else "note", "message": {"text": gap_line(gap)}}
            for gap in coverage.gaps
        ],
    }
