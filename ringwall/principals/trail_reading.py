"""Adds up days of CloudTrail to what each principal used, and to what can have been seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ringwall.principals.trail import without_path
from ringwall.principals.trail_days import DaySummary, LastSeen, TrailGap, merge_into
from ringwall.principals.trail_logged import KMS, READ, WRITE
from ringwall.principals.usage import TrailCoverage, TrailUsage, UsageSource, Use

MOST_GAPS = 100
"""How many gaps are told one by one."""
_LEFT_OUT = {
    READ: "no read-only event is in the logs: the trail seems to leave them out",
    WRITE: "no event that writes is in the logs: the trail seems to leave them out",
    KMS: "no event of AWS KMS is in the logs: the trail may leave them out",
}


class UsageByPrincipal(Mapping[str, TrailUsage]):
    """What principals used, by their ARNs. A path makes no difference: sessions may be logged without it."""

    def __init__(self, usage: Mapping[str, TrailUsage]) -> None:
        self._usage = usage
        self._arns = {without_path(arn): arn for arn in usage}

    def __getitem__(self, arn: str) -> TrailUsage:
        return self._usage[self._arns[without_path(arn)]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._usage)

    def __len__(self) -> int:
        return len(self._usage)


@dataclass(frozen=True, slots=True)
class TrailReading:
    """What a trail told."""

    usage: Mapping[str, TrailUsage]
    """By the ARN of the principal, whatever its path: those that were seen."""
    coverage: TrailCoverage


@dataclass(slots=True)
class _Tally:
    uses: dict[str, dict[str, LastSeen]] = field(default_factory=dict)
    days: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    """Of which there are logs, by account."""
    regions: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    data_events: bool = False

    def add(self, part: DaySummary | TrailGap) -> None:
        if isinstance(part, TrailGap):
            self.gaps.add(part.message)
            return
        merge_into(self.uses, part.uses)
        self.gaps.update(part.gaps)
        if part.regions:
            self.days[part.account].add(part.day)
            self.regions.update(part.regions)
        seen = {READ: part.reads, WRITE: part.writes, KMS: part.kms}
        self.kinds.update(kind for kind, is_there in seen.items() if is_there)
        self.data_events |= part.data_events


def without_regions(error: Exception) -> str:
    """What is noted where an account does not say which Regions it has: of which of them logs are missing is not known."""
    return f"it is not known of which Regions the trail should have logs: {error}"


def reading_of(
    parts: Iterable[DaySummary | TrailGap], *, since: date, until: date, regions: Collection[str] = ()
) -> TrailReading:
    """What days of CloudTrail tell together: in any order, in parts that may overlap.

    Args:
        parts: summaries of days, and what could not be read. Each is looked at once, and not kept. Days that were not
            asked for are passed over.
        since: the first day that was asked for.
        until: the last one.
        regions: the Regions that are enabled; of which there should be logs.
    """
    tally = _Tally()
    for part in parts:
        if isinstance(part, TrailGap) or since <= part.day <= until:
            tally.add(part)
    return TrailReading(UsageByPrincipal(_usage(tally.uses)), _coverage(tally, since, until, regions))


def _usage(uses: Mapping[str, Mapping[str, LastSeen]]) -> dict[str, TrailUsage]:
    longest: dict[str, str] = {}
    for arn in sorted(uses):
        name = without_path(arn)
        longest[name] = max(longest.get(name, ""), arn, key=len)
    merged: dict[str, dict[str, LastSeen]] = {}
    for arn, seen in uses.items():
        merge_into(merged, {longest[without_path(arn)]: seen})
    return {arn: _trail_usage(merged[arn]) for arn in sorted(merged)}


def _trail_usage(seen: Mapping[str, LastSeen]) -> TrailUsage:
    uses = {name: _use(seen[name]) for name in sorted(seen)}
    return TrailUsage(
        {name: use for name, use in uses.items() if ":" in name},
        {name: use for name, use in uses.items() if ":" not in name},
    )


def _use(seen: LastSeen) -> Use:
    return Use(datetime.fromisoformat(seen.at), seen.region or None, UsageSource.CLOUDTRAIL, seen.months)


def _coverage(tally: _Tally, since: date, until: date, regions: Collection[str]) -> TrailCoverage:
    wanted = {since + timedelta(days=number) for number in range((until - since).days + 1)}
    covered = [days & wanted for days in tally.days.values() if days & wanted]
    left_out = tuple(kind for kind in _LEFT_OUT if covered and kind not in tally.kinds)
    missing = (gap for account, days in tally.days.items() for gap in _missing_days(account, wanted - days))
    absent = {*missing, *(_LEFT_OUT[kind] for kind in left_out)} - tally.gaps
    nothing = () if tally.days else (f"no logs of CloudTrail from {since} to {until}",)
    gaps = tuple(_told(sorted({*tally.gaps, *absent, *nothing})))
    return TrailCoverage(
        max((min(days) for days in covered), default=until),
        min((max(days) for days in covered), default=until),
        tuple(sorted(tally.regions)),
        tuple(sorted({*regions} - tally.regions)),
        gaps,
        data_events=tally.data_events,
        left_out=left_out,
        unread=tuple(gap for gap in gaps if gap not in absent),
    )


def _missing_days(account: str, missing: set[date]) -> Iterator[str]:
    for first, last in _runs(sorted(missing)):
        days = str(first) if first == last else f"{first} to {last}"
        yield f"account {account}: no logs of CloudTrail of {days}"


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """First and last of the days that follow each other without a gap."""
    first = last = None
    for day in days:
        if last is not None and first is not None and day - last > timedelta(days=1):
            yield first, last
            first = day
        first, last = first or day, day
    if first is not None and last is not None:
        yield first, last


def _told(gaps: list[str]) -> Iterator[str]:
    yield from gaps[:MOST_GAPS]
    if len(gaps) > MOST_GAPS:
        yield f"{len(gaps) - MOST_GAPS} more could not be read"
