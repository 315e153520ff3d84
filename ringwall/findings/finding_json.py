"""A finding from its JSON: what `Finding.as_json` wrote, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ringwall.findings.finding import (
    Exposure,
    Finding,
    FindingSource,
    FindingStatus,
    Narrowing,
    RestrictionType,
    StatementReference,
)
from ringwall.policy.cases import caller_of, request_of
from ringwall.policy.request import Request
from ringwall.reasoning.choice import Choice


def finding_of(detail: Mapping[str, Any], status: FindingStatus = FindingStatus.ACTIVE) -> Finding:
    """The finding. Members that are not there are taken as not known."""
    restriction = detail.get("resourceControlPolicyRestriction")
    exposure, cover, witness = detail.get("exposure"), detail.get("cover"), detail.get("witness")
    return Finding(
        resource=detail["resource"],
        resource_type=detail["resourceType"],
        resource_owner_account=detail["resourceOwnerAccount"],
        region=detail["region"],
        principal=detail.get("principal") or {},
        action=tuple(detail.get("action") or ()),
        condition=detail.get("condition") or {},
        is_public=detail.get("isPublic"),
        sources=tuple(FindingSource(each["type"], each.get("detail", {})) for each in detail.get("sources") or ()),
        resource_control_policy_restriction=RestrictionType(restriction) if restriction else None,
        status=status,
        error=detail.get("error"),
        error_message=detail.get("errorMessage"),
        exposure=Exposure(exposure) if exposure else None,
        access_levels={level: tuple(actions) for level, actions in (detail.get("accessLevels") or {}).items()},
        witness=request_from(witness) if witness else None,
        allowed_by=tuple(map(reference_of, detail.get("allowedBy") or ())),
        narrowed_by=tuple(
            Narrowing(reference_of(each), request_from(each["refusedRequest"]))
            for each in detail.get("narrowedBy") or ()
        ),
        blocked_by=tuple(map(reference_of, detail.get("blockedBy") or ())),
        cover=Choice(cover) if cover else None,
    )


def reference_of(members: Mapping[str, Any]) -> StatementReference:
    """Which statement it was."""
    span = members.get("span")
    return StatementReference(
        source=members["source"],
        place=members["place"],
        index=members["statementIndex"],
        sid=members.get("statementId"),
        start=_position(span["start"]) if span else None,
        end=_position(span["end"]) if span else None,
        text=members.get("statement"),
    )


def _position(members: Mapping[str, int]) -> tuple[int, int]:
    return members["line"], members["column"]


def request_from(members: Mapping[str, Any]) -> Request:
    """The request that `request_as_json` wrote."""
    context = {
        key.lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in members.get("context", {}).items()
    }
    caller = caller_of(members["principal"], context)
    if canonical := members.get("canonicalUser"):
        caller = replace(caller, canonical_id=canonical)
    return request_of(caller, members["action"], members["resource"], context)
