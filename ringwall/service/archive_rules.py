"""Archive rules as requests write them, and how they are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import NotFoundError, QuotaError, ValidationError
from ringwall.findings.archive_rule import ARCHIVE_RULE_KEYS, ArchiveRule, Filter, hides_public, parse_filter
from ringwall.service.analyzer_types import type_of
from ringwall.service.context import Ringwall
from ringwall.store import archive_rules
from ringwall.store.analyzers import AnalyzerRecord

_PUBLIC_WARNING = (
    "This rule can archive findings of public access. Add `isPublic` with `eq` `false` to its filter to rule that out."
)


def inline_rules(ringwall: Ringwall, written: Iterable[Mapping[str, Any]]) -> tuple[ArchiveRule, ...]:
    """The rules that come with a new analyzer.

    Raises:
        ValidationError: one of them makes no sense, or two have one name.
        QuotaError: they are too many.
    """
    rules = tuple(
        parsed_rule(ringwall, each, field=f"archiveRules[{index}].filter") for index, each in enumerate(written)
    )
    names = [each.name for each in rules]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValidationError(f"two archive rules are called `{twice}`", field="archiveRules")
    if len(rules) > ringwall.policy.quotas.archive_rules:
        raise too_many_rules(ringwall, names[-1])
    return rules


def rule_of(connection: Connection, analyzer: AnalyzerRecord, name: str) -> ArchiveRule:
    """The analyzer's rule of this name.

    Raises:
        NotFoundError: there is none.
    """
    rule = archive_rules.find(connection, analyzer.key, name)
    if rule is None:
        raise missing_rule(name)
    return rule


def warnings_about(criteria: Filter, analyzer: AnalyzerRecord) -> list[str]:
    """What the author of a rule may want to think about again. Unused access is never public."""
    return [_PUBLIC_WARNING] if hides_public(criteria) and not type_of(analyzer.type).is_unused else []


def parsed_rule(ringwall: Ringwall, request: Mapping[str, Any], *, field: str = "filter") -> ArchiveRule:
    now = ringwall.clock()
    return ArchiveRule(
        name=request["ruleName"],
        filter=parse_filter(request["filter"], ARCHIVE_RULE_KEYS, field=field),
        created_at=now,
        updated_at=now,
        reason=request.get("reason") or None,
        owner=request.get("owner") or None,
        expires_at=_later(request.get("expiresAt"), now),
    )


def _later(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is not None and expires_at <= now:
        message = f"{expires_at.isoformat()} is over: a rule expires in the future"
        raise ValidationError(message, field="expiresAt")
    return expires_at


def too_many_rules(ringwall: Ringwall, named: str) -> QuotaError:
    message = f"an analyzer has at most {ringwall.policy.quotas.archive_rules} archive rules"
    return QuotaError(message, resource_id=named, resource_type="ArchiveRule")


def missing_rule(name: str) -> NotFoundError:
    return NotFoundError(f"there is no archive rule `{name}`", resource_id=name, resource_type="ArchiveRule")
