"""Findings about unused access, read back from what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.principals.evidence import Evidence


def unused_finding_of(detail: Mapping[str, Any]) -> UnusedFinding:
    """The finding that `UnusedFinding.as_json` wrote."""
    details = detail.get("findingDetails") or ()
    alone: Mapping[str, Any] = {}
    type_ = FindingType(detail["findingType"])
    if type_ is not FindingType.UNUSED_PERMISSION and details:
        [alone] = details[0].values()
    evidence = detail.get("usageEvidence")
    return UnusedFinding(
        resource=detail["resource"],
        resource_type=detail["resourceType"],
        resource_owner_account=detail["resourceOwnerAccount"],
        type=type_,
        services=tuple(_service_of(each) for each in details if "unusedPermissionDetails" in each),
        last_accessed=_instant(alone),
        access_key_id=alone.get("accessKeyId"),
        evidence=msgspec.convert(evidence, Evidence) if evidence else None,
        region=detail["region"],
        error=detail.get("error"),
        error_message=detail.get("errorMessage"),
    )


def unused_counts(detail: Mapping[str, Any]) -> dict[str, int]:
    """How many services were not used at all, and how many actions of others: of permissions alone, as events tell it."""
    if detail.get("findingType") != FindingType.UNUSED_PERMISSION.value or "findingDetails" not in detail:
        return {}
    services = [each["unusedPermissionDetails"] for each in detail["findingDetails"]]
    return {
        "numberOfUnusedServices": sum(not each.get("actions") for each in services),
        "numberOfUnusedActions": sum(len(each.get("actions") or ()) for each in services),
    }


def _service_of(written: Mapping[str, Any]) -> UnusedService:
    service = written["unusedPermissionDetails"]
    actions = tuple(UnusedAction(each["action"], _instant(each)) for each in service.get("actions") or ())
    return UnusedService(service["serviceNamespace"], actions, _instant(service))


def _instant(written: Mapping[str, Any]) -> datetime | None:
    at = written.get("lastAccessed")
    return datetime.fromisoformat(at) if at else None
