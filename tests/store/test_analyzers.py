from dataclasses import replace
from datetime import timedelta

import pytest

from ringwall.errors import ConflictError
from ringwall.store import analyzers, findings
from tests.store.samples import ACCOUNT, LATER, NOON, a_finding, an_analyzer, keep, keep_analyzer

US = (ACCOUNT, "us-east-1")


def test_an_analyzer_comes_back_as_it_was_written(store):
    """
    Every field, with the key that it got.
    """
    written = an_analyzer(
        status="FAILED",
        status_reason="ORGANIZATION_DELETED",
        tags={"team": "é"},
        scope={"accounts": [ACCOUNT], "regions": []},
        configuration={"unusedAccess": {}},
        scan_interval=60,
        next_scan_at=LATER,
        zone_digest="z",
        last_resource_analyzed="arn",
        last_resource_analyzed_at=NOON,
    )
    with store.write() as connection:
        key = analyzers.insert(connection, written).key

    with store.read() as connection:
        found = [
            analyzers.find(connection, written.arn),
            analyzers.find_named(connection, *US, "watch"),
            analyzers.find_key(connection, key),
        ]
    assert found == [replace(written, key=key)] * 3


def test_two_analyzers_of_a_name_are_refused(store):
    """
    The second gets the error of the API.
    """
    keep_analyzer(store)

    with pytest.raises(ConflictError, match="`watch` already") as caught:
        keep_analyzer(store)
    assert (caught.value.resource_id, caught.value.resource_type) == ("watch", "Analyzer")


def test_what_there_is_not_is_not_found(store):
    """
    Nothing is None.
    """
    with store.read() as connection:
        assert analyzers.find(connection, "arn") is analyzers.find_named(connection, *US, "x") is None


def test_analyzers_of_a_type_are_counted_where_they_are(store):
    """
    Quotas are of one type, one account and one Region.
    """
    keep_analyzer(store)
    keep_analyzer(store, "b", type="ORGANIZATION")
    keep_analyzer(store, "c", region="eu-west-1")

    with store.read() as connection:
        assert analyzers.count(connection, *US, "ACCOUNT") == 1


def test_analyzers_come_in_pages(store):
    """
    Oldest first, behind the last one of the page before, of one type where one is asked for.
    """
    keys = [keep_analyzer(store, name, type=name.upper()) for name in ("a", "b", "c")]

    with store.read() as connection:
        pages = [
            analyzers.page(connection, *US, limit=2),
            analyzers.page(connection, *US, after=keys[1], limit=2),
            analyzers.page(connection, *US, "B", limit=2),
        ]

    assert [[each.name for each in page] for page in pages] == [["a", "b"], ["c"], ["b"]]


def test_an_analyzer_is_due_when_its_time_has_come(store):
    """
    The longest overdue comes first; one that is not to be scanned is never due.
    """
    for name, at in (("now", NOON), ("early", NOON - timedelta(1)), ("later", LATER), ("never", None)):
        keep_analyzer(store, name, next_scan_at=at)

    with store.read() as connection:
        assert [each.name for each in analyzers.due(connection, NOON)] == ["early", "now"]


def test_an_update_changes_what_it_names(store):
    """
    The other columns stay.
    """
    key = keep_analyzer(store)
    with store.write() as connection:
        analyzers.update(connection, key, next_scan_at=LATER, tags={"a": "b"}, configuration=None)

    with store.read() as connection:
        assert analyzers.everyone(connection) == [an_analyzer(key=key, next_scan_at=LATER, tags={"a": "b"})]


def test_with_an_analyzer_goes_what_it_found(store):
    """
    Its findings and their history, and nobody else's.
    """
    key, other = keep_analyzer(store), keep_analyzer(store, "other")
    for analyzer in (key, other):
        keep(store, analyzer, a_finding())
    with store.write() as connection:
        analyzers.delete(connection, key)

    with store.read() as connection:
        left = [len(findings.history(connection, each, "f-1", limit=9)) for each in (key, other)]
        assert (left, findings.count(connection, other, {})) == ([0, 1], 1)
