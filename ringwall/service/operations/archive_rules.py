"""Archive rules: create, look at, change, delete, try out, and apply to what was found before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import ValidationError
from ringwall.findings.archive_rule import (
    ARCHIVE_RULE_KEYS,
    ArchiveRule,
    Criterion,
    Filter,
    filter_as_json,
    parse_filter,
)
from ringwall.findings.finding import FindingStatus
from ringwall.service.analyzers import analyzer_named, analyzer_of, kept
from ringwall.service.archive_rules import missing_rule, parsed_rule, rule_of, too_many_rules, warnings_about
from ringwall.service.context import Caller, Ringwall
from ringwall.service.paging import paging_of
from ringwall.service.turning import archive_by_rule
from ringwall.service.wire_findings import cursor_of, finding_summary_v2, listed
from ringwall.store import archive_rules, findings
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.turns import take_turn


def create_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """A new rule. It archives what is found from now on; `ApplyArchiveRule` archives what was found before."""
    rule = parsed_rule(ringwall, request)
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_named(connection, caller, request["analyzerName"]))
        take_turn(connection, f"archive rules {analyzer.key}")
        # That the name is taken is the more telling fault, so that it is looked for first.
        archive_rules.insert(connection, analyzer.key, rule)
        if archive_rules.count(connection, analyzer.key) > ringwall.policy.quotas.archive_rules:
            raise too_many_rules(ringwall, analyzer.name)
    return {"warnings": warnings_about(rule.filter, analyzer)}


def get_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """One rule."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_named(connection, caller, request["analyzerName"])
        return {"archiveRule": _summary(rule_of(connection, analyzer, request["ruleName"]))}


def list_archive_rules(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of an analyzer, oldest first. AWS's operation has no error for an analyzer that is not there."""
    paging = paging_of(caller, "ListArchiveRules", request)
    with ringwall.store.read() as connection:
        analyzer = analyzer_named(connection, caller, request["analyzerName"])
        found = archive_rules.page(connection, analyzer.key, after=paging.after or 0, limit=paging.limit + 1)
    return paging.answer("archiveRules", found, key=lambda each: each[0], shape=lambda each: _summary(each[1]))


def update_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Another filter for a rule. What it archived stays archived; a reason and the like stay if none is given.

    That it expires is taken away by `neverExpires`, as a time cannot be empty.
    """
    if request.get("neverExpires") and "expiresAt" in request:
        raise ValidationError("give either `expiresAt` or `neverExpires`", field="neverExpires")
    keeps_expiry = "expiresAt" not in request and not request.get("neverExpires")
    changed = parsed_rule(ringwall, request)
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_named(connection, caller, request["analyzerName"]))
        rule = rule_of(connection, analyzer, request["ruleName"])
        rule = replace(
            changed,
            created_at=rule.created_at,
            reason=changed.reason if "reason" in request else rule.reason,
            owner=changed.owner if "owner" in request else rule.owner,
            expires_at=rule.expires_at if keeps_expiry else changed.expires_at,
        )
        archive_rules.replace(connection, analyzer.key, rule)
    return {"warnings": warnings_about(rule.filter, analyzer)}


def delete_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """The rule goes. What it archived stays archived, as with AWS."""
    with ringwall.store.write() as connection:
        analyzer = kept(connection, analyzer_named(connection, caller, request["analyzerName"]))
        if not archive_rules.delete(connection, analyzer.key, request["ruleName"]):
            raise missing_rule(request["ruleName"])
    return {}


def apply_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Archives the active findings that the rule matches."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        rule = rule_of(connection, analyzer, request["ruleName"])
    if rule.expires_at is not None and rule.expires_at <= ringwall.clock():
        message = f"the archive rule `{rule.name}` expired at {rule.expires_at.isoformat()}: it archives nothing"
        raise ValidationError(message, field="ruleName")
    archive_by_rule(ringwall, analyzer, rule)
    return {}


def dry_run_archive_rule(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Counts and lists the active findings that a rule with this filter would archive."""
    criteria = parse_filter(request["filter"], ARCHIVE_RULE_KEYS)
    paging = paging_of(caller, "DryRunArchiveRule", request, list)
    active = {**criteria, "status": Criterion(eq=(FindingStatus.ACTIVE.value,))}
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        page = findings.page(
            connection, analyzer.key, active, after=cursor_of(paging), limit=paging.limit, depth=findings.Depth.SUMMARY
        )
        counted = {
            "count": findings.count(connection, analyzer.key, active),
            "publicCount": _public_count(connection, analyzer, active),
        }
    return {**counted, "warnings": warnings_about(criteria, analyzer), **listed(page, paging, finding_summary_v2)}


def _public_count(connection: Connection, analyzer: AnalyzerRecord, active: Filter) -> int:
    """How many of them are public: a filter that asks for `isPublic` already has them all or none."""
    asked = active.get("isPublic")
    if asked is not None and not asked.is_met_by(("true",)):
        return 0
    return findings.count(connection, analyzer.key, {**active, "isPublic": Criterion(eq=("true",))})


def _summary(rule: ArchiveRule) -> dict[str, Any]:
    members = {
        "ruleName": rule.name,
        "filter": filter_as_json(rule.filter),
        "createdAt": rule.created_at,
        "updatedAt": rule.updated_at,
        "reason": rule.reason,
        "owner": rule.owner,
        "expiresAt": rule.expires_at,
    }
    return {name: value for name, value in members.items() if value is not None}
