"""Use that comes back every quarter, half year or year: between two of them it only looks unused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, pairwise
from typing import Literal

from ringwall.principals.access_summary import ServiceSummary
from ringwall.principals.evidence import RecurringUse
from ringwall.principals.usage import TrailUsage, Use

Interval = Literal["quarterly", "half-yearly", "yearly", "irregular"]

_INTERVALS: tuple[tuple[Interval, range], ...] = (
    ("quarterly", range(2, 5)),
    ("half-yearly", range(5, 8)),
    ("yearly", range(11, 14)),
)
"""By months between two uses: what is done at the end of a quarter slips by a month at times."""

_SLACK = 1
"""Months for which an expected use may be late."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What of one service comes back."""

    actions: Mapping[str, RecurringUse]
    """By action, as AWS spells it."""
    service: RecurringUse | None
    """Of the service, where that is not the use of an action that comes back: its `action` is such as `s3:*`."""

    @property
    def all(self) -> tuple[RecurringUse, ...]:
        """By action."""
        alone = (self.service,) if self.service else ()
        return (*alone, *(self.actions[action] for action in sorted(self.actions)))


@dataclass(frozen=True, slots=True)
class ServiceTrail:
    """What CloudTrail saw of one service."""

    uses: Mapping[str, Use] = field(default_factory=dict)
    """By action."""
    whole: Use | None = None


def trail_by_service(trail: TrailUsage | None) -> Mapping[str, ServiceTrail]:
    """What CloudTrail saw, by namespace in lower case."""
    if trail is None:
        return {}
    uses: dict[str, dict[str, Use]] = {}
    for action, use in trail.uses.items():
        uses.setdefault(action.partition(":")[0].lower(), {})[action] = use
    services = {namespace.lower(): use for namespace, use in trail.services.items()}
    return {each: ServiceTrail(uses.get(each, {}), services.get(each)) for each in sorted({*uses, *services})}


def recurrence_of(summary: ServiceSummary, trail: ServiceTrail, *, is_in_use: bool) -> Recurrence:
    """What the trail shows to come back, of one service.

    Args:
        summary: of the service.
        trail: what CloudTrail saw of it.
        is_in_use: whether it was used within the period: then what the trail knows by name says nothing of the rest.
    """
    spelled = {action.lower(): action for action in (*summary.granted, *summary.used)} if trail.uses else {}
    uses = {spelled.get(name.lower(), name): use for name, use in trail.uses.items()}
    found = {
        action: recurring
        for action, use in uses.items()
        if (recurring := find_recurring(action, (*use.months, *_month(summary, action, use.at))))
    }
    months = set(trail.whole.months if trail.whole else ())
    if is_in_use or found:
        months -= {month for use in uses.values() for month in use.months}
    return Recurrence(found, find_recurring(f"{summary.namespace}:*", months))


def _month(summary: ServiceSummary, action: str, at: datetime) -> tuple[str, ...]:
    """The months of the last use, as the trail and as any source has it: it may be later than all that the trail saw."""
    moments = [at, *([summary.used[action].at] if action in summary.used else [])]
    return tuple(month_of(moment) for moment in moments)


def month_of(moment: datetime) -> str:
    """Such as `2026-03`."""
    return f"{moment:%Y-%m}"


def find_recurrence_of_principal(trail: TrailUsage | None, last_uses: Iterable[datetime | None]) -> RecurringUse | None:
    """The use of the principal as a whole, if that comes back: its `action` is `*`.

    Args:
        trail: what CloudTrail saw it do; without, nothing is known to come back.
        last_uses: when it was last used, as other sources have it.
    """
    if trail is None:
        return None
    uses = (*trail.uses.values(), *trail.services.values())
    months = set(chain.from_iterable((*use.months, month_of(use.at)) for use in uses))
    if find_recurring("*", months) is None:
        return None
    return find_recurring("*", months | {month_of(at) for at in last_uses if at})


def find_recurring(action: str, months: Iterable[str]) -> RecurringUse | None:
    """The use of an action as one that comes back, if there is a month without use between two with use.

    Args:
        action: as AWS spells it.
        months: such as `2026-03`, in any order.
    """
    ordered = sorted(set(months))
    pauses = _pauses(ordered)
    if not pauses:
        return None
    return RecurringUse(action=action, months=tuple(ordered), interval=_interval(pauses))


def is_due(recurring: RecurringUse, now: datetime) -> bool:
    """Whether the next use may still come: the longest pause so far, and a month more, is not over."""
    return _number(month_of(now)) <= _number(recurring.months[-1]) + max(_pauses(recurring.months)) + _SLACK


def _interval(pauses: list[int]) -> Interval:
    for interval, lengths in _INTERVALS:
        if all(pause in lengths for pause in pauses):
            return interval
    return "irregular"


def _pauses(months: Iterable[str]) -> list[int]:
    """Months from one use to the next, where there is at least one month without use between them."""
    steps = (after - before for before, after in pairwise(_number(month) for month in months))
    return [step for step in steps if step > 1]


def _number(month: str) -> int:
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year)
