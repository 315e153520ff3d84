from dataclasses import replace

import pytest

from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import Change
from ringwall.notify.registry import KINDS
from ringwall.service.announcing import announce, announce_preview
from ringwall.service.operations.archive_rules import create_archive_rule
from ringwall.service.operations.findings import update_findings
from ringwall.store import analyzers, destinations, findings, outbox
from ringwall.store.destinations import DestinationRecord
from tests.service.service_for_tests import (
    BUCKET,
    CALLER,
    NOON,
    access,
    analyzer_in,
    public_access,
    scanned,
    service_over,
    unreadable,
)


@pytest.fixture
def ringwall(store):
    return service_over(store)


def listening(ringwall, name="all", kind="webhook", **columns):
    with ringwall.store.write() as connection:
        return destinations.insert(connection, DestinationRecord(name, kind, NOON, **columns)).key


def told(ringwall, destination):
    """What waits for a destination, as (status before, status, deleted), in its order."""
    events = []
    with ringwall.store.write() as connection:
        while messages := outbox.lease(connection, destination, now=NOON.replace(year=2030), until=NOON, limit=100):
            for each in sorted(messages, key=lambda each: each.key):
                outbox.mark_sent(connection, each, NOON)
                events.append(each)
    events.sort(key=lambda each: each.key)
    return [
        (each.payload["previousStatus"], each.payload["detail"]["status"], each.payload["isDeleted"]) for each in events
    ]


def test_the_life_of_a_finding_is_told(ringwall):
    """
    New, archived, active again, resolved, and back: each transition once. A scan that finds the same says nothing.
    """
    everything, analyzer = listening(ringwall), analyzer_in(ringwall)
    [id_] = scanned(ringwall, analyzer, access())
    for status in ("ARCHIVED", "ACTIVE"):
        ringwall.clock.move(minutes=1)
        update_findings(ringwall, CALLER, {"analyzerArn": analyzer, "status": status, "ids": [id_]})
    for found in ([access()], [], [access()]):
        ringwall.clock.move(minutes=1)
        scanned(ringwall, analyzer, *found, gone="" if found else BUCKET)

    assert told(ringwall, everything) == [
        (None, "ACTIVE", False),
        ("ACTIVE", "ARCHIVED", False),
        ("ARCHIVED", "ACTIVE", False),
        ("ACTIVE", "RESOLVED", False),
        ("RESOLVED", "ACTIVE", False),
    ]


def test_an_error_that_is_mended_is_deleted(ringwall):
    """
    As the service does: it is not resolved, it goes.
    """
    everything, analyzer = listening(ringwall), analyzer_in(ringwall)

    scanned(ringwall, analyzer, unreadable())
    scanned(ringwall, analyzer, gone=BUCKET)

    assert told(ringwall, everything)[-1] == ("ACTIVE", "ACTIVE", True)


def test_what_a_rule_archives_at_once_is_told_as_archived(ringwall):
    """
    It is new, and nobody has to act.
    """
    everything, analyzer = listening(ringwall), analyzer_in(ringwall)
    create_archive_rule(
        ringwall, CALLER, {"analyzerName": "watch", "ruleName": "r", "filter": {"isPublic": {"eq": ["false"]}}}
    )

    scanned(ringwall, analyzer, access())

    assert told(ringwall, everything) == [(None, "ARCHIVED", False)]


def test_a_filter_chooses(ringwall):
    """
    A destination gets what its filter lets through, and one that is disabled nothing.
    """
    public = listening(ringwall, "public", filter={"isPublic": {"eq": ["true"]}})
    resolved = listening(ringwall, "resolved", filter={"status": {"eq": ["RESOLVED"]}})
    disabled = listening(ringwall, "disabled", disabled_at=NOON)
    analyzer = analyzer_in(ringwall)

    scanned(ringwall, analyzer, access(), public_access())
    scanned(ringwall, analyzer, access())

    assert told(ringwall, public) == [(None, "ACTIVE", False), ("ACTIVE", "RESOLVED", False)]
    assert told(ringwall, resolved) == [("ACTIVE", "RESOLVED", False)]
    assert told(ringwall, disabled) == []


def test_nothing_is_told_of_what_is_rolled_back(ringwall):
    """
    The messages are part of the transaction.
    """
    everything, analyzer = listening(ringwall), analyzer_in(ringwall)
    [id_] = scanned(ringwall, analyzer, access())
    told(ringwall, everything)

    with pytest.raises(ZeroDivisionError):
        _announce_and_fail(ringwall, analyzer, id_)

    assert told(ringwall, everything) == []


def _announce_and_fail(ringwall, analyzer, id_):
    with ringwall.store.write() as connection:
        record = analyzers.find(connection, analyzer)
        finding = findings.find(connection, record.key, id_)
        resolved = replace(finding, status=FindingStatus.RESOLVED)
        announce(ringwall, connection, record, [Change(resolved, previous_status=FindingStatus.ACTIVE)])
        raise ZeroDivisionError


def test_security_hub_is_told_of_resources_in_order(ringwall):
    """
    It has one finding for a resource: two messages about the same bucket do not leave at a time.
    """
    hub, analyzer = listening(ringwall, kind="securityhub"), analyzer_in(ringwall)
    scanned(ringwall, analyzer, access(), public_access())

    with ringwall.store.write() as connection:
        leased = outbox.lease(connection, hub, now=NOON, until=NOON, limit=10)

    assert len(leased) == 1


def test_previews_are_told_to_those_without_a_filter(ringwall):
    """
    A filter is about findings; and Security Hub has no place for previews.
    """
    analyzer = analyzer_in(ringwall)
    keys = {kind: listening(ringwall, kind, kind) for kind in KINDS}
    filtered = listening(ringwall, "filtered", filter={"isPublic": {"eq": ["true"]}})
    detail = {"accessPreviewId": "p-1", "configuredResources": [BUCKET], "createdAt": "2026-03-01T12:00:00Z"}

    with ringwall.store.write() as connection:
        record = analyzers.find(connection, analyzer)
        announce_preview(ringwall, connection, record, {**detail, "status": "CREATING"})
        announce_preview(ringwall, connection, record, {**detail, "status": "COMPLETED"}, previous_status="CREATING")

    both = [(None, "CREATING", False), ("CREATING", "COMPLETED", False)]
    assert {kind: told(ringwall, key) for kind, key in keys.items()} == dict.fromkeys(KINDS, both) | {"securityhub": []}
    assert told(ringwall, filtered) == []
