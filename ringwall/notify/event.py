"""What there is to tell: one event, the same for every receiver."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from ringwall.findings.finding import FindingType
from ringwall.findings.remembered import Change, RememberedFinding
from ringwall.findings.unused_finding import UNUSED_TYPES
from ringwall.findings.unused_finding_json import unused_counts

_TOLD = (
    "resource",
    "resourceType",
    "resourceOwnerAccount",
    "region",
    "principal",
    "action",
    "condition",
    "isPublic",
    "sources",
    "resourceControlPolicyRestriction",
    "error",
    "exposure",
    "accessLevels",
)
"""The members of a finding that leave the house. Its evidence quotes policies: who may see them asks the API."""
_UNUSED = frozenset(each.value for each in UNUSED_TYPES)


class EventKind(Enum):
    """What an event is about."""

    FINDING = "finding"
    PREVIEW = "preview"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a finding or to an access preview, or somebody tries a destination."""

    id: str
    """The same for every attempt to deliver it, so that a receiver can tell that it has it already."""
    kind: EventKind
    analyzer: str
    """The ARN; empty in a test."""
    account: str
    """The analyzer's, as the Region."""
    region: str
    time: datetime
    """When it happened, UTC."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """JSON. Of a finding: `id`, `status`, its times, and what the API says of it."""
    previous_status: str | None = None
    """None where the finding or the preview is new."""
    is_deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        """What is kept until it is delivered, and what a webhook gets."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "analyzerArn": self.analyzer,
            "accountId": self.account,
            "region": self.region,
            "time": written(self.time),
            "previousStatus": self.previous_status,
            "isDeleted": self.is_deleted,
            "detail": dict(self.detail),
        }


def event_from_json(raw: Mapping[str, Any]) -> Event:
    """The event that `Event.as_json` wrote."""
    return Event(
        id=raw["id"],
        kind=EventKind(raw["kind"]),
        analyzer=raw["analyzerArn"],
        account=raw["accountId"],
        region=raw["region"],
        time=datetime.fromisoformat(raw["time"]),
        detail=raw["detail"],
        previous_status=raw["previousStatus"],
        is_deleted=raw["isDeleted"],
    )


def event_of(change: Change, *, analyzer: str, account: str, region: str, at: datetime) -> Event | None:
    """What there is to tell about a change to a finding: None where its status is what it was.

    Args:
        change: the write to the analyzer's findings.
        analyzer: the analyzer's ARN.
        account: the analyzer's account.
        region: the analyzer's Region.
        at: when it is written.
    """
    finding, before = change.finding, change.previous_status
    if before is finding.status and not change.is_deleted:
        return None
    changed = written(finding.updated_at)
    return Event(
        id=_id_of(analyzer, finding.id, before and before.value, finding.status.value, change.is_deleted, changed),
        kind=EventKind.FINDING,
        analyzer=analyzer,
        account=account,
        region=region,
        time=at,
        detail=finding_as_json(finding),
        previous_status=before.value if before else None,
        is_deleted=change.is_deleted,
    )


def finding_as_json(finding: RememberedFinding) -> dict[str, Any]:
    """What receivers are told about a finding."""
    return {
        "id": finding.id,
        "findingType": finding.type.value,
        "status": finding.status.value,
        "createdAt": written(finding.created_at),
        "analyzedAt": written(finding.analyzed_at),
        "updatedAt": written(finding.updated_at),
        **{name: finding.detail[name] for name in _TOLD if finding.detail.get(name) is not None},
        **_of_unused(finding),
    }


def _of_unused(finding: RememberedFinding) -> dict[str, Any]:
    """Of unused access how much it is, which key, and when it was used last: not which actions, of which there may be many."""
    details = finding.detail.get("findingDetails")
    if finding.type is FindingType.UNUSED_PERMISSION or not details:
        return unused_counts({**finding.detail, "findingType": finding.type.value})
    [alone] = details[0].values()
    return {name: alone[name] for name in ("accessKeyId", "lastAccessed") if name in alone}


def is_unused(told: Mapping[str, Any]) -> bool:
    """Whether what receivers are told of a finding is about unused access."""
    return told.get("findingType") in _UNUSED


def preview_event(
    detail: Mapping[str, Any],
    *,
    analyzer: str,
    account: str,
    region: str,
    at: datetime,
    previous_status: str | None,
) -> Event:
    """An access preview was made, or its status changed; `detail` has `accessPreviewId`, `status`, and the like."""
    return Event(
        id=_id_of(analyzer, detail["accessPreviewId"], previous_status, detail["status"]),
        kind=EventKind.PREVIEW,
        analyzer=analyzer,
        account=account,
        region=region,
        time=at,
        detail=detail,
        previous_status=previous_status,
    )


def written(at: datetime) -> str:
    """A time as AWS writes it: ISO 8601 with a `Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _id_of(*parts: object) -> str:
    """The same transition has the same id, shaped like AWS's. What changed twice did so at different times."""
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
