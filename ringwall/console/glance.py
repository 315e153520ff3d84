"""What the first page tells of every analyzer: numbers with the findings behind them, the last scan, and the last days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from ringwall.console import counts
from ringwall.console.trend import HEIGHT, WIDTH, start_of, trend_of
from ringwall.console.visit import Visit
from ringwall.store import finding_counts, scans
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.scan_outcomes import outcomes

_NEW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its name, and the findings behind it."""

    title: str
    number: int
    link: str
    share: float = 0.0
    """Of the largest beside it: 0 to 100."""
    meaning: str = ""
    is_severe: bool = False


def bars_of(numbers: Sequence[tuple[str, int, str]]) -> list[Number]:
    """Titles with numbers and links, beside one another."""
    largest = max((number for _, number, _ in numbers), default=0) or 1
    return [Number(title, number, link, 100 * number / largest) for title, number, link in numbers]


def lately(
    visit: Visit, connection: Connection, analyzer: AnalyzerRecord, active: int, now: datetime
) -> dict[str, Any]:
    """The members of the template about scans and the last days; `active` findings there are now."""
    changes = counts.changes_by_day(visit, connection, analyzer, start_of(now))
    newest = scans.page(connection, analyzer.key, limit=1)
    return {
        "new": finding_counts.new_since(connection, analyzer.key, now - _NEW),
        "new_link": visit.link("/findings", sort="-createdAt"),
        "trend": trend_of(active, changes, now),
        "size": (WIDTH, HEIGHT),
        "scanned": outcomes(connection, analyzer.key),
        "newest": newest[0] if newest else None,
    }
