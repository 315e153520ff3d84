"""A finding: an instance of access from outside the zone of trust, with its evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ringwall.policy.keys import spelled
from ringwall.policy.request import Caller, CallerKind, Request
from ringwall.reasoning.choice import Choice


def id_for(text: str) -> str:
    """An id that follows from a text, shaped like AWS's: 8-4-4-4-12 hexadecimal digits."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


class FindingStatus(Enum):
    """As in the API: ACTIVE | ARCHIVED | RESOLVED."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    RESOLVED = "RESOLVED"


class FindingType(Enum):
    """As in the API: what kind of access a finding is about."""

    EXTERNAL_ACCESS = "ExternalAccess"
    INTERNAL_ACCESS = "InternalAccess"
    UNUSED_IAM_ROLE = "UnusedIAMRole"
    UNUSED_IAM_USER_ACCESS_KEY = "UnusedIAMUserAccessKey"
    UNUSED_IAM_USER_PASSWORD = "UnusedIAMUserPassword"  # noqa: S105 - the API's word
    UNUSED_PERMISSION = "UnusedPermission"


class Exposure(Enum):
    """How far a finding's access reaches, widest first."""

    PUBLIC = "public"
    ANY_AWS_PRINCIPAL = "any-aws-principal"
    CONFUSED_DEPUTY = "confused-deputy"
    NETWORK = "network"
    ORGANIZATION = "organization"
    FEDERATED = "federated"
    CROSS_ACCOUNT = "cross-account"


class RestrictionType(Enum):
    """As in the API: whether resource control policies may restrict the access."""

    APPLICABLE = "APPLICABLE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    FAILED_TO_EVALUATE_RCP = "FAILED_TO_EVALUATE_RCP"


class AnyFinding(Protocol):
    """What analyses find, of whatever type: what remembers findings needs to know no more."""

    @property
    def id(self) -> str:
        """The same in every scan that finds the same."""

    @property
    def resource(self) -> str: ...

    @property
    def type(self) -> FindingType: ...

    @property
    def is_public(self) -> bool | None: ...

    @property
    def error(self) -> str | None: ...

    def as_json(self) -> dict[str, Any]:
        """In the API's field names, followed by our evidence."""


@dataclass(frozen=True, slots=True)
class FindingSource:
    """As in the API: how a bucket is shared."""

    type: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "detail": dict(self.detail)} if self.detail else {"type": self.type}


@dataclass(frozen=True, slots=True)
class StatementReference:
    """Which statement did it, and where it stands."""

    source: str
    """The `SourceType` that holds the statement: `POLICY`, `BUCKET_ACL`, `KMS_GRANT` …"""
    place: str
    """JSON pointer to the document in the resource's configuration, or the name of an organization policy."""
    index: int
    """0-based, among the statements of the document."""
    sid: str | None = None
    start: tuple[int, int] | None = None
    """1-based line and column of the statement's first character in the document; None where it was translated."""
    end: tuple[int, int] | None = None
    text: str | None = None
    """The statement as it was written, or as it was translated."""

    def as_json(self) -> dict[str, Any]:
        span = None
        if self.start and self.end:
            span = {
                "start": {"line": self.start[0], "column": self.start[1]},
                "end": {"line": self.end[0], "column": self.end[1]},
            }
        return {
            "source": self.source,
            "place": self.place,
            "statementIndex": self.index,
            "statementId": self.sid,
            "span": span,
            "statement": self.text,
        }


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A Deny statement that takes something out of a finding, and an example of what it refuses."""

    statement: StatementReference
    refused: Request

    def as_json(self) -> dict[str, Any]:
        return {**self.statement.as_json(), "refusedRequest": request_as_json(self.refused)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One instance of access, or (`error` set) one resource that could not be analysed."""

    resource: str
    resource_type: str
    resource_owner_account: str
    region: str
    principal: Mapping[str, str] = field(default_factory=dict)
    """One entry: `AWS`, `Federated`, `CanonicalUser` (and `Service`, where confused deputies were asked for)."""
    action: tuple[str, ...] = ()
    condition: Mapping[str, str] = field(default_factory=dict)
    is_public: bool | None = None
    sources: tuple[FindingSource, ...] = ()
    resource_control_policy_restriction: RestrictionType | None = None
    status: FindingStatus = FindingStatus.ACTIVE
    error: str | None = None
    """`ACCESS_DENIED` or `INTERNAL_ERROR`, as in the API."""
    error_message: str | None = None
    exposure: Exposure | None = None
    access_levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Actions by access level: List, Read, Write, Permissions, Tagging."""
    witness: Request | None = None
    """A request that is allowed, from outside; replayed by the evaluator."""
    allowed_by: tuple[StatementReference, ...] = ()
    narrowed_by: tuple[Narrowing, ...] = ()
    blocked_by: tuple[StatementReference, ...] = ()
    """Statements of resource control policies that refuse all of this access in fact."""
    cover: Choice | None = None
    """How the findings of the resource, this one among them, were chosen from all that describe its access."""

    @property
    def type(self) -> FindingType:
        return FindingType.EXTERNAL_ACCESS

    @property
    def id(self) -> str:
        """The same access in two scans has the same id, shaped like AWS's: 8-4-4-4-12 hexadecimal digits."""
        return id_for(json.dumps(self._identity(), sort_keys=True))

    def _identity(self) -> list[Any]:
        if self.error:
            return [self.resource, self.resource_type, self.error]
        restriction = self.resource_control_policy_restriction
        return [
            self.resource,
            dict(self.principal),
            dict(self.condition),
            sorted(self.action),
            [source.as_json() for source in self.sources],
            restriction.value if restriction else None,
        ]

    def as_json(self) -> dict[str, Any]:
        """The finding in the API's field names, followed by our evidence."""
        return {"id": self.id, **self._api_fields(), **({} if self.error else self._evidence())}

    def _api_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "resource": self.resource,
            "resourceType": self.resource_type,
            "resourceOwnerAccount": self.resource_owner_account,
            "region": self.region,
            "status": self.status.value,
            "condition": dict(self.condition),
        }
        if self.error:
            return {**fields, "error": self.error, "errorMessage": self.error_message}
        restriction = self.resource_control_policy_restriction
        return {
            **fields,
            "principal": dict(self.principal),
            "action": list(self.action),
            "isPublic": self.is_public,
            "sources": [source.as_json() for source in self.sources],
            "resourceControlPolicyRestriction": restriction.value if restriction else None,
        }

    def _evidence(self) -> dict[str, Any]:
        return {
            "exposure": self.exposure.value if self.exposure else None,
            "accessLevels": {level: list(actions) for level, actions in self.access_levels.items()},
            "witness": request_as_json(self.witness) if self.witness else None,
            "allowedBy": [each.as_json() for each in self.allowed_by],
            "narrowedBy": [each.as_json() for each in self.narrowed_by],
            "blockedBy": [each.as_json() for each in self.blocked_by],
            "cover": self.cover.value if self.cover else None,
        }


def caller_name(caller: Caller) -> str:
    """How a caller is written in a request: an ARN, a service, a provider, a canonical user id, or `*`."""
    if caller.kind is CallerKind.ANONYMOUS:
        return "*"
    return caller.session or caller.arn or caller.service or caller.provider or "*"


def request_as_json(request: Request) -> dict[str, Any]:
    """A request in the shape that `ringwall simulate --batch` takes: single values as strings."""
    context = {spelled(key): values[0] if len(values) == 1 else list(values) for key, values in request.context.items()}
    written: dict[str, Any] = {
        "principal": caller_name(request.caller),
        "action": request.action,
        "resource": request.resource,
        "context": context,
    }
    if request.caller.canonical_id:
        written["canonicalUser"] = request.caller.canonical_id
    return written
