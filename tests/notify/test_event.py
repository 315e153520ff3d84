from dataclasses import replace
from datetime import timedelta

import pytest

from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import Change, RememberedFinding
from ringwall.notify.event import event_from_json, event_of, finding_as_json, preview_event, written
from tests.notify.samples import ACCOUNT, ANALYZER, NOON, REGION, a_finding, an_event

ACTIVE, ARCHIVED, RESOLVED = FindingStatus
FINDING = RememberedFinding("f-1", a_finding(allowedBy=[{"statement": "secret"}]), ACTIVE, NOON, NOON, NOON)


def event(change, at=NOON):
    return event_of(change, analyzer=ANALYZER, account=ACCOUNT, region=REGION, at=at)


def changed(before, after, **changes):
    return Change(replace(FINDING, status=after), previous_status=before, **changes)


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        (changed(None, ACTIVE), True),
        (changed(None, ARCHIVED), True),
        (changed(ACTIVE, ARCHIVED), True),
        (changed(ARCHIVED, ACTIVE), True),
        (changed(ACTIVE, RESOLVED), True),
        (changed(RESOLVED, RESOLVED, is_deleted=True), True),
        (changed(ACTIVE, ACTIVE), False),
        (changed(RESOLVED, RESOLVED), False),
    ],
)
def test_new_changed_and_deleted_are_told(change, is_told):
    """
    A write that leaves the status as it was is no news.
    """
    assert (event(change) is not None) is is_told


def test_the_same_transition_has_the_same_id():
    """
    Whoever announces it again, later, says the same: the id does not depend on when it is said.
    """
    change = changed(ACTIVE, ARCHIVED)

    assert event(change).id == event(change, at=NOON + timedelta(hours=1)).id


def test_different_transitions_have_different_ids():
    """
    Also the same change of the same finding at another time, and the deletion of what had just changed.
    """
    changes = [
        changed(None, ACTIVE),
        changed(ACTIVE, RESOLVED),
        changed(RESOLVED, ACTIVE),
        changed(ACTIVE, ACTIVE, is_deleted=True),
        Change(replace(FINDING, id="f-2")),
        Change(replace(FINDING, updated_at=NOON + timedelta(microseconds=1))),
    ]

    assert len({event(each).id for each in changes}) == len(changes)


def test_the_evidence_stays_in_the_house():
    """
    Receivers get what the API says of a finding, and not the statements of the policy.
    """
    assert "allowedBy" not in finding_as_json(FINDING)


def test_an_event_survives_the_outbox():
    """
    What was written is what is read.
    """
    told = an_event(previous_status="ACTIVE", is_deleted=True)

    assert event_from_json(told.as_json()) == told


def test_previews_have_ids_of_their_states():
    """
    That it is being made and that it is ready are two events, each with its id.
    """
    ids = {
        preview_event(
            {"accessPreviewId": "p", "status": status},
            analyzer=ANALYZER,
            account=ACCOUNT,
            region=REGION,
            at=NOON,
            previous_status=before,
        ).id
        for before, status in ((None, "CREATING"), ("CREATING", "COMPLETED"), ("CREATING", "FAILED"))
    }

    assert len(ids) == 3


def test_times_end_in_z():
    """
    As AWS writes them.
    """
    assert written(NOON) == "2026-03-01T12:00:00Z"
