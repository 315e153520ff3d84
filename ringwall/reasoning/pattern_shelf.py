"""Many strings and patterns by what they begin with, so that a pattern is compared only with those that may matter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property

from ringwall.reasoning.patterns import Pattern, in_account_field, literal, may_share
from ringwall.reasoning.simulation import is_within
from ringwall.reasoning.unions import AnyOf


class PatternShelf:
    """The members of a union."""

    def __init__(self, union: AnyOf) -> None:
        self._union = union
        self._by_prefix: dict[str, list[Pattern]] = {}
        self._free: list[Pattern] = []
        for pattern in union.patterns:
            if pattern.fold:
                self._free.append(pattern)
            else:
                self._by_prefix.setdefault(pattern.prefix, []).append(pattern)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    @cached_property
    def _values(self) -> list[str]:
        return sorted(self._union.values)

    @cached_property
    def _prefixes(self) -> list[str]:
        return sorted(self._by_prefix)

    @cached_property
    def _accounts(self) -> list[Pattern]:
        return [in_account_field(literal(account)) for account in sorted(self._union.accounts)]

    def takes_in(self, pattern: Pattern) -> bool:
        """Whether some pattern here plainly holds every match of this one."""
        if pattern.fold:
            return any(is_within(pattern, each) for each in self._union.patterns)
        return any(is_within(pattern, each) for each in self._shorter(pattern.prefix))

    def near(self, choice: Sequence[Pattern]) -> list[Pattern]:
        """What may have a match in common with all of these."""
        # Those that begin with the longest text leave the fewest to look at.
        first = max(choice, key=lambda each: -1 if each.fold else len(each.prefix))
        candidates = self._union.patterns if first.fold else self._beside(first.prefix)
        values = (literal(value) for value in self._starting(first) if all(each.matches(value) for each in choice))
        patterns = (each for each in candidates if all(may_share(each, one) for one in choice))
        return [*values, *self._accounts, *self._free, *patterns]

    def _starting(self, pattern: Pattern) -> Iterator[str]:
        prefix = "" if pattern.fold else pattern.prefix
        for index in range(bisect_left(self._values, prefix), len(self._values)):
            if not self._values[index].startswith(prefix):
                return
            yield self._values[index]

    def _shorter(self, prefix: str) -> Iterator[Pattern]:
        """The patterns whose own prefix this one begins with."""
        for length in self._lengths:
            if length > len(prefix):
                return
            yield from self._by_prefix.get(prefix[:length], ())

    def _beside(self, prefix: str) -> Iterator[Pattern]:
        """The patterns that begin as this prefix does, as far as either goes."""
        yield from self._shorter(prefix)
        for index in range(bisect_left(self._prefixes, prefix), len(self._prefixes)):
            if not self._prefixes[index].startswith(prefix):
                return
            if self._prefixes[index] != prefix:
                yield from self._by_prefix[self._prefixes[index]]
