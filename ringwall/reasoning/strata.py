"""One grant, key by key: which labels it has to do with, and a request for any combination of them.

Keys that do not say who calls are independent of each other and of the caller. So a request in a product of cores is
put together from a value picked for each key and a caller picked for all keys that say who calls; each is picked once,
however many combinations it is part of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import CALLER_KEYS, TAG_PREFIX, Point
from ringwall.reasoning.cube import Grant, product_of
from ringwall.reasoning.label import PRINCIPAL, Label
from ringwall.reasoning.labels import Labels
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.values import KeySet

_FEW = 32
"""Refused boxes that are worth comparing with a grant up front."""
_PATTERNS_A_STEP = 64

Combination = tuple[Label, ...]
"""One label for each key."""


class Strata:
    """One grant against the labels of every key."""

    def __init__(self, grant: Grant, trusted: BoxIndex, keys: Sequence[Labels], budget: Budget) -> None:
        self.grant = grant
        self._refused = _near(grant.box, trusted | grant.refused)
        self._keys = keys
        self._budget = budget
        self.meeting = [dict(each.meeting(grant.box)) for each in keys]
        """By key, the labels whose cores may share a request with the grant, each with what they share."""
        self._narrower: dict[int, Mapping[Label, list[Label]]] = {}
        self._of_caller = [place for place, each in enumerate(keys) if _is_about_caller(each)]
        self._free = [place for place, each in enumerate(keys) if not _is_about_caller(each)]
        self._picked: dict[Label, Point | None] = {}
        self._callers: dict[Combination, Point | None] = {}
        own = {key: values for key, values in grant.box.keys.items() if key not in self._dimensions()}
        self._own = _pick_free({key: values for key, values in own.items() if not _says_who_calls(key)})
        self._caller = Box({key: values for key, values in grant.box.keys.items() if _says_who_calls(key)})

    def _dimensions(self) -> set[str]:
        return {label.dimension for place in self._free for label in self._keys[place].named}

    def widest(self) -> Iterator[Combination]:
        """The combinations of labels that nothing wider meets the grant."""
        return product(*(self._widest(place) for place in range(len(self._keys))))

    def _widest(self, place: int) -> list[Label]:
        meeting, above = self.meeting[place], self._keys[place].above
        return [label for label in meeting if not any(wider in meeting for wider in above(label) if wider is not label)]

    def narrower(self, labels: Combination) -> Iterator[Combination]:
        """The combinations to try where one has no request: one label is replaced by one just below it.

        Where a key has no value for its label, or nobody is the caller, it is that label which has to be replaced.
        """
        for place in self._missing(labels):
            for narrower in self._just_below(place).get(labels[place], ()):
                yield (*labels[:place], narrower, *labels[place + 1 :])

    def _missing(self, labels: Combination) -> Iterable[int]:
        if self._own is None:
            return ()
        for place in self._free:
            if self._pick_values(place, labels[place]) is None:
                return (place,)
        return self._of_caller if self._pick_caller(self._caller_labels(labels)) is None else range(len(labels))

    def _just_below(self, place: int) -> Mapping[Label, list[Label]]:
        if place not in self._narrower:
            meeting, above = self.meeting[place], self._keys[place].above
            below: dict[Label, list[Label]] = {}
            for label in meeting:
                wider = [each for each in above(label) if each in meeting and each is not label]
                for each in wider:
                    if not any(each in above(other) for other in wider if other is not each):
                        below.setdefault(each, []).append(label)
            self._narrower[place] = below
        return self._narrower[place]

    def meets(self, labels: Combination) -> bool:
        """Whether the grant may share a request with the cores of all labels."""
        return all(label in meeting for label, meeting in zip(labels, self.meeting, strict=True))

    def cores(self, labels: Combination) -> tuple[Box, ...]:
        """Of each label what lies in no narrower one of its key."""
        return tuple(each.core(label) for each, label in zip(self._keys, labels, strict=True))

    def find(self, labels: Combination) -> Point | None:
        """A request that the grant allows, and that lies in these labels and in no narrower ones; None without one.

        Raises:
            UndecidedError: the budget ended, or a key is too entangled.
        """
        point = self._pick(labels)
        if point is None or self._refused.holder(point) is None:
            return point
        box = self.grant.box & product_of(self.cores(labels))
        hit = find_request([box], self._refused, self._budget)
        return hit[0] if hit is not None else None

    def _pick(self, labels: Combination) -> Point | None:
        """A request in the grant's box and in the cores of the labels, refused or not; None where there is none."""
        if self._own is None:
            return None
        point = dict(self._own)
        for place in self._free:
            if (values := self._pick_values(place, labels[place])) is None:
                return None
            point.update(values)
        caller = self._pick_caller(self._caller_labels(labels))
        return None if caller is None else {**point, **caller}

    def _caller_labels(self, labels: Combination) -> Combination:
        return tuple(labels[place] for place in self._of_caller)

    def _pick_values(self, place: int, label: Label) -> Point | None:
        if label not in self._picked:
            self._picked[label] = _pick_free(self.meeting[place][label].keys)
        return self._picked[label]

    def _pick_caller(self, labels: Combination) -> Point | None:
        if labels not in self._callers:
            parts = (self.meeting[place][label] for place, label in zip(self._of_caller, labels, strict=True))
            box = self._caller & product_of(parts)
            self._budget.spend(1 + box.patterns // _PATTERNS_A_STEP)
            self._callers[labels] = box.pick()
        return self._callers[labels]


def _says_who_calls(dimension: str) -> bool:
    return dimension in CALLER_KEYS or dimension.startswith(TAG_PREFIX)


def _is_about_caller(labels: Labels) -> bool:
    return labels.key == PRINCIPAL or any(_says_who_calls(label.dimension) for label in labels.named)


def _pick_free(keys: Mapping[str, KeySet]) -> Point | None:
    point: dict[str, tuple[str, ...]] = {}
    for key, values in keys.items():
        if (picked := values.pick(key)) is None:
            return None
        if picked:
            point[key] = picked
    return point


def _near(box: Box, refused: BoxIndex) -> BoxIndex:
    """Those of the refused boxes that may share a request with the box, where they are few enough to look."""
    near = list(islice(refused.near(box), _FEW + 1))
    if len(near) > _FEW:
        return refused
    return BoxIndex(each for each in near if not (each & box).is_plainly_empty())
