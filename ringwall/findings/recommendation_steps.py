"""The words of recommendations: steps, the calls of each, and what undoes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ringwall.principals.principal import Group


class RecommendedAction(Enum):
    """The two that the API has, and ours."""

    CREATE_POLICY = "CREATE_POLICY"
    DETACH_POLICY = "DETACH_POLICY"
    REPLACE_POLICY = "REPLACE_POLICY"
    """Of a policy that is the principal's alone: its document changes in place."""
    REMOVE_FROM_GROUP = "REMOVE_FROM_GROUP"
    DEACTIVATE_KEY = "DEACTIVATE_KEY"
    DELETE_PASSWORD = "DELETE_PASSWORD"  # noqa: S105 - an action
    DELETE_ROLE = "DELETE_ROLE"


@dataclass(frozen=True, slots=True)
class CallStep:
    """One call of the IAM API."""

    operation: str
    """Such as `iam:PutRolePolicy`."""
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecommendedStep:
    """One step."""

    action: RecommendedAction
    existing_policy_id: str | None = None
    recommended_policy: str | None = None
    """The document, as JSON text."""
    policy_updated_at: datetime | None = None
    explanation: str = ""
    """One sentence for the person who decides."""
    calls: tuple[CallStep, ...] = ()
    undo: tuple[CallStep, ...] = ()
    """What makes it as it was before, as far as AWS can: one for each call, that of the last call first, so that a step
    that failed half-way can be undone as well. Empty where nothing can.
    """
    principal_id: str | None = None
    """Of a role that is deleted: `AROA…`. Another one may have its name by now."""
    last_used_at: datetime | None = None
    """Of a role that is deleted: a later use is a reason not to."""
    group: Group | None = None
    """As it was analysed: the one that is changed for its only user, or that the user leaves."""
    warning: str | None = None
    """Such as who may assume the role that would be deleted."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do about one finding."""

    resource: str
    steps: tuple[RecommendedStep, ...] = ()
    error: tuple[str, str] | None = None
    """Code and message, where there is no recommendation."""
    proof: tuple[str, ...] = ()
    """What the policy engine showed of the recommended policies, each as a sentence."""
    is_of_aws: bool = True
    """Whether AWS's service would have one too: not for users in groups, Identity Center's roles and `NotAction`."""


SERVICE_ERROR = "SERVICE_ERROR"
"""The one code that the API's examples have where there is no recommendation."""


def refused(resource: str, reason: str, *, is_of_aws: bool = True) -> Recommendation:
    """No recommendation, and why."""
    return Recommendation(resource, error=(SERVICE_ERROR, reason), is_of_aws=is_of_aws)
