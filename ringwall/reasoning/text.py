"""Exact sets of strings: what matches one pattern of every group, and none of some others.

Closed under intersection; a complement is a few such sets. Finite sets are kept as values, so that almost everything
real policies need is a dictionary look-up; the rest is decided by `patterns.shortest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, product

from ringwall.arn import account_of
from ringwall.errors import UndecidedError
from ringwall.reasoning.pattern_shelf import PatternShelf
from ringwall.reasoning.patterns import Element, Pattern, Wild, arn_like, glob, in_account_field, literal, may_share
from ringwall.reasoning.simulation import Allowance, shortest
from ringwall.reasoning.unions import NOTHING, AnyOf, share_nothing


@dataclass(frozen=True, slots=True)
class TextSet:
    """What is in every union of `all_of` and not in `none_of`; with `values`, just these."""

    all_of: tuple[AnyOf, ...] = ()
    none_of: AnyOf = NOTHING
    values: frozenset[str] | None = None

    def __contains__(self, value: str) -> bool:
        if self.values is not None:
            return value in self.values
        for union in self.all_of:
            if value not in union:
                return False
        return self.none_of is NOTHING or value not in self.none_of

    def __and__(self, other: TextSet) -> TextSet:
        if self is other or other is ANY_TEXT:
            return self
        if self is ANY_TEXT:
            return other
        if self.values is not None:
            return just(self.values & other.values if other.values is not None else _members(self.values, other))
        if other.values is not None:
            return just(_members(other.values, self))
        all_of = tuple(dict.fromkeys((*self.all_of, *other.all_of)))
        return TextSet(all_of, self.none_of | other.none_of)

    def is_within(self, other: TextSet) -> bool:
        """Whether plainly a subset: True is certain, False is not."""
        if self.values is not None:
            return all(value in other for value in self.values)
        if other.values is not None or not other.none_of.is_within(self.none_of):
            return False
        return all(any(mine.is_within(theirs) for mine in self.all_of) for theirs in other.all_of)

    def accounts(self) -> frozenset[str] | None:
        """Accounts that the members, all of them ARNs, can be in; None where that is open."""
        if self.values is not None:
            return frozenset(map(account_of, self.values))
        known = [accounts for union in self.all_of if (accounts := union.accounts_of()) is not None]
        return frozenset.intersection(*known) if known else None

    def complement(self) -> tuple[TextSet, ...]:
        """Sets whose union is everything else."""
        if self.values is not None:
            return (none_of(AnyOf(self.values)),)
        outside = tuple(none_of(union) for union in self.all_of)
        return (*outside, any_of(self.none_of)) if self.none_of else outside

    def pick(self) -> str | None:
        """A member, a readable one if possible; None where there is none.

        Raises:
            UndecidedError: the patterns are too entangled to tell.
        """
        if self.values is not None:
            return min(self.values, default=None)
        return _pick(self)


def _members(values: frozenset[str], text: TextSet) -> Iterable[str]:
    if not text.all_of and not text.none_of.accounts and not text.none_of.patterns:
        return values - text.none_of.values
    return (value for value in values if value in text)


ANY_TEXT = TextSet()


def just(values: Iterable[str]) -> TextSet:
    """The set of these strings."""
    return TextSet(values=frozenset(values))


NO_TEXT = just(())


def any_of(union: AnyOf) -> TextSet:
    """The set of what is in the union."""
    if union.accounts or union.patterns:
        return TextSet(all_of=(union,))
    return just(union.values)


def none_of(union: AnyOf) -> TextSet:
    """The set of what is not in the union."""
    return TextSet(none_of=union) if union else ANY_TEXT


@lru_cache(maxsize=65536)
def _pick(text: TextSet) -> str | None:
    if text.all_of and share_nothing(text.all_of, text.none_of.accounts):
        return next((candidate for candidate in _listed(text) if candidate in text), None)
    candidates = chain(islice(_guesses(text), _GUESSES), _listed(text))
    guess = next((candidate for candidate in candidates if candidate in text), None)
    return _search(text) if guess is None else guess


_EVERYTHING = AnyOf(patterns=(glob("*"),))


def _search(text: TextSet) -> str | None:
    """A member that some choice of one pattern from every union yields; those that plainly yield none are left out."""
    shelf = PatternShelf(text.none_of)
    wanted = [list(_open_patterns(union, shelf, text.none_of)) for union in text.all_of or (_EVERYTHING,)]
    if not all(wanted):
        return None
    allowance = Allowance()
    for choice in _choices(wanted):
        found = shortest([[each] for each in choice], shelf.near(choice), allowance)
        if found is not None:
            return found
    return None


def _open_patterns(union: AnyOf, shelf: PatternShelf, refused: AnyOf) -> Iterator[Pattern]:
    """The patterns of a union that no refused one plainly takes in. What it lists was tried before."""
    patterns = AnyOf(accounts=union.accounts - refused.accounts, patterns=union.patterns).as_patterns()
    return (each for each in patterns if not shelf.takes_in(each))


def _choices(wanted: list[list[Pattern]]) -> Iterator[tuple[Pattern, ...]]:
    """One pattern of every union, such that any two of them may have a match in common.

    Raises:
        UndecidedError: there are very many.
    """
    chosen: list[tuple[Pattern, ...]] = [()]
    for patterns in wanted:
        chosen = [(*those, one) for those in chosen for one in patterns if all(may_share(one, each) for each in those)]
        if len(chosen) > _CHOICES:
            raise UndecidedError(f"more than {_CHOICES:,} combinations of patterns on one key")
    return iter(chosen)


_CHOICES = 20_000


def _listed(text: TextSet) -> Iterator[str]:
    """Every string that a union gives outright."""
    return chain.from_iterable(sorted(union.values) for union in text.all_of)


_GUESSES = 64
_FILLINGS = ("example", "", "x")


def _guesses(text: TextSet) -> Iterator[str]:
    """Likely members, readable ones first."""
    if not text.all_of:
        yield from _fresh(text)
        return
    for choice in product(*(_alternatives(union, text.none_of) for union in text.all_of)):
        for filling in _FILLINGS:
            yield _merged(choice, filling)


def _alternatives(union: AnyOf, refused: AnyOf) -> list[Pattern]:
    """The first few patterns of a union. A guess needs no more; a proof looks at them all."""
    accounts = (in_account_field(literal(account)) for account in islice(sorted(union.accounts - refused.accounts), 4))
    return [*map(_by_field, union.patterns[:8]), *accounts]


def _by_field(pattern: Pattern) -> Pattern:
    """Where a text pattern looks like an ARN, a guess takes it for one: its stars then stay in their fields."""
    looks_so = len(pattern.fields) == 1 and pattern.elements[:4] == ("a", "r", "n", ":")
    return arn_like(pattern.text) if looks_so and pattern.elements.count(":") == _COLONS else pattern


_COLONS = 5


def _merged(patterns: tuple[Pattern, ...], filling: str) -> str:
    """A string made field by field, each field from the pattern that says most about it."""
    width = max(len(pattern.fields) for pattern in patterns)
    if width == 1:
        return max(patterns, key=lambda pattern: _said(pattern.elements)).filled(filling)
    fields = []
    for index in range(width):
        known = [pattern.fields[index] for pattern in patterns if index < len(pattern.fields)]
        usual = _ACCOUNTS[filling] if index == _ACCOUNT_FIELD else _USUAL.get(index, filling)
        fields.append(_filled_field(max(known, key=_said), usual))
    return ":".join(fields)


def _said(elements: tuple[Element, ...]) -> int:
    return sum(not isinstance(element, Wild) for element in elements)


def _filled_field(field: tuple[Element, ...], filling: str) -> str:
    return "".join("x" if each in _ONES else filling if isinstance(each, Wild) else each for each in field)


_ONES = (Wild.ONE, Wild.ONE_IN_FIELD)
_USUAL = {1: "aws", 3: "us-east-1"}
"""What fills the partition and the Region of an ARN."""
_ACCOUNT_FIELD = 4
_ACCOUNTS = dict(zip(_FILLINGS, ("999999999999", "111122223333", "444455556666"), strict=True))
"""What fills the account, beside each of the fillings."""


def _fresh(text: TextSet) -> Iterator[str]:
    """Strings that a finite list of exclusions cannot all exclude, unless its patterns do."""
    yield from _FILLINGS
    longest = max((len(pattern.elements) for pattern in text.none_of.patterns), default=0)
    yield from (f"{filling}{number}" for number in range(16) for filling in ("example-", "x"))
    yield "x" * (longest + 1)
