"""Log files in a folder."""

from __future__ import annotations

import gc
import gzip
import multiprocessing
import os
import signal
import subprocess
import sys
import tracemalloc
from datetime import date
from threading import Event

import pytest
import zstandard

from ringwall.collector import trail_parse
from ringwall.collector.trail_files import CALLS, read_days, read_trail
from ringwall.collector.trail_folder import MOST_FILES, find_logs
from ringwall.collector.trail_parse import Source, parse
from ringwall.errors import UsageError
from ringwall.policy.service_reference import canonical_action
from ringwall.principals.trail_days import DaySummary, TrailGap
from ringwall.principals.trail_parts import Log
from tests.trail_records import ACCOUNT, ROLE, USER, a_log, a_record, all_kinds, key_of, of_user, write_log

DAY = date(2026, 3, 11)
OTHER = "444455556666"


def read(folder, until=DAY, **options):
    return read_trail(str(folder), since=DAY, until=until, workers=1, **options)


def days_of(folder, since=DAY, until=DAY, **options):
    return list(read_days(str(folder), since=since, until=until, workers=1, **options))


def test_a_folder_of_logs_is_read(tmp_path):
    """
    Of every Region; with nothing left out there is no gap.
    """
    write_log(tmp_path, *all_kinds())
    write_log(tmp_path, a_record("iam", "CreateUser", who=of_user()), region="us-east-1")

    reading = read(tmp_path, regions=["eu-west-1", "us-east-1"])

    assert set(reading.usage) == {ROLE, USER}
    assert set(reading.usage[ROLE].uses) == {"ec2:DescribeInstances", "ec2:RunInstances", "kms:Decrypt"}
    assert reading.coverage.regions == ("eu-west-1", "us-east-1")
    assert (reading.coverage.gaps, reading.coverage.missing_regions) == ((), ())


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("deep/er/export.json", bytes),
        ("export.json.gz", gzip.compress),
        ("export.json.zst", zstandard.ZstdCompressor().compress),
        # Several members, and padding: what tools that append leave behind.
        ("export.json.gz", lambda text: gzip.compress(text[:40]) + gzip.compress(text[40:]) + b"\0\0"),
    ],
)
def test_files_of_any_name_are_read_by_their_records(tmp_path, name, pack):
    """
    Which tell account, Region and day. Events of days that were not asked for are left out.
    """
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(a_log(a_record(), a_record(at="2026-03-12T00:00:00Z"))))

    [day] = days_of(tmp_path)

    assert (day.account, day.day, day.regions) == (ACCOUNT, DAY, ("eu-west-1",))
    assert day.uses[ROLE]["ec2"].at == "2026-03-11T18:01:22Z"


def test_a_region_without_a_trail_is_missing(tmp_path):
    """
    What happened there was not seen.
    """
    write_log(tmp_path, *all_kinds())

    coverage = read(tmp_path, regions=["eu-west-1", "ap-south-1"]).coverage

    assert coverage.missing_regions == ("ap-south-1",)


DAMAGED = {
    "not gzip": (b"\x1f\x8b nonsense", "damaged or cut short"),
    "cut short": (gzip.compress(a_log(a_record()))[:-20], "damaged or cut short"),
    "a wrong checksum": (gzip.compress(a_log(a_record()))[:-8] + bytes(8), "damaged or cut short"),
    "zstd that is cut short": (zstandard.ZstdCompressor().compress(a_log(a_record()) * 9)[:-9], "damaged or cut short"),
    "empty": (b"", "not JSON"),
    "JSON that is cut short": (gzip.compress(a_log(a_record())[:-30]), "not JSON"),
    "no text": (gzip.compress(b'{"Records": [{"eventName": "\xff"}]}'), "not JSON"),
    "nested too deep": (gzip.compress(b'{"Records": [' + b"[" * 100_000), "not JSON|no log of CloudTrail"),
    "another object": (gzip.compress(b'{"Events": []}'), "no log of CloudTrail"),
    "no object": (gzip.compress(b"[]"), "no log of CloudTrail"),
    "records of another shape": (
        gzip.compress(a_log(a_record(), 5, a_record(eventName=[1]))),
        "2 events of another shape",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_file_that_cannot_be_read_is_a_gap(tmp_path, case):
    """
    With its name; the others are read.
    """
    data, reason = DAMAGED[case]
    bad = write_log(tmp_path, data=data, number=1)
    write_log(tmp_path, *all_kinds())

    reading = read(tmp_path)

    [gap] = reading.coverage.gaps
    assert gap.startswith(f"{bad}: ")
    assert any(each in gap for each in reason.split("|"))
    assert "kms:Decrypt" in reading.usage[ROLE].uses


def test_good_records_beside_bad_ones_count(tmp_path):
    """
    One record of another shape does not hide the rest of its file.
    """
    write_log(tmp_path, a_record(eventName=[1]), a_record("iam", "CreateUser"))

    [day] = days_of(tmp_path)

    assert set(day.uses[ROLE]) == {"iam", "iam:CreateUser"}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_bomb_is_refused(pack):
    """
    It is decompressed no further than a log may be large: here a hundredth of what it holds.
    """
    bomb = pack(bytes(100_000_000)) if pack is not bytes else bytes(2_000_000)
    tracemalloc.start()
    [gap] = parse([Source(Log("bomb.json"), bomb)], most_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert gap == TrailGap("bomb.json: the file is too large to be a log of CloudTrail")
    assert peak < 40_000_000


def test_memory_follows_from_what_is_told_and_not_from_events():
    """
    Twenty times the events leave no more behind.
    """
    left = []
    for events in (1_000, 20_000):
        text = a_log(*(a_record(at=f"2026-03-11T18:{number % 60:02}:00Z") for number in range(events)))
        source = Source(Log("x", ACCOUNT, "eu-west-1", "2026-03-11"), text)
        parse([source])
        gc.collect()
        tracemalloc.start()
        days = parse([source])
        gc.collect()
        left.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert len(days) == 1

    assert left[1] < left[0] + 10_000


def test_days_that_are_known_are_not_read_again(tmp_path):
    """
    One summary for each account and day, in order.
    """
    for account in (OTHER, ACCOUNT):
        for day in ("2026-03-12", "2026-03-11"):
            write_log(tmp_path, a_record(), account=account, day=day)

    last = date(2026, 3, 12)
    found = days_of(tmp_path, until=last)
    new = days_of(tmp_path, until=last, known={(ACCOUNT, DAY), (OTHER, last)})

    assert [(each.account, each.day) for each in found] == [
        (ACCOUNT, DAY),
        (ACCOUNT, last),
        (OTHER, DAY),
        (OTHER, last),
    ]
    assert [(each.account, each.day) for each in new] == [(ACCOUNT, last), (OTHER, DAY)]


def test_one_account_may_be_wanted(tmp_path):
    """
    The logs of others are not opened.
    """
    write_log(tmp_path, *all_kinds())
    write_log(tmp_path, account=OTHER, data=b"damaged")

    assert read(tmp_path, account=ACCOUNT).coverage.gaps == ()


def test_a_day_of_many_files_is_one_day(tmp_path):
    """
    They are parsed in several batches, by processes of their own.
    """
    for number in range(2 * MOST_FILES + 1):
        write_log(tmp_path, a_record(at=f"2026-03-11T10:{number % 60:02}:00Z"), number=number)

    [day] = read_days(str(tmp_path), since=DAY, until=DAY, workers=2)

    assert day.uses[ROLE]["ec2"].at == "2026-03-11T10:59:00Z"


def test_an_interruption_leaves_out_the_day_that_was_being_read(tmp_path):
    """
    A day in part must not be kept as one that is known; and it is said.
    """
    for day in ("2026-03-11", "2026-03-12", "2026-03-13"):
        write_log(tmp_path, a_record(), day=day)
    stop = Event()
    days = read_days(str(tmp_path), since=DAY, until=date(2026, 3, 13), workers=1, stop=stop)

    first = next(days)
    stop.set()
    rest = list(days)

    assert first.day == DAY
    assert rest[-1] == TrailGap(f"{tmp_path}: not read to the end: it was interrupted")
    assert date(2026, 3, 13) not in {each.day for each in rest if isinstance(each, DaySummary)}


INTERRUPTED = """
import multiprocessing, os, signal, sys
from contextlib import closing
from datetime import date
from ringwall.collector.trail_files import read_days

if __name__ == "__main__":
    days = read_days(sys.argv[1], since=date(2026, 3, 1), until=date(2026, 3, 28), workers=2)
    try:
        with closing(days):
            for number, _ in enumerate(days):
                if number == 3:
                    os.killpg(0, signal.SIGINT)
    except KeyboardInterrupt:
        print(multiprocessing.active_children())
"""


def test_ctrl_c_ends_the_processes_that_parse(tmp_path):
    """
    It reaches all of them, and only the first one says so.
    """
    for day in range(1, 29):
        write_log(tmp_path / "logs", a_record(), day=f"2026-03-{day:02}")
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "logs")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


KILLED = """
import os, signal, sys
from datetime import date
from ringwall.collector.trail_files import read_days

if __name__ == "__main__":
    days = read_days(sys.argv[1], since=date(2026, 3, 1), until=date(2026, 3, 28), workers=2)
    for number, _ in enumerate(days):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_one_that_was_killed(tmp_path):
    """
    Its pipe is only closed once all have ended that write to it.
    """
    for day in range(1, 29):
        write_log(tmp_path / "logs", a_record(), day=f"2026-03-{day:02}")
    script = tmp_path / "script.py"
    script.write_text(KILLED)

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "logs")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        timeout=240,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL


def test_a_process_that_is_killed_is_a_gap(tmp_path):
    """
    The days that are whole were given; the rest is said to be missing.
    """
    for day in range(1, 29):
        write_log(tmp_path, a_record(), day=f"2026-03-{day:02}")
    days = read_days(str(tmp_path), since=date(2026, 3, 1), until=date(2026, 3, 28), workers=2)

    first = next(days)
    for child in multiprocessing.active_children():
        child.kill()
    *rest, last = days

    assert first.day == date(2026, 3, 1)
    assert len(rest) < 27
    assert last == TrailGap(f"{tmp_path}: not read to the end: a process that reads log files was ended from outside")


def test_what_is_no_regular_file_is_a_gap(tmp_path):
    """
    A link to nowhere, or a folder with the name of a log, which has none in it.
    """
    link = tmp_path / "lost.json.gz"
    link.symlink_to(tmp_path / "nowhere")

    [gap] = days_of(tmp_path)

    assert gap == TrailGap(f"{link}: No such file or directory")


def test_other_files_are_passed_over(tmp_path):
    """
    Digests and insights among them.
    """
    (tmp_path / "README.txt").write_text("logs")
    write_log(tmp_path, data=b"signature", kind="CloudTrail-Digest")
    write_log(tmp_path, data=b"insight", kind="CloudTrail-Insight")

    assert find_logs(tmp_path) == []


def test_a_day_that_there_is_not_is_left_to_its_records(tmp_path):
    """
    A name can be anything.
    """
    write_log(tmp_path, a_record(), day="2026-02-31")

    [day] = days_of(tmp_path)

    assert day.day == DAY


def test_places_that_are_not_there_are_refused(tmp_path):
    """
    Before anything is read.
    """
    with pytest.raises(UsageError, match="no folder"):
        days_of(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="after the last one"):
        days_of(tmp_path, since=date(2026, 3, 12))


def test_its_calls_are_actions():
    """
    They become permissions.
    """
    assert [canonical_action(each) for each in CALLS] == list(CALLS)


def test_the_limit_is_larger_than_any_log_of_cloudtrail():
    """
    Which have some 50 MB.
    """
    assert trail_parse.MOST_BYTES == 512 * 1024 * 1024


def test_keys_are_as_cloudtrail_writes_them():
    """
    The builder of these tests, held against the page "CloudTrail log file name format".
    """
    expected = f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-2/2026/03/11/{ACCOUNT}_CloudTrail_us-east-2_20260311T1805Z_"
    assert key_of(region="us-east-2").startswith(expected)
