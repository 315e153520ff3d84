"""Summaries of days: kept, and added up in any order."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import SnapshotError
from ringwall.principals.trail import TrailRecord
from ringwall.principals.trail_days import FORMAT, DaySummary, LastSeen, day_as_bytes, day_of_bytes, merged_days
from ringwall.principals.trail_parts import DayParts, Log
from ringwall.principals.trail_reading import reading_of
from tests.trail_records import ACCOUNT, ROLE, USER, a_record, of_role, of_user

DAY = date(2026, 3, 11)
times = st.builds("2026-{:02}-{:02}T0{}:00:00Z".format, st.integers(1, 12), st.integers(1, 28), st.integers(0, 9))
seen = st.builds(lambda at, region: LastSeen(at, region, (at[:7],)), times, st.sampled_from(["eu-west-1", "us-east-1"]))
uses = st.dictionaries(
    st.sampled_from([ROLE, USER, f"arn:aws:iam::{ACCOUNT}:role/deploy"]),
    st.dictionaries(st.sampled_from(["s3", "s3:ListAllMyBuckets", "ec2", "ec2:RunInstances"]), seen, min_size=1),
)
flags = st.booleans()
summaries = st.builds(
    DaySummary,
    st.just(ACCOUNT),
    st.integers(0, 3).map(lambda number: DAY + timedelta(days=number)),
    uses,
    st.lists(st.sampled_from(["eu-west-1", "us-east-1"]), unique=True).map(lambda found: tuple(sorted(found))),
    st.lists(st.sampled_from(["a: damaged", "b: refused"]), unique=True).map(lambda found: tuple(sorted(found))),
    data_events=flags,
    reads=flags,
    writes=flags,
    kms=flags,
)
same_day = summaries.map(lambda each: msgspec.structs.replace(each, day=DAY))


@given(same_day, same_day, same_day)
def test_parts_of_a_day_add_up_in_any_order(one, two, three):
    """
    Associative, commutative, and once more makes no difference.
    """
    assert merged_days(one, two) == merged_days(two, one)
    assert merged_days(merged_days(one, two), three) == merged_days(one, merged_days(two, three))
    assert merged_days(one, one) == one


@given(st.lists(summaries, max_size=6), st.randoms(use_true_random=False))
def test_days_add_up_in_any_order_and_grouping(days, chance):
    """
    Whatever was merged before, and whatever comes twice.
    """
    window = {"since": DAY, "until": DAY + timedelta(days=3), "regions": ("eu-west-1", "eu-west-3")}
    other = [*days, *days[:2]]
    chance.shuffle(other)
    merged: dict[date, DaySummary] = {}
    for each in other:
        merged[each.day] = merged_days(merged[each.day], each) if each.day in merged else each

    reading = reading_of(days, **window)
    for again in (reading_of(other, **window), reading_of(merged.values(), **window)):
        assert again.coverage == reading.coverage
        assert dict(again.usage) == dict(reading.usage)


@given(summaries)
def test_a_summary_comes_back_as_it_was(summary):
    """
    From few bytes.
    """
    assert day_of_bytes(day_as_bytes(summary)) == summary


@pytest.mark.parametrize("encoded", [b"", b"\x81", b"nonsense", msgspec.msgpack.encode({"account": ACCOUNT})])
def test_a_damaged_summary_is_an_error(encoded):
    """
    The day is read again.
    """
    with pytest.raises(SnapshotError, match="no summary"):
        day_of_bytes(encoded)


def test_a_summary_of_another_format_is_an_error():
    """
    What it meant may not be what is meant now.
    """
    summary = DaySummary(ACCOUNT, DAY, format=FORMAT + 1)

    with pytest.raises(SnapshotError, match="format 2"):
        day_of_bytes(day_as_bytes(summary))


def test_two_days_are_not_merged():
    """
    That is for a reading.
    """
    with pytest.raises(ValueError, match="two days"):
        merged_days(DaySummary(ACCOUNT, DAY), DaySummary(ACCOUNT, date(2026, 3, 12)))


def summed(*records, log=None):
    parts = DayParts()
    parts.add_log(log or Log("x.json"), msgspec.convert(list(records), list[TrailRecord]))
    return list(parts.summaries())


def test_records_become_the_last_time_of_each_action():
    """
    And of its service; the Region is the one of the last time.
    """
    [day] = summed(
        a_record(at="2026-03-11T09:00:00Z", awsRegion="us-east-1"),
        a_record(at="2026-03-11T18:00:00Z"),
        a_record(at="2026-03-11T11:00:00Z", who=of_role(session="other"), awsRegion="us-east-1"),
        a_record("signin", "ConsoleLogin", who=of_user(), at="2026-03-11T07:00:00Z"),
    )

    last = LastSeen("2026-03-11T18:00:00Z", "eu-west-1", ("2026-03",))
    login = LastSeen("2026-03-11T07:00:00Z", "eu-west-1", ("2026-03",))
    assert day.uses == {ROLE: {"ec2": last, "ec2:DescribeInstances": last}, USER: {"signin": login}}
    assert (day.account, day.day, day.regions) == (ACCOUNT, DAY, ("eu-west-1", "us-east-1"))
    assert (day.reads, day.writes, day.kms, day.data_events) == (True, True, False, False)


def test_the_day_of_a_log_is_the_one_of_its_delivery():
    """
    Its events may be of the day before, and so of the month before.
    """
    log = Log("x", ACCOUNT, "eu-west-1", "2026-04-01")
    [day] = summed(a_record(at="2026-03-31T23:58:00Z"), a_record(at="2026-04-01T00:01:00Z"), log=log)

    assert day.day == date(2026, 4, 1)
    assert day.uses[ROLE]["ec2"] == LastSeen("2026-04-01T00:01:00Z", "eu-west-1", ("2026-03", "2026-04"))


def test_what_a_record_does_not_tell_is_a_gap():
    """
    Counted by its reason; the rest is read.
    """
    log = Log("x.json", ACCOUNT, "eu-west-1", "2026-03-11")
    [day] = summed(
        a_record(),
        a_record(at="soon"),
        a_record(at="later"),
        a_record(who={"type": "AssumedRole"}),
        a_record("nosuchservice", "GetThing"),
        log=log,
    )

    assert day.gaps == (
        "x.json: 1 event of `nosuchservice.amazonaws.com`, which is no service that is known",
        "x.json: 1 event of type AssumedRole without a user or role",
        "x.json: 2 events without a time that can be read",
    )
    assert set(day.uses[ROLE]) == {"ec2", "ec2:DescribeInstances"}


def test_a_gap_of_an_unknown_day_belongs_to_none():
    """
    It is told all the same.
    """
    [gap] = summed(a_record(recipientAccountId=None))

    assert gap.message == "x.json: 1 event without an account"
