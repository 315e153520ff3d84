"""Removes what is kept for a time only, and lets archive rules end that have an expiry date.

Every step is a transaction of its own, and does nothing where it was done already.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import ConflictError
from ringwall.findings.archive_rule import ArchiveRule
from ringwall.findings.reconcile import expire_rule, forget_resolved
from ringwall.service.context import Ringwall
from ringwall.service.recommend_job import INTERRUPTED
from ringwall.service.remembering import remember
from ringwall.service.work import Work
from ringwall.store import (
    analyzers,
    archive_rules,
    audit,
    findings,
    idempotency,
    jobs,
    last_accessed,
    organizations,
    outbox,
    places,
    previews,
    procrastinate_jobs,
    recommendations,
    resources,
    scans,
    trail_days,
)
from ringwall.store.rows import is_sqlite
from ringwall.store.scans import ScanStatus
from ringwall.store.statistics import take_stock

_BATCH = 500
_AUDIT_BATCH = 5_000
_PREVIEWS_KEPT = timedelta(hours=25)
_TOKENS_KEPT = timedelta(hours=24)
_SCANS_KEPT = timedelta(hours=24)
"""With 5,000 accounts and 20 Regions, a day has five million of them."""
_SENT_KEPT = timedelta(days=7)
_ORGANIZATIONS_KEPT = timedelta(days=1)
"""A plan that is under way has kept one that no analyzer names yet."""
_FAILED_JOBS_KEPT = timedelta(days=7)
_LONGEST_SCAN = timedelta(hours=6)
_LONGEST_RECOMMENDATION = timedelta(hours=2)
_REPORTS_KEPT = timedelta(days=7)
"""Of principals that are gone: whose are there have new ones."""
_TRAIL_KEPT = timedelta(days=400)


def housekeeping(work: Work, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - a job's signature
    """All of it."""
    ringwall = work.ringwall
    now = ringwall.clock()
    _end_rules(ringwall, now)
    _forget_findings(ringwall, now)
    _end_interrupted(ringwall, now)
    _forget_rows(ringwall, now)
    _forget_usage(ringwall, now)
    _forget_audit(ringwall, now)
    with ringwall.store.write() as connection:
        take_stock(connection)


def _end_rules(ringwall: Ringwall, now: datetime) -> None:
    """What expired rules archived is active again."""
    with ringwall.store.read() as connection:
        expired = list(archive_rules.expired(connection, now))
    for key, rule in expired:
        _end_rule(ringwall, key, rule, now)


def _end_rule(ringwall: Ringwall, analyzer_key: int, rule: ArchiveRule, now: datetime) -> None:
    try:
        with ringwall.store.write() as connection:
            analyzer = analyzers.keep(connection, analyzer_key)
            if analyzer is not None:
                changes = expire_rule(findings.archived_by(connection, analyzer_key, rule.name), rule, now=now)
                remember(ringwall, connection, analyzer, changes, resource_keys={}, at=now)
    except ConflictError:
        # A scan or a user changed one of them at the same time. The next round does it.
        return


def _forget_findings(ringwall: Ringwall, now: datetime) -> None:
    """Findings that have been resolved for as long as they are kept."""
    while True:
        try:
            if not _forget_some(ringwall, now):
                return
        except ConflictError:
            return


def _forget_some(ringwall: Ringwall, now: datetime) -> bool:
    """Whether there were any."""
    retention = ringwall.policy.retention
    with ringwall.store.write() as connection:
        by_analyzer = findings.resolved_before(connection, now - retention, _BATCH)
        # All of them before the first is written to, in one order: nobody who waits for us keeps us waiting.
        kept = [analyzers.keep(connection, key) for key in sorted(by_analyzer)]
        for analyzer in filter(None, kept):
            changes = forget_resolved(by_analyzer[analyzer.key], now=now, retention=retention)
            remember(ringwall, connection, analyzer, changes, resource_keys={}, at=now)
    return bool(by_analyzer)


def _end_interrupted(ringwall: Ringwall, now: datetime) -> None:
    """Scans whose process is gone. Their job was done again, as a scan of its own."""
    with ringwall.store.write() as connection:
        analyzers.keep_all(connection)
        for each in scans.interrupted(connection, now - _LONGEST_SCAN):
            scans.end(connection, each.key, at=now, status=ScanStatus.FAILED, coverage={"interrupted": True})


def _forget_failed_jobs(connection: Connection, now: datetime) -> None:
    if is_sqlite(connection):
        jobs.forget_failed(connection, now - _FAILED_JOBS_KEPT)
    else:
        procrastinate_jobs.forget_failed(connection, _FAILED_JOBS_KEPT.total_seconds())


def _forget_rows(ringwall: Ringwall, now: datetime) -> None:
    with ringwall.store.write() as connection:
        analyzers.keep_all(connection)
        previews.delete_before(connection, now - _PREVIEWS_KEPT)
        idempotency.delete_before(connection, now - _TOKENS_KEPT)
        scans.forget(connection, now - _SCANS_KEPT)
        outbox.forget_sent(connection, now - _SENT_KEPT)
        _forget_failed_jobs(connection, now)
        organizations.forget(connection, now - _ORGANIZATIONS_KEPT)
    with ringwall.store.write() as connection:
        analyzers.keep_all(connection)
        places.forget_gone(connection)
        resources.forget_configurations(connection)


def _forget_usage(ringwall: Ringwall, now: datetime) -> None:
    """What was read about use, and recommendations that nobody looks at any more or that never came."""
    with ringwall.store.write() as connection:
        analyzers.keep_all(connection)
        last_accessed.forget(connection, now - _REPORTS_KEPT)
        trail_days.forget(connection, (now - _TRAIL_KEPT).date())
        recommendations.fail_before(connection, now - _LONGEST_RECOMMENDATION, at=now, error=INTERRUPTED)
        recommendations.forget(connection, now - ringwall.policy.retention)


def _forget_audit(ringwall: Ringwall, now: datetime) -> None:
    """Entries of the audit log, in batches: whoever wants to write to SQLite waits for one of them at most."""
    forgotten = _AUDIT_BATCH
    while forgotten == _AUDIT_BATCH:
        with ringwall.store.write() as connection:
            forgotten = audit.forget(connection, now - ringwall.policy.audit_retention, limit=_AUDIT_BATCH)
