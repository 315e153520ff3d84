"""The report as one JSON object, in the API's field names: `docs/report.schema.json` describes it."""

from __future__ import annotations

import json

from ringwall.findings.report import Report
from ringwall.reports.base import PLAIN, View


def render(report: Report, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    return json.dumps(report.as_json(), indent=2) + "\n"
