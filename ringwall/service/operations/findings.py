"""Findings: list them, look at one with its history, archive and unarchive."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, ValidationError
from ringwall.findings.archive_rule import LISTING_KEYS, Filter, parse_filter
from ringwall.findings.finding import FindingStatus
from ringwall.findings.reconcile import set_status
from ringwall.findings.remembered import Change, RememberedFinding
from ringwall.service.analyzer_types import type_of
from ringwall.service.analyzers import analyzer_of
from ringwall.service.context import Caller, Ringwall
from ringwall.service.paging import Paging, paging_of
from ringwall.service.turning import turn
from ringwall.service.wire_findings import (
    cursor_of,
    finding,
    finding_summary,
    finding_v2,
    listed,
)
from ringwall.store import findings, resources
from ringwall.store.analyzers import AnalyzerRecord

_STATUSES: Mapping[str, Literal[FindingStatus.ACTIVE, FindingStatus.ARCHIVED]] = {
    "ACTIVE": FindingStatus.ACTIVE,
    "ARCHIVED": FindingStatus.ARCHIVED,
}


def list_findings(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Findings of external access, with who can do what."""
    paging, criteria, sort = _asked(caller, request, "ListFindings")
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        _require_external(analyzer, "ListFindings")
        page = findings.page(
            connection,
            analyzer.key,
            criteria,
            sort=sort,
            after=cursor_of(paging),
            limit=paging.limit,
            depth=findings.Depth.FIELDS,
        )
    return listed(page, paging, finding_summary)


def list_findings_v2(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Findings of every type, in short."""
    paging, criteria, sort = _asked(caller, request, "ListFindingsV2")
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        page = findings.summaries(
            connection, analyzer.key, criteria, sort=sort, after=cursor_of(paging), limit=paging.limit
        )
    return listed(page, paging, lambda each: each)


def get_finding(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """One finding of external access, with its evidence."""
    with ringwall.store.read() as connection:
        _require_external(analyzer_of(connection, caller, request["analyzerArn"]), "GetFinding")
        return {"finding": finding(_found(connection, caller, request))}


def get_finding_v2(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """One finding of any type, with its evidence; its details come in pages, and the rest on every page."""
    paging = paging_of(caller, "GetFindingV2", request)
    with ringwall.store.read() as connection:
        whole = finding_v2(_found(connection, caller, request))
    start = paging.after or 0
    details = list(enumerate(whole["findingDetails"], 1))[start : start + paging.limit + 1]
    return {**whole, **paging.answer("findingDetails", details, key=lambda each: each[0], shape=lambda each: each[1])}


def update_findings(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Archives or unarchives findings; those that are resolved stay so."""
    if ("ids" in request) == ("resourceArn" in request):
        raise ValidationError("give either `ids` or `resourceArn`", field="ids")
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])

    def decide(connection: Connection, at: datetime) -> Sequence[Change]:
        meant = _meant(connection, analyzer, request)
        return set_status(meant, _STATUSES[request["status"]], actor=caller.key_id, now=at)

    turn(ringwall, analyzer, decide, reason=request.get("reason") or None)
    return {}


def list_finding_events(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a finding, or of all findings of an analyzer, oldest first.

    A finding that was deleted has its history for as long as that is kept.
    """
    paging = paging_of(caller, "ListFindingEvents", request)
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        found = findings.history(
            connection, analyzer.key, request.get("id"), after=paging.after or 0, limit=paging.limit + 1
        )
        if "id" in request and not found:
            _found(connection, caller, request)
    return paging.answer("events", found, key=lambda each: each.key, shape=_event)


def _asked(caller: Caller, request: Mapping[str, Any], operation: str) -> tuple[Paging, Filter, findings.Sort]:
    """Which page of which findings in which order."""
    criteria = parse_filter(request.get("filter", {}), LISTING_KEYS)
    return paging_of(caller, operation, request, list), criteria, _sort_of(request.get("sort", {}))


def _require_external(analyzer: AnalyzerRecord, operation: str) -> None:
    """Operations of the first version know external access alone."""
    if type_of(analyzer.type).is_unused:
        message = f"{operation} is about external access, and `{analyzer.name}` is of type {analyzer.type}"
        raise ValidationError(f"{message}: call {operation}V2", field="analyzerArn")


def _sort_of(written: Mapping[str, str]) -> findings.Sort:
    return findings.Sort(written.get("attributeName", ""), is_descending=written.get("orderBy") == "DESC")


def _found(connection: Connection, caller: Caller, request: Mapping[str, Any]) -> RememberedFinding:
    analyzer = analyzer_of(connection, caller, request["analyzerArn"])
    found = findings.find(connection, analyzer.key, request["id"])
    if found is None:
        raise _missing(request["id"])
    return found


def _meant(
    connection: Connection, analyzer: AnalyzerRecord, request: Mapping[str, Any]
) -> Collection[RememberedFinding]:
    """The findings that a request names. One that is not there refuses all: nothing is done by halves."""
    if "ids" in request:
        found = findings.by_ids(connection, analyzer.key, request["ids"])
        if missing := next((each for each in request["ids"] if each not in found), None):
            raise _missing(missing)
        return found.values()
    arn = request["resourceArn"]
    of_resource = findings.of_arn(connection, analyzer.key, arn)
    if not of_resource and not resources.find(connection, analyzer.key, arn):
        message = f"the analyzer knows no resource `{arn}`"
        raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
    return of_resource


def _missing(finding_id: str) -> NotFoundError:
    message = f"the analyzer has no finding `{finding_id}`"
    return NotFoundError(message, resource_id=finding_id, resource_type="Finding")


def _event(event: findings.StatusEvent) -> dict[str, Any]:
    members = {
        "findingId": event.finding_id,
        "at": event.at,
        "previousStatus": event.previous_status.value if event.previous_status else None,
        "status": event.status.value if event.status else None,
        "cause": event.cause.value,
        "actor": event.actor or None,
        "reason": event.reason,
    }
    return {name: value for name, value in members.items() if value is not None}
