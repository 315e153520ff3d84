"""A finding over time: what was found, what became of it, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ringwall.findings.finding import AnyFinding, FindingStatus, FindingType, id_for


@dataclass(frozen=True, slots=True)
class RememberedFinding:
    """A finding of one analyzer, as the store keeps it."""

    id: str
    detail: Mapping[str, Any]
    """`AnyFinding.as_json()`: the API's fields of the finding, and our evidence. Its `id` and `status` mean nothing here."""
    status: FindingStatus
    created_at: datetime
    """UTC, as all times here. When it was first found; it keeps it when the access comes back."""
    analyzed_at: datetime
    """When its resource was last looked at."""
    updated_at: datetime
    """When its status last changed."""
    type: FindingType = FindingType.EXTERNAL_ACCESS

    @property
    def resource(self) -> str:
        """The ARN of the resource."""
        return str(self.detail["resource"])

    @property
    def error(self) -> str | None:
        """`ACCESS_DENIED` or `INTERNAL_ERROR`, where the resource could not be analysed."""
        error: str | None = self.detail.get("error")
        return error


class Cause(Enum):
    """Who or what changed a finding's status."""

    SCAN = "scan"
    ARCHIVE_RULE = "archive-rule"
    USER = "user"
    RULE_EXPIRED = "rule-expired"
    RETENTION = "retention"
    ANALYZER_DELETED = "analyzer-deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One write to the findings that an analyzer remembers, and the event that it is."""

    finding: RememberedFinding
    """As it is afterwards; as it was last, where it is deleted."""
    previous_status: FindingStatus | None = None
    """None where the finding is new."""
    is_deleted: bool = False
    cause: Cause = Cause.SCAN
    actor: str = ""
    """The name of the archive rule, or whose key it was."""

    @property
    def is_silent(self) -> bool:
        """Whether only the finding's detail is new, such as its witness.

        Nobody is told, and an archived finding stays archived by whatever archived it.
        """
        return not self.is_deleted and self.previous_status is self.finding.status


def remembered_id(analyzer: str, finding: AnyFinding) -> str:
    """The id of a finding in an analyzer (its ARN): the same access is the same finding, also when it comes back."""
    return id_for(f"{analyzer} {finding.id}")
