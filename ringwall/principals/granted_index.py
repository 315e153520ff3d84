"""All actions of the service reference as bits of one number: sets of thousands of actions in one machine operation.

A service's actions begin at a whole byte, in the order of their names, so that a prefix is a run of bits and a service
is a slice of bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import or_

from ringwall.policy.ast import AllBut, Only, Scope
from ringwall.policy.service_reference import known_actions, services
from ringwall.policy.wildcard import is_literal, matches

Bits = int
"""A set of actions. Bit n is the nth place of the index; places between services stand for nothing."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One service's actions."""

    namespace: str
    start: int
    """The place of the first one: a multiple of eight."""
    names: tuple[str, ...]
    """In lower case, sorted."""
    spelled: tuple[str, ...]
    """The same as AWS spells them."""

    @property
    def end(self) -> int:
        return self.start + -(-len(self.names) // 8) * 8

    def run(self, first: int, end: int) -> Bits:
        """The actions from one to before another."""
        return ((1 << (end - first)) - 1) << (self.start + first)

    def on(self, pattern: str) -> Bits:
        """The actions that a pattern in lower case means."""
        names = self.names
        if is_literal(pattern):
            first = bisect_left(names, pattern)
            return self.run(first, first + 1) if names[first : first + 1] == (pattern,) else 0
        if pattern.find("*") == len(pattern) - 1 and "?" not in pattern:
            return self.run(bisect_left(names, pattern[:-1]), bisect_left(names, f"{pattern[:-1]}\U0010ffff"))
        bits = (1 << (self.start + place) for place, name in enumerate(names) if matches(pattern, name))
        return reduce(or_, bits, 0)


@cache
def _shelves() -> tuple[_Shelf, ...]:
    return tuple(_made())


def _made() -> Iterator[_Shelf]:
    start = 0
    for namespace in services():
        spelled = tuple(sorted(known_actions(namespace), key=str.lower))
        shelf = _Shelf(namespace, start, tuple(map(str.lower, spelled)), spelled)
        start = shelf.end
        yield shelf


@cache
def _by_namespace() -> dict[str, _Shelf]:
    return {shelf.namespace: shelf for shelf in _shelves()}


@cache
def every_action() -> Bits:
    """All actions that there are."""
    return reduce(or_, (shelf.run(0, len(shelf.names)) for shelf in _shelves()))


def actions_of(scope: Scope) -> Bits:
    """What an `Action` or `NotAction` element means. Mirrors `evaluate.covers_action`."""
    bits = reduce(or_, (_meant_by(member.text.lower()) for member in scope.members), 0)
    match scope:
        case Only():
            return bits
        case AllBut():
            return every_action() & ~bits


@lru_cache(maxsize=4096)
def _meant_by(pattern: str) -> Bits:
    if pattern == "*":
        return every_action()
    service, colon, _ = pattern.partition(":")
    if colon and is_literal(service):
        shelf = _by_namespace().get(service)
        return shelf.on(pattern) if shelf else 0
    return reduce(or_, (shelf.on(pattern) for shelf in _shelves()))


def named(bits: Bits) -> dict[str, frozenset[str]]:
    """The actions of a set by namespace, as AWS spells them. Equal sets of a service are mostly the same object."""
    found: dict[str, frozenset[str]] = {}
    written = bits.to_bytes(_shelves()[-1].end // 8, "little")
    for namespace, place, nothing in _slices():
        piece = written[place]
        if piece != nothing:
            found[namespace] = _named_in(namespace, piece)
    return found


@cache
def _slices() -> tuple[tuple[str, slice, bytes], ...]:
    """Where each service is in a set that is written as bytes, and what is there where none of its actions is."""
    ends = ((shelf.namespace, shelf.start // 8, shelf.end // 8) for shelf in _shelves())
    return tuple((namespace, slice(start, end), bytes(end - start)) for namespace, start, end in ends)


@lru_cache(maxsize=16_384)
def _named_in(namespace: str, piece: bytes) -> frozenset[str]:
    bits = int.from_bytes(piece, "little")
    return frozenset(name for place, name in enumerate(_by_namespace()[namespace].spelled) if bits >> place & 1)
