"""The benchmark of CloudTrail reads what it writes. How fast, is no matter for a test."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.trail import DAYS, FIRST, PRINCIPALS, REGIONS, link_copies, trail_tables, write_logs
from ringwall.collector.trail_files import read_trail


def test_what_is_written_is_the_same_each_time_and_is_read(tmp_path):
    """
    Copies of files tell nothing new.
    """
    for name in ("one", "two"):
        write_logs(tmp_path / name, 3_000)
    link_copies(tmp_path / "one", tmp_path / "copies", 3)
    last = FIRST + timedelta(days=DAYS - 1)
    one, two, copies = (
        read_trail(str(tmp_path / name), since=FIRST, until=last, workers=1) for name in ("one", "two", "copies")
    )

    assert dict(one.usage) == dict(two.usage) == dict(copies.usage)
    assert 0 < len(one.usage) <= PRINCIPALS
    assert set(one.coverage.regions) <= set(REGIONS)
    assert one.coverage.data_events


def test_the_benchmark_reads_events_once_and_often():
    """
    In one process, in several, and several times as many.
    """
    [table] = trail_tables(30_000, 2)

    assert [row[0] for row in table.rows] == [30_000, 30_000, 60_000]
    assert len({row[-2:] for row in table.rows}) == 1
