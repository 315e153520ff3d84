"""The three custom policy checks. They are about documents alone: no analyzer is needed and nothing is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.checks import access
from ringwall.checks.access import Access
from ringwall.checks.documents import PolicyType
from ringwall.errors import PolicyError, ValidationError
from ringwall.policy.ast import Policy
from ringwall.policy.parse import parse_policy
from ringwall.service.context import Caller, Ringwall

_MOST_CHARACTERS = 32_768
"""Of one document, without white space: what the service's own client takes for the limit."""


def check_no_new_access(_ringwall: Ringwall, _caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a policy allows nothing that another one does not."""
    checked = access.check_no_new_access(
        new=_document(request, "newPolicyDocument"),
        existing=_document(request, "existingPolicyDocument"),
        policy_type=PolicyType(request["policyType"]),
    )
    return checked.as_json()


def check_access_not_granted(_ringwall: Ringwall, _caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a policy allows none of the given actions on any of the given resources."""
    accesses = [
        Access(actions=tuple(each.get("actions", ())), resources=tuple(each.get("resources", ())))
        for each in request["access"]
    ]
    policy = _document(request, "policyDocument")
    return access.check_access_not_granted(policy, accesses, PolicyType(request["policyType"])).as_json()


def check_no_public_access(_ringwall: Ringwall, _caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a resource policy gives nobody access whom it does not name."""
    return access.check_no_public_access(_document(request, "policyDocument"), request["resourceType"]).as_json()


def _document(request: Mapping[str, Any], member: str) -> Policy:
    text = request[member]
    # The white space between the words of JSON does not count, as it does not for the service.
    size = len("".join(text.split()))
    if size > _MOST_CHARACTERS:
        message = f"the document has {size} characters without white space: {_MOST_CHARACTERS} are the most"
        raise ValidationError(message, field=member)
    try:
        return parse_policy(text)
    except PolicyError as error:
        raise ValidationError(f"the document is no policy: {error}", field=member) from error
