"""The custom policy checks: new access, access not granted, public access. Results and sentences are the service's.

    >>> from ringwall.checks.access import check_no_new_access
    >>> from ringwall.checks.documents import PolicyType
    >>> from ringwall.policy.parse import parse_policy
    >>> statement = '{"Statement": {"Effect": "Allow", "Action": "%s", "Resource": "*"}}'
    >>> answer = check_no_new_access(
    ...     new=parse_policy(statement % "s3:*"),
    ...     existing=parse_policy(statement % "s3:Get*"),
    ...     policy_type=PolicyType.IDENTITY_POLICY,
    ... )
    >>> answer.result.value, answer.reasons[0].description
    ('FAIL', 'New access in the statement with index: 0.')

Source: IAM Access Analyzer API Reference, CheckNoNewAccess, CheckAccessNotGranted and CheckNoPublicAccess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ringwall.arn import find_arn
from ringwall.checks.documents import PolicyType, require_type, require_whole_principals
from ringwall.checks.resource_types import find_public_type
from ringwall.checks.result import CheckResult, Wording, answered
from ringwall.errors import InvalidParameterError, ValidationError
from ringwall.policy.ast import Policy
from ringwall.reasoning.compare import granted_access, new_access, public_access
from ringwall.reasoning.question import Ask

_MOST_ACCESS = 1
_MOST_NAMES = 100
"""Actions, and resources, of one access."""

_NEW_ACCESS = Wording(
    "The modified permissions do not grant new access compared to your existing policy.",
    "The modified permissions grant new access compared to your existing policy.",
    "New access in the statement with {}.",
)
_ACTIONS = Wording(
    "The policy document does not grant access to perform one or more of the listed actions.",
    "The policy document grants access to perform one or more of the listed actions.",
    "One or more of the listed actions in the statement with {}.",
)
_ACTIONS_OR_RESOURCES = Wording(
    "The policy document does not grant access to perform the listed actions or resources.",
    "The policy document grants access to perform one or more of the listed actions or resources.",
    "One or more of the listed actions or resources in the statement with {}.",
)
_PUBLIC_ACCESS = Wording(
    "The resource policy does not grant public access for the given resource type.",
    "The resource policy grants public access for the given resource type.",
    "Public access granted in the following statement with {}.",
)


@dataclass(frozen=True, slots=True)
class Access:
    """As in the API: actions, resources, or both. Patterns as in policies; no actions means any, no resources any."""

    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


def check_no_new_access(
    new: Policy, existing: Policy, policy_type: PolicyType, *, solver: Ask | None = None
) -> CheckResult:
    """Whether every request that the new policy allows is one that the existing policy allows.

    Args:
        new: the policy to be blamed.
        existing: what is allowed already, or a reference of what may be.
        policy_type: of both.
        solver: is asked where nothing is decided without it.

    Raises:
        UnprocessableError: one of them is not of the type.
    """
    require_type(new, policy_type)
    require_type(existing, policy_type)
    require_whole_principals(new)
    return answered(new_access(new=new, existing=existing), new, _NEW_ACCESS, solver)


def check_access_not_granted(
    policy: Policy, access: Sequence[Access], policy_type: PolicyType, *, solver: Ask | None = None
) -> CheckResult:
    """Whether the policy allows none of the actions on any of the resources, under whatever conditions.

    Args:
        policy: the policy to be blamed.
        access: exactly one.
        policy_type: of the policy.
        solver: is asked where nothing is decided without it.

    Raises:
        UnprocessableError: the policy is not of the type.
        ValidationError: there is not one access, or it holds nothing, or too much.
        InvalidParameterError: an action or a resource is not one.
    """
    one = _checked(access)
    require_type(policy, policy_type)
    require_whole_principals(policy)
    question = granted_access(policy, actions=one.actions, resources=one.resources)
    return answered(question, policy, _ACTIONS_OR_RESOURCES if one.resources else _ACTIONS, solver)


def check_no_public_access(policy: Policy, resource_type: str, *, solver: Ask | None = None) -> CheckResult:
    """Whether the policy, on a resource of this type, lets nobody in but those whom fixed values name.

    Args:
        policy: the policy to be blamed. It may go without `Resource`.
        resource_type: one of `resource_types.PUBLIC_TYPES`, such as `AWS::S3::Bucket`.
        solver: is asked where nothing is decided without it.

    Raises:
        UnprocessableError: the policy is no resource policy.
        ValidationError: there is no such type.
    """
    public = find_public_type(resource_type)
    require_type(policy, PolicyType.RESOURCE_POLICY)
    require_whole_principals(policy)
    question = public_access(policy, actions=public.actions, without=public.without)
    return answered(question, policy, _PUBLIC_ACCESS, solver)


def _checked(access: Sequence[Access]) -> Access:
    if len(access) != _MOST_ACCESS:
        raise ValidationError(f"{len(access)} accesses were given: the check takes exactly one")
    [one] = access
    if not one.actions and not one.resources:
        raise ValidationError("neither actions nor resources were given: the check takes at least one of them")
    for noun, names in (("actions", one.actions), ("resources", one.resources)):
        if len(names) > _MOST_NAMES:
            raise ValidationError(f"{len(names)} {noun} were given: the check takes at most {_MOST_NAMES}")
    _require_actions(one.actions)
    _require_resources(one.resources)
    return one


_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


def _require_actions(actions: Iterable[str]) -> None:
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise InvalidParameterError(f"`{action}` is not an action: something like `s3:GetObject` is expected")


def _require_resources(resources: Iterable[str]) -> None:
    for resource in resources:
        arn = find_arn(resource)
        if arn is None or not arn.resource:
            raise InvalidParameterError(f"`{resource}` is not an ARN: something like `arn:aws:s3:::bucket` is expected")
        if set("".join(arn[:4])) & set("*?"):
            message = f"`{resource}` has a wildcard before the resource's id: it may have some in the id alone"
            raise InvalidParameterError(message)
        if "${" in resource:
            raise InvalidParameterError(
                f"`{resource}` holds a policy variable: a resource to be checked has a fixed name"
            )
