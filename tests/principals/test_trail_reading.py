"""What days of CloudTrail tell together, and what they can have told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from ringwall.principals.trail_days import DaySummary, LastSeen, TrailGap
from ringwall.principals.trail_reading import MOST_GAPS, reading_of
from ringwall.principals.usage import TrailCoverage, TrailUsage, UsageSource, Use
from tests.trail_records import ACCOUNT, ROLE

FIRST = date(2026, 3, 1)


def a_day(number, **changes):
    summary = DaySummary(
        ACCOUNT, FIRST + timedelta(days=number - 1), {}, ("eu-west-1",), reads=True, writes=True, kms=True
    )
    return replace(summary, **changes)


def last_seen(at):
    return LastSeen(at, "eu-west-1", (at[:7],))


def read(*days, until=3, regions=()):
    return reading_of(days, since=FIRST, until=FIRST + timedelta(days=until - 1), regions=regions)


def test_the_last_time_counts_and_every_month_is_kept():
    """
    Of actions and services apart.
    """
    march, april = last_seen("2026-03-01T10:00:00Z"), last_seen("2026-04-01T10:00:00Z")
    reading = read(
        a_day(1, uses={ROLE: {"s3": march, "s3:ListAllMyBuckets": march}}),
        a_day(32, uses={ROLE: {"s3": april}}),
        until=32,
    )

    once = Use(datetime(2026, 3, 1, 10, tzinfo=UTC), "eu-west-1", UsageSource.CLOUDTRAIL, ("2026-03",))
    twice = Use(datetime(2026, 4, 1, 10, tzinfo=UTC), "eu-west-1", UsageSource.CLOUDTRAIL, ("2026-03", "2026-04"))
    assert dict(reading.usage) == {ROLE: TrailUsage({"s3:ListAllMyBuckets": once}, {"s3": twice})}


def test_a_principal_is_found_by_its_name():
    """
    Sessions may be logged without the path of their role.
    """
    bare = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    uses = {bare: {"ec2": last_seen("2026-03-02T10:00:00Z")}, ROLE: {"s3": last_seen("2026-03-01T10:00:00Z")}}
    usage = read(a_day(1, uses=uses)).usage

    assert list(usage) == [ROLE]
    assert set(usage[ROLE].services) == {"ec2", "s3"}
    assert usage[bare] == usage[ROLE]
    assert usage.get(f"arn:aws:iam::{ACCOUNT}:user/deploy") is None


def test_a_trail_that_was_read_in_full_has_no_gaps():
    """
    Nothing is missing.
    """
    reading = read(a_day(1), a_day(2), a_day(3, data_events=True), regions=["eu-west-1"])

    expected = TrailCoverage(FIRST, date(2026, 3, 3), ("eu-west-1",), data_events=True)
    assert reading.coverage == expected


def test_days_without_logs_are_gaps_and_shorten_what_is_covered():
    """
    The first and last day with logs are what can be relied on.
    """
    coverage = read(a_day(3), a_day(4), a_day(6), a_day(8, regions=()), until=9).coverage

    assert (coverage.since, coverage.until) == (date(2026, 3, 3), date(2026, 3, 6))
    assert coverage.gaps == (
        f"account {ACCOUNT}: no logs of CloudTrail of 2026-03-01 to 2026-03-02",
        f"account {ACCOUNT}: no logs of CloudTrail of 2026-03-05",
        f"account {ACCOUNT}: no logs of CloudTrail of 2026-03-07 to 2026-03-09",
    )


def test_regions_without_logs_are_missing():
    """
    Of those that are enabled.
    """
    coverage = read(a_day(1), until=1, regions=["eu-west-1", "ap-south-1", "us-east-1"]).coverage

    assert coverage.regions == ("eu-west-1",)
    assert coverage.missing_regions == ("ap-south-1", "us-east-1")


def test_no_logs_at_all_is_a_gap():
    """
    And covers nothing.
    """
    coverage = read().coverage

    assert coverage.gaps == ("no logs of CloudTrail from 2026-03-01 to 2026-03-03",)
    assert coverage.since == coverage.until == date(2026, 3, 3)


def test_kinds_of_events_that_never_occur_are_said_to_be_left_out():
    """
    A trail can be told to log only writes, or nothing of KMS.
    """
    coverage = read(a_day(1, reads=False, kms=False), until=1).coverage

    assert coverage.left_out == ("read", "kms")
    assert coverage.gaps == (
        "no event of AWS KMS is in the logs: the trail may leave them out",
        "no read-only event is in the logs: the trail seems to leave them out",
    )


def test_days_that_were_not_asked_for_are_passed_over():
    """
    With their gaps.
    """
    coverage = read(a_day(1), a_day(2, gaps=("x: refused",)), until=1).coverage

    assert coverage.gaps == ()


def test_thousands_of_gaps_are_told_in_part():
    """
    With how many more there are.
    """
    gaps = tuple(f"{number:04}: refused" for number in range(MOST_GAPS + 5))
    coverage = read(a_day(1, gaps=gaps), TrailGap("0000: refused"), until=1).coverage

    assert len(coverage.gaps) == MOST_GAPS + 1
    assert coverage.gaps[-1] == "5 more could not be read"
