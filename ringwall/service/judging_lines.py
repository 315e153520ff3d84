"""Judges the principals of a snapshot from its lines, so that several processes can share a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ringwall.collector.lines import Line, read_lines
from ringwall.collector.snapshot_lines import gap_of, object_of
from ringwall.collector.snapshot_principals import PRINCIPAL, PRINCIPAL_GAP, principal_of, unreadable_principal
from ringwall.collector.trail_pool import end_with_parent
from ringwall.errors import SnapshotError
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.principals.usage import TrailCoverage, TrailUsage
from ringwall.service.judging import EVERYTHING, FindingSelection, Judge, SeenPrincipal, Tally, judge_all

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Trails:
    """What a trail showed, instead of what the collection knew of one."""

    usage: Mapping[str, TrailUsage] = field(default_factory=dict)
    """By the principal's ARN, whatever its path: `UsageByPrincipal`."""
    coverage: Mapping[str, TrailCoverage] = field(default_factory=dict)
    """By account; an account without is left as it is."""

    def added_to(self, access: SeenPrincipal) -> SeenPrincipal:
        """The principal with what the trail showed of it."""
        if isinstance(access, Gap) or (coverage := self.coverage.get(access.principal.account)) is None:
            return access
        return access.with_trail(self.usage, coverage)


NO_TRAIL = Trails()


@dataclass(frozen=True, slots=True)
class Judging:
    """How the lines of one snapshot are judged."""

    name: str
    """Of the file, for messages."""
    judge: Judge
    now: datetime
    selection: FindingSelection = EVERYTHING
    trails: Trails = NO_TRAIL

    def seen(self, lines: Iterable[Line]) -> Iterator[SeenPrincipal]:
        """The principals of the lines, and the gaps: also for what cannot be read. Resources are passed over."""
        return map(self.trails.added_to, principals_in(self.name, lines))

    def tally(self, lines: Iterable[Line], progress: Callable[[int], None] = lambda _: None) -> Tally:
        """What is said of the principals of the lines."""
        return judge_all(self.seen(lines), self.judge, self.now, self.selection, progress)


def principals_in(name: str, lines: Iterable[Line]) -> Iterator[SeenPrincipal]:
    """The principals and the gaps of a snapshot's lines; a line that cannot be read is a gap that names it."""
    for line in lines:
        members: dict[str, Any] = {}
        try:
            members = _members(line)
            if (seen := _seen_in(members)) is not None:
                yield seen
        except SnapshotError as error:
            message = f"{name}, line {line.number}: {error}"
            is_known = PRINCIPAL in members
            yield unreadable_principal(members, message) if is_known else PrincipalGap("INTERNAL_ERROR", message)


def principals_of_snapshot(path: Path) -> Iterator[SeenPrincipal]:
    """The principals and the gaps of the snapshot in `path`, whose header is not looked at.

    Raises:
        OSError: it cannot be opened.
    """
    yield from principals_in(path.name, islice(read_lines(path), 1, None))


def _members(line: Line) -> dict[str, Any]:
    if line.fault:
        raise SnapshotError(line.fault)
    return object_of(line.data) if line.data.strip() else {}


def _seen_in(members: dict[str, Any]) -> SeenPrincipal | None:
    if PRINCIPAL in members:
        return principal_of(members)
    if "gap" in members or PRINCIPAL_GAP in members:
        return gap_of(members)
    if not members or "resourceArn" in members:
        return None
    raise SnapshotError("the line is about no resource, no principal and no gap")


def judge_in_processes(
    judging: Judging, lines: Iterator[Line], processes: int, progress: Callable[[int], None] = lambda _: None
) -> Tally:
    """As `Judging.tally`, in so many processes. No more lines are held than they are about to judge."""
    tally = Tally()
    # Whoever forks may have threads, such as the one that draws how far we are.
    context = get_context("spawn")
    batches = iter(lambda: list(islice(lines, _BATCH)), [])
    with ProcessPoolExecutor(processes, context, _begin, (judging,)) as pool:
        waiting: set[Future[Tally]] = {pool.submit(_judge, batch) for batch in islice(batches, 2 * processes)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for each in done:
                tally.add(each.result())
                waiting |= {pool.submit(_judge, batch) for batch in islice(batches, 1)}
            progress(sum(tally.analyzed.values()))
    return tally


_mine: list[Judging] = []
"""In a process of the pool: how it judges."""


def _begin(judging: Judging) -> None:
    end_with_parent()
    _mine.append(judging)


def _judge(lines: list[Line]) -> Tally:
    return _mine[0].tally(lines)
