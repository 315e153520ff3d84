"""The report as one JSON object: findings in the API's field names, with their evidence."""

from __future__ import annotations

import msgspec

from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import PLAIN, View


def render(report: UnusedReport, view: View = PLAIN) -> str:  # noqa: ARG001 - reads the same everywhere
    # Python's own encoder takes a minute to indent what there is about 70,000 principals.
    return msgspec.json.format(msgspec.json.encode(report.as_json()), indent=2).decode() + "\n"
