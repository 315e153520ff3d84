"""Log files in a bucket, on a moto server; and what a bucket that refuses leaves of it, from answers made up here."""

from __future__ import annotations

import gzip
import io
from datetime import date

import boto3
import pytest
from botocore.exceptions import IncompleteReadError

from ringwall.collector.accounts import own_session
from ringwall.collector.aws import Connection, RefusedError
from ringwall.collector.traffic import Traffic
from ringwall.collector.trail_bucket import MOST_REFUSED, MOST_STORED
from ringwall.collector.trail_files import read_days, read_trail
from ringwall.errors import CollectionError, UsageError
from ringwall.principals.trail_days import DaySummary, TrailGap
from tests.trail_records import ACCOUNT, ROLE, a_log, a_record, all_kinds, key_of

FIRST, LAST = date(2026, 3, 11), date(2026, 3, 12)
OTHER = "444455556666"


@pytest.fixture
def session(endpoint):
    return own_session(Connection(endpoint_url=endpoint, threads=4), Traffic())


@pytest.fixture
def put(endpoint):
    """Puts log files into a bucket that is empty before and after."""
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint)
    s3.create_bucket(Bucket="trail-logs")

    def put_log(*records, prefix="", data=None, **where):
        body = gzip.compress(a_log(*records)) if data is None else data
        s3.put_object(Bucket="trail-logs", Key=prefix + key_of(**where), Body=body)

    yield put_log
    for each in s3.list_objects_v2(Bucket="trail-logs").get("Contents", ()):
        s3.delete_object(Bucket="trail-logs", Key=each["Key"])
    s3.delete_bucket(Bucket="trail-logs")


def days_of(session, place="s3://trail-logs", **options):
    return list(read_days(place, since=FIRST, until=LAST, session=session, workers=1, **options))


def test_a_bucket_is_read(session, put):
    """
    The days that are asked for, of all Regions that there are.
    """
    put(*all_kinds())
    put(*all_kinds("2026-03-12"), day="2026-03-12", region="us-east-1")
    put(a_record("iam", "CreateUser"), day="2026-03-13")
    put(data=b"signature", kind="CloudTrail-Digest")

    reading = read_trail(
        "s3://trail-logs", since=FIRST, until=LAST, session=session, workers=1, regions=["eu-west-1", "ap-south-1"]
    )

    assert set(reading.usage[ROLE].uses) == {"ec2:DescribeInstances", "ec2:RunInstances", "kms:Decrypt"}
    assert reading.coverage.regions == ("eu-west-1", "us-east-1")
    assert reading.coverage.missing_regions == ("ap-south-1",)
    assert reading.coverage.gaps == ()


@pytest.mark.parametrize(
    "place", ["s3://trail-logs/x", "s3://trail-logs/x/AWSLogs/", f"s3://trail-logs/x/AWSLogs/{ACCOUNT}"]
)
def test_a_trail_may_have_a_prefix(session, put, place):
    """
    What lies beside it is another trail's.
    """
    put(a_record(), prefix="x/")
    put(a_record("iam", "CreateUser"))

    first, last = days_of(session, place)

    assert set(first.uses[ROLE]) == {"ec2", "ec2:DescribeInstances"}
    assert last == DaySummary(ACCOUNT, LAST)


def test_an_organization_has_a_folder_of_its_own(session, put):
    """
    With an account in each folder below it.
    """
    for account in (ACCOUNT, OTHER):
        path = key_of(account=account).removeprefix("AWSLogs/")
        boto3.client("s3", region_name="us-east-1", endpoint_url=session.connection.endpoint_url).put_object(
            Bucket="trail-logs", Key=f"AWSLogs/o-exampleorgid/{path}", Body=gzip.compress(a_log(a_record()))
        )

    both = days_of(session)
    one = days_of(session, account=OTHER)

    assert [each.account for each in both if each.regions] == [ACCOUNT, OTHER]
    assert [each.account for each in one if each.regions] == [OTHER]


def test_days_that_are_known_are_not_listed(session, put):
    """
    A day without logs is known as such, too.
    """
    put(a_record())
    calls = session.traffic.calls

    days = days_of(session)
    listed = calls["s3:ListBucket"]
    assert days_of(session, known={(each.account, each.day) for each in days}) == []

    assert [bool(each.regions) for each in days] == [True, False]
    # The folders of accounts, and of Regions.
    assert calls["s3:ListBucket"] - listed == 2


def test_a_damaged_object_is_a_gap_of_its_day(session, put):
    """
    With its address.
    """
    put(data=b"\x1f\x8b nonsense")
    put(a_record(), number=1)

    first, last = days_of(session)

    assert first.gaps[0].startswith(f"s3://trail-logs/{key_of()}: the file is damaged")
    assert (first.is_complete, last.is_complete) == (False, True)
    assert set(first.uses) == {ROLE}


def test_a_bucket_that_is_not_there_is_a_gap(session):
    """
    Nothing was seen.
    """
    reading = read_trail("s3://no-such-trail", since=FIRST, until=LAST, session=session, workers=1)

    absent, missing = reading.coverage.gaps
    assert absent == "no logs of CloudTrail from 2026-03-11 to 2026-03-12"
    assert missing.startswith("s3://no-such-trail/AWSLogs/: s3:ListBucket: NoSuchBucket")
    assert dict(reading.usage) == {}


def test_what_is_no_address_is_refused(session):
    """
    A slip of the pen is said at the start.
    """
    with pytest.raises(UsageError, match="no place of logs"):
        days_of(session, "s3://?")


class Stub:
    """A session, its reader and a bucket of two days, some of which refuses."""

    def __init__(self, *, files=1, size=100, refused=(), broken=0):
        self.connection = Connection(threads=1)
        self.files = files
        self.size = size
        self.refused = refused
        self.broken = broken
        self.asked = []

    def reader(self):
        return self

    def pages(self, operation, key, *, Prefix, Delimiter="", **_):  # noqa: N803 - AWS's names
        self._check(f"{operation} {Prefix}")
        if key == "CommonPrefixes":
            name = {"AWSLogs/": ACCOUNT}.get(Prefix, "eu-west-1")
            return [{"Prefix": f"{Prefix}{name}/"}]
        return [{"Key": f"{Prefix}{number:04}.json.gz", "Size": self.size} for number in range(self.files)]

    def call(self, operation, *, Key, **_):  # noqa: N803 - as above
        self._check(f"{operation} {Key}")
        if self.broken:
            self.broken -= 1
            return {"Body": Cut()}
        return {"Body": io.BytesIO(gzip.compress(a_log(a_record())))}

    def _check(self, what):
        self.asked.append(what)
        if any(each in what for each in self.refused):
            raise RefusedError("ACCESS_DENIED", f"{what.split(' ')[0]}: AccessDenied: no", "AccessDenied")


class Cut:
    def read(self):
        raise IncompleteReadError(actual_bytes=1, expected_bytes=2)

    def close(self):
        pass


def gaps_of(stub, **options):
    found = days_of(stub, **options)
    return [gap for each in found for gap in ([each.message] if isinstance(each, TrailGap) else each.gaps)]


def test_a_listing_that_is_refused_is_a_gap():
    """
    Of the bucket, or of a day.
    """
    assert gaps_of(Stub(refused=["s3:ListBucket"])) == [
        "s3://trail-logs/AWSLogs/: s3:ListBucket: AccessDenied: no",
    ]
    assert gaps_of(Stub(refused=["2026/03/12/"])) == [
        f"s3://trail-logs/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/03/12/: s3:ListBucket: AccessDenied: no",
    ]


def test_an_object_that_is_refused_is_a_gap():
    """
    The others are read.
    """
    stub = Stub(files=3, refused=["0001.json"])

    first, last = days_of(stub)

    assert [len(each.gaps) for each in (first, last)] == [1, 1]
    assert first.gaps[0].endswith("0001.json.gz: s3:GetObject: AccessDenied: no")
    assert set(first.uses) == {ROLE}


def test_a_bucket_that_refuses_everything_is_not_asked_for_ever():
    """
    Each day says that it was not read.
    """
    stub = Stub(files=MOST_REFUSED + 30, refused=["s3:GetObject"])

    first, last = days_of(stub)

    assert len([each for each in stub.asked if each.startswith("s3:GetObject")]) == MOST_REFUSED
    assert last.gaps == ("s3://trail-logs/AWSLogs/: not asked for: the objects before were refused",)
    assert len(first.gaps) == MOST_REFUSED + 1


def test_an_object_that_arrives_in_part_is_asked_for_again():
    """
    And is a gap in the end.
    """
    assert gaps_of(Stub(broken=2)) == []
    first, *_ = gaps_of(Stub(broken=3))
    assert "s3:GetObject: 1 read, but total bytes expected is 2" in first


def test_an_object_that_is_too_large_is_not_fetched():
    """
    CloudTrail writes none.
    """
    stub = Stub(size=MOST_STORED + 1)

    first, _ = gaps_of(stub)

    assert first.endswith("0000.json.gz: the object is too large to be a log of CloudTrail")
    assert not [each for each in stub.asked if each.startswith("s3:GetObject")]


def test_a_listing_that_is_throttled_to_the_end_is_a_gap():
    """
    Of its day; the next one is read.
    """

    class Strange(Stub):
        def _check(self, what):
            if "2026/03/11" in what:
                raise CollectionError("INTERNAL_ERROR", "s3:ListBucket: SlowDown: later")

    [gap] = gaps_of(Strange())
    assert gap.endswith("2026/03/11/: s3:ListBucket: SlowDown: later")
