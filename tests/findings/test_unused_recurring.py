"""Use that comes back."""

from datetime import UTC, datetime

import pytest

from ringwall.findings.unused_recurring import (
    ServiceTrail,
    find_recurrence_of_principal,
    find_recurring,
    is_due,
    recurrence_of,
    trail_by_service,
)
from ringwall.principals.access_summary import ServiceSummary
from ringwall.principals.usage import TrailUsage, UsageSource, Use


def seen(*months):
    last = datetime.fromisoformat(f"{max(months)}-15T00:00:00+00:00")
    return Use(at=last, source=UsageSource.CLOUDTRAIL, months=tuple(months))


@pytest.mark.parametrize(
    ("months", "interval"),
    [
        ((), None),
        (("2026-01",), None),
        (("2026-01", "2026-02", "2026-03"), None),
        (("2025-12", "2026-01"), None),
        (("2025-12", "2026-03"), "quarterly"),
        (("2025-09", "2025-12", "2026-02", "2026-06"), "quarterly"),
        (("2025-12", "2026-01", "2026-03", "2026-04"), "quarterly"),
        (("2025-06", "2025-12", "2026-06"), "half-yearly"),
        (("2025-03", "2026-03"), "yearly"),
        (("2025-03", "2025-06", "2026-03"), "irregular"),
        (("2025-03", "2025-12"), "irregular"),
        (("2026-03", "2025-12", "2026-03"), "quarterly"),
    ],
)
def test_the_interval_is_that_of_the_pauses(months, interval):
    found = find_recurring("s3:CreateBucket", months)

    assert (found and found.interval) == interval
    assert found is None or found.months == tuple(sorted(set(months)))


@pytest.mark.parametrize(
    ("months", "now", "expected"),
    [
        (("2025-09", "2025-12"), "2026-03-31", True),
        (("2025-09", "2025-12"), "2026-04-30", True),
        (("2025-09", "2025-12"), "2026-05-01", False),
        (("2025-12", "2026-01", "2026-03", "2026-04"), "2026-07-31", True),
        (("2025-12", "2026-01", "2026-03", "2026-04"), "2026-08-01", False),
        (("2024-03", "2025-03"), "2026-04-30", True),
        (("2024-03", "2025-03"), "2026-05-01", False),
        (("2025-03", "2025-09", "2025-12"), "2026-07-31", True),
        (("2025-03", "2025-09", "2025-12"), "2026-08-01", False),
    ],
)
def test_the_next_use_is_due_after_the_longest_pause_and_may_be_a_month_late(months, now, expected):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert is_due(find_recurring("s3:CreateBucket", months), moment) is expected


def test_a_use_that_only_the_report_saw_continues_what_the_trail_saw():
    trail = TrailUsage(uses={"s3:createbucket": seen("2025-09", "2025-12")})
    latest = Use(at=datetime(2026, 3, 20, tzinfo=UTC))
    summary = ServiceSummary("s3", frozenset({"s3:CreateBucket"}), latest, {"s3:CreateBucket": latest})

    found = recurrence_of(summary, trail_by_service(trail)["s3"], is_in_use=False)

    assert found.actions["s3:CreateBucket"].months == ("2025-09", "2025-12", "2026-03")


def test_a_service_comes_back_by_calls_whose_actions_are_not_known():
    """Where it is in use, or an action of it comes back, only what is not explained by known actions counts."""
    summary = ServiceSummary("s3", frozenset({"s3:CreateBucket"}))
    unnamed = TrailUsage(services={"s3": seen("2025-12", "2026-03")})
    once_each = TrailUsage(
        uses={"s3:CreateBucket": seen("2025-12"), "s3:DeleteBucket": seen("2026-03")},
        services={"s3": seen("2025-12", "2026-03")},
    )

    assert recurrence_of(summary, trail_by_service(unnamed)["s3"], is_in_use=False).service.action == "s3:*"
    assert recurrence_of(summary, trail_by_service(unnamed)["s3"], is_in_use=True).service.interval == "quarterly"
    assert recurrence_of(summary, trail_by_service(once_each)["s3"], is_in_use=False).service.interval == "quarterly"
    assert recurrence_of(summary, trail_by_service(once_each)["s3"], is_in_use=True).service is None
    assert recurrence_of(summary, ServiceTrail(), is_in_use=False).all == ()


def test_what_comes_back_of_a_principal_has_to_be_seen_by_the_trail():
    """Two last uses of two credentials are no pattern; a last use continues one."""
    last = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), None)
    quarterly = TrailUsage(uses={"s3:CreateBucket": seen("2025-10", "2026-01")})

    assert find_recurrence_of_principal(None, last) is None
    assert find_recurrence_of_principal(TrailUsage(), last) is None
    assert find_recurrence_of_principal(quarterly, last).months == ("2025-10", "2026-01", "2026-04")


def test_what_a_trail_saw_is_told_apart_by_service():
    trail = TrailUsage(
        uses={"S3:CreateBucket": seen("2026-01")}, services={"s3": seen("2026-02"), "sqs": seen("2026-03")}
    )

    assert trail_by_service(trail) == {
        "s3": ServiceTrail({"S3:CreateBucket": seen("2026-01")}, seen("2026-02")),
        "sqs": ServiceTrail({}, seen("2026-03")),
    }
    assert trail_by_service(None) == {}
