"""What has to hold after crashes, in a store and at a webhook."""

from itertools import pairwise

from sqlalchemy import select, text

from ringwall.findings.finding import FindingStatus
from ringwall.store import findings, jobs, procrastinate_jobs, tables
from tests.end_to_end.crashing import ACCOUNTS, FINAL, REGIONS, there

_RECURRING = {"plan", "housekeeping"}


def left_to_do(store):
    """Jobs that wait or failed, messages that were not sent, analyzers that are due."""
    queued = jobs if store.is_sqlite else procrastinate_jobs
    due = tables.analyzer.c.next_scan_at <= tables.analyzer.c.created_at
    with store.read() as connection:
        waiting = [name for name in queued.counts(connection) if name[0] not in _RECURRING]
        pending = connection.execute(select(tables.outbox.c.key).where(tables.outbox.c.status != "SENT")).first()
        analyzer = connection.execute(select(tables.analyzer.c.key).where(due)).first()
    return [*waiting, *([pending] if pending else []), *([analyzer] if analyzer else [])]


def rows(store, table):
    with store.read() as connection:
        return connection.execute(select(table).order_by(table.c.key)).all()


def unresolved(store):
    """The resources whose findings are not resolved, one for each finding."""
    with store.read() as connection:
        remembered = list(findings.each(connection, 1, {}))
    return sorted(each.resource for each in remembered if each.status is not FindingStatus.RESOLVED)


def open_queues():
    """What is open in the estate that stays."""
    return sorted(
        f"arn:aws:sqs:{region}:{account}:{name}"
        for account in ACCOUNTS
        for region in REGIONS
        for name, is_open in there(account, region, FINAL).items()
        if is_open
    )


def check_history(store, history):
    """Every change begins where the one before ended, and the last one is what the finding is."""
    by_finding = {}
    for event in history:
        by_finding.setdefault(event.finding_id, []).append(event)
    for events in by_finding.values():
        assert events[0].previous_status is None
        assert all(later.previous_status == earlier.status for earlier, later in pairwise(events))
    statuses = {row.id: row.status for row in rows(store, tables.finding)}
    assert statuses == {id_: events[-1].status for id_, events in by_finding.items()}


def check_messages(store, receiver, history, *, most_twice):
    """One message for every change, sent to the end; one that was sent twice had the same id both times."""
    outbox = rows(store, tables.outbox)
    received = [each.headers["webhook-id"] for each in receiver.received]
    assert len(outbox) == len(history)
    assert set(received) == {row.event_id for row in outbox}
    # Between the receiver's answer and its being written down there was a kill.
    assert len(received) - len(set(received)) <= most_twice


def check_database(store):
    if store.is_sqlite:
        with store.read() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
