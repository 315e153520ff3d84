"""Exact sets of what one condition key holds: absent, one value, or a set of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from ringwall.errors import UndecidedError
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.intervals import Intervals
from ringwall.reasoning.patterns import arn_like, literal
from ringwall.reasoning.text import ANY_TEXT, NO_TEXT, TextSet, any_of
from ringwall.reasoning.typed import NOTATIONS, Kind, Reading
from ringwall.reasoning.unions import AnyOf


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A set of single values: texts, constrained as texts and in how they read as something else."""

    text: TextSet = ANY_TEXT
    readings: tuple[Reading, ...] = ()
    """At most one for each kind."""

    def __contains__(self, value: str) -> bool:
        return value in self.text and (not self.readings or all(value in reading for reading in self.readings))

    def __and__(self, other: ValueSet) -> ValueSet:
        if other is ANY_VALUE or self is other:
            return self
        if self is ANY_VALUE:
            return other
        readings = {reading.kind: reading for reading in self.readings}
        for reading in other.readings:
            known = readings.get(reading.kind)
            readings[reading.kind] = known & reading if known else reading
        return ValueSet(self.text & other.text, tuple(readings.values()))

    def complement(self) -> tuple[ValueSet, ...]:
        """Sets whose union is every other value."""
        texts = (ValueSet(text) for text in self.text.complement())
        readings = (ValueSet(readings=(reading.complement(),)) for reading in self.readings)
        return (*texts, *readings)

    def is_within(self, other: ValueSet) -> bool:
        """Whether plainly a subset: True is certain, False is not."""
        if (values := self.text.values) is not None:
            return all(value in other for value in values if value in self)
        mine = {reading.kind: reading for reading in self.readings}
        return all(each.kind in mine and mine[each.kind].is_within(each) for each in other.readings) and (
            other.text is ANY_TEXT or self.text.is_within(other.text)
        )

    def pick(self) -> str | None:
        """A member; None where there is none.

        Raises:
            UndecidedError: patterns and ranges on one key are too entangled to tell.
        """
        return self.text.pick() if not self.readings else _pick(self)


ANY_VALUE = ValueSet()
NO_VALUE = ValueSet(NO_TEXT)


def texts(union: AnyOf) -> ValueSet:
    """The values in the union."""
    return ValueSet(any_of(union))


def points(kind: Kind, inside: Intervals) -> ValueSet:
    """The values that read as a point inside."""
    return ValueSet(readings=(Reading(kind, inside, other=False),))


@lru_cache(maxsize=65536)
def _pick(values: ValueSet) -> str | None:
    if any(not reading.inside and not reading.other for reading in values.readings):
        return None
    member = next((candidate for candidate in _candidates(values) if candidate in values), None)
    if member is None and not _is_exhausted(values):
        raise UndecidedError("patterns and ranges on one key are too entangled")
    return member


def _candidates(values: ValueSet) -> Iterator[str]:
    if values.text.values is not None:
        return iter(sorted(values.text.values))
    listed = chain.from_iterable(sorted(union.values) for union in values.text.all_of)
    read = chain.from_iterable(reading.texts() for reading in values.readings)
    guess = values.text.pick()
    # Without regard to case there is one spelling that matters where the value is an address or a number.
    folded = (each.prefix for union in values.text.all_of for each in union.patterns if each.is_literal)
    return chain(read, listed, folded, () if guess is None else (guess,))


def _is_exhausted(values: ValueSet) -> bool:
    """Whether the candidates were all there can be."""
    if values.text.values is not None or values.text.pick() is None:
        return True
    if any(_is_unreadable(union, values.readings) for union in values.text.all_of):
        return True
    [first, *more] = values.readings
    return not more and not first.other and len(set(first.texts())) >= _size(first)


def _is_unreadable(union: AnyOf, readings: tuple[Reading, ...]) -> bool:
    """Whether the union lists all its members, and none is read as it would have to be; case does not matter to that."""
    if union.accounts or not all(each.is_literal for each in union.patterns):
        return False
    members = chain(union.values, (each.prefix for each in union.patterns))
    return not any(all(member in reading for reading in readings) for member in members)


def _size(reading: Reading) -> float:
    """How many texts read as points inside; infinity where they are not addresses."""
    if reading.kind is not Kind.ADDRESS:
        return float("inf")
    return sum(_width(low, high) for low, high in reading.inside.spans)


def _width(low: tuple[tuple[int, int], int], high: tuple[tuple[int, int], int]) -> float:
    if low[0][0] != high[0][0]:
        return float("inf")
    return high[0][1] + high[1] - low[0][1] - low[1]


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a key may hold. `many` says that it may hold a set of values; an empty set counts as absent.

    Every value lies in `bound`; for each of `demands` some value lies in it (only where `many`).
    """

    absent: bool = True
    bound: ValueSet = ANY_VALUE
    demands: tuple[ValueSet, ...] = ()
    many: bool = False

    def __contains__(self, values: Sequence[str]) -> bool:
        if not values:
            return self.absent
        if len(values) == 1 and not self.demands:
            return values[0] in self.bound
        return all(value in self.bound for value in values) and all(
            any(value in demand for value in values) for demand in self.demands
        )

    def __and__(self, other: KeySet) -> KeySet:
        demands = tuple(dict.fromkeys((*self.demands, *other.demands)))
        return KeySet(self.absent and other.absent, self.bound & other.bound, demands, self.many or other.many)

    def complement(self) -> tuple[KeySet, ...]:
        """Sets whose union is everything else."""
        present = tuple(self._present_complement())
        if self.absent:
            return present
        if not present:
            return (ABSENT,)
        first, *rest = present
        return (KeySet(True, first.bound, first.demands, first.many), *rest)

    def _present_complement(self) -> Iterator[KeySet]:
        if not self.many:
            yield from (KeySet(False, piece) for piece in self.bound.complement())
            return
        yield from (KeySet(False, demands=(piece,), many=True) for piece in self.bound.complement())
        for demand in self.demands:
            yield KeySet(False, bound=_single(demand.complement()), many=True)

    def pick(self, key: str) -> tuple[str, ...] | None:
        """What the key may hold: nothing if that is allowed, else as few values as will do; None if nothing fits.

        Raises:
            UndecidedError: as `ValueSet.pick`.
        """
        return () if self.absent else self.pick_present(key)

    def pick_present(self, key: str) -> tuple[str, ...] | None:
        """As `pick`, but at least one value."""
        bound = self.bound & domain(key)
        together = bound
        for demand in self.demands:
            together &= demand
        if (one := together.pick()) is not None:
            return (one,)
        if len(self.demands) < 2:
            return None
        each = [(bound & demand).pick() for demand in self.demands]
        return None if None in each else tuple(dict.fromkeys(value for value in each if value is not None))

    def is_within(self, other: KeySet) -> bool:
        """Whether plainly a subset: True is certain, False is not."""
        if (self.absent and not other.absent) or (other.demands and self.demands != other.demands):
            return False
        return other.bound in (ANY_VALUE, self.bound) or self.bound.is_within(other.bound)


ANYTHING = KeySet()
ABSENT = KeySet(True, NO_VALUE)
PRESENT = KeySet(False)


def _single(pieces: tuple[ValueSet, ...]) -> ValueSet:
    """A complement as one set: no piece is nothing, and several are no one set."""
    if len(pieces) > 1:
        raise UndecidedError("the values that a key must not hold are not one set")
    return pieces[0] if pieces else NO_VALUE


_FLAGS = texts(AnyOf(patterns=(literal("true", fold=True), literal("false", fold=True))))
_ARNS = texts(AnyOf(patterns=(arn_like("arn:*:*:*:*:*"),)))


@lru_cache(maxsize=65536)
def domain(key: str) -> ValueSet:
    """The values that a key can have at all, by its type. Unknown keys can have any."""
    match KeyType.TEXT if key.startswith("@") else key_type(key):
        case KeyType.ADDRESS:
            return points(
                Kind.ADDRESS, Intervals(((NOTATIONS[Kind.ADDRESS].line.first, NOTATIONS[Kind.ADDRESS].line.last),))
            )
        case KeyType.FLAG:
            return _FLAGS
        case KeyType.ARN:
            return _ARNS
        case _:
            return ANY_VALUE
