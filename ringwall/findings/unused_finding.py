"""A finding about what nobody used: a role, a key, a password, or permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from ringwall.findings.finding import FindingStatus, FindingType, id_for
from ringwall.principals.evidence import Evidence

UNUSED_TYPES = (
    FindingType.UNUSED_IAM_ROLE,
    FindingType.UNUSED_IAM_USER_ACCESS_KEY,
    FindingType.UNUSED_IAM_USER_PASSWORD,
    FindingType.UNUSED_PERMISSION,
)


@dataclass(frozen=True, slots=True)
class UnusedAction:
    """A granted action that was not used within the period."""

    name: str
    """Without its namespace, as the API has it: `CreateBucket`."""
    last_accessed: datetime | None = None
    """UTC; None: never, as far back as the evidence goes."""


@dataclass(frozen=True, slots=True)
class UnusedService:
    """A service of which nothing was used (`actions` empty), or some actions were not: `unusedPermissionDetails`."""

    namespace: str
    actions: tuple[UnusedAction, ...] = ()
    last_accessed: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnusedFinding:
    """One thing that was not used, or (`error` set) a principal of which that could not be found out."""

    resource: str
    """ARN of the user or role."""
    resource_type: str
    """`AWS::IAM::User` or `AWS::IAM::Role`."""
    resource_owner_account: str
    type: FindingType
    services: tuple[UnusedService, ...] = ()
    """Of UNUSED_PERMISSION, by namespace."""
    last_accessed: datetime | None = None
    """Of the other types."""
    access_key_id: str | None = None
    """Of UNUSED_IAM_USER_ACCESS_KEY."""
    evidence: Evidence | None = None
    region: str = "global"
    tags: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    """`ACCESS_DENIED` or `INTERNAL_ERROR`, as in the API."""
    error_message: str | None = None
    principal_id: str = ""
    """`AIDA…` or `AROA…`: of two users or roles that had the same name one after the other, only one is meant."""

    @property
    def is_public(self) -> None:
        return None

    @property
    def id(self) -> str:
        """Another set of unused permissions is another finding, as AWS has it; a later last use is not.

        So is what a user or role does not use that was made anew under a name: what was archived about the one before
        says nothing about it.
        """
        return id_for(msgspec.json.encode(self._identity()).decode())

    def _identity(self) -> list[Any]:
        about = [self.resource, self.resource_type, self.principal_id, self.type.value]
        if self.error:
            return [*about, self.error]
        permissions = [[each.namespace, sorted(action.name for action in each.actions)] for each in self.services]
        return [*about, self.access_key_id, sorted(permissions)]

    def as_json(self) -> dict[str, Any]:
        """The finding in the API's field names, times as text in ISO 8601, followed by our evidence."""
        fields: dict[str, Any] = {
            "id": self.id,
            "resource": self.resource,
            "resourceType": self.resource_type,
            "resourceOwnerAccount": self.resource_owner_account,
            "region": self.region,
            "status": FindingStatus.ACTIVE.value,
            "findingType": self.type.value,
        }
        if self.error:
            return {**fields, "error": self.error, "errorMessage": self.error_message}
        evidence = {"usageEvidence": msgspec.to_builtins(self.evidence)} if self.evidence else {}
        return {**fields, "findingDetails": self._details(), **evidence}

    def _details(self) -> list[dict[str, Any]]:
        """The API's `FindingDetails`: for permissions one for each service."""
        match self.type:
            case FindingType.UNUSED_PERMISSION:
                return [{"unusedPermissionDetails": _service_as_json(each)} for each in self.services]
            case FindingType.UNUSED_IAM_ROLE:
                return [{"unusedIamRoleDetails": _accessed(self.last_accessed)}]
            case FindingType.UNUSED_IAM_USER_PASSWORD:
                return [{"unusedIamUserPasswordDetails": _accessed(self.last_accessed)}]
            case _:
                key = {"accessKeyId": self.access_key_id, **_accessed(self.last_accessed)}
                return [{"unusedIamUserAccessKeyDetails": key}]


def _service_as_json(service: UnusedService) -> dict[str, Any]:
    actions = [{"action": each.name, **_accessed(each.last_accessed)} for each in service.actions]
    named = {"actions": actions} if actions else {}
    return {"serviceNamespace": service.namespace, **named, **_accessed(service.last_accessed)}


def _accessed(at: datetime | None) -> dict[str, Any]:
    return {"lastAccessed": at.isoformat()} if at else {}
