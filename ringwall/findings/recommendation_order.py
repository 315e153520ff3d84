"""The order of the steps of a recommendation: what is needed is there before what is not needed goes, if it fits.

IAM limits how many managed policies hang on a user, role or group. Where all new ones beside all old ones would be too
many, each new one comes just before the old one goes, after what goes without a substitute. At no time is less allowed
than in the end, nor more than in the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ringwall.findings.recommendation_calls import Holder
from ringwall.findings.recommendation_steps import RecommendedStep
from ringwall.principals.principal import IdentityPolicy, PolicyKind

ATTACHED = 10
"""Managed policies on one user, role or group, by default.

Source: IAM User Guide, "IAM and AWS STS quotas".
"""
MOST_ATTACHED = {"User": 20, "Role": 20, "Group": 10}
"""The same with the quota raised; that of groups cannot be."""


@dataclass(slots=True)
class Move:
    """Something that takes the place of something else, or one of the two alone."""

    gives: list[RecommendedStep] = field(default_factory=list)
    take: RecommendedStep | None = None
    is_whole: bool = False
    """Whether nothing of what is taken is needed."""

    @property
    def steps(self) -> Iterator[RecommendedStep]:
        yield from self.gives
        if self.take:
            yield self.take


@dataclass(frozen=True, slots=True)
class Hangers:
    """The policies that hang on a user, role or group before anything is changed."""

    holder: Holder
    policies: tuple[IdentityPolicy, ...]

    @property
    def managed(self) -> int:
        """How many of them are managed ones."""
        return sum(each.kind is not PolicyKind.INLINE for each in self.policies)

    def counts(self, steps: Sequence[RecommendedStep]) -> Iterator[int]:
        """How many managed policies there are after each call, and before the first."""
        count, (name, kind) = self.managed, (self.holder.name, self.holder.kind)
        yield count
        for call in (call for step in steps for call in step.calls):
            if call.parameters.get(f"{kind}Name") == name:
                count += call.operation == f"iam:Attach{kind}Policy"
                count -= call.operation == f"iam:Detach{kind}Policy"
            yield count


def ordered(moves: Sequence[Move], hangers: Sequence[Hangers]) -> tuple[tuple[RecommendedStep, ...], str | None]:
    """The steps, with warnings where a quota has to be raised for them; and why they do not fit, if they do not."""
    gives = (step for move in moves for step in move.gives)
    steps = (*gives, *(move.take for move in moves if move.take))
    if any(max(each.counts(steps)) > ATTACHED for each in hangers):
        steps = tuple(step for move in sorted(moves, key=lambda move: not move.is_whole) for step in move.steps)
    for each in hangers:
        most = max(each.counts(steps))
        if most > MOST_ATTACHED[each.holder.kind]:
            limit = MOST_ATTACHED[each.holder.kind]
            return (), f"{most} managed policies would be attached to {each.holder.name}: AWS allows {limit} at most"
        if most > max(ATTACHED, each.managed):
            steps = _warned(steps, _warning(each, most, steps))
    return steps, None


def _warning(hangers: Hangers, most: int, steps: Sequence[RecommendedStep]) -> str:
    *_, last = hangers.counts(steps)
    when = "" if last == most else " for a moment"
    name = hangers.holder.name
    return f"{most} managed policies are attached to {name}{when}: more than {ATTACHED} need a raised quota."


def _warned(steps: Sequence[RecommendedStep], warning: str) -> tuple[RecommendedStep, ...]:
    first, *rest = steps
    return (replace(first, warning=f"{warning} {first.warning}" if first.warning else warning), *rest)
