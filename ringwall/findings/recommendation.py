"""What to do about unused access: the steps, each with its undo, and the proof that nothing used is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation_entities import recommend_key, recommend_password, recommend_role
from ringwall.findings.recommendation_json import api_steps, recommendation_as_json
from ringwall.findings.recommendation_permissions import recommend_permissions
from ringwall.findings.recommendation_steps import (
    CallStep,
    Recommendation,
    RecommendedAction,
    RecommendedStep,
    refused,
)
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.principals.evidence import Confidence
from ringwall.principals.principal_access import PrincipalAccess

__all__ = [
    "CallStep",
    "Recommendation",
    "RecommendedAction",
    "RecommendedStep",
    "api_steps",
    "recommend",
    "recommendation_as_json",
]

_TOLD = 3
"""How many sentences a warning has of what could not be read."""


def recommend(
    access: PrincipalAccess, finding: UnusedFinding, now: datetime, *, despite_gaps: bool = False
) -> Recommendation:
    """The steps that leave what was used, and nothing else.

    There are none, and an error says why, where the finding no longer holds, where somebody else owns the principal,
    and where it is not proven that nothing used is lost.

    Args:
        access: the principal as it is now.
        finding: one that `UnusedAccess.findings_of` gave for it.
        now: UTC.
        despite_gaps: whether somebody knows that something was not read, and wants the steps all the same.
    """
    if (reason := _refusal(access, finding)) is not None:
        return refused(finding.resource, reason, is_of_aws=False)
    if not despite_gaps and (gaps := _gaps(finding)):
        return refused(finding.resource, gaps, is_of_aws=False)
    return _with_caution(_recommended(access, finding, now), finding)


def _recommended(access: PrincipalAccess, finding: UnusedFinding, now: datetime) -> Recommendation:
    match finding.type:
        case FindingType.UNUSED_PERMISSION:
            return recommend_permissions(access, finding, now)
        case FindingType.UNUSED_IAM_ROLE:
            return recommend_role(access, finding)
        case FindingType.UNUSED_IAM_USER_ACCESS_KEY:
            return recommend_key(access.principal, finding)
        case FindingType.UNUSED_IAM_USER_PASSWORD:
            return recommend_password(access.principal, finding)
        case _:
            return refused(finding.resource, f"there is no recommendation for {finding.type.value}", is_of_aws=False)


def _refusal(access: PrincipalAccess, finding: UnusedFinding) -> str | None:
    principal = access.principal
    if finding.error:
        return f"it is not known what was unused: {finding.error_message or finding.error}"
    if principal.arn != finding.resource:
        return f"the finding is about `{finding.resource}`, and not about `{principal.arn}`"
    if principal.is_of_identity_center:
        return "IAM Identity Center owns this role and overwrites changes to it: change the permission set"
    if principal.is_service_linked:
        return "an AWS service owns this role: it is changed and deleted through the service"
    return None


def _gaps(finding: UnusedFinding) -> str | None:
    """Why the finding is no ground to withdraw anything: what it is not known from may have seen the use."""
    if finding.evidence is None or finding.evidence.confidence is not Confidence.LOW:
        return None
    return f"something that may show its use could not be read: {_told(finding.evidence.missing)}"


def _told(missing: tuple[str, ...]) -> str:
    told = " ".join(f"{each.rstrip('.')}." for each in missing[:_TOLD])
    return told + (f" And {count} more." if (count := len(missing) - _TOLD) > 0 else "")


def _with_caution(recommendation: Recommendation, finding: UnusedFinding) -> Recommendation:
    """What could not be read is a warning of the first step, where that leaves more doubt than is usual."""
    evidence = finding.evidence
    usual = Confidence.MEDIUM if finding.type is FindingType.UNUSED_PERMISSION else Confidence.HIGH
    if evidence is None or not recommendation.steps or evidence.confidence in {Confidence.HIGH, usual}:
        return recommendation
    first, *rest = recommendation.steps
    caution = f"Confidence is {evidence.confidence.value}. {_told(evidence.missing)}"
    warned = replace(first, warning=f"{caution} {first.warning}" if first.warning else caution)
    return replace(recommendation, steps=(warned, *rest))
