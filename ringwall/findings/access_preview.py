"""Access previews: the findings that a proposed configuration would make, beside those that there are.

`proposed` gives the resource to analyse, `compare` says what its findings would change. Nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

from ringwall.arn import find_arn
from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.archive_rule import ArchiveRule, Facts, facts_of_fields
from ringwall.findings.finding import Finding, FindingStatus, FindingType, id_for
from ringwall.findings.proposed_configuration import MEMBERS, Member, Proposal
from ringwall.findings.reconcile import reconcile
from ringwall.findings.remembered import Change, RememberedFinding
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Configuration, Resource, Scope
from ringwall.resources.configuration import Node

_GLOBAL = "global"
"""The Region of what lives in none, as collections have it."""
PREVIEWED_TYPES = {each.member: each for each in RESOURCE_TYPES.values() if each.member in MEMBERS}
"""The types of resources that a preview can be about, by the member of the API's union `Configuration`."""


def target_of(member: str, arn: str, *, account: str, region: str) -> Resource:
    """The resource that a preview is about, without a configuration: enough to look for the existing one.

    Args:
        member: of the API's union `Configuration`, such as `s3Bucket`.
        arn: the resource's, the key of the API's `configurations`. An index stands for its table, which has the policy.
        account: the owner, where the ARN names none.
        region: where the resource is, where the ARN does not say.

    Raises:
        ConfigurationError: there is no such member, or it is about another type of resource.
    """
    kind, fields = PREVIEWED_TYPES.get(member), find_arn(arn)
    if kind is None:
        raise ConfigurationError(f"`{member}` is no configuration: expected one of {', '.join(sorted(MEMBERS))}")
    known = MEMBERS[member]
    if fields is None or fields.service != known.service or not known.resource.fullmatch(fields.resource):
        raise ConfigurationError(f"`{arn}` is not the ARN of a resource of type {kind.name}, as `{member}` is for")
    resource = fields.resource.partition("/index/")[0] if fields.service == "dynamodb" else fields.resource
    return Resource(
        str(fields._replace(resource=resource)),
        kind.name,
        fields.account or account,
        _GLOBAL if kind.scope is Scope.GLOBAL else fields.region or region,
    )


def proposed(
    member: str, value: Mapping[str, Any], existing: Resource | None, arn: str, *, account: str, region: str
) -> Resource:
    """The resource as it would be: what is proposed, over what there is, over the type's defaults.

    Args:
        member: of the API's union `Configuration`, such as `s3Bucket`.
        value: of the member.
        existing: the resource as it is; None for a new one. Where it could not be read and the proposal does not say
            all, neither can the outcome be told: the error stays.
        arn: the resource's.
        account: the owner, where the ARN names none: the analyzer's.
        region: where it is, where the ARN does not say: the analyzer's.

    Raises:
        ConfigurationError: the configuration cannot be: the API's `INVALID_CONFIGURATION`.
    """
    target = target_of(member, arn, account=existing.owner_account if existing else account, region=region)
    known = MEMBERS[member]
    parts = Node(value).fields(*known.fields)
    if existing is not None and existing.error is not None and not _says_all(known, parts):
        return replace(target, tags=existing.tags, error=existing.error)
    current: Configuration = existing.configuration if existing else {}
    fields = find_arn(target.arn)
    assert fields is not None
    merged = known.merged(Proposal(parts, current, fields, target.owner_account))
    resource = replace(target, configuration=merged, tags=existing.tags if existing else {})
    _check(resource)
    return resource


def _says_all(member: Member, parts: Mapping[str, Node]) -> bool:
    """Whether nothing of the current configuration matters. Access points and keys have parts that proposals omit."""
    return len(member.fields) == 1 and set(parts) == set(member.fields)


def _check(resource: Resource) -> None:
    """What the analysis could not read is no configuration; what it cannot decide, it will say itself."""
    try:
        RESOURCE_TYPES[resource.type].sources(resource)
    except PolicyError as error:
        raise ConfigurationError(str(error)) from error
    except UndecidedError:
        return


class ChangeType(Enum):
    """As in the API: what a preview says about a finding."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True)
class PreviewFinding:
    """A finding as it would be after the proposed change."""

    id: str
    """Its own: no finding's."""
    change: ChangeType
    finding: RememberedFinding
    """With the status that it would have."""
    created_at: datetime
    """When the preview was made."""
    existing: RememberedFinding | None = None
    """The finding as it is; None where it is new."""

    def as_json(self) -> dict[str, Any]:
        """The API's `AccessPreviewFinding`, its time as ISO 8601 text."""
        fields = {name: self.finding.detail.get(name) for name in _FIELDS}
        existing = self.existing
        described = {
            **fields,
            "id": self.id,
            "changeType": self.change.value,
            "status": self.finding.status.value,
            "createdAt": self.created_at.isoformat(),
            "existingFindingId": existing.id if existing else None,
            "existingFindingStatus": existing.status.value if existing else None,
        }
        return {name: value for name, value in described.items() if value is not None}


_FIELDS = (
    "action",
    "condition",
    "error",
    "isPublic",
    "principal",
    "resource",
    "resourceControlPolicyRestriction",
    "resourceOwnerAccount",
    "resourceType",
    "sources",
)
"""What a preview's finding has of a finding."""


def compare(
    live: Sequence[RememberedFinding],
    found: Sequence[Finding],
    *,
    analyzer: str,
    preview: str,
    rules: Sequence[ArchiveRule],
    now: datetime,
) -> tuple[PreviewFinding, ...]:
    """What the proposed configuration would change: what `reconcile` would write, and what it would leave.

    Args:
        live: the findings of the resource that the analyzer remembers, the resolved ones too.
        found: the findings of the proposed configuration.
        analyzer: ARN.
        preview: the preview's id.
        rules: the analyzer's archive rules.
        now: UTC.
    """
    known = {each.id: each for each in live}
    changes = reconcile(live, found, analyzer=analyzer, rules=rules, now=now)
    touched = {change.finding.id for change in changes}
    unchanged = (each for each in live if each.id not in touched and each.status is not FindingStatus.RESOLVED)
    outcomes = [*(_outcome(change) for change in changes), *((each, ChangeType.UNCHANGED) for each in unchanged)]
    return tuple(
        PreviewFinding(id_for(f"{preview} {after.id}"), change, after, now, known.get(after.id))
        for after, change in outcomes
    )


def _outcome(change: Change) -> tuple[RememberedFinding, ChangeType]:
    """A finding as it would be. An error that would be gone is told as resolved, as a preview has no word for it."""
    if change.previous_status is None:
        return change.finding, ChangeType.NEW
    if change.is_silent:
        return change.finding, ChangeType.UNCHANGED
    after = replace(change.finding, status=FindingStatus.RESOLVED) if change.is_deleted else change.finding
    return after, ChangeType.CHANGED


def facts_of_preview(finding: Mapping[str, Any]) -> Facts:
    """What filters can ask about a preview's finding, in the shape of `PreviewFinding.as_json()`."""
    return {**facts_of_fields(finding), "findingType": (FindingType.EXTERNAL_ACCESS.value,)}
