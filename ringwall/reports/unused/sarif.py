"""The report as SARIF 2.1.0, for code scanning: one rule per type of finding, and one for what could not be judged.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ringwall import __version__
from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UNUSED_TYPES, UnusedFinding
from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import PLAIN, View
from ringwall.reports.sarif import SCHEMA, invocation
from ringwall.reports.unused.words import TITLES, confidence, name_of, sentence

_ERROR_RULE = "not-judged"
_RULES = {
    FindingType.UNUSED_IAM_ROLE: ("unused-role", "Nobody used the role in the period.", "Delete the role."),
    FindingType.UNUSED_IAM_USER_ACCESS_KEY: (
        "unused-access-key",
        "Nobody called AWS with the active access key in the period.",
        "Deactivate the key, and delete it once nobody misses it.",
    ),
    FindingType.UNUSED_IAM_USER_PASSWORD: (
        "unused-password",
        "Nobody signed in to the console with the password in the period.",
        "Delete the password.",
    ),
    FindingType.UNUSED_PERMISSION: (
        "unused-permissions",
        "The user or role is in use, but services or actions that it is granted are not.",
        "Replace its policies by those that `ringwall fix --unused` recommends.",
    ),
}
_ERROR = ("Not judged", "It could not be found out what the user or role uses.", "See to the reason, and look again.")
# GitHub sorts by this number and calls 4.0 and more medium, less low. What may be unused and was not judged is no less.
_SEVERITY = "4.0"


def render(report: UnusedReport, view: View = PLAIN) -> str:
    """SARIF; where the principals are of a snapshot, its file is the place of every result."""
    written = report.as_json()
    run = {
        "tool": {"driver": {"name": "Ringwall", "semanticVersion": __version__, "rules": list(_rules())}},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "ringwall/unused/"},
        "invocations": [invocation(report.coverage)],
        "results": [_result(finding, view) for finding in report.findings],
        "properties": {name: written[name] for name in ("unusedAccessAge", "seenAt", "coverage", "accounts")},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules() -> Iterator[dict[str, Any]]:
    for kind in UNUSED_TYPES:
        name, *words = _RULES[kind]
        yield _rule(name, TITLES[kind], *words)
    yield _rule(_ERROR_RULE, *_ERROR)


def _rule(name: str, title: str, meaning: str, advice: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning} {advice}", "markdown": f"**{meaning}**\n\n{advice}"},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["security", "aws", "unused-access"], "security-severity": _SEVERITY},
    }


def _result(finding: UnusedFinding, view: View) -> dict[str, Any]:
    told = sentence(finding)
    return {
        "ruleId": _ERROR_RULE if finding.error else _RULES[finding.type][0],
        "level": "warning",
        "message": {"text": told if finding.error else f"{told} Confidence: {confidence(finding)}."},
        "locations": [_location(finding, view)],
        "partialFingerprints": {"findingId/v1": finding.id},
        "properties": finding.as_json(),
    }


def _location(finding: UnusedFinding, view: View) -> dict[str, Any]:
    logical = {"name": name_of(finding.resource), "fullyQualifiedName": finding.resource, "kind": "resource"}
    if not view.snapshot:
        return {"logicalLocations": [logical]}
    file = {"artifactLocation": {"uri": quote(PurePath(view.snapshot).as_posix())}, "region": {"startLine": 1}}
    return {"logicalLocations": [logical], "physicalLocation": file}
