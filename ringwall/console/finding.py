"""A finding: what it is, what stands behind it, and what is to become of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from ringwall.console import unused_finding, unused_words
from ringwall.console.finding_columns import SEVERE
from ringwall.console.finding_evidence import allowing, configuration_of, documents_of, placed, stoppers
from ringwall.console.found import Found, found_by, history_of
from ringwall.console.gate import Page
from ringwall.console.rule_form import end_of_day
from ringwall.console.visit import Visit, scope_of
from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import Criterion
from ringwall.findings.finding import Finding
from ringwall.findings.remembered import RememberedFinding
from ringwall.reports.html import exhibits, request_rows
from ringwall.reports.wording import (
    conditions,
    principal,
    resource_name,
    restriction,
    sentence,
    source_words,
    wording_of,
)
from ringwall.store import findings
from ringwall.store.findings import Depth

_ELSEWHERE = 10
_LEVELS = ("List", "Read", "Write", "Permissions", "Tagging")


def _show(visit: Visit) -> Response:
    found = found_by(visit)
    return unused_finding.show(visit, found) if found.is_unused else _show_external(visit, found)


def _show_external(visit: Visit, found: Found) -> Response:
    finding = found.finding
    with visit.ringwall.store.read() as connection:
        resource = configuration_of(connection, found.analyzer.key, finding)
    documents = documents_of(resource)
    finding = placed(finding, documents)
    return visit.render(
        "finding.html",
        title=f"{resource_name(finding.resource)}: {wording_of(finding).title}",
        found=found,
        finding=finding,
        wording=wording_of(finding),
        is_severe=finding.error is not None or (finding.exposure is not None and finding.exposure.value in SEVERE),
        sentence=sentence(finding),
        principal="" if finding.error else principal(finding),
        conditions=conditions(finding),
        restriction=restriction(finding),
        shared=[(source_words(each).capitalize(), ", ".join(each.detail.values())) for each in finding.sources],
        levels=_levels(finding),
        exhibits=exhibits(finding, documents),
        rows=request_rows(finding.witness) if finding.witness else [],
        fates=allowing(finding, documents),
        stoppers=stoppers(finding, documents, resource) if finding.witness else [],
        events=history_of(visit, found),
        elsewhere=_elsewhere(visit, found),
        analyzer_scope=scope_of(found.analyzer),
    )


def _levels(finding: Finding) -> list[tuple[str, tuple[str, ...]]]:
    ordered = sorted(
        finding.access_levels.items(), key=lambda each: _LEVELS.index(each[0]) if each[0] in _LEVELS else 9
    )
    return ordered or ([("Actions", finding.action)] if finding.action else [])


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other findings that this one has something in common with."""

    title: str
    number: int
    shown: tuple[RememberedFinding, ...]
    more: str


def _elsewhere(visit: Visit, found: Found) -> list[Elsewhere]:
    """The same statement on other resources; the same principal; others of the same resource."""
    detail = found.remembered.detail
    alike = {"The same resource": {"resource": found.remembered.resource}}
    for kind, value in (detail.get("principal") or {}).items():
        if value != "*":
            alike["The same principal"] = {f"principal.{kind}": value}
    with visit.ringwall.store.read() as connection:
        if cause := findings.cause_of_finding(connection, found.analyzer.key, found.remembered.id):
            alike["The same statement"] = {"cause": cause}
        groups = []
        for title, properties in alike.items():
            criteria = {name: Criterion(eq=(value,)) for name, value in {**properties, "status": "ACTIVE"}.items()}
            page = findings.page(connection, found.analyzer.key, criteria, limit=_ELSEWHERE + 1, depth=Depth.FULL)
            others = tuple(each for each in page.findings if each.id != found.remembered.id)
            number = findings.count(connection, found.analyzer.key, criteria)
            number -= len(page.findings) - len(others)
            chips = [f"{name}~eq~{value}" for name, value in properties.items()]
            link = visit.link("/findings", f=chips)
            if others:
                groups.append(Elsewhere(title, number, others[:_ELSEWHERE], link))
    return groups


def _decide(visit: Visit) -> Response:
    """*Intended*: the finding is archived; or it is made active again."""
    found, status = found_by(visit), visit.form.get("status")
    if status not in {"ARCHIVED", "ACTIVE"}:
        raise ValidationError("a finding is archived or made active", field="status")
    visit.call(
        "UpdateFindings",
        region=found.analyzer.region,
        analyzerArn=found.analyzer.arn,
        ids=[found.remembered.id],
        status=status,
        reason=visit.form.get("reason").strip() or None,
    )
    told = "The finding is archived." if status == "ARCHIVED" else "The finding is active again."
    return visit.redirect(f"/findings/{found.remembered.id}", notice=told)


_SCANS = "All users and roles are looked at again, as soon as a worker has a hand free."


def _rescan(visit: Visit) -> Response:
    """Of a principal alone there is no scan: what is unused is found by looking at all of them."""
    found = found_by(visit)
    if found.is_unused:
        visit.call("StartAnalyzerScan", region=found.analyzer.region, analyzerArn=found.analyzer.arn)
        return visit.redirect(f"/findings/{found.remembered.id}", notice=_SCANS)
    visit.call(
        "StartResourceScan",
        region=found.analyzer.region,
        analyzerArn=found.analyzer.arn,
        resourceArn=found.remembered.resource,
        resourceOwnerAccount=found.remembered.detail["resourceOwnerAccount"],
    )
    return visit.redirect(f"/findings/{found.remembered.id}", notice="The resource is looked at again, in a moment.")


# --- Intended: a rule ---


def _suggested(found: Found) -> dict[str, dict[str, list[str]]]:
    """The narrowest rule that hides this and its like of the same resource."""
    criteria = {"resource": [found.remembered.resource]}
    criteria |= {"findingType": [found.remembered.type.value]} if found.is_unused else _of_access(found.finding)
    return {name: {"eq": values} for name, values in criteria.items()}


def _of_access(finding: Finding) -> dict[str, list[str]]:
    """Who gets in, and under which conditions."""
    principals = {f"principal.{kind}": [value] for kind, value in finding.principal.items() if kind in _RULED}
    return principals | {f"condition.{key}": [value] for key, value in finding.condition.items()}


_RULED = ("AWS", "Federated", "CanonicalUser")


@dataclass(frozen=True, slots=True)
class Proposed:
    """A criterion that the form offers, and whether it is taken."""

    name: str
    value: str
    is_taken: bool


def _ask_rule(visit: Visit) -> Response:
    """The form, with what the rule would hide besides: what is ticked is in the query string."""
    found = found_by(visit)
    suggested = _suggested(found)
    taken = visit.query.all("use") or list(suggested)
    criteria = {name: each for name, each in suggested.items() if name in taken}
    answer: Mapping[str, Any] = {}
    if criteria:
        request = {"analyzerArn": found.analyzer.arn, "filter": criteria, "maxResults": _ELSEWHERE}
        answer = visit.call("DryRunArchiveRule", region=found.analyzer.region, **request)
    return visit.render(
        "finding_rule.html",
        title="Make an archive rule",
        found=found,
        sentence=_sentence(found),
        proposed=[Proposed(name, each["eq"][0], name in taken) for name, each in suggested.items()],
        answer=answer,
        name=visit.query.get("name") or f"{_word(resource_name(found.remembered.resource))}-{secrets.token_hex(2)}",
        others=[each for each in answer.get("findings", ()) if each["id"] != found.remembered.id],
    )


def _sentence(found: Found) -> str:
    if found.is_unused:
        return unused_words.sentence(found.remembered, unused_words.age_of(found.analyzer))
    return sentence(found.finding)


def _word(text: str) -> str:
    """A name that rules may have."""
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in text).strip("-")[:60] or "intended"


def _make_rule(visit: Visit) -> Response:
    found = found_by(visit)
    taken = visit.form.all("use")
    criteria = {name: each for name, each in _suggested(found).items() if name in taken}
    request = {"analyzerName": found.analyzer.name, "ruleName": visit.form.get("name").strip(), "filter": criteria}
    told = {"reason": visit.form.get("reason").strip() or None, "owner": visit.form.get("owner").strip() or None}
    expiry = end_of_day(visit.form.get("expires").strip())
    visit.call("CreateArchiveRule", region=found.analyzer.region, **request, **told, expiresAt=expiry)
    visit.call(
        "ApplyArchiveRule",
        region=found.analyzer.region,
        analyzerArn=found.analyzer.arn,
        ruleName=request["ruleName"],
    )
    notice = f"The rule {request['ruleName']} is made, and has archived what it matches."
    return visit.redirect(f"/findings/{found.remembered.id}", notice=notice)


PAGES = (
    Page("/findings/{id}", _show),
    Page("/findings/{id}/decide", _decide, "POST"),
    Page("/findings/{id}/rescan", _rescan, "POST"),
    Page("/findings/{id}/rule", _ask_rule),
    Page("/findings/{id}/rule", _make_rule, "POST"),
)
