"""Unused access as Security Hub has it: one finding for each kind of it that a user or role has, and for each key.

Shape: "Integrating IAM Access Analyzer with AWS Security Hub",
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-securityhub-integration.html.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ringwall.findings.finding import FindingType
from ringwall.notify.event import Event

_PRACTICES = "Software and Configuration Checks/AWS Security Best Practices"
_ASFF = {"AWS::IAM::Role": "AwsIamRole", "AWS::IAM::User": "AwsIamUser"}
_FIELDS = ("numberOfUnusedActions", "numberOfUnusedServices", "accessKeyId", "lastAccessed")


@dataclass(frozen=True, slots=True)
class _Kind:
    """The words of one type of findings."""

    suffix: str
    """Of the id."""
    type: str
    contains: str
    advice: str


_KINDS = {
    FindingType.UNUSED_IAM_ROLE.value: _Kind(
        "UnusedIAMRole", "Unused IAM Role", "unused IAM role", "If nobody needs the role any more, delete it."
    ),
    FindingType.UNUSED_IAM_USER_ACCESS_KEY.value: _Kind(
        "UnusedIAMUserAccessKey",
        "Unused IAM User Access Key",
        "unused IAM user access key",
        "If nobody needs the key any more, deactivate it, and delete it later.",
    ),
    FindingType.UNUSED_IAM_USER_PASSWORD.value: _Kind(
        "UnusedIAMUserPassword",
        "Unused IAM User Password",
        "unused IAM user password",
        "If the user need not sign in to the console any more, delete the password.",
    ),
    FindingType.UNUSED_PERMISSION.value: _Kind(
        "UnusedPermissions",
        "Unused Permission",
        "unused permissions",
        "Replace the policies by ones that grant what is used: a recommendation can be generated for the finding.",
    ),
}


def unused_in_security_hub(event: Event, findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What Security Hub is to know by now, without what all its findings have.

    Args:
        event: about a finding of unused access that is no error.
        findings: all findings of the same user or role as they are now, of whatever kind.
    """
    suffix = _suffix(event.detail)
    alike = [each for each in findings if "error" not in each and _is_alike(each, suffix)]
    active = [each for each in alike if each["status"] == "ACTIVE"]
    shown = min(active, key=lambda each: (each["createdAt"], each["id"])) if active else event.detail
    kind, asff = _KINDS[shown["findingType"]], _ASFF.get(shown["resourceType"], "Other")
    return {
        "Id": f"{event.analyzer}/{shown['resource']}/{suffix}",
        "CreatedAt": min(each["createdAt"] for each in (event.detail, *alike)),
        "Types": [f"{_PRACTICES}/{kind.type}"],
        "Severity": {"Label": "LOW", "Normalized": 1, "Product": 1},
        "Title": f"{asff}/{shown['resource']}/ contains {kind.contains}",
        "Description": f"{shown['resourceType']}/{shown['resource']}/ contains {kind.contains}",
        "Remediation": {"Recommendation": {"Text": kind.advice}},
        "SourceUrl": _console(event, shown["resource"]),
        "Resources": [_resource(event, shown, asff)],
        "ProductFields": _fields(shown),
        "RecordState": "ACTIVE" if active else "ARCHIVED",
    }


def _suffix(told: Mapping[str, Any]) -> str:
    """A user has two keys, so that the id of a key's finding names it."""
    kind = _KINDS[told["findingType"]].suffix
    return f"{kind}/{told['accessKeyId']}" if "accessKeyId" in told else kind


def _is_alike(told: Mapping[str, Any], suffix: str) -> bool:
    return told["findingType"] in _KINDS and _suffix(told) == suffix


def _resource(event: Event, shown: Mapping[str, Any], asff: str) -> dict[str, Any]:
    return {
        "Type": asff,
        "Id": shown["resource"],
        "Partition": event.analyzer.split(":")[1],
        "Region": event.region,
    }


def _fields(shown: Mapping[str, Any]) -> dict[str, str]:
    """Texts all."""
    return {
        "findingId": shown["id"],
        "findingType": shown["findingType"],
        "resourceOwnerAccount": shown["resourceOwnerAccount"],
        **{name: str(shown[name]) for name in _FIELDS if name in shown},
    }


def _console(event: Event, resource: str) -> str:
    home = f"https://console.aws.amazon.com/access-analyzer/home?region={event.region}"
    return f"{home}#/unused-access-findings?resource={quote(resource, safe='')}"
