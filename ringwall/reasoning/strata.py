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
from ringwall.reasoning.callers import Point, says_who_calls
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


class Question:
    """What all grants are held against, and the callers picked so far.

    A caller is picked once from boxes that ask for the same, in whatever order they were put together.
    """

    def __init__(self, trusted: BoxIndex, keys: Sequence[Labels], budget: Budget) -> None:
        self.trusted = trusted
        self.keys = keys
        self.budget = budget
        self.of_caller = [place for place, each in enumerate(keys) if _is_about_caller(each)]
        self.free = [place for place, each in enumerate(keys) if not _is_about_caller(each)]
        self.dimensions = frozenset(label.dimension for place in self.free for label in keys[place].named)
        self._numbers: dict[tuple[str, KeySet], int] = {}
        self._demands: dict[Label, frozenset[int]] = {}
        self._picked: dict[frozenset[int], Point | None] = {}

    def demands_of(self, box: Box) -> frozenset[int]:
        """What the box asks for, each dimension's set as a number."""
        return frozenset(self._numbers.setdefault(item, len(self._numbers)) for item in box.keys.items())

    def demands_of_core(self, place: int, label: Label) -> frozenset[int]:
        """What the label's core asks for."""
        if label not in self._demands:
            self._demands[label] = self.demands_of(self.keys[place].core(label))
        return self._demands[label]

    def pick_caller(self, demands: frozenset[int], boxes: Iterable[Box]) -> Point | None:
        """A caller in all of the boxes, which together ask for this; None where nobody is.

        Raises:
            UndecidedError: the budget ended, or the boxes are too entangled.
        """
        if demands not in self._picked:
            box = product_of(boxes)
            self.budget.spend(1 + box.patterns // _PATTERNS_A_STEP)
            self._picked[demands] = box.pick()
        return self._picked[demands]


class Strata:
    """One grant against the labels of every key."""

    def __init__(self, grant: Grant, question: Question) -> None:
        self.grant = grant
        self._question = question
        self._keys = question.keys
        self._refused = _near(grant.box, question.trusted | grant.refused)
        self.meeting = [dict(each.meeting(grant.box)) for each in self._keys]
        """By key, the labels whose cores may share a request with the grant, each with what they share."""
        self._narrower: dict[int, Mapping[Label, list[Label]]] = {}
        self._picked: dict[Label, Point | None] = {}
        self._callers: dict[Combination, Point | None] = {}
        self._caller = Box({key: values for key, values in grant.box.keys.items() if says_who_calls(key)})
        self._demands = question.demands_of(self._caller)
        others = grant.box.keys.keys() - self._caller.keys.keys() - question.dimensions
        self._own = _pick_free({key: grant.box.keys[key] for key in sorted(others)})

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
        for place in self._question.free:
            if self._pick_values(place, labels[place]) is None:
                return (place,)
        return self._question.of_caller if self._pick_caller(labels) is None else range(len(labels))

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
        hit = find_request([box], self._refused, self._question.budget)
        return hit[0] if hit is not None else None

    def _pick(self, labels: Combination) -> Point | None:
        """A request in the grant's box and in the cores of the labels, refused or not; None where there is none."""
        if self._own is None:
            return None
        point = dict(self._own)
        for place in self._question.free:
            if (values := self._pick_values(place, labels[place])) is None:
                return None
            point.update(values)
        caller = self._pick_caller(labels)
        return None if caller is None else {**point, **caller}

    def _pick_values(self, place: int, label: Label) -> Point | None:
        if label not in self._picked:
            self._picked[label] = _pick_free(self.meeting[place][label].keys)
        return self._picked[label]

    def _pick_caller(self, labels: Combination) -> Point | None:
        chosen = tuple(labels[place] for place in self._question.of_caller)
        if chosen not in self._callers:
            placed = tuple(zip(self._question.of_caller, chosen, strict=True))
            demands = self._demands.union(*(self._question.demands_of_core(*each) for each in placed))
            parts = (self.meeting[place][label] for place, label in placed)
            self._callers[chosen] = self._question.pick_caller(demands, (self._caller, *parts))
        return self._callers[chosen]


def _is_about_caller(labels: Labels) -> bool:
    return labels.key == PRINCIPAL or any(label.is_about_caller for label in labels.named)


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
