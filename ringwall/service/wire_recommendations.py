"""Recommendations in the API's shapes, from what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ringwall.findings.recommendation import Recommendation, api_steps
from ringwall.store.recommendations import RecommendationRecord

_TYPE = "UnusedPermissionRecommendation"


def kept_steps(recommendation: Recommendation) -> list[dict[str, Any]]:
    """The API's `RecommendedStep`, times as text."""
    return [{member: _with_texts(step)} for each in api_steps(recommendation) for member, step in each.items()]


def recommendation_summary(record: RecommendationRecord) -> dict[str, Any]:
    """As `GetFindingRecommendation` has it, without its steps: they are what that operation pages."""
    members = {
        "startedAt": record.started_at,
        "completedAt": record.completed_at,
        "resourceArn": record.resource,
        "recommendationType": _TYPE,
        "status": record.status,
        "error": dict(record.error) if record.error else None,
        "recommendation": dict(record.document) if record.document else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def step_of(written: Mapping[str, Any]) -> dict[str, Any]:
    """A step that `kept_steps` wrote, times as times."""
    [(member, step)] = written.items()
    at = step.get("policyUpdatedAt")
    return {member: {**step, **({"policyUpdatedAt": datetime.fromisoformat(at)} if at else {})}}


def _with_texts(step: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in step.items()}
