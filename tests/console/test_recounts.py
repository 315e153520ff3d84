"""Counts that take long: an older one is shown for a while, and says so, while it is counted again."""

import pytest

from ringwall.console import access_map, recounts
from ringwall.console.recounts import OLDEST
from ringwall.store import analyzers
from tests.console.reading import data_of, text_of
from tests.service.work_for_tests import ACCOUNT, REGION, queue

OLD = "findings have changed since"
STRANGER = "666677778888"


@pytest.fixture
def ada(service, visitor):
    return visitor(service, "ada")


@pytest.fixture
def left(monkeypatch):
    """What was left to a thread of its own, none of which begins before a test says so."""
    works = []
    monkeypatch.setattr(recounts, "in_background", works.append)
    monkeypatch.setattr(access_map, "_MANY", 0)
    return works


def change(service):
    """A queue is shared with somebody new."""
    shared = queue("new", STRANGER)
    service.source.resources = [*service.source.resources, shared]
    with service.store.read() as connection:
        [analyzer] = analyzers.everyone(connection)
    service.do("rescan", analyzer=analyzer.key, account=ACCOUNT, region=REGION, type=shared.type, arn=shared.arn)


def test_a_long_count_is_shown_as_it_was_while_it_is_counted_again(service, ada, left):
    """The page says so; it is left to one thread, however many ask; then it is as it is."""
    assert OLD not in text_of(ada.get("/map").text)
    change(service)

    before = [text_of(ada.get("/map").text) for _ in range(2)]
    [work] = left
    work()
    after = text_of(ada.get("/map").text)

    assert all(OLD in page and STRANGER not in page for page in before)
    assert OLD not in after
    assert STRANGER in after


def test_a_part_of_an_old_map_is_as_old(service, ada, left):
    """Of an account, too."""
    ada.get("/map", account=ACCOUNT)
    change(service)

    assert OLD in text_of(ada.get("/map", account=ACCOUNT).text)


def test_nobody_is_shown_a_count_of_long_ago(service, ada, left):
    """After a minute the page waits for the new one."""
    ada.get("/map")
    service.clock.move(seconds=OLDEST.total_seconds())
    change(service)

    assert STRANGER in text_of(ada.get("/map").text)
    assert left == []


def test_a_download_is_never_old(service, ada, left):
    """Whoever keeps it wants what there is."""
    ada.get("/map")
    change(service)

    rows = data_of(ada.get("/map", format="json"))

    assert f"Account {STRANGER}" in {row["outsider"] for row in rows}


def test_a_recount_that_fails_is_tried_again(service, ada, left, monkeypatch):
    """It does not count as running for ever."""
    ada.get("/map")
    change(service)
    ada.get("/map")
    with monkeypatch.context() as broken:
        broken.setattr("ringwall.store.access_edges.counts", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            left.pop()()

    ada.get("/map")

    assert len(left) == 1


def test_what_is_soon_counted_is_never_old(service, ada):
    """A map of few lines shows every change at once."""
    ada.get("/map")
    change(service)

    assert STRANGER in text_of(ada.get("/map").text)
