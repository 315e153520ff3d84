"""Writes what users and rules decide about findings: decided from what is there at that moment, and batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from ringwall.findings.archive_rule import ArchiveRule, Criterion
from ringwall.findings.finding import FindingStatus
from ringwall.findings.reconcile import apply_archive_rule
from ringwall.findings.remembered import Change
from ringwall.service.analyzers import claimed, kept
from ringwall.service.context import Ringwall
from ringwall.service.remembering import remember, undisturbed
from ringwall.store import findings
from ringwall.store.analyzers import AnalyzerRecord

_BATCH = 500

Decide = Callable[[Connection, datetime], Sequence[Change]]
"""What is to be written, from what the transaction sees."""
Hold = Callable[[Connection, AnalyzerRecord], AnalyzerRecord]


def turn(
    ringwall: Ringwall, analyzer: AnalyzerRecord, decide: Decide, *, hold: Hold = kept, reason: str | None = None
) -> int:
    """Writes what `decide` says, in one transaction; how many findings that were.

    Where a scan changes one of them at the same time, it is decided once more from what is there then.

    Args:
        ringwall: the service.
        analyzer: whose findings they are.
        decide: what is to be written.
        hold: what others may do to the analyzer meanwhile: `kept` or `claimed`.
        reason: what a person gave as the reason.

    Raises:
        NotFoundError: the analyzer was deleted just now.
        ConflictError: others change the same findings again and again.
    """

    def write() -> int:
        at = ringwall.clock()
        with ringwall.store.write() as connection:
            hold(connection, analyzer)
            changes = decide(connection, at)
            remember(ringwall, connection, analyzer, changes, resource_keys={}, at=at, reason=reason)
            return len(changes)

    return undisturbed(write)


def archive_by_rule(ringwall: Ringwall, analyzer: AnalyzerRecord, rule: ArchiveRule) -> int:
    """Archives the active findings that the rule matches, batch by batch; how many there were.

    The API has one transaction around all of them. Where there is none and it is interrupted, doing it again does the
    rest.
    """
    active = {**rule.filter, "status": Criterion(eq=(FindingStatus.ACTIVE.value,))}

    def next_batch(connection: Connection, at: datetime) -> Sequence[Change]:
        # What was archived before is active no more: the next batch is always the first page.
        page = findings.page(connection, analyzer.key, active, limit=_BATCH)
        return apply_archive_rule(page.findings, rule, now=at)

    archived = 0
    # Batches that one transaction locks one by one are in no order that others keep to: those have to wait.
    while count := turn(ringwall, analyzer, next_batch, hold=claimed, reason=rule.reason):
        archived += count
    return archived
