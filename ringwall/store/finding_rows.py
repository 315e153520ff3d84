"""A finding as a row: the properties that listings look for in columns, the rest as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Select, select, type_coerce

from ringwall.findings.archive_rule import fact_name, facts_of_fields
from ringwall.findings.finding import FindingStatus, FindingType
from ringwall.findings.remembered import RememberedFinding
from ringwall.findings.statement_cause import cause_of
from ringwall.store.column_types import instant
from ringwall.store.tables import finding, resource

_CONDITION = fact_name("condition.")
EVIDENCE = frozenset(
    (
        "exposure",
        "accessLevels",
        "witness",
        "allowedBy",
        "narrowedBy",
        "blockedBy",
        "cover",
        "findingDetails",
        "usageEvidence",
    )
)
"""The members of `detail` that only we have, and the details of unused access: most of its bytes."""


class Depth(IntEnum):
    """How much of a finding is read: a page of a hundred summaries should not parse a hundred proofs."""

    SUMMARY = 0
    """`detail` has what the columns say: all that `ListFindingsV2` shows."""
    FIELDS = 1
    """`detail` has the API's fields, without our evidence."""
    FULL = 2
    """`detail` is as it was written."""


_SUMMARY: Mapping[str, Column[Any]] = {
    "resource": finding.c.resource,
    "resourceType": finding.c.resource_type,
    "resourceOwnerAccount": finding.c.resource_owner_account,
    "region": finding.c.region,
    "isPublic": finding.c.is_public,
    "error": finding.c.error,
}
_LIFE = (
    finding.c.id,
    finding.c.type,
    finding.c.status,
    finding.c.created_at,
    finding.c.updated_at,
    resource.c.analyzed_at,
)
_AS_LISTED = (
    finding.c.id,
    finding.c.type,
    finding.c.status,
    *(type_coerce(each, BigInteger) for each in (finding.c.created_at, finding.c.updated_at, resource.c.analyzed_at)),
    finding.c.resource,
    finding.c.resource_type,
    finding.c.resource_owner_account,
    finding.c.region,
    finding.c.error,
)
"""What `summary_of` needs, times as the numbers that they are stored as."""
_BY_DEPTH = {
    Depth.SUMMARY: tuple(_SUMMARY.values()),
    Depth.FIELDS: (finding.c.detail,),
    Depth.FULL: (finding.c.detail, finding.c.evidence),
}
# Looking up a member of an enumeration by its value is slow where it is done for every row.
_TYPES = {each.value: each for each in FindingType}
_STATUSES = {each.value: each for each in FindingStatus}


def selected(depth: Depth = Depth.FULL, *more: ColumnElement[Any]) -> Select[Any]:
    """Findings with what `finding_of` needs, and behind it other columns that a query wants."""
    return _with_resources(*_LIFE, *_BY_DEPTH[depth], *more)


def selected_as_listed(*more: ColumnElement[Any]) -> Select[Any]:
    """Findings with what `summary_of` needs, and behind it other columns that a query wants."""
    return _with_resources(*_AS_LISTED, *more)


def _with_resources(*columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).join(resource, finding.c.resource_key == resource.c.key)


def finding_of(row: Sequence[Any], depth: Depth = Depth.FULL) -> RememberedFinding:
    """The finding that a row of `selected` is."""
    # By position: names cost more than all else here, and a page has many rows.
    id_, type_, status, created_at, updated_at, analyzed_at, *rest = row
    return RememberedFinding(
        id_, _detail(rest, depth), _STATUSES[status], created_at, analyzed_at, updated_at, _TYPES[type_]
    )


def summary_of(row: Sequence[Any]) -> dict[str, Any]:
    """A row of `selected_as_listed`, with the names of `ListFindingsV2`."""
    id_, type_, status, created_at, updated_at, analyzed_at, arn, resource_type, owner, region, error, *_ = row
    summary = {
        "id": id_,
        "resource": arn,
        "resourceType": resource_type,
        "resourceOwnerAccount": owner,
        "region": region,
        "status": status,
        "createdAt": instant(created_at),
        "analyzedAt": instant(analyzed_at),
        "updatedAt": instant(updated_at),
        "findingType": type_,
    }
    return summary if error is None else {**summary, "error": error}


def _detail(values: Sequence[Any], depth: Depth) -> dict[str, Any]:
    match depth:
        case Depth.SUMMARY:
            return dict(zip(_SUMMARY, values, strict=False))
        case Depth.FIELDS:
            fields: dict[str, Any] = values[0]
            return fields
        case Depth.FULL:
            return {**values[0], **values[1]}


def row_of(remembered: RememberedFinding) -> dict[str, Any]:
    """The columns that follow from a finding alone."""
    detail = remembered.detail
    principal = detail.get("principal") or {}
    return {
        **{column.name: detail.get(name) for name, column in _SUMMARY.items()},
        **written_detail(detail),
        "id": remembered.id,
        "type": remembered.type.value,
        "status": remembered.status.value,
        "restriction": detail.get("resourceControlPolicyRestriction"),
        "principal_aws": principal.get("AWS"),
        "principal_federated": principal.get("Federated"),
        "principal_canonical_user": principal.get("CanonicalUser"),
        "created_at": remembered.created_at,
        "updated_at": remembered.updated_at,
    }


def written_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A finding's detail in the two columns that hold it."""
    return {
        "detail": {name: value for name, value in detail.items() if name not in EVIDENCE},
        "evidence": {name: value for name, value in detail.items() if name in EVIDENCE},
        "exposure": detail.get("exposure"),
        "cause": cause_of(detail),
    }


def conditions_of(remembered: RememberedFinding) -> Iterator[tuple[str, str]]:
    """The condition keys of a finding, in lower case and without `condition.`, each with its values."""
    for name, values in facts_of_fields(remembered.detail).items():
        if name.startswith(_CONDITION):
            yield from ((name.removeprefix(_CONDITION), value) for value in dict.fromkeys(values))
