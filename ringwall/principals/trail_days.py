"""What CloudTrail showed on one day of one account, in little room, to be kept, and added up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
from msgspec import Struct

from ringwall.errors import SnapshotError
from ringwall.principals.record import Record

FORMAT = 1
"""Of encoded summaries. It is raised when they, or what they are made of, get another meaning."""


class LastSeen(Struct, frozen=True, array_like=True):
    """The last time, and every month, of one use. What compares higher is later."""

    at: str
    """UTC, `2026-03-11T18:01:22Z`."""
    region: str
    months: tuple[str, ...]
    """`2026-03`, ascending."""

    def merged(self, other: LastSeen) -> LastSeen:
        """Of both."""
        last = max((self.at, self.region), (other.at, other.region))
        return LastSeen(*last, tuple(sorted({*self.months, *other.months})))


class DaySummary(Record, frozen=True):
    """The log files that one day of one account has: a day of delivery, some of whose events are of the day before."""

    account: str
    day: date
    uses: Mapping[str, Mapping[str, LastSeen]] = {}
    """By the ARN of the principal, and by action or, without a colon, namespace."""
    regions: tuple[str, ...] = ()
    """Of which there are logs, sorted. None: it is known that there are no logs of that day."""
    gaps: tuple[str, ...] = ()
    """What could not be read, each as a sentence, sorted."""
    data_events: bool = False
    reads: bool = False
    """Whether there was a read-only management event, whoever called."""
    writes: bool = False
    kms: bool = False
    format: int = FORMAT

    @property
    def is_complete(self) -> bool:
        """Whether all was read: another try can tell no more."""
        return not self.gaps


class TrailGap(Record, frozen=True):
    """Something that could not be read, and that belongs to no day."""

    message: str


def day_as_bytes(summary: DaySummary) -> bytes:
    """To be kept."""
    return msgspec.msgpack.encode(summary)


def day_of_bytes(encoded: bytes) -> DaySummary:
    """What `day_as_bytes` wrote.

    Raises:
        SnapshotError: it is damaged, or of another format: the day has to be read again.
    """
    try:
        summary = msgspec.msgpack.decode(encoded, type=DaySummary)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"this is no summary of a day of CloudTrail: {error}") from error
    if summary.format != FORMAT:
        raise SnapshotError(f"a summary of a day of CloudTrail in format {summary.format}: this Ringwall has {FORMAT}")
    return summary


def merge_into(uses: dict[str, dict[str, LastSeen]], more: Mapping[str, Mapping[str, LastSeen]]) -> None:
    """Add what `more` knows, by principal and name, to `uses`."""
    for principal, seen_of in more.items():
        known_of = uses.setdefault(principal, {})
        for name, seen in seen_of.items():
            known = known_of.get(name)
            known_of[name] = seen if known is None else known.merged(seen)


def merged_days(one: DaySummary, other: DaySummary) -> DaySummary:
    """Of two parts of the same day of the same account, in any order; parts may overlap."""
    if (one.account, one.day) != (other.account, other.day):
        raise ValueError(f"{one.account} {one.day} and {other.account} {other.day} are two days")
    uses: dict[str, dict[str, LastSeen]] = {}
    merge_into(uses, one.uses)
    merge_into(uses, other.uses)
    return DaySummary(
        one.account,
        one.day,
        uses,
        tuple(sorted({*one.regions, *other.regions})),
        tuple(sorted({*one.gaps, *other.gaps})),
        data_events=one.data_events or other.data_events,
        reads=one.reads or other.reads,
        writes=one.writes or other.writes,
        kms=one.kms or other.kms,
    )
