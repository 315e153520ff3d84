"""The playground: a policy, what it would share, and how it compares with another. Nothing of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from ringwall.checks.comparison import Surplus
from ringwall.console.gate import Page
from ringwall.console.visit import Form, Visit
from ringwall.errors import PolicyError, UsageError, ValidationError
from ringwall.findings.finding import Finding
from ringwall.findings.organization import Organization
from ringwall.findings.zone_of_trust import ACCOUNT, ORGANIZATION, ZoneOfTrust, parse_trusted
from ringwall.reasoning.compare import Comparison
from ringwall.reports.base import PLAIN
from ringwall.reports.checked import ComparisonReport
from ringwall.reports.policies.document import Document
from ringwall.reports.policies.explanation import EXPLANATION_FORMATS, Explained
from ringwall.reports.wording import exposure_title, request_line, sentence, statement
from ringwall.service.playground import KINDS, MOST_CHARACTERS, Shared, compared, document_of, shared_by
from ringwall.service.zones import organization_seen_by

_TONES = {"public": "severe", "any-aws-principal": "severe", "cross-account": "calm", "federated": "calm"}
_ACCOUNT = re.compile(r"[0-9]{12}")
_NAMES = ("The policy", "The other policy")
_HEADLINES = {
    Comparison.EQUAL: "Both allow the same.",
    Comparison.STRICTER: "The policy allows less than the other one.",
    Comparison.LOOSER: "The policy allows more than the other one.",
    Comparison.INCOMPARABLE: "Each allows what the other does not.",
}
_EXAMPLE = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::example-bucket/*"
    }
  ]
}"""


def _ask(visit: Visit) -> Response:
    visit.authorize("CheckNoNewAccess")
    return _page(visit, Form((("policy", _EXAMPLE),)))


def _try(visit: Visit) -> Response:
    visit.authorize("CheckNoNewAccess")
    form = visit.form
    try:
        shared, comparison = _outcome(visit, form)
    except UsageError as error:
        return _page(visit, form, status=400, problem=str(error))
    return _page(visit, form, shared=shared, comparison=comparison)


def _outcome(visit: Visit, form: Form) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is said of the policy, and of the comparison, if there is another policy.

    Raises:
        UsageError: something else than the policy makes no sense.
    """
    kind = KINDS.get(form.get("kind"))
    if kind is None:
        raise ValidationError(f"there is no kind `{form.get('kind')}`", field="kind")
    owner = form.get("owner").strip()
    if not _ACCOUNT.fullmatch(owner):
        raise ValidationError(f"`{owner}` is no account: twelve digits are expected", field="owner")
    first = document_of(_NAMES[0], form.get("policy"))
    shared = shared_by(first, kind, form.get("arn").strip(), _zone(visit, form), owner)
    other = form.get("other").strip()
    if not other:
        return _shown(shared), None
    second = document_of(_NAMES[1], form.get("other"))
    return _shown(shared), _compared(first, compared(first, second))


def _zone(visit: Visit, form: Form) -> ZoneOfTrust:
    trusted = tuple(parse_trusted(each) for each in form.get("trusted").replace(",", " ").split())
    organization = _organization(visit)
    if form.get("zone") == "organization" and organization is not None:
        return ZoneOfTrust(ORGANIZATION, organization, trusted)
    return ZoneOfTrust(ACCOUNT, None, trusted)


def _organization(visit: Visit) -> Organization | None:
    """The organization that the chosen analyzer saw."""
    if visit.analyzer is None:
        return None
    with visit.ringwall.store.read() as connection:
        return organization_seen_by(connection, visit.analyzer)


def _page(visit: Visit, form: Form, *, status: int = 200, **outcome: Any) -> Response:
    organization = _organization(visit)
    given = {"problem": "", "shared": None, "comparison": None, **outcome}
    return visit.render(
        "playground.html",
        status=status,
        title="Playground",
        form=form,
        kinds=KINDS,
        organization=organization,
        owner=form.get("owner") or visit.ringwall.policy.account,
        most=MOST_CHARACTERS,
        **given,
    )


def _shown(shared: Shared) -> dict[str, Any]:
    document = shared.explained.document
    return {
        "error": _fault(document) if document.error else None,
        "problem": shared.problem,
        "findings": [_finding(each) for each in shared.findings],
        **_explanation(shared.explained),
    }


def _explanation(explained: Explained) -> Mapping[str, Any]:
    """The sentences of `ringwall explain`."""
    if explained.explanation is None:
        return {"allows": [], "idle": []}
    written = msgspec.json.decode(EXPLANATION_FORMATS["json"]([explained], PLAIN))["policies"][0]
    document = explained.document
    return {
        "allows": [
            {**each, "places": [document.line_of(place["index"]) for place in each["statements"]]}
            for each in written["allows"]
        ],
        "idle": [(document.line_of(each["index"]), each["message"]) for each in written["addNothing"]],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    exposure = finding.exposure.value if finding.exposure else ""
    return {
        "sentence": sentence(finding),
        "exposure": exposure_title(finding),
        "tone": _TONES.get(exposure, "mild"),
        "levels": finding.access_levels,
        "conditions": dict(finding.condition),
        "witness": request_line(finding.witness) if finding.witness else "",
        "allowed": [statement(each) for each in finding.allowed_by],
        "narrowed": [(statement(each.statement), request_line(each.refused)) for each in finding.narrowed_by],
    }


def _fault(document: Document) -> dict[str, Any]:
    """What is wrong, where, and the line that it is in, with a mark below."""
    error = document.error
    assert error is not None
    return {"name": document.file, "message": error.message, "path": error.path, **_place(document.text, error)}


def _place(text: str, error: PolicyError) -> dict[str, Any]:
    lines = text.split("\n")
    if not 1 <= error.line <= len(lines):
        return {"line": 0, "column": 0, "excerpt": []}
    start = max(error.column - 60, 1)
    shown = lines[error.line - 1].replace("\t", " ")[start - 1 : start + 119]
    return {
        "line": error.line,
        "column": error.column,
        "excerpt": [shown, " " * (error.column - start) + "^"],
    }


def _compared(first: Document, report: ComparisonReport) -> dict[str, Any]:
    word = report.comparison.comparison if report.comparison else None
    return {
        "headline": _HEADLINES[word] if word else "It is not known how much one allows next to the other.",
        # What the first cannot be read for is told already, unless it is only of the wrong type.
        "errors": [_fault(each) for each in (report.first, report.second) if each.error and each is not first],
        "differences": [
            {
                "title": f"{one.file} allows what {other.file.lower()} does not",
                "facts": list(_facts(one, other, surplus)),
            }
            for one, other, surplus in report.surpluses()
            if surplus.witness is not None or surplus.undecided is not None
        ],
    }


def _facts(one: Document, other: Document, surplus: Surplus) -> Iterator[tuple[str, str]]:
    if surplus.undecided is not None:
        yield "Undecided", surplus.undecided
    if surplus.witness is not None:
        yield "Example", request_line(surplus.witness)
        yield from (("Through", one.line_of(index)) for index in surplus.allowed_by)
        yield from (("Refused by", f"{other.file}, {other.line_of(index)}") for index in surplus.denied_by)
        if not surplus.denied_by:
            yield "Missing in", f"{other.file}: none of its statements allows this"


PAGES = (Page("/playground", _ask), Page("/playground/try", _try, "POST"))
