"""What is said of unused access, in the words of AWS's console where it has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ringwall.findings.finding import FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.findings.unused_access import DEFAULT_AGE
from ringwall.principals.evidence import Confidence
from ringwall.reports.wording import counted, resource_noun
from ringwall.store.analyzers import AnalyzerRecord

TITLES: Mapping[FindingType, str] = {
    FindingType.UNUSED_IAM_ROLE: "Unused role",
    FindingType.UNUSED_IAM_USER_ACCESS_KEY: "Unused access key",
    FindingType.UNUSED_IAM_USER_PASSWORD: "Unused password",
    FindingType.UNUSED_PERMISSION: "Unused permission",
}
ADVICE: Mapping[FindingType, str] = {
    FindingType.UNUSED_IAM_ROLE: "Delete the role, after looking at who may assume it.",
    FindingType.UNUSED_IAM_USER_ACCESS_KEY: "Deactivate the key, and delete it once nobody has missed it.",
    FindingType.UNUSED_IAM_USER_PASSWORD: "Take the password away: the user and its keys stay.",
    FindingType.UNUSED_PERMISSION: "Replace its policies with ones that allow what was used, and no more.",
}
CONFIDENCES: Mapping[Confidence, tuple[str, str, str]] = {
    Confidence.HIGH: (
        "High",
        "ok",
        "Every source that could have seen a use was read in full, for the whole period.",
    ),
    Confidence.MEDIUM: (
        "Medium",
        "calm",
        "A source that could have seen more is not there, reaches less far, or does not tell actions apart.",
    ),
    Confidence.LOW: (
        "Low",
        "mild",
        "Something that is there could not be read: it was refused, throttled or cut off.",
    ),
}
"""The title, the kind of its chip, and what it means."""


def title_of(kind: FindingType) -> str:
    """As `TITLES` has it; a type that has no title there, as the API calls it."""
    return TITLES.get(kind, kind.value)


def entity_name(arn: str) -> str:
    """What people call a user or a role: its name, without the path."""
    return arn.rsplit("/", 1)[-1]


def entity(each: RememberedFinding) -> str:
    """`the IAM role App`."""
    return f"the {resource_noun(each.detail['resourceType'])} {entity_name(each.resource)}"


def age_of(analyzer: AnalyzerRecord) -> int:
    """The tracking period in days."""
    unused = (analyzer.configuration or {}).get("unusedAccess") or {}
    return int(unused.get("unusedAccessAge") or DEFAULT_AGE)


def confidence_of(detail: Mapping[str, Any]) -> Confidence | None:
    """How sure it is; None where nothing is said, as of error findings."""
    written = (detail.get("usageEvidence") or {}).get("confidence")
    return Confidence(written) if written else None


def moment(text: str | None) -> datetime | None:
    """A time as findings have it."""
    return datetime.fromisoformat(text) if text else None


def services_of(detail: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The members `unusedPermissionDetails`: services that were not used, and those of which some actions were not."""
    for each in detail.get("findingDetails") or ():
        if (members := each.get("unusedPermissionDetails")) is not None:
            yield members


def own_details(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of a role, a key or a password."""
    members = (value for each in detail.get("findingDetails") or () for value in each.values())
    return next(members, {})


def amount(detail: Mapping[str, Any]) -> str:
    """How much is unused: `12 services, 3 actions`; empty where nothing is counted."""
    services = list(services_of(detail))
    whole = sum(not each.get("actions") for each in services)
    actions = sum(len(each.get("actions") or ()) for each in services)
    words = [counted(number, noun) for number, noun in ((whole, "service"), (actions, "action")) if number]
    return ", ".join(words)


def sentence(each: RememberedFinding, days: int) -> str:
    """The finding in one sentence, for somebody who knows nothing of IAM."""
    if each.error:
        return f"What {entity(each)} uses could not be found out, so nothing about it is called unused."
    if each.type is FindingType.UNUSED_PERMISSION:
        return _permissions(each, days)
    what = {
        FindingType.UNUSED_IAM_ROLE: f"{entity(each)}",
        FindingType.UNUSED_IAM_USER_ACCESS_KEY: f"an access key of {entity(each)}",
        FindingType.UNUSED_IAM_USER_PASSWORD: f"the console password of {entity(each)}",
    }.get(each.type, entity(each))
    subject = f"{what[:1].upper()}{what[1:]}"
    at = moment(own_details(each.detail).get("lastAccessed"))
    if at is None:
        return f"{subject} has not been used for {counted(days, 'day')} or more: no use of it is known at all."
    return f"{subject} was last used on {at:%Y-%m-%d}, and not for {counted(days, 'day')} or more since."


def _permissions(each: RememberedFinding, days: int) -> str:
    services = list(services_of(each.detail))
    whole = sum(not service.get("actions") for service in services)
    parts = [service for service in services if service.get("actions")]
    actions = sum(len(service["actions"]) for service in parts)
    unused = [counted(whole, "service")] if whole else []
    if parts:
        unused.append(f"{counted(actions, 'action')} of {counted(len(parts), 'other service' if whole else 'service')}")
    words = entity(each)
    return (
        f"{words[:1].upper()}{words[1:]} is allowed more than it uses: for {counted(days, 'day')} or more "
        f"it has not used {' and '.join(unused)}."
    )
