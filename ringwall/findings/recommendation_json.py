"""Recommendations as JSON: as the API has them, and with all that is ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ringwall.findings.recommendation_steps import CallStep, Recommendation, RecommendedAction, RecommendedStep


def api_steps(recommendation: Recommendation) -> list[dict[str, Any]]:
    """The API's `recommendedSteps`; `policyUpdatedAt` is a datetime, as botocore takes it.

    The API has two actions. A policy that is replaced in place is created and its predecessor detached; a group that
    the user leaves is detached, by its ARN. What is no change of policies has no step.

    Source: API `GetFindingRecommendation`, `UnusedPermissionsRecommendedStep`.
    """
    return [
        {"unusedPermissionsRecommendedStep": _without_none(members)}
        for step in recommendation.steps
        for members in _members(step)
    ]


def _members(step: RecommendedStep) -> Iterator[dict[str, Any]]:
    about = {"policyUpdatedAt": step.policy_updated_at, "existingPolicyId": step.existing_policy_id}
    create = {**about, "recommendedAction": "CREATE_POLICY", "recommendedPolicy": step.recommended_policy}
    detach = {**about, "recommendedAction": "DETACH_POLICY"}
    match step.action:
        case RecommendedAction.CREATE_POLICY:
            yield create
        case RecommendedAction.REPLACE_POLICY:
            yield create
            yield detach
        case RecommendedAction.DETACH_POLICY | RecommendedAction.REMOVE_FROM_GROUP:
            yield detach
        case _:
            return


def recommendation_as_json(recommendation: Recommendation) -> dict[str, Any]:
    """All of it: steps with their calls and their undo, the proof, and why there is none. Times are ISO 8601."""
    error = recommendation.error
    return _without_none(
        {
            "resourceArn": recommendation.resource,
            "isOfAws": recommendation.is_of_aws,
            "steps": [_step(each) for each in recommendation.steps],
            "proof": list(recommendation.proof),
            "error": {"code": error[0], "message": error[1]} if error else None,
        }
    )


def _step(step: RecommendedStep) -> dict[str, Any]:
    return _without_none(
        {
            "recommendedAction": step.action.value,
            "existingPolicyId": step.existing_policy_id,
            "recommendedPolicy": step.recommended_policy,
            "policyUpdatedAt": _text_of(step.policy_updated_at),
            "explanation": step.explanation,
            "warning": step.warning,
            "calls": [_call(each) for each in step.calls],
            "undo": [_call(each) for each in step.undo],
        }
    )


def _call(call: CallStep) -> dict[str, Any]:
    return {"operation": call.operation, "parameters": call.parameters}


def _text_of(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
