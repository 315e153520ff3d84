"""Names of log files, and of places where they lie."""

from __future__ import annotations

import pytest

from ringwall.collector.trail_names import BucketPlace, bucket_place, find_log
from ringwall.errors import UsageError
from ringwall.principals.trail_parts import Log
from tests.trail_records import ACCOUNT, key_of


@pytest.mark.parametrize(
    "path",
    [
        f"/logs/{key_of()}",
        f"{ACCOUNT}_CloudTrail_eu-west-1_20260311T1805Z_abcDEF0123456789.json.gz",
        f"moved/{ACCOUNT}_CloudTrail_eu-west-1_20260311T1805Z_abcDEF0123456789.json",
        f"AWSLogs/o-exampleorgid/{ACCOUNT}/CloudTrail/eu-west-1/2026/03/11/renamed.json.zst",
        f"C:\\logs\\{ACCOUNT}\\CloudTrail\\eu-west-1\\2026\\03\\11\\renamed.json",
    ],
)
def test_a_name_or_place_tells_account_region_and_day(path):
    """
    Of the log, which is not always those of an event in it.
    """
    assert find_log(path) == Log(path.replace("\\", "/"), ACCOUNT, "eu-west-1", "2026-03-11")


def test_regions_of_other_partitions():
    """
    Their names have more parts.
    """
    log = find_log(key_of(region="us-gov-west-1"))

    assert log.region == "us-gov-west-1"


@pytest.mark.parametrize("path", ["events.json", "a/b/export.json.gz", "AWSLogs/x.json.zst"])
def test_other_files_of_records_tell_nothing_of_themselves(path):
    """
    Their records do.
    """
    assert find_log(path) == Log(path)


@pytest.mark.parametrize(
    "path",
    [
        "README.txt",
        "log.gz",
        f"{ACCOUNT}_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20260311T180500Z.json.gz",
        key_of(kind="CloudTrail-Digest"),
        key_of(kind="CloudTrail-Insight"),
    ],
)
def test_digests_insights_and_other_files_are_no_logs(path):
    """
    They hold no calls.
    """
    assert find_log(path) is None


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("s3://trail-logs", BucketPlace("trail-logs", "AWSLogs/")),
        ("s3://trail-logs/", BucketPlace("trail-logs", "AWSLogs/")),
        ("s3://trail-logs/some/prefix", BucketPlace("trail-logs", "some/prefix/AWSLogs/")),
        ("s3://trail-logs/AWSLogs", BucketPlace("trail-logs", "AWSLogs/")),
        ("s3://trail-logs/o-exampleorgid", BucketPlace("trail-logs", "o-exampleorgid/AWSLogs/")),
        ("s3://trail-logs/AWSLogs/o-exampleorgid/", BucketPlace("trail-logs", "AWSLogs/", "o-exampleorgid/")),
        (
            f"s3://trail-logs/x/AWSLogs/o-exampleorgid/{ACCOUNT}/CloudTrail",
            BucketPlace("trail-logs", "x/AWSLogs/", "o-exampleorgid/", ACCOUNT),
        ),
        (f"s3://trail-logs/AWSLogs/{ACCOUNT}", BucketPlace("trail-logs", "AWSLogs/", "", ACCOUNT)),
    ],
)
def test_a_place_in_s3_may_end_anywhere_above_the_regions(place, expected):
    """
    As it is copied from a console.
    """
    assert bucket_place(place) == expected


@pytest.mark.parametrize("place", ["s3://", "s3://B", f"s3://logs/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1", "s3://x y"])
def test_other_places_are_refused(place):
    """
    A slip of the pen is said at the start.
    """
    with pytest.raises(UsageError, match="`s3://"):
        bucket_place(place)
