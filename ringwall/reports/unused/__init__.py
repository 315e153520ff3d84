"""How a report about unused access is written down, one file per format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import View

UNUSED_FORMATS = ("table", "csv", "html", "json", "markdown", "sarif")


def find_unused_format(name: str) -> Callable[[UnusedReport, View], str]:
    """The function that writes the report in one of `UNUSED_FORMATS`; its module is imported only now."""
    render: Callable[[UnusedReport, View], str] = import_module(f"{__name__}.{name}").render
    return render
