"""The report as one self-contained page for people: summary, filters, and each finding with its proof."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ringwall import __version__
from ringwall.findings.finding import Exposure, Finding, StatementReference, caller_name
from ringwall.findings.report import Report
from ringwall.policy.request import Request
from ringwall.reports.base import PLAIN, View
from ringwall.reports.coverage import coverage_line, gap_line, other_gaps
from ringwall.reports.documents import Line, Mark, laid_out
from ringwall.reports.table import by_resource
from ringwall.reports.wording import (
    EXPOSURES,
    Wording,
    clean,
    conditions,
    context_of,
    counted,
    document_name,
    exposure_title,
    headline,
    other_conditions,
    principal,
    resource_name,
    resource_noun,
    restriction,
    sentence,
    source_words,
    statement,
    wording_of,
)

_SEVERE = {Exposure.PUBLIC, Exposure.ANY_AWS_PRINCIPAL}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A policy document, with the statements that decided marked in it."""

    title: str
    captions: tuple[tuple[str, str], ...]
    """What each marked statement does: `allow` or `deny`, and words."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One number of the summary."""

    exposure: Exposure
    wording: Wording
    findings: int
    is_severe: bool


def render(report: Report, view: View = PLAIN) -> str:
    folder = files(__package__)
    style, script = ((folder / name).read_text("utf-8") for name in ("html.css", "html.js"))
    page = _environment().from_string((folder / "html.j2").read_text("utf-8"))
    access = by_resource(report.access)
    return page.render(
        report=report,
        view=view,
        version=__version__,
        # The texts of the two files are ours; everything else is escaped.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; img-src data:; style-src {source_of(style)}; script-src {source_of(script)}",
        access=access,
        gaps=other_gaps(report),
        errors=[finding for finding in report.findings if finding.error],
        cards=list(_cards(access)),
        accounts={number: name for number, name in view.names.items() if name},
        choices=_choices(access),
    )


def _environment() -> Environment:
    environment = plain_environment()
    environment.filters |= {"name": resource_name, "noun": resource_noun, "counted": counted}
    environment.globals |= {
        "advice": lambda finding: wording_of(finding).advice,
        "conditions": conditions,
        "coverage_line": coverage_line,
        "exhibits": exhibits,
        "exposure_title": exposure_title,
        "gap_line": gap_line,
        "headline": headline,
        "other_conditions": other_conditions,
        "is_severe": lambda finding: finding.exposure in _SEVERE,
        "principal": principal,
        "request_rows": request_rows,
        "restriction": restriction,
        "search_text": search_text,
        "sentence": sentence,
        "source_words": source_words,
        "statement": statement,
    }
    return environment


def plain_environment() -> Environment:
    """What writes pages: everything that is not ours is cleaned and escaped."""
    return Environment(
        autoescape=True,
        finalize=_finalized,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )


def _finalized(value: object) -> object:
    """What every expression of the page goes through before it is escaped."""
    return clean(value) if type(value) is str else value


def source_of(text: str) -> str:
    """What a content security policy calls `text`, so that the page runs this script and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _cards(access: Iterable[Finding]) -> Iterator[Card]:
    numbers = Counter(finding.exposure for finding in access)
    for exposure, wording in EXPOSURES.items():
        if numbers[exposure]:
            yield Card(exposure, wording, numbers[exposure], exposure in _SEVERE)


def _choices(access: list[Finding]) -> Mapping[str, list[str]]:
    """What the filters offer, in the order of the report's own words."""
    return {
        "types": sorted({finding.resource_type for finding in access}, key=resource_noun),
        "accounts": sorted({finding.resource_owner_account for finding in access}),
        "regions": sorted({finding.region for finding in access}),
    }


def search_text(finding: Finding) -> str:
    """What the text search looks at."""
    words = (finding.resource, principal(finding), finding.id, *finding.principal.values(), *finding.action)
    return clean(" ".join((*words, *conditions(finding))).lower())


def request_rows(request: Request, resource: str = "") -> list[tuple[str, str]]:
    """A request as lines of a form."""
    who = caller_name(request.caller)
    rows = [
        ("Caller", "anybody, without signing in" if who == "*" else who),
        ("Action", request.action),
        ("Resource", request.resource or resource),
    ]
    rows += [(key, ", ".join(values)) for key, values in context_of(request).items()]
    return [(clean(label), clean(value)) for label, value in rows]


def exhibits(finding: Finding, documents: Mapping[str, str]) -> list[Exhibit]:
    """Each document that decides about the finding once, with all of its deciding statements."""
    marks: dict[str, list[Mark]] = {}
    for reference in finding.allowed_by:
        marks.setdefault(reference.place, []).append(Mark(reference, "allow"))
    for narrowing in finding.narrowed_by:
        marks.setdefault(narrowing.statement.place, []).append(Mark(narrowing.statement, "deny"))
    for reference in finding.blocked_by:
        marks.setdefault(reference.place, []).append(Mark(reference, "deny"))
    return [exhibit for place, group in marks.items() for exhibit in _exhibits_of(place, group, documents.get(place))]


def _exhibits_of(place: str, marks: list[Mark], document: str | None) -> Iterator[Exhibit]:
    whole = [mark for mark in marks if document is not None and mark.reference.start]
    if whole and document is not None:
        captions = tuple((mark.mark, statement(mark.reference)) for mark in whole)
        yield Exhibit(document_name(place), captions, tuple(laid_out(document, whole)))
    for mark in marks:
        if mark not in whole:
            captions = ((mark.mark, statement(mark.reference)),)
            yield Exhibit(document_name(place), captions, tuple(_alone(mark.reference, mark.mark)))


def _alone(reference: StatementReference, mark: str) -> Iterator[Line]:
    for line in laid_out(reference.text or "", ()):
        yield Line(line.number, line.text, mark)
