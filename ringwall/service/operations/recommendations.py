"""Recommendations: what is to be done about unused permissions, asked for and looked at; and what they follow from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, ValidationError
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.principals.principal_access import principal_access_as_json
from ringwall.service import work
from ringwall.service.analyzer_types import type_of
from ringwall.service.analyzers import analyzer_of, kept
from ringwall.service.context import Caller, Ringwall
from ringwall.service.paging import paging_of
from ringwall.service.recommend_job import access_of
from ringwall.service.wire_recommendations import recommendation_summary, step_of
from ringwall.store import findings, recommendations
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.recommendations import RecommendationRecord

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def generate_finding_recommendation(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Has a recommendation made; while one is being made already, that one will do."""
    with ringwall.store.write() as connection:
        analyzer = kept(connection, _analyzer(connection, caller, request))
        found = _finding(connection, analyzer, request["id"])
        record = RecommendationRecord(analyzer.key, found.id, ringwall.clock(), found.resource)
        if recommendations.begin(connection, record):
            ringwall.jobs.enqueue(connection, work.recommend(analyzer.key, found.id))
    return {}


def get_finding_recommendation(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """How far a recommendation is; its steps come in pages, and the rest on every page."""
    paging = paging_of(caller, "GetFindingRecommendation", request)
    with ringwall.store.read() as connection:
        analyzer = _analyzer(connection, caller, request)
        record = recommendations.find(connection, analyzer.key, _checked_id(request["id"]))
    if record is None:
        message = f"no recommendation was generated for a finding `{request['id']}`"
        raise NotFoundError(message, resource_id=request["id"], resource_type="FindingRecommendation")
    whole = recommendation_summary(record)
    if record.steps is None:
        return whole
    start = paging.after or 0
    steps = list(enumerate(record.steps, 1))[start : start + paging.limit + 1]
    return {
        **whole,
        **paging.answer("recommendedSteps", steps, key=lambda each: each[0], shape=lambda each: step_of(each[1])),
    }


def get_principal_access(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A user or role with its policies and all evidence of what it used, as an analyzer of unused access last saw it."""
    arn = request["resourceArn"]
    with ringwall.store.read() as connection:
        analyzer = _analyzer(connection, caller, request)
        access = access_of(connection, analyzer.key, arn)
    if access is None:
        message = f"the analyzer knows no user or role `{arn}`"
        raise NotFoundError(message, resource_id=arn, resource_type="AnalyzedResource")
    return {"principalAccess": principal_access_as_json(access)}


def _analyzer(connection: Connection, caller: Caller, request: Mapping[str, Any]) -> AnalyzerRecord:
    analyzer = analyzer_of(connection, caller, request["analyzerArn"])
    if not type_of(analyzer.type).is_unused:
        message = f"this is about unused access: `{analyzer.name}` is of type {analyzer.type}"
        raise ValidationError(message, field="analyzerArn")
    return analyzer


def _finding(connection: Connection, analyzer: AnalyzerRecord, finding_id: str) -> RememberedFinding:
    """The finding, if there is something to recommend."""
    found = findings.find(connection, analyzer.key, _checked_id(finding_id))
    if found is None:
        message = f"the analyzer has no finding `{finding_id}`"
        raise NotFoundError(message, resource_id=finding_id, resource_type="Finding")
    if found.type is not FindingType.UNUSED_PERMISSION:
        message = f"there are recommendations for findings of type UnusedPermission, and none for {found.type.value}"
        raise ValidationError(message, field="id")
    if found.error is not None:
        message = "the principal could not be analyzed: nothing is known that could be recommended"
        raise ValidationError(message, field="id")
    if found.status is FindingStatus.RESOLVED:
        raise ValidationError("the finding is resolved: there is nothing to recommend", field="id")
    return found


def _checked_id(finding_id: str) -> str:
    if not _ID.fullmatch(finding_id):
        raise ValidationError(f"`{finding_id}` is not the id of a finding", field="id")
    return finding_id
