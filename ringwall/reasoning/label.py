"""One word about one key."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ringwall.reasoning.box import Box
from ringwall.reasoning.callers import ACCOUNT, ARN, SESSION, says_who_calls
from ringwall.reasoning.text import just
from ringwall.reasoning.values import KeySet, ValueSet
from ringwall.reasoning.variables import is_mark

PRINCIPAL = "principal"


@dataclass(frozen=True, eq=False)
class Label:
    """One word about one key. Compared by identity: a key's labels are made once for each analysis."""

    key: str
    """`principal`, or a condition key as findings spell it."""
    text: str
    """The value as findings print it; for "any" the star."""
    type: str = ""
    """For a principal: `AWS`, `Federated`, `CanonicalUser`, `Service`."""
    dimension: str = ""
    """The dimension that the label constrains; empty for "any"."""
    values: KeySet = field(default_factory=KeySet)

    @property
    def is_any(self) -> bool:
        """Whether the label stands for every request."""
        return not self.dimension

    @property
    def is_template(self) -> bool:
        """Whether the value holds a policy variable that is not known: the label is then what matches it."""
        return is_mark(self.dimension)

    @property
    def is_about_caller(self) -> bool:
        """Whether the label says who calls, so that it has to agree with other labels that do."""
        return says_who_calls(self.dimension)

    @cached_property
    def example(self) -> tuple[str, ...] | None:
        """What the dimension holds for some request that the label stands for; None where there is none."""
        if not self.is_about_caller:
            return self.values.pick(self.dimension)
        point = self.box.pick()
        return None if point is None else point.get(self.dimension, ())

    @cached_property
    def box(self) -> Box:
        """The requests that the label stands for."""
        if self.dimension in (ARN, SESSION) and (accounts := self.values.bound.text.accounts()) is not None:
            return Box({self.dimension: self.values, ACCOUNT: KeySet(False, ValueSet(just(accounts)))})
        return Box({self.dimension: self.values}) if self.dimension else Box()
