"""How good the evidence behind a finding is: what was read, what could not be seen, and the confidence that follows.

A finding's confidence is the lowest that any shortfall leaves it:

- `LOW`: something that exists was not read: a truncated report, a file of the trail, what the collection notes. There
  is no recommendation then.
- `MEDIUM`: a source that could have seen more is not there, has days without logs, or reaches less far than the period;
  or AWS does not say what would have to be known, such as the age of an inline policy.
- `HIGH`: none of these.

Roles, keys and passwords rest on IAM's own record of their last use, of all Regions: only what the collection noted
lowers their confidence, and what could not be read of a trail, which may have shown that their use comes back.
`docs/evidence.md` has the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple

from ringwall.findings.unused_case import Case, latest
from ringwall.findings.unused_grants import Grants
from ringwall.findings.unused_recurring import trail_by_service
from ringwall.principals.evidence import Confidence, Evidence, RecurringUse, SourceCoverage
from ringwall.principals.principal import PrincipalKind
from ringwall.principals.usage import LastAccessedReport, TrailCoverage, UsageSource

TRACKING = timedelta(days=400)
"""How far back IAM's reports and `RoleLastUsed` go at least."""

FRESH = timedelta(days=2)
"""How old a source may be without a word: AWS's own is up to four hours behind, and is read once a day."""

_SHOWN = 5
"""How many names a sentence lists."""


class Shortfall(NamedTuple):
    """Something that could not be seen."""

    sentence: str
    confidence: Confidence = Confidence.HIGH
    """The most that it leaves to a finding; HIGH where no item of a finding can depend on it."""


def evidence_of_entity(case: Case) -> Evidence:
    """Of a role, a key or a password."""
    is_role = case.principal.kind is PrincipalKind.ROLE
    since = case.now - TRACKING if is_role else None
    own = SourceCoverage(source=UsageSource.IAM, until=case.now, since=since, granularity="entity")
    others = tuple(_sources(case)) if is_role else ()
    recurring = (case.recurring,) if case.recurring else ()
    found = [*_noted(case), *_of_gaps(case.usage.trail_coverage)]
    return _evidence((own, *others), found, recurring=recurring)


def evidence_of_permissions(
    case: Case,
    *,
    shortfalls: Iterable[Shortfall],
    recurring: tuple[RecurringUse, ...],
    untracked: tuple[str, ...],
) -> Evidence:
    """Of unused permissions; `shortfalls` are those beyond what the sources have."""
    found = [*_noted(case), *_of_report(case), *_of_trail(case), *shortfalls]
    if untracked:
        found.append(Shortfall(f"No source tells the use of {listed(untracked)} apart: they are not judged."))
    return _evidence(tuple(_sources(case)), found, recurring=recurring, untracked=untracked)


def shortfalls_of_grants(grants: Grants, reported: frozenset[str]) -> Iterator[Shortfall]:
    """What is not known about the age of permissions, and whether they are granted.

    Args:
        grants: what the principal is granted.
        reported: every action that the finding calls unused, those of whole services among them.
    """
    if grants.undated and not reported <= frozenset().union(*grants.dated.values()):
        yield Shortfall(
            f"AWS does not say since when {listed(grants.undated)} grants what it does: it counts as old as the "
            "principal.",
            Confidence.MEDIUM,
        )
    if grants.young_boundary:
        yield Shortfall(
            f"The boundary {grants.young_boundary} changed within the period: what it let through before is not known.",
            Confidence.MEDIUM,
        )
    if grants.granted.undecided:
        action, reason = min(grants.granted.undecided.items())
        others = f" and {count} more" if (count := len(grants.granted.undecided) - 1) else ""
        yield Shortfall(
            f"It could not be decided whether {action}{others} is granted ({reason}): that is not judged.",
            Confidence.MEDIUM,
        )
    if grants.young:
        yield Shortfall(f"What only {listed(grants.young)} grants is younger than the period: it is not judged.")


def listed(names: Iterable[str]) -> str:
    """Names in a sentence; only the first of many."""
    ordered = list(names)
    rest = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return ", ".join(ordered[:_SHOWN]) + rest


def _evidence(
    sources: tuple[SourceCoverage, ...],
    found: list[Shortfall],
    *,
    recurring: tuple[RecurringUse, ...] = (),
    untracked: tuple[str, ...] = (),
) -> Evidence:
    return Evidence(
        confidence=min((each.confidence for each in found), key=attrgetter("rank"), default=Confidence.HIGH),
        sources=sources,
        missing=tuple(dict.fromkeys(each.sentence for each in found)),
        recurring=recurring,
        untracked=untracked,
    )


def _sources(case: Case) -> Iterator[SourceCoverage]:
    if report := case.usage.report:
        yield SourceCoverage(
            source=UsageSource.LAST_ACCESSED,
            until=report.generated_at,
            since=report.generated_at - TRACKING,
            granularity="action" if report.is_by_action else "service",
        )
    if coverage := case.usage.trail_coverage:
        yield SourceCoverage(
            source=UsageSource.CLOUDTRAIL,
            until=min(_midnight(coverage.until + timedelta(days=1)), case.now),
            since=_midnight(coverage.since),
            granularity="action",
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _noted(case: Case) -> Iterator[Shortfall]:
    return (Shortfall(note, Confidence.LOW) for note in case.usage.notes)


def _of_report(case: Case) -> Iterator[Shortfall]:
    report: LastAccessedReport | None = case.usage.report
    if report is None:
        return
    if report.is_truncated:
        yield Shortfall("IAM's report is truncated: services that it leaves out are not judged.", Confidence.LOW)
    if not report.is_by_action:
        yield Shortfall("IAM's report does not tell actions apart.", Confidence.MEDIUM)
    if case.now - report.generated_at > FRESH:
        was_used = any(use.at and use.at > report.generated_at for use in case.own_last_uses)
        since = ", and the principal was used after that" if was_used else ""
        confidence = Confidence.LOW if was_used else Confidence.MEDIUM
        yield Shortfall(f"IAM's report ends on {report.generated_at:%Y-%m-%d}{since}.", confidence)


def _of_trail(case: Case) -> Iterator[Shortfall]:
    if unnamed := list(_with_unnamed_use(case)):
        yield Shortfall(f"CloudTrail saw calls of {listed(unnamed)} whose actions are not known.", Confidence.MEDIUM)
    coverage: TrailCoverage | None = case.usage.trail_coverage
    if coverage is None:
        yield Shortfall("No log of CloudTrail was read.", Confidence.MEDIUM)
        return
    yield from _of_gaps(coverage)
    if _midnight(coverage.since) > case.start:
        yield Shortfall(f"The trail begins on {coverage.since}, within the period.", Confidence.MEDIUM)
    if case.now - _midnight(coverage.until + timedelta(days=1)) > FRESH:
        yield Shortfall(f"The trail ends on {coverage.until}.", Confidence.MEDIUM)
    if coverage.missing_regions:
        yield Shortfall(f"There is no log of the Regions {listed(coverage.missing_regions)}.", Confidence.MEDIUM)
    if not coverage.data_events:
        yield Shortfall("The trail has no data events.")


def _of_gaps(coverage: TrailCoverage | None) -> Iterator[Shortfall]:
    for gap in coverage.gaps if coverage else ():
        is_unread = coverage is not None and gap in coverage.unread
        yield Shortfall(gap, Confidence.LOW if is_unread else Confidence.MEDIUM)


def _with_unnamed_use(case: Case) -> Iterator[str]:
    """Services that the trail saw in use, within the period, later than any action of them that it knows by name."""
    for namespace, seen in trail_by_service(case.usage.trail).items():
        named = latest(use.at for use in seen.uses.values())
        if seen.whole and case.is_within(seen.whole.at) and (named is None or named < seen.whole.at):
            yield namespace
