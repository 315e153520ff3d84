"""Granted against used, service by service: what `ringwall last-accessed` and the console show, and findings judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec.structs import replace

from ringwall.policy.service_reference import canonical_action, known_actions
from ringwall.principals.granted import Granted
from ringwall.principals.trail_logged import is_logged
from ringwall.principals.usage import TrailCoverage, Usage, Use


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """One service that the principal may use."""

    namespace: str
    granted: frozenset[str]
    """Actions, as AWS spells them: `s3:GetObject`."""
    last_use: Use | None = None
    """Of the service; None where no source saw any."""
    used: Mapping[str, Use] = field(default_factory=dict)
    """By action, as far as sources tell actions apart: granted ones, and others that were tried."""
    tracked: frozenset[str] = frozenset()
    """Granted actions whose use some source would have shown."""


@dataclass(frozen=True, slots=True)
class AccessSummary:
    """Of one principal."""

    services: tuple[ServiceSummary, ...]
    """By namespace."""

    @property
    def granted_actions(self) -> int:
        return sum(len(each.granted) for each in self.services)

    @property
    def used_actions(self) -> int:
        """Granted ones that were used."""
        return sum(len(each.granted & each.used.keys()) for each in self.services)


def summary_of(granted: Granted, usage: Usage) -> AccessSummary:
    """What `granted` gives, beside what `usage` shows: services that are not granted any more are left out."""
    shown = _shown_by(usage)
    services = sorted(granted.actions.items())
    return AccessSummary(tuple(_summary(namespace, actions, shown) for namespace, actions in services))


@dataclass(frozen=True, slots=True)
class _Shown:
    """Use by service and by action, over all sources, and what could be shown at all. Namespaces in lower case."""

    services: Mapping[str, Use]
    actions: Mapping[str, Mapping[str, Use]]
    """By namespace, and by action as AWS spells it."""
    reported: Mapping[str, Mapping[str, Use | None]]
    """By namespace: actions that the report lists, with or without a time. Nothing, where it was made by service."""
    trail: TrailCoverage | None


def _shown_by(usage: Usage) -> _Shown:
    services: dict[str, Use] = {}
    actions: dict[str, dict[str, Use]] = {}
    for namespace, use in _uses_of_services(usage):
        services[namespace] = _latest(services.get(namespace), use)
    for name, use in _uses_of_actions(usage):
        action = canonical_action(name) or name
        namespace = action.partition(":")[0].lower()
        of_service = actions.setdefault(namespace, {})
        of_service[action] = _latest(of_service.get(action), use)
        services[namespace] = _latest(services.get(namespace), use)
    listed = usage.report.services if usage.report and usage.report.is_by_action else ()
    reported = {service.namespace.lower(): service.tracked for service in listed if service.tracked}
    return _Shown(services, actions, reported, usage.trail_coverage)


def _uses_of_services(usage: Usage) -> Iterator[tuple[str, Use]]:
    for service in usage.report.services if usage.report else ():
        if service.last_use:
            yield service.namespace.lower(), service.last_use
    yield from ((name.lower(), use) for name, use in (usage.trail.services.items() if usage.trail else ()))


def _uses_of_actions(usage: Usage) -> Iterator[tuple[str, Use]]:
    for service in usage.report.services if usage.report else ():
        if service.tracked:
            yield from [(name, use) for name, use in service.tracked.items() if use]
    yield from usage.trail.uses.items() if usage.trail else ()


def _latest(known: Use | None, other: Use) -> Use:
    """The later of two uses, with the months of both; of two at the same time the one that knows its Region."""
    if known is None:
        return other
    last = max(known, other, key=lambda use: (use.at, use.region is not None))
    months = tuple(sorted({*known.months, *other.months}))
    return last if months == last.months else replace(last, months=months)


def _summary(namespace: str, granted: frozenset[str], shown: _Shown) -> ServiceSummary:
    listed = shown.reported.get(namespace, {})
    tracked = granted.intersection(listed if _known(namespace).issuperset(listed) else _spelled(listed))
    if shown.trail:
        tracked |= _seen_by_trail(granted, shown.trail)
    return ServiceSummary(namespace, granted, shown.services.get(namespace), shown.actions.get(namespace, {}), tracked)


def _spelled(actions: Iterable[str]) -> Iterator[str]:
    return (canonical_action(name) or name for name in actions)


@lru_cache(maxsize=1024)
def _known(namespace: str) -> frozenset[str]:
    return frozenset(known_actions(namespace))


@lru_cache(maxsize=4096)
def _seen_by_trail(actions: frozenset[str], coverage: TrailCoverage) -> frozenset[str]:
    return frozenset(action for action in actions if is_logged(action, coverage.left_out))
