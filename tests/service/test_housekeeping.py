"""What is kept for a time only, and rules that expire."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from ringwall.service import housekeeping
from ringwall.store import audit, tables
from ringwall.store.audit import AuditEvent
from tests.service.work_for_tests import START, Service, queue

PARTNER = "444455556666"


@pytest.fixture
def service(store):
    return Service(store)


def count(service, table):
    with service.store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_resolved_findings_go_after_ninety_days(service):
    """And the resource and the configuration that were kept for them."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.source.resources = []
    service.clock.move(minutes=30)
    service.scan(analyzer)
    service.clock.move(days=89)
    service.do("housekeeping")
    early = service.findings(analyzer)
    service.clock.move(days=2)

    service.do("housekeeping")

    assert (len(early), service.findings(analyzer)) == (1, [])
    assert (count(service, tables.resource), count(service, tables.configuration)) == (0, 0)


def test_active_findings_stay(service):
    """However old they are."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.clock.move(days=400)

    service.do("housekeeping")

    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


def test_what_an_expired_rule_archived_is_active_again(service):
    """Once: the second round finds nothing to do."""
    analyzer = service.analyzer()
    service.rule(analyzer, expires_at=START + timedelta(days=1), **{"principal.AWS": PARTNER})
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    archived = service.findings(analyzer)
    service.clock.move(days=2)

    service.do("housekeeping")
    service.do("housekeeping")

    assert archived == [("q", PARTNER, "ARCHIVED")]
    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]
    assert [status for status, _ in service.history(analyzer)] == ["ARCHIVED", "ACTIVE"]


def test_scans_are_forgotten_after_a_day(service):
    """The last ones are kept."""
    analyzer = service.analyzer()
    service.scan(analyzer)
    service.clock.move(hours=25)
    service.scan(analyzer)

    service.do("housekeeping")

    assert count(service, tables.scan) == 1


def test_old_entries_of_the_audit_log_go_in_batches(store, monkeypatch):
    """As old as the configuration says; what is younger stays."""
    service = Service(store, policy={"audit_retention": timedelta(days=10)})
    monkeypatch.setattr(housekeeping, "_AUDIT_BATCH", 2)
    with store.write() as connection:
        for days in (0, 9, 10, 11, 12, 13, 14, 15):
            at = service.clock() - timedelta(days=days)
            event = AuditEvent(at=at, actor="AKIAEXAMPLE", operation="X", parameters={"days": days}, request_id="r")
            audit.add(connection, event)

    service.do("housekeeping")

    with store.read() as connection:
        assert [each.parameters["days"] for each in audit.page(connection, limit=10)] == [10, 9, 0]
