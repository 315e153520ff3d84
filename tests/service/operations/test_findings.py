from datetime import timedelta

import pytest

from ringwall.errors import NotFoundError, ValidationError
from ringwall.service.operations.findings import (
    get_finding,
    get_finding_v2,
    list_finding_events,
    list_findings,
    list_findings_v2,
    update_findings,
)
from ringwall.service.operations.statistics import get_findings_statistics
from tests.service.service_for_tests import (
    BUCKET,
    CALLER,
    NOON,
    QUEUE,
    access,
    analyzer_in,
    public_access,
    scanned,
    unreadable,
)


@pytest.fixture
def analyzer(ringwall):
    return analyzer_in(ringwall)


def status(ringwall, analyzer, finding):
    return get_finding(ringwall, CALLER, {"analyzerArn": analyzer, "id": finding})["finding"]["status"]


def update(ringwall, analyzer, status_, **which):
    update_findings(ringwall, CALLER, {"analyzerArn": analyzer, "status": status_, **which})


def test_a_finding_comes_with_its_evidence(ringwall, analyzer):
    """Beside AWS's members, in one of ours."""
    [id_] = scanned(ringwall, analyzer, access(access_levels={"Read": ("s3:GetObject",)}))

    found = get_finding(ringwall, CALLER, {"analyzerArn": analyzer, "id": id_})["finding"]

    assert found["evidence"]["accessLevels"] == {"Read": ["s3:GetObject"]}
    assert found["sources"] == [{"type": "POLICY"}]


def test_only_buckets_say_how_they_are_shared(ringwall, analyzer):
    """As the API has it; our evidence says it of all."""
    [id_] = scanned(ringwall, analyzer, access(QUEUE))

    found = get_finding_v2(ringwall, CALLER, {"analyzerArn": analyzer, "id": id_})

    assert "sources" not in found["findingDetails"][0]["externalAccessDetails"]
    assert found["evidence"]["sources"] == [{"type": "POLICY"}]


def test_an_error_finding_says_why(ringwall, analyzer):
    """And has conditions, which are empty, because the model wants them."""
    [id_] = scanned(ringwall, analyzer, unreadable())

    found = get_finding(ringwall, CALLER, {"analyzerArn": analyzer, "id": id_})["finding"]

    assert (found["error"], found["condition"], found["evidence"]) == (
        "ACCESS_DENIED",
        {},
        {"errorMessage": "refused"},
    )
    assert not {"principal", "action", "isPublic"} & found.keys()


def test_the_details_of_a_finding_come_in_pages(ringwall, analyzer):
    """One detail, so one page; the rest of the finding stands on it."""
    [id_] = scanned(ringwall, analyzer, access())

    page = get_finding_v2(ringwall, CALLER, {"analyzerArn": analyzer, "id": id_, "maxResults": 1})

    assert (page["id"], len(page["findingDetails"]), "nextToken" in page) == (id_, 1, False)


@pytest.mark.parametrize("operation", [list_findings, list_findings_v2])
@pytest.mark.parametrize("attribute", ["", "createdAt", "updatedAt", "analyzedAt", "resource", "status", "id"])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_in_any_order_hold_each_finding_once(ringwall, analyzer, operation, attribute, order):
    """Also where many findings have the same value."""
    ids = scanned(ringwall, analyzer, *(access(f"arn:aws:s3:::b{number}") for number in range(5)))
    request = {"analyzerArn": analyzer, "maxResults": 2, "sort": {"attributeName": attribute, "orderBy": order}}

    listed, token = [], None
    while True:
        page = operation(ringwall, CALLER, {**request, "nextToken": token} if token else request)
        listed += [each["id"] for each in page["findings"]]
        if not (token := page.get("nextToken")):
            break

    assert sorted(listed) == sorted(ids)


def test_a_page_has_an_end(ringwall, analyzer):
    """The last page says so by having no token."""
    scanned(ringwall, analyzer, access(), public_access())

    page = list_findings_v2(ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 2})

    assert (len(page["findings"]), "nextToken" in page) == (2, False)


def test_what_is_archived_by_hand_stays_archived(ringwall, analyzer):
    """A scan that finds the same leaves it alone; the history says who did it, and why."""
    [id_] = scanned(ringwall, analyzer, access())
    ringwall.clock.move(minutes=1)

    update(ringwall, analyzer, "ARCHIVED", ids=[id_], reason="known")
    scanned(ringwall, analyzer, access())

    assert status(ringwall, analyzer, id_) == "ARCHIVED"
    events = list_finding_events(ringwall, CALLER, {"analyzerArn": analyzer, "id": id_})["events"]
    assert events == [
        {"findingId": id_, "at": NOON, "status": "ACTIVE", "cause": "scan"},
        {
            "findingId": id_,
            "at": NOON + timedelta(minutes=1),
            "previousStatus": "ACTIVE",
            "status": "ARCHIVED",
            "cause": "user",
            "actor": CALLER.key_id,
            "reason": "known",
        },
    ]


@pytest.mark.parametrize("wanted", ["ACTIVE", "ARCHIVED"])
def test_what_is_resolved_stays_so(ringwall, analyzer, wanted):
    """Nobody can bring back access that is gone."""
    [id_] = scanned(ringwall, analyzer, access())
    scanned(ringwall, analyzer, gone=BUCKET)

    update(ringwall, analyzer, wanted, ids=[id_])

    assert status(ringwall, analyzer, id_) == "RESOLVED"


def test_all_findings_of_a_resource_are_archived(ringwall, analyzer):
    """And those of others are not."""
    one, two, other = scanned(ringwall, analyzer, access(), public_access(), access(QUEUE))

    update(ringwall, analyzer, "ARCHIVED", resourceArn=BUCKET)

    assert [status(ringwall, analyzer, each) for each in (one, two, other)] == ["ARCHIVED", "ARCHIVED", "ACTIVE"]


def test_nothing_is_done_by_halves(ringwall, analyzer):
    """One id that is not there refuses them all."""
    [id_] = scanned(ringwall, analyzer, access())

    with pytest.raises(NotFoundError) as caught:
        update(ringwall, analyzer, "ARCHIVED", ids=[id_, "missing"])

    assert (caught.value.resource_id, status(ringwall, analyzer, id_)) == ("missing", "ACTIVE")


def test_a_resource_without_findings_has_none_to_change(ringwall, analyzer):
    """Which is no fault; a resource that was never seen is one."""
    scanned(ringwall, analyzer, gone=QUEUE)

    update(ringwall, analyzer, "ARCHIVED", resourceArn=QUEUE)

    with pytest.raises(NotFoundError):
        update(ringwall, analyzer, "ARCHIVED", resourceArn=f"{QUEUE}-unknown")


@pytest.mark.parametrize("which", [{}, {"ids": ["x"], "resourceArn": BUCKET}])
def test_findings_are_named_in_one_way(ringwall, analyzer, which):
    """By their ids or by their resource."""
    with pytest.raises(ValidationError, match="either"):
        update(ringwall, analyzer, "ARCHIVED", **which)


def test_the_history_of_all_findings_comes_in_pages(ringwall, analyzer):
    """Oldest first, in the order in which it happened."""
    ids = scanned(ringwall, analyzer, access(), access(QUEUE))
    update(ringwall, analyzer, "ARCHIVED", ids=ids)

    first = list_finding_events(ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 3})
    second = list_finding_events(
        ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 3, "nextToken": first["nextToken"]}
    )

    told = [each["status"] for page in (first, second) for each in page["events"]]
    assert told == ["ACTIVE", "ACTIVE", "ARCHIVED", "ARCHIVED"]


def test_findings_of_another_analyzer_are_not_found(ringwall, analyzer):
    """Each has its own."""
    other = analyzer_in(ringwall, "organization", type="ORGANIZATION")
    [id_] = scanned(ringwall, analyzer, access())

    with pytest.raises(NotFoundError):
        get_finding(ringwall, CALLER, {"analyzerArn": other, "id": id_})


def test_statistics_count_each_status(ringwall, analyzer):
    """By type of resource those that are active, and all by status."""
    ids = scanned(ringwall, analyzer, access(), public_access(), access(QUEUE))
    update(ringwall, analyzer, "ARCHIVED", ids=ids[:1])

    answer = get_findings_statistics(ringwall, CALLER, {"analyzerArn": analyzer})

    counted = answer["findingsStatistics"][0]["externalAccessFindingsStatistics"]
    assert answer["lastUpdatedAt"] == NOON
    assert (counted["totalActiveFindings"], counted["totalArchivedFindings"]) == (2, 1)
    assert counted["resourceTypeStatistics"]["AWS::S3::Bucket"]["totalActivePublic"] == 1
