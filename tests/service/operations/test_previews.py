import pytest

from ringwall.errors import ConflictError, NotFoundError, QuotaError, ValidationError
from ringwall.service.context import Quotas
from ringwall.service.operations.previews import (
    create_access_preview,
    get_access_preview,
    list_access_preview_findings,
    list_access_previews,
)
from ringwall.store import analyzers, previews, scans
from ringwall.store.scans import ScanRecord
from tests.service.service_for_tests import ACCOUNT, BUCKET, CALLER, NOON, QUEUE, REGION, analyzer_in, service_over

PROPOSED = {QUEUE: {"sqsQueue": {"queuePolicy": ""}}}


@pytest.fixture
def analyzer(ringwall):
    return analyzer_in(ringwall)


def create(ringwall, analyzer, configurations=PROPOSED):
    return create_access_preview(ringwall, CALLER, {"analyzerArn": analyzer, "configurations": configurations})["id"]


def get(ringwall, analyzer, preview):
    request = {"analyzerArn": analyzer, "accessPreviewId": preview}
    return get_access_preview(ringwall, CALLER, request)["accessPreview"]


def test_a_preview_is_made_by_a_job(ringwall, analyzer):
    """Until then it is being created."""
    id_ = create(ringwall, analyzer)

    assert get(ringwall, analyzer, id_) == {
        "id": id_,
        "analyzerArn": analyzer,
        "createdAt": NOON,
        "status": "CREATING",
        "configurations": PROPOSED,
    }
    assert (ringwall.jobs.jobs[-1].kind, ringwall.jobs.jobs[-1].payload) == ("preview", {"id": id_})


@pytest.mark.parametrize(
    "configurations",
    [
        {},
        {**PROPOSED, BUCKET: {"s3Bucket": {}}},
        {QUEUE: {}},
        {QUEUE: {"sqsQueue": {}, "snsTopic": {}}},
        {QUEUE: {"snsTopic": {}}},
        {"orders": {"sqsQueue": {}}},
        {QUEUE: {"lambdaFunction": {}}},
        {QUEUE.replace(ACCOUNT, "444455556666"): {"sqsQueue": {}}},
        {QUEUE.replace("arn:aws:", "arn:aws-cn:"): {"sqsQueue": {}}},
    ],
)
def test_a_preview_is_about_one_resource_of_the_account(ringwall, analyzer, configurations):
    """Whose configuration is of its own type."""
    with pytest.raises(ValidationError) as caught:
        create(ringwall, analyzer, configurations)
    assert caught.value.field == "configurations"


def test_a_preview_is_about_a_region_that_the_analyzer_looks_at(ringwall):
    """As with AWS, whose analyzers look at one."""
    analyzer = analyzer_in(ringwall, scope={"regions": [REGION]})

    with pytest.raises(ValidationError):
        create(ringwall, analyzer, {QUEUE.replace(REGION, "us-west-2"): {"sqsQueue": {}}})
    assert create(ringwall, analyzer, {BUCKET: {"s3Bucket": {}}})


def test_a_preview_may_be_about_an_account_that_was_scanned(ringwall, analyzer):
    """The service may be configured to read several."""
    elsewhere = "444455556666"
    with ringwall.store.write() as connection:
        key = analyzers.find(connection, analyzer).key
        scans.start(connection, ScanRecord("one", key, elsewhere, REGION, "schedule", NOON))

    assert create(ringwall, analyzer, {QUEUE.replace(ACCOUNT, elsewhere): {"sqsQueue": {}}})


def test_a_preview_needs_an_accounts_analyzer(ringwall):
    """As with AWS."""
    analyzer = analyzer_in(ringwall, type="ORGANIZATION")

    with pytest.raises(ValidationError) as caught:
        create(ringwall, analyzer)
    assert caught.value.field == "analyzerArn"


def test_a_preview_needs_an_active_analyzer(ringwall, analyzer):
    """One that is disabled has nothing to compare with."""
    with ringwall.store.write() as connection:
        analyzers.update(connection, analyzers.find(connection, analyzer).key, status="DISABLED")

    with pytest.raises(ConflictError):
        create(ringwall, analyzer)


def test_there_is_a_quota_for_an_hour(store):
    """After which there is room again."""
    ringwall = service_over(store, quotas=Quotas(previews_per_hour=1))
    analyzer = analyzer_in(ringwall)
    create(ringwall, analyzer)
    with pytest.raises(QuotaError):
        create(ringwall, analyzer)

    ringwall.clock.move(hours=1)

    assert create(ringwall, analyzer)


def test_a_preview_can_be_read_for_a_day(ringwall, analyzer):
    """And is listed for an hour."""
    id_ = create(ringwall, analyzer)
    ringwall.clock.move(hours=23, minutes=59)
    listed = list_access_previews(ringwall, CALLER, {"analyzerArn": analyzer})["accessPreviews"]
    status = get(ringwall, analyzer, id_)["status"]

    ringwall.clock.move(minutes=1)

    assert (listed, status) == ([], "CREATING")
    with pytest.raises(NotFoundError):
        get(ringwall, analyzer, id_)


def test_previews_are_listed_page_by_page(ringwall, analyzer):
    """Oldest first, without what they propose."""
    ids = [create(ringwall, analyzer) for _ in range(3)]

    first = list_access_previews(ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 2})
    second = list_access_previews(
        ringwall, CALLER, {"analyzerArn": analyzer, "maxResults": 2, "nextToken": first["nextToken"]}
    )

    listed = [each for page in (first, second) for each in page["accessPreviews"]]
    assert [each["id"] for each in listed] == ids
    assert all("configurations" not in each for each in listed)


def test_a_preview_that_failed_says_why(ringwall, analyzer):
    """And has no findings to list."""
    id_ = create(ringwall, analyzer)
    with ringwall.store.write() as connection:
        previews.fail(connection, id_, "INVALID_CONFIGURATION")

    assert get(ringwall, analyzer, id_)["statusReason"] == {"code": "INVALID_CONFIGURATION"}
    with pytest.raises(ConflictError, match="FAILED"):
        list_access_preview_findings(ringwall, CALLER, {"analyzerArn": analyzer, "accessPreviewId": id_})


def test_a_preview_of_another_analyzer_is_not_found(ringwall, analyzer):
    """Each has its own."""
    id_ = create(ringwall, analyzer)
    other = analyzer_in(ringwall, "organization", type="ORGANIZATION")

    with pytest.raises(NotFoundError):
        get(ringwall, other, id_)


def test_a_preview_is_ended_once(ringwall, analyzer):
    """A job that is done again changes nothing of what somebody may have read."""
    id_ = create(ringwall, analyzer)

    with ringwall.store.write() as connection:
        first = previews.complete(connection, id_, [])
        second = previews.fail(connection, id_, "INTERNAL_ERROR")

    assert (first, second, get(ringwall, analyzer, id_)["status"]) == (True, False, "COMPLETED")


def test_only_buckets_say_how_they_would_be_shared(ringwall, analyzer):
    """Sources that the API has no word for are left out, as from findings."""
    id_ = create(ringwall, analyzer)
    found = {
        "id": "f",
        "resource": QUEUE,
        "resourceType": "AWS::SQS::Queue",
        "resourceOwnerAccount": ACCOUNT,
        "createdAt": NOON,
        "changeType": "NEW",
        "status": "ACTIVE",
        "sources": [{"type": "POLICY"}],
    }
    with ringwall.store.write() as connection:
        previews.complete(connection, id_, [found])

    request = {"analyzerArn": analyzer, "accessPreviewId": id_}
    [listed] = list_access_preview_findings(ringwall, CALLER, request)["findings"]

    assert listed == {**{name: value for name, value in found.items() if name != "sources"}, "condition": {}}
