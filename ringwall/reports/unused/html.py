"""The report as one self-contained page for people: accounts at a glance, and each finding with its evidence."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from ringwall import __version__
from ringwall.findings.unused_finding import UNUSED_TYPES
from ringwall.findings.unused_report import UnusedReport
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import gap_line
from ringwall.reports.html import plain_environment, source_of
from ringwall.reports.unused import words
from ringwall.reports.wording import counted


def render(report: UnusedReport, view: View = PLAIN) -> str:
    shared = (files("ringwall.reports") / "html.css").read_text("utf-8")
    style = shared + (files(__package__) / "html.css").read_text("utf-8")
    page = _environment().from_string((files(__package__) / "html.j2").read_text("utf-8"))
    return page.render(
        report=report,
        view=view,
        version=__version__,
        # The text is ours; everything else is escaped.
        style=Markup(style),  # noqa: S704
        policy=f"default-src 'none'; img-src data:; style-src {source_of(style)}",
        errors=[finding for finding in report.findings if finding.error],
        kinds=UNUSED_TYPES,
        titles=words.TITLES,
    )


def _environment() -> Environment:
    environment = plain_environment()
    environment.globals |= {"words": words, "gap_line": gap_line, "counted": counted}
    return environment
