"""An analyzer is deleted while others write what belongs to it: one waits for the other, and none fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import func, select, text

from ringwall.errors import NotFoundError
from ringwall.service import housekeeping, looking, turning
from ringwall.service.context import Caller
from ringwall.service.operations import analyzers as operations
from ringwall.service.operations.archive_rules import apply_archive_rule, create_archive_rule
from ringwall.service.operations.findings import update_findings
from ringwall.store import findings, previews, scans
from ringwall.store.previews import PreviewRecord
from ringwall.store.rows import is_sqlite
from ringwall.store.scans import ScanRecord
from ringwall.store.tables import analyzer as analyzer_table
from tests.service.work_for_tests import ACCOUNT, REGION, Service, queue

PARTNER = "444455556666"
CALLER = Caller(account=ACCOUNT, region=REGION, key_id="AKIAEXAMPLE")
_LONGEST = 240
# Other tests may use other schemas of the same database.
_BLOCKED = text("""
    SELECT count(*) FROM pg_stat_activity AS waiting
    WHERE wait_event_type = 'Lock' AND EXISTS (
        SELECT FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE relnamespace = current_schema()::regnamespace AND pg_locks.pid = ANY(pg_blocking_pids(waiting.pid))
    )
""")


@pytest.fixture
def service(store):
    return Service(store)


class Beside:
    """Does something in a thread of its own as soon as `step` is called, which goes on when that waits for it."""

    def __init__(self, store, step, other):
        self._store, self._step, self._other = store, step, other
        self._pool = ThreadPoolExecutor(1)
        self._began = Event()
        self._future = None

    def __call__(self, *args, **named):
        if self._future is None:
            self._future = self._pool.submit(self._begin)
            assert self._began.wait(_LONGEST)
            self._until_it_waits()
        return self._step(*args, **named)

    def _begin(self):
        self._began.set()
        return self._other()

    def _until_it_waits(self):
        """SQLite has one writer: there is nothing to see."""
        with self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not is_sqlite(connection) and not connection.scalar(_BLOCKED) and not self._future.done():
                connection.execute(text("SELECT pg_sleep(0.005)"))

    def result(self):
        """What came of it."""
        with self._pool:
            return self._future.result(_LONGEST)


def _deletion(service):
    return lambda: operations.delete_analyzer(service.ringwall, CALLER, {"analyzerName": "one"})


def _is_there(service):
    with service.store.read() as connection:
        return bool(connection.scalar(select(func.count()).select_from(analyzer_table)))


def _rule(service):
    request = {"analyzerName": "one", "ruleName": "quiet", "filter": {"isPublic": {"eq": ["false"]}}}
    create_archive_rule(service.ringwall, CALLER, request)


def test_a_deletion_waits_for_what_a_scan_writes(service, monkeypatch):
    """The scan has written resources and is about to write their findings, whose end is announced then."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("q", PARTNER)]
    beside = Beside(service.store, looking.remember, _deletion(service))
    monkeypatch.setattr(looking, "remember", beside)

    service.scan(analyzer)

    assert beside.result() == {}
    assert not _is_there(service)
    assert len(service.messages()) == 2


def test_a_scan_waits_for_a_deletion_and_ends_quietly(service, monkeypatch):
    """Nothing is written for an analyzer that is gone."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    service.source.resources = [queue("q", PARTNER), queue("r", PARTNER)]
    beside = Beside(service.store, operations.announce, lambda: service.scan(analyzer))
    monkeypatch.setattr(operations, "announce", beside)

    _deletion(service)()

    assert beside.result() is None
    assert not _is_there(service)
    assert len(service.messages()) == 2


@pytest.mark.parametrize("there", [[queue("q", PARTNER)], []])
def test_an_analyzer_that_goes_while_its_scan_reads(service, there):
    """Whether there is something to write or not, the scan ends quietly."""
    analyzer = service.analyzer()

    def read(account, region, types):
        _deletion(service)()
        yield from there

    service.source.read = read

    service.scan(analyzer)

    assert not _is_there(service)


def test_a_deletion_waits_for_findings_that_are_archived(service, monkeypatch):
    """Archived first, deleted then: both are told."""
    analyzer = service.analyzer()
    service.destination()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    beside = Beside(service.store, turning.remember, _deletion(service))
    monkeypatch.setattr(turning, "remember", beside)

    update_findings(
        service.ringwall,
        CALLER,
        {"analyzerArn": analyzer.arn, "status": "ARCHIVED", "resourceArn": queue("q").arn},
    )

    assert beside.result() == {}
    assert not _is_there(service)
    assert len(service.messages()) == 3


@pytest.mark.parametrize("what", ["update", "rule"])
def test_whoever_decides_about_findings_of_a_deleted_analyzer_hears_so(service, monkeypatch, what):
    """The request waits for the deletion, and says then what it finds."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    _rule(service)
    with service.store.read() as connection:
        [found] = findings.each(connection, analyzer.key, {})
    update = {"analyzerArn": analyzer.arn, "status": "ARCHIVED", "ids": [found.id]}
    requests = {
        "update": lambda: update_findings(service.ringwall, CALLER, update),
        "rule": lambda: apply_archive_rule(
            service.ringwall, CALLER, {"analyzerArn": analyzer.arn, "ruleName": "quiet"}
        ),
    }
    beside = Beside(service.store, operations.announce, requests[what])
    monkeypatch.setattr(operations, "announce", beside)

    _deletion(service)()

    with pytest.raises(NotFoundError, match="no analyzer"):
        beside.result()


def test_a_rule_is_applied_when_the_scan_has_written(service, monkeypatch):
    """What the scan is about to write is archived, too; the two do not lock each other up."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    _rule(service)
    service.clock.move(minutes=30)
    # Without rules of its own: else the scan itself would archive what it finds.
    monkeypatch.setattr(looking.archive_rules, "of_analyzer", lambda *_: ())
    service.source.resources = [queue("q", PARTNER), queue("r", PARTNER)]
    request = {"analyzerArn": analyzer.arn, "ruleName": "quiet"}
    beside = Beside(service.store, looking.remember, lambda: apply_archive_rule(service.ringwall, CALLER, request))
    monkeypatch.setattr(looking, "remember", beside)

    service.scan(analyzer)

    assert beside.result() == {}
    assert service.findings(analyzer) == [("q", PARTNER, "ARCHIVED"), ("r", PARTNER, "ARCHIVED")]


def test_a_deletion_waits_for_housekeeping(service, monkeypatch):
    """Old previews are gone and old scans are not yet."""
    analyzer = service.analyzer()
    long_ago = service.clock() - timedelta(days=3)
    with service.store.write() as connection:
        previews.insert(connection, PreviewRecord("p", analyzer.key, {}, long_ago))
        for number in range(2):
            record = ScanRecord(f"s{number}", analyzer.key, ACCOUNT, REGION, "schedule", long_ago)
            started = scans.start(connection, record)
            scans.end(connection, started.key, at=long_ago, status=scans.ScanStatus.COMPLETE, coverage={})
    beside = Beside(service.store, scans.forget, _deletion(service))
    monkeypatch.setattr(housekeeping.scans, "forget", beside)

    housekeeping.housekeeping(service.work, {})

    assert beside.result() == {}
    assert not _is_there(service)
