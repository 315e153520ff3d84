"""How many findings an analyzer has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ringwall.findings.statistics import AccountCount, FindingCount, statistics_of, unused_statistics_of
from ringwall.service.analyzer_types import type_of
from ringwall.service.analyzers import analyzer_of
from ringwall.service.context import Caller, Ringwall
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.finding_counts import Kind, active_by_account, by_kind


def get_findings_statistics(ringwall: Ringwall, caller: Caller, request: Mapping[str, Any]) -> dict[str, Any]:
    """Counts the findings as they are now: AWS's service does so once in a while, and says when."""
    with ringwall.store.read() as connection:
        analyzer = analyzer_of(connection, caller, request["analyzerArn"])
        counts = [_counted(each) for each in by_kind(connection, analyzer.key)]
        told = _unused(connection, analyzer, counts) if type_of(analyzer.type).is_unused else statistics_of(counts)
    return {"findingsStatistics": told, "lastUpdatedAt": ringwall.clock()}


def _unused(connection: Connection, analyzer: AnalyzerRecord, counts: Sequence[FindingCount]) -> list[dict[str, Any]]:
    if not type_of(analyzer.type).is_of_organization:
        return unused_statistics_of(counts)
    by_account = active_by_account(connection, analyzer.key)
    return unused_statistics_of(counts, (AccountCount(account, type_, count) for account, type_, count in by_account))


def _counted(kind: Kind) -> FindingCount:
    return FindingCount(
        type=kind.type,
        resource_type=kind.resource_type,
        status=kind.status,
        is_public=bool(kind.is_public),
        has_error=kind.error is not None,
        count=kind.number,
    )
