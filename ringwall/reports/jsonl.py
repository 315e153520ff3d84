"""The report as JSON Lines: one finding a line, then the rest of the report in one last line: analyzer, coverage, cover."""

from __future__ import annotations

import json

from ringwall.findings.report import Report
from ringwall.reports.base import PLAIN, View


def render(report: Report, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    whole = report.as_json()
    lines = [*whole.pop("findings"), whole]
    return "".join(json.dumps(line) + "\n" for line in lines)
