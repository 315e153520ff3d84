"""Unions of strings: given ones, all ARNs of given accounts, and whatever matches given patterns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ringwall.arn import account_of
from ringwall.reasoning.patterns import Pattern, in_account_field, literal, may_share
from ringwall.reasoning.simulation import is_within


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A union: given strings, all ARNs of given accounts, and whatever matches given patterns."""

    values: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    patterns: tuple[Pattern, ...] = ()

    def __contains__(self, value: str) -> bool:
        if value in self.values:
            return True
        if self.accounts and account_of(value) in self.accounts:
            return True
        for pattern in self.patterns:  # noqa: SIM110 - the hottest loop there is: a generator takes half as long again
            if pattern.matches(value):
                return True
        return False

    def __or__(self, other: AnyOf) -> AnyOf:
        return AnyOf(
            self.values | other.values,
            self.accounts | other.accounts,
            tuple(dict.fromkeys((*self.patterns, *other.patterns))),
        )

    def __bool__(self) -> bool:
        return bool(self.values or self.accounts or self.patterns)

    def is_within(self, other: AnyOf) -> bool:
        """Whether plainly a subset: every part of it is in one part of the other."""
        if self is other:
            return True
        return (
            self.accounts <= other.accounts
            and all(value in other for value in self.values)
            and all(
                any(is_within(each, wide) for wide in other.patterns)
                for each in frozenset(self.patterns).difference(other.patterns)
            )
        )

    def accounts_of(self) -> frozenset[str] | None:
        """The account fields of all members; None where some member leaves it open."""
        fields = [pattern.account for pattern in self.patterns]
        if None in fields:
            return None
        return self.accounts.union(map(account_of, self.values), (field for field in fields if field is not None))

    def as_patterns(self) -> tuple[Pattern, ...]:
        """The same union, as patterns alone."""
        values = (literal(value) for value in sorted(self.values))
        accounts = (in_account_field(literal(account)) for account in sorted(self.accounts))
        return (*values, *accounts, *self.patterns)


NOTHING = AnyOf()


def united(unions: Iterable[AnyOf]) -> AnyOf:
    """The union of unions."""
    kept = tuple(unions)
    return AnyOf(
        frozenset().union(*(union.values for union in kept)),
        frozenset().union(*(union.accounts for union in kept)),
        tuple(dict.fromkeys(pattern for union in kept for pattern in union.patterns)),
    )


_PAIRS = 64
"""Pairs of patterns that are worth comparing before they are simulated."""


def share_nothing(unions: Sequence[AnyOf], refused: frozenset[str]) -> bool:
    """Whether the unions plainly have no member in common, but perhaps for strings that one lists outright.

    Looks at the account and at the ends of each field; False proves nothing.

    Args:
        unions: in all of which a member would have to be.
        refused: accounts whose ARNs are no members.
    """
    kept = [_kept(union, refused) for union in unions]
    if not all(kept):
        return True
    return any(_are_apart(one, other) for index, one in enumerate(kept) for other in kept[index + 1 :])


def _kept(union: AnyOf, refused: frozenset[str]) -> AnyOf:
    return AnyOf(
        accounts=union.accounts - refused,
        patterns=tuple(
            pattern for pattern in union.patterns if pattern.account is None or pattern.account not in refused
        ),
    )


def _are_apart(one: AnyOf, other: AnyOf) -> bool:
    if not one.accounts.isdisjoint(other.accounts) or len(one.patterns) * len(other.patterns) > _PAIRS:
        return False
    if any(_meets(pattern, other.accounts) for pattern in one.patterns):
        return False
    if any(_meets(pattern, one.accounts) for pattern in other.patterns):
        return False
    return not any(may_share(a, b) for a in one.patterns for b in other.patterns)


def _meets(pattern: Pattern, accounts: frozenset[str]) -> bool:
    return bool(accounts) and (pattern.account is None or pattern.account in accounts)
