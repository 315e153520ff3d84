"""From the options of the command line to principals with their evidence: of a snapshot, or of AWS."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ringwall.cli.analysis import copied, name_of
from ringwall.cli.progress import progress_of
from ringwall.cli.trails import OF_S3, TrailWanted
from ringwall.collector.lines import Line, read_lines
from ringwall.collector.snapshot import open_snapshot
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.errors import SnapshotError, UsageError
from ringwall.service.judging import FindingSelection, Judge, SeenPrincipal, Tally, judge_all
from ringwall.service.judging_lines import NO_TRAIL, Judging, Trails, judge_in_processes, principals_in

_LARGE = 16 * 1024 * 1024
"""Bytes from which on starting processes pays."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose principals: of a snapshot, or of AWS where there is none; and a trail beside them."""

    snapshot: Path | None
    source: dict[str, Any]
    accounts: frozenset[str] = frozenset()
    trail: TrailWanted | None = None
    quiet: bool = False

    def check(self) -> None:
        """Whether the options make sense together.

        Raises:
            UsageError: they do not.
        """
        also = OF_S3 if self.trail else ()
        given = next((name for name, value in self.source.items() if value and name not in also), None)
        if self.snapshot and given:
            option = given.removeprefix("source_").replace("_", "-")
            raise UsageError(f"--{option} is about AWS and SNAPSHOT is a file: give one of them")


@dataclass(frozen=True, slots=True)
class Found:
    """Principals, and when their evidence was read."""

    header: SnapshotHeader
    now: datetime
    seen: Iterator[SeenPrincipal]


@contextmanager
def found(wanted: Wanted, arn_or_name: str | None = None) -> Iterator[Found]:
    """The principals; only the one of this ARN or name, if that is given and AWS is asked.

    Raises:
        RingwallError: they cannot be read.
    """
    wanted.check()
    if wanted.snapshot is None:
        with _live(wanted, arn_or_name) as live:
            yield live
        return
    with copied(wanted.snapshot) as path:
        name = name_of(wanted.snapshot)
        header, now, lines = _opened(path, name)
        trails = _trails(wanted, header, now)
        seen = principals_in(name, lines)
        yield Found(header, now, map(trails.added_to, seen))


def judged(
    wanted: Wanted, judge: Judge, selection: FindingSelection, processes: int | None
) -> tuple[Tally, SnapshotHeader, datetime]:
    """What is said of all principals, and when the evidence was read.

    Raises:
        RingwallError: they cannot be read.
    """
    if wanted.snapshot is None:
        with found(wanted) as live:
            return judge_all(live.seen, judge, live.now, selection), live.header, live.now
    wanted.check()
    with (
        copied(wanted.snapshot) as path,
        progress_of("Judging", quiet=wanted.quiet) as progress,
    ):
        name = name_of(wanted.snapshot)
        header, now, lines = _opened(path, name)
        trails = _trails(wanted, header, now)
        judging = Judging(name, judge, now, selection, trails)

        def advance(done: int) -> None:
            progress(done, None, "principals")

        return _tally(judging, lines, processes or _processes_for(path), advance), header, now


def _tally(judging: Judging, lines: Iterator[Line], processes: int, advance: Callable[[int], None]) -> Tally:
    return judge_in_processes(judging, lines, processes, advance) if processes > 1 else judging.tally(lines, advance)


def _processes_for(path: Path) -> int:
    return (os.cpu_count() or 1) if path.stat().st_size >= _LARGE else 1


def _opened(path: Path, name: str) -> tuple[SnapshotHeader, datetime, Iterator[Line]]:
    """The header of a snapshot, when it was collected, and its other lines."""
    header, _ = open_snapshot(path, name)
    try:
        now = datetime.fromisoformat(header.collected_at)
    except ValueError as error:
        raise SnapshotError(
            f"{name}, line 1: `{header.collected_at}` is no time: write 2026-01-31T12:00:00Z"
        ) from error
    now = now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)
    return header, now, islice(read_lines(path), 1, None)


def _trails(wanted: Wanted, header: SnapshotHeader, now: datetime) -> Trails:
    return wanted.trail.read_all(header.accounts, now) if wanted.trail else NO_TRAIL


@contextmanager
def _live(wanted: Wanted, arn_or_name: str | None) -> Iterator[Found]:
    # boto3 takes half a second to import, which a look into a file should not wait for.
    from ringwall.cli.live import LiveSource  # noqa: PLC0415
    from ringwall.cli.live_principals import EvidenceWanted, live_principals  # noqa: PLC0415

    evidence = EvidenceWanted(wanted.trail)
    with progress_of("Collecting", quiet=wanted.quiet) as progress:
        yield Found(
            *live_principals(LiveSource(**wanted.source), wanted.accounts, evidence, progress, only=arn_or_name)
        )
