"""The typed values of conditions: numbers, dates, addresses, flags, bytes, ARNs.

Every reader raises ValueError for text that is not of its type.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ringwall.arn import find_arn

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The exponent is bounded because arithmetic on a number of a billion digits is a way to stop us.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_EPOCH_SECONDS = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")
# The W3C profile of ISO 8601, in which four digits are a year.
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?)?)?)?",
    re.IGNORECASE,
)
_NETWORK = re.compile(r"[0-9A-Fa-f:.]+(/[0-9]{1,3})?")


@lru_cache(maxsize=4096)
def read_number(text: str) -> Decimal:
    """A finite number: integer or decimal."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"`{text}` is not a number")
    return Decimal(text)


@lru_cache(maxsize=4096)
def read_date(text: str) -> datetime:
    """A moment, with its time zone: the W3C profile of ISO 8601 (UTC unless it says otherwise), or epoch seconds."""
    try:
        if found := _DATE.fullmatch(text):
            return _moment(found)
        if _EPOCH_SECONDS.fullmatch(text):
            return _EPOCH + timedelta(microseconds=int(Decimal(text) * 1_000_000))
    except OverflowError as error:
        raise ValueError(f"`{text}` is beyond the years 1 to 9999") from error
    raise ValueError(f"`{text}` is not a date")


def _moment(found: re.Match[str]) -> datetime:
    def number(name: str, default: int = 0) -> int:
        return int(found[name] or default)

    local = datetime(
        number("year"),
        number("month", 1),
        number("day", 1),
        number("hour"),
        number("minute"),
        number("second"),
        int((found["fraction"] or "0")[:6].ljust(6, "0")),
        tzinfo=UTC,
    )
    if number("hours") > 23 or number("minutes") > 59:
        raise ValueError(f"`{found[0]}` has no such time zone")
    offset = timedelta(hours=number("hours"), minutes=number("minutes"))
    return local + offset if found["sign"] == "-" else local - offset


@lru_cache(maxsize=4096)
def read_network(text: str) -> IPv4Network | IPv6Network:
    """A range of addresses. Host bits are ignored; without a mask it is a single address."""
    if not _NETWORK.fullmatch(text):
        raise ValueError(f"`{text}` is not a range of addresses")
    return ip_network(text, strict=False)


@lru_cache(maxsize=4096)
def read_address(text: str) -> IPv4Address | IPv6Address:
    """One address, of either family."""
    if "%" in text:
        raise ValueError(f"`{text}` has a zone")
    return ip_address(text)


class Networks:
    """Many networks at once: an address is looked up by what it begins with, once for each length of prefix."""

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._starts: dict[tuple[int, int], set[int]] = {}
        for network in networks:
            unused = network.max_prefixlen - network.prefixlen
            start = int(network.network_address) >> unused
            self._starts.setdefault((network.version, unused), set()).add(start)

    def __contains__(self, address: IPv4Address | IPv6Address) -> bool:
        return any(
            version == address.version and int(address) >> unused in starts
            for (version, unused), starts in self._starts.items()
        )


def read_flag(text: str) -> bool:
    """`true` or `false`, in any case."""
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"`{text}` is neither true nor false")
    return lowered == "true"


def read_bytes(text: str) -> bytes:
    """Bytes, from base 64."""
    return b64decode(text, validate=True)


def read_arn(text: str) -> str:
    """Text that is shaped like an ARN, as it is."""
    if find_arn(text) is None:
        raise ValueError(f"`{text}` is not an ARN")
    return text
