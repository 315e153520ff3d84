"""Findings in the API's shapes: of the first version, of the second, in lists and alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from ringwall.findings.finding import FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.service.paging import Paging
from ringwall.store.findings import Cursor, Page

_ACCESS = ("principal", "action", "condition", "isPublic", "sources", "resourceControlPolicyRestriction")
_PLAIN = ("resource", "resourceType", "resourceOwnerAccount", "region", "error")
_EVIDENCE = (
    "errorMessage",
    "exposure",
    "accessLevels",
    "sources",
    "witness",
    "allowedBy",
    "narrowedBy",
    "blockedBy",
    "cover",
    "usageEvidence",
)
T = TypeVar("T")
_API_SOURCES = frozenset({"POLICY", "BUCKET_ACL", "S3_ACCESS_POINT", "S3_ACCESS_POINT_ACCOUNT"})
_WITH_SOURCES = frozenset({"AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket"})
"""The API names how access is granted for buckets alone; for the others, our evidence does."""


def cursor_of(paging: Paging) -> Cursor | None:
    """Where the page starts that a request asks for; the store refuses what is no place in the order asked for."""
    return None if paging.after is None else Cursor(tuple(paging.after))


def listed(page: Page[T], paging: Paging, shape: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """A page of findings."""
    answer: dict[str, Any] = {"findings": [shape(each) for each in page.findings]}
    return {**answer, "nextToken": paging.token(page.next.position)} if page.next else answer


def finding_summary(finding: RememberedFinding) -> dict[str, Any]:
    """As `ListFindings` has it."""
    return {**_header(finding), **access_of(finding.detail)}


def finding(remembered: RememberedFinding) -> dict[str, Any]:
    """As `GetFinding` has it."""
    return {**finding_summary(remembered), "evidence": evidence_of(remembered.detail)}


def finding_summary_v2(finding: RememberedFinding) -> dict[str, Any]:
    """As `ListFindingsV2` has it: who can do what stands in `GetFindingV2` alone."""
    return {**_header(finding), "findingType": finding.type.value}


def finding_v2(remembered: RememberedFinding) -> dict[str, Any]:
    """As `GetFindingV2` has it, with all details: they are what that operation pages."""
    return {
        **finding_summary_v2(remembered),
        "findingDetails": finding_details(remembered),
        "evidence": evidence_of(remembered.detail),
    }


def preview_finding(found: Mapping[str, Any]) -> dict[str, Any]:
    """As `ListAccessPreviewFindings` has it, from the members that the preview's job wrote down."""
    return {**{name: value for name, value in found.items() if name not in _ACCESS}, **access_of(found)}


def finding_details(remembered: RememberedFinding) -> list[dict[str, Any]]:
    """The details of a finding: one for external access, one for each service whose permissions are unused."""
    match remembered.type:
        case FindingType.EXTERNAL_ACCESS:
            return [{"externalAccessDetails": access_of(remembered.detail)}]
        case FindingType.INTERNAL_ACCESS:
            raise AssertionError("nothing makes findings of internal access yet")
        case _:
            return [_unused_details(each) for each in remembered.detail.get("findingDetails") or ()]


def _unused_details(written: Mapping[str, Any]) -> dict[str, Any]:
    """One member of the API's `FindingDetails`, with times as times."""
    [(member, detail)] = written.items()
    actions = {"actions": [_accessed(each) for each in detail["actions"]]} if "actions" in detail else {}
    return {member: {**_accessed(detail), **actions}}


def _accessed(written: Mapping[str, Any]) -> dict[str, Any]:
    at = written.get("lastAccessed")
    return {**written, "lastAccessed": datetime.fromisoformat(at)} if at else dict(written)


def access_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Who can do what, under which conditions. An error finding has nothing but conditions, which are empty."""
    present = {name: detail[name] for name in _ACCESS if detail.get(name) is not None}
    sources = [source for source in present.pop("sources", ()) if source["type"] in _API_SOURCES]
    if sources and detail["resourceType"] in _WITH_SOURCES:
        present["sources"] = sources
    return {"condition": {}, **present}


def evidence_of(detail: Mapping[str, Any]) -> dict[str, Any]:
    """What Ringwall says beyond the API: the witness, the statements behind it, and how the access is granted."""
    return {name: detail[name] for name in _EVIDENCE if detail.get(name) is not None}


def _header(finding: RememberedFinding) -> dict[str, Any]:
    return {
        "id": finding.id,
        **{name: finding.detail[name] for name in _PLAIN if finding.detail.get(name) is not None},
        "status": finding.status.value,
        "createdAt": finding.created_at,
        "analyzedAt": finding.analyzed_at,
        "updatedAt": finding.updated_at,
    }
