"""How texts are read as addresses, numbers and instants; the points and their lines."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from ringwall.policy import values
from ringwall.reasoning.intervals import Cut, Intervals, Line, Point, closed

_FAMILIES = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_V6 = 2**128 - 1


class _AddressLine:
    """All IPv4 addresses, then all IPv6 addresses: (4, integer) and (6, integer)."""

    first: Cut = ((4, 0), 0)
    last: Cut = ((6, _LARGEST_V6), 1)

    def between(self, low: Cut, high: Cut) -> Iterator[Point]:
        (family, number), after = low
        point = (family, number + after)
        # The first address of a network names the network: the second one reads better in a witness.
        for candidate in ((family, number + after + 1), point, (family, number + after + 2), (high[0])):
            if low <= (candidate, 0) and (candidate, 1) <= high and _is_address(candidate):
                yield candidate
        if family == 4 and high[0][0] == 6:
            yield from self.between(((6, 0), 0), high)


def _is_address(point: Point) -> bool:
    family, number = point
    return bool(0 <= number < 2 ** (32 if family == 4 else 128))


class _NumberLine:
    """Decimal numbers between two ends."""

    def __init__(self, first: Cut, last: Cut) -> None:
        self.first = first
        self.last = last

    def between(self, low: Cut, high: Cut) -> Iterator[Point]:
        (start, _), (end, _) = low, high
        candidates = (start, end, start + 1, end - 1, _middle(start, end), Decimal(0))
        for candidate in candidates:
            if candidate.is_finite() and low <= (candidate, 0) and (candidate, 1) <= high:
                yield candidate


def _middle(low: Decimal, high: Decimal) -> Decimal:
    return (low + high) / 2 if low.is_finite() and high.is_finite() else Decimal(0)


ADDRESS_LINE: Line = _AddressLine()
NUMBER_LINE: Line = _NumberLine((Decimal("-Infinity"), 0), (Decimal("Infinity"), 0))
INSTANT_LINE: Line = _NumberLine((Decimal(-62_135_596_800), 0), (Decimal(253_402_300_799), 1))
"""The years 1 to 9999, in seconds since 1970."""


def _read_address(text: str) -> Point:
    address = values.read_address(text)
    return (address.version, int(address))


def _read_number(text: str) -> Point:
    return values.read_number(text)


def _read_instant(text: str) -> Point:
    passed = values.read_date(text) - _EPOCH
    return Decimal(passed.days * 86_400 + passed.seconds) + Decimal(passed.microseconds) / 1_000_000


def _write_address(point: Point) -> str:
    family, number = point
    return str(_FAMILIES[family](number))


def _write_number(point: Point) -> str:
    return format(point.normalize(), "f") if point else "0"


def _write_instant(point: Point) -> str:
    instant = _EPOCH + timedelta(microseconds=int(point * 1_000_000))
    return instant.isoformat().replace("+00:00", "Z")


class Kind(Enum):
    """How a text may be read, besides as a text."""

    ADDRESS = "address"
    NUMBER = "number"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to read texts as points."""

    read: Callable[[str], Point]
    """Raises ValueError for text that is not of this kind."""
    write: Callable[[Point], str]
    line: Line

    def find(self, text: str) -> Point | None:
        """The point that the text is read as; None where it is not of this kind."""
        try:
            return self.read(text)
        except ValueError:
            return None


NOTATIONS = {
    Kind.ADDRESS: Notation(_read_address, _write_address, ADDRESS_LINE),
    Kind.NUMBER: Notation(_read_number, _write_number, NUMBER_LINE),
    Kind.INSTANT: Notation(_read_instant, _write_instant, INSTANT_LINE),
}


def network(text: str) -> tuple[Cut, Cut]:
    """The addresses of `203.0.113.0/24` or `2001:db8::1`. Host bits are ignored.

    Raises:
        ValueError: the text is neither a network nor an address.
    """
    found = values.read_network(text)
    return closed((found.version, int(found.network_address)), (found.version, int(found.broadcast_address)))


_FEW = 16


def neighbourhoods(inside: Intervals) -> frozenset[str] | None:
    """The blocks of 256 IPv4 or 2^80 IPv6 addresses that hold all of `inside`; None where they are many."""
    found: set[str] = set()
    for (low, after), (high, until) in inside.spans:
        first, last = _neighbourhood((low[0], low[1] + after)), _neighbourhood((high[0], high[1] + until - 1))
        if first[0] != last[0] or last[1] - first[1] >= _FEW:
            return None
        found |= {f"{first[0]}:{number}" for number in range(first[1], last[1] + 1)}
    return frozenset(found) if len(found) <= _FEW else None


def neighbourhood_of(address: str) -> str | None:
    """The block that an address is in; None for text that is no address."""
    point = NOTATIONS[Kind.ADDRESS].find(address)
    return None if point is None else "{}:{}".format(*_neighbourhood(point))


def _neighbourhood(point: Point) -> tuple[int, int]:
    family, number = point
    return family, number >> (8 if family == 4 else 80)


@dataclass(frozen=True, slots=True)
class Reading:
    """A constraint on what a text is when read as `kind`: a point inside, or (`other`) not readable so at all."""

    kind: Kind
    inside: Intervals
    other: bool

    def __contains__(self, value: str) -> bool:
        point = NOTATIONS[self.kind].find(value)
        return self.other if point is None else point in self.inside

    def __and__(self, that: Reading) -> Reading:
        return Reading(self.kind, self.inside & that.inside, self.other and that.other)

    def is_within(self, that: Reading) -> bool:
        """Whether a subset, for a constraint of the same kind."""
        return (that.other or not self.other) and self.inside & that.inside == self.inside

    def complement(self) -> Reading:
        """Every other text."""
        return Reading(self.kind, self.inside.complement(NOTATIONS[self.kind].line), not self.other)

    def texts(self) -> Iterator[str]:
        """A few texts that are read as points inside."""
        notation = NOTATIONS[self.kind]
        return (notation.write(point) for point in self.inside.points(notation.line))
