from dataclasses import replace

from ringwall.store import organizations, scans
from ringwall.store.scans import ScanRecord, ScanStatus
from tests.store.samples import ACCOUNT, LATER, NOON, keep_analyzer


def started(store, analyzer, id_="s-1", **changes) -> ScanRecord:
    with store.write() as connection:
        return scans.start(
            connection, replace(ScanRecord(id_, analyzer, ACCOUNT, "us-east-1", "schedule", NOON), **changes)
        )


def ended(store, scan, status=ScanStatus.COMPLETE):
    with store.write() as connection:
        scans.end(connection, scan.key, at=LATER, status=status, coverage={"seen": 3})


def test_a_scan_that_ended_says_when_how_and_what_it_saw(store):
    """
    What was written is what is read.
    """
    analyzer = keep_analyzer(store)
    scan = started(store, analyzer)
    ended(store, scan, ScanStatus.PARTIAL)

    with store.read() as connection:
        [found] = scans.page(connection, analyzer, limit=9)

    assert found == replace(scan, ended_at=LATER, status="PARTIAL", coverage={"seen": 3})


def test_the_last_scan_of_every_place(store):
    """
    One for each account and Region.
    """
    analyzer = keep_analyzer(store)
    for id_, region in (("s-1", "us-east-1"), ("s-2", "eu-west-1"), ("s-3", "us-east-1")):
        started(store, analyzer, id_, region=region)

    with store.read() as connection:
        assert [each.id for each in scans.last_of(connection, analyzer)] == ["s-2", "s-3"]


def test_scans_come_in_pages_newest_first(store):
    """
    Behind the last one of the page before.
    """
    analyzer = keep_analyzer(store)
    middle = [started(store, analyzer, f"s-{number}") for number in range(3)][1]

    with store.read() as connection:
        pages = [scans.page(connection, analyzer, limit=2), scans.page(connection, analyzer, after=middle.key, limit=2)]

    assert [[each.id for each in page] for page in pages] == [["s-2", "s-1"], ["s-0"]]


def test_a_scan_that_never_ended_was_interrupted(store):
    """
    One that began only now may be running.
    """
    analyzer = keep_analyzer(store)
    ended(store, started(store, analyzer, "done"))
    started(store, analyzer, "dead")
    started(store, analyzer, "new", started_at=LATER)

    with store.read() as connection:
        assert [each.id for each in scans.interrupted(connection, LATER)] == ["dead"]


def test_old_scans_are_forgotten(store):
    """
    Those that are running are not.
    """
    analyzer = keep_analyzer(store)
    ended(store, started(store, analyzer, "done"))
    started(store, analyzer, "running")

    with store.write() as connection:
        assert scans.forget(connection, LATER) == 0
        assert scans.forget(connection, LATER.replace(hour=23)) == 1


def test_an_organization_is_kept_once(store):
    """
    The digest says what it is, so the first to come is as good as any.
    """
    with store.write() as connection:
        organizations.put(connection, "d1", {"id": "o-1"}, NOON)
        organizations.put(connection, "d1", {"id": "o-1"}, LATER)

    with store.read() as connection:
        assert [organizations.get(connection, each) for each in ("d1", "d2")] == [{"id": "o-1"}, None]


def test_organizations_that_no_analyzer_sees_are_forgotten(store):
    """
    A new one may be about to be seen.
    """
    keep_analyzer(store, zone_digest="seen")
    with store.write() as connection:
        for digest, at in (("seen", NOON), ("old", NOON), ("new", LATER)):
            organizations.put(connection, digest, {}, at)
        forgotten = organizations.forget(connection, LATER)

    with store.read() as connection:
        left = [organizations.get(connection, each) for each in ("seen", "old", "new")]
    assert (forgotten, left) == (1, [{}, None, {}])
