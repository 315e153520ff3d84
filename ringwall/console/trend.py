"""The number of active findings over the last days, as a drawing of lines in SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DAYS = 30
WIDTH, HEIGHT = 600, 120
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trend:
    """What the drawing is made of."""

    line: str
    """Points, as `polyline` has them."""
    area: str
    """The same, closed at the bottom."""
    days: tuple[tuple[date, int], ...]

    @property
    def change(self) -> int:
        """How many more there are than on the first day."""
        return self.days[-1][1] - self.days[0][1]

    @property
    def highest(self) -> int:
        return max(number for _, number in self.days)


def start_of(now: datetime) -> datetime:
    """The start of the first day that is shown."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)


def trend_of(current: int, changes: Mapping[int, int], now: datetime) -> Trend:
    """The numbers of the past, from that of today and the changes of each day.

    Args:
        current: how many findings are active now.
        changes: by how many there were more at the end of a day, by the days since 1970.
        now: the time of `current`.
    """
    today = (now - _EPOCH).days
    numbers = [current]
    for day in range(today, today - DAYS + 1, -1):
        numbers.append(max(numbers[-1] - changes.get(day, 0), 0))
    numbers.reverse()
    first = now.date() - timedelta(days=DAYS - 1)
    line = _points(numbers)
    days = tuple((first + timedelta(days=index), number) for index, number in enumerate(numbers))
    return Trend(line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}", days)


def _points(numbers: Sequence[int]) -> str:
    highest = max(*numbers, 1)
    step = WIDTH / (len(numbers) - 1)
    # A little room above, where the line would be cut otherwise.
    return " ".join(
        f"{index * step:.1f},{HEIGHT - number / highest * (HEIGHT - 6):.1f}" for index, number in enumerate(numbers)
    )
