"""Says an event in a sentence, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwall.findings.finding import FindingType
from ringwall.notify.event import Event, EventKind, is_unused

_DATE = len("2026-03-01")
_TEST = "Ringwall can reach this destination"


def headline_of(event: Event) -> str:
    """What happened, in one line."""
    match event.kind:
        case EventKind.FINDING:
            return f"{_happened(event)}: {access_of(event.detail)}"
        case EventKind.PREVIEW:
            return f"Access preview {event.detail['accessPreviewId']} is {event.detail['status']}"
        case EventKind.TEST:
            return _TEST


def access_of(finding: Mapping[str, Any]) -> str:
    """What a finding is about: who can reach what, what was not used, or what could not be analysed."""
    resource = f"{finding['resourceType']} {finding['resource']}"
    if error := finding.get("error"):
        return f"{resource} cannot be analysed ({error})"
    if is_unused(finding):
        return f"{resource} {unused_of(finding)}"
    if finding.get("isPublic"):
        return f"{resource} allows public access"
    return f"{resource} allows access from {principal_of(finding)}"


def unused_of(finding: Mapping[str, Any]) -> str:
    """What was not used, such as `has unused permissions: 2 services, 13 actions of others`."""
    last = finding.get("lastAccessed", "")[:_DATE]
    when = f", last used on {last}" if last else ", no use is on record"
    match finding["findingType"]:
        case FindingType.UNUSED_IAM_ROLE.value:
            return f"is an unused role{when}"
        case FindingType.UNUSED_IAM_USER_ACCESS_KEY.value:
            return f"has an unused access key{_named(finding)}{when}"
        case FindingType.UNUSED_IAM_USER_PASSWORD.value:
            return f"has an unused password{when}"
        case _:
            return f"has unused permissions{_counted(finding)}"


def _named(finding: Mapping[str, Any]) -> str:
    return f" {finding['accessKeyId']}" if "accessKeyId" in finding else ""


def _counted(finding: Mapping[str, Any]) -> str:
    services, actions = finding.get("numberOfUnusedServices", 0), finding.get("numberOfUnusedActions", 0)
    parts = [_plural(services, "service")] if services else []
    if actions:
        parts.append(_plural(actions, "action") + (" of others" if services else ""))
    return f": {', '.join(parts)}" if parts else ""


def _plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def principal_of(finding: Mapping[str, Any]) -> str:
    """Who has the access, such as `AWS 444455556666`."""
    return ", ".join(f"{kind} {name}" for kind, name in (finding.get("principal") or {}).items()) or "outside"


def _happened(event: Event) -> str:
    status = event.detail["status"]
    if event.is_deleted:
        return "Finding deleted"
    if event.previous_status is None:
        return f"New finding, {status}"
    return f"Finding {event.previous_status} → {status}"
