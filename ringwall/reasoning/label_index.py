"""Which labels of a key may hold, or touch, which: so that ten thousand of them need not all be compared.

Both indexes answer with too many rather than too few; the exact comparison follows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ringwall.arn import account_of, find_arn
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import listed
from ringwall.reasoning.callers import ACCOUNT, ARN, PROVIDER, SERVICE, SESSION
from ringwall.reasoning.label import Label
from ringwall.reasoning.patterns import Pattern
from ringwall.reasoning.text import ANY_TEXT, TextSet
from ringwall.reasoning.typed import Kind, Reading
from ringwall.reasoning.values import KeySet, ValueSet


def role_of(text: str) -> tuple[str, str] | None:
    """Account and name of the role that an ARN is of, be it the role's or a session's; None for any other."""
    arn = find_arn(text)
    if arn is None:
        return None
    kind, *path = arn.resource.split("/")
    name = path[0] if kind == "assumed-role" and path else path[-1] if kind == "role" and path else None
    return None if name is None else (arn.account, name)


class PrincipalIndex:
    """Principals by account, by role and by themselves."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._all = labels
        self._by_value: dict[tuple[str, str], list[Label]] = defaultdict(list)
        self._in_account: dict[str, list[Label]] = defaultdict(list)
        self._of_role: dict[tuple[str, tuple[str, str]], list[Label]] = defaultdict(list)
        self._free: list[Label] = []
        for label in labels:
            self._file(label)

    def _file(self, label: Label) -> None:
        self._by_value[label.dimension, label.text].append(label)
        if label.dimension in (ARN, SESSION):
            self._in_account[account_of(label.text)].append(label)
            if (role := role_of(label.text)) is not None:
                self._of_role[label.dimension, role].append(label)
        elif label.dimension not in (ACCOUNT, PROVIDER, SERVICE):
            self._free.append(label)

    def perhaps_wider(self, label: Label) -> Iterator[Label]:
        """Every label that may hold all of this one."""
        if label.dimension in (ARN, SESSION):
            yield from self._by_value.get((ACCOUNT, account_of(label.text)), ())
        if label.dimension == SESSION and (role := role_of(label.text)) is not None:
            yield from self._of_role.get((ARN, role), ())

    def perhaps_meeting(self, box: Box) -> Iterable[Label]:
        """Every label that may share a request with the box."""
        for dimension in (SESSION, ARN, ACCOUNT, PROVIDER, SERVICE):
            if (values := listed(box.keys.get(dimension))) is not None:
                near = (label for value in values for label in self._near(dimension, value))
                return dict.fromkeys((*near, *self._free))
        return self._all

    def _near(self, dimension: str, value: str) -> Iterator[Label]:
        yield from self._by_value.get((dimension, value), ())
        if dimension == ACCOUNT:
            yield from self._in_account.get(value, ())
        elif dimension in (ARN, SESSION):
            yield from self._by_value.get((ACCOUNT, account_of(value)), ())
            other = SESSION if dimension == ARN else ARN
            if (role := role_of(value)) is not None:
                yield from self._of_role.get((other, role), ())


_Place = tuple[str, str]
"""A group, and what all members begin with. For ARNs the group is the account, or a star; for the rest it is empty."""
_ANY_GROUP = "*"
_LONGEST = 160
"""Characters that are looked at; whatever agrees in more agrees in these."""


class PrefixIndex:
    """Values of one condition key by what they begin with: texts by characters, networks by bits."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._all = labels
        self._groups: dict[str, dict[str, list[Label]]] = {}
        self._unordered: list[Label] = []
        self._dimension = next((label.dimension for label in labels if not label.is_template), "")
        for label in labels:
            place = self._place(label)
            if place is None:
                self._unordered.append(label)
            else:
                self._groups.setdefault(place[0], {}).setdefault(place[1], []).append(label)
        self._sorted = {group: sorted(prefixes) for group, prefixes in self._groups.items()}

    @staticmethod
    def _place(label: Label) -> _Place | None:
        [wanted] = label.values.demands if label.values.many else (label.values.bound,)
        places = None if label.is_template else _places(label.dimension, wanted)
        return places[0] if places is not None and len(places) == 1 else None

    def perhaps_wider(self, label: Label) -> Iterator[Label]:
        """Every label that may hold all of this one: it begins with no more than this one does."""
        place = self._place(label)
        if place is None:
            yield from self._all
            return
        yield from self._unordered
        for group in {place[0], _ANY_GROUP}:
            yield from self._shorter(group, place[1])

    def _shorter(self, group: str, prefix: str) -> Iterator[Label]:
        known = self._groups.get(group, {})
        return (label for end in range(len(prefix) + 1) for label in known.get(prefix[:end], ()))

    def _longer(self, group: str, prefix: str) -> Iterator[Label]:
        prefixes = self._sorted.get(group, [])
        for index in range(bisect_left(prefixes, prefix), len(prefixes)):
            if not prefixes[index].startswith(prefix):
                return
            yield from self._groups[group][prefixes[index]]

    def perhaps_meeting(self, box: Box) -> Iterable[Label]:
        """Every label that may share a request with the box."""
        if not self._groups:
            return self._all
        dimension = self._dimension
        values = box.keys.get(dimension)
        places = None if values is None else _places_of_key(dimension, values)
        if places is None:
            return self._all
        near = (label for place in dict.fromkeys(places) for label in self._near(*place))
        return dict.fromkeys((*near, *self._unordered))

    def _near(self, group: str, prefix: str) -> Iterator[Label]:
        groups = self._groups if group == _ANY_GROUP else {group, _ANY_GROUP}
        for each in groups:
            yield from self._shorter(each, prefix)
            yield from self._longer(each, prefix)


def _places_of_key(dimension: str, values: KeySet) -> list[_Place] | None:
    """Where the values can be that a label asks for: of several values that a key holds, each may be any label's."""
    return None if values.absent else _places(dimension, values.bound)


def _places(dimension: str, wanted: ValueSet) -> list[_Place] | None:
    """Places that together hold all members; None where they cannot be told."""
    if wanted.readings:
        [reading, *more] = wanted.readings
        return _networks(reading) if not more and wanted.text is ANY_TEXT else None
    is_arn = key_type(dimension) is KeyType.ARN
    return _texts(wanted.text, is_arn=is_arn)


def _texts(text: TextSet, *, is_arn: bool) -> list[_Place] | None:
    if text.values is not None:
        return [_place_of_value(value, is_arn=is_arn) for value in text.values]
    for union in text.all_of:
        places = [_place_of_pattern(pattern, is_arn=is_arn) for pattern in union.patterns]
        known = [place for place in places if place is not None]
        if len(known) == len(places):
            listed_ones = (_place_of_value(value, is_arn=is_arn) for value in union.values)
            return [*known, *listed_ones, *((account, "") for account in union.accounts)]
    return None


def _place_of_value(value: str, *, is_arn: bool) -> _Place:
    arn = find_arn(value) if is_arn else None
    return (arn.account, arn.resource[:_LONGEST]) if arn else ("", value[:_LONGEST])


def _place_of_pattern(pattern: Pattern, *, is_arn: bool) -> _Place | None:
    if pattern.fold:
        return None
    if not is_arn:
        return "", pattern.prefix[:_LONGEST]
    if len(pattern.fields) < _ARN_FIELDS:
        return None
    account = pattern.account
    return _ANY_GROUP if account is None else account, pattern.spans[-1][0][:_LONGEST]


_ARN_FIELDS = 6


def _networks(reading: Reading) -> list[_Place] | None:
    """The bits that the addresses of each range begin with, after the family."""
    if reading.kind is not Kind.ADDRESS or reading.other:
        return None
    places = []
    for (low, _), (high, _) in reading.inside.spans:
        if low[0] != high[0]:
            return None
        width = 32 if low[0] == 4 else 128
        common = width - (low[1] ^ high[1]).bit_length()
        places.append(("", f"{low[0]}:{low[1]:0{width}b}"[: 2 + common]))
    return places
