"""What changed between two reports, in terms of access: who gained which actions on what, and who lost them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwall.findings.finding import Exposure, Finding
from ringwall.findings.narrowing import is_proven
from ringwall.findings.report import Gap, Report

Identity = tuple[str, frozenset[tuple[str, str]], frozenset[tuple[str, str]], Exposure | None]
"""Resource, principal, conditions, exposure. Neither the text of policies nor how a bucket is shared is part of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Access that one of the two reports has and the other has not."""

    finding: Finding
    """Where it stands: in the new report for access that appeared, in the old one for access that went."""
    actions: tuple[str, ...]
    """The actions that were gained or lost."""
    is_partial: bool = False
    """Whether the same principal has other actions on the resource, under the same conditions, in both reports."""
    wider: Finding | None = None
    """A finding of the other report that takes this access in, for all that its principal and conditions say."""
    is_covered: bool = False
    """Whether it is proven that the other report has all of this access, within `wider`: nothing really changed."""

    def as_json(self) -> dict[str, Any]:
        return {
            "actions": list(self.actions),
            "partial": self.is_partial,
            "coveredBy": self.wider.id if self.wider else None,
            "covered": self.is_covered,
            "finding": self.finding.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What appeared, what went, and what cannot be told."""

    appeared: tuple[Change, ...] = ()
    went: tuple[Change, ...] = ()
    unknown: tuple[tuple[Finding, Gap], ...] = ()
    """Findings of the old report whose resource the new one could not analyse, and why."""
    old_gaps: tuple[Gap, ...] = field(default=())
    new_gaps: tuple[Gap, ...] = field(default=())
    analyzed: int = 0
    """How many resources were analysed in both reports together."""

    @property
    def gained(self) -> tuple[Change, ...]:
        """What appeared and was not there in any other form."""
        return tuple(change for change in self.appeared if not change.is_covered)

    @property
    def narrowed(self) -> tuple[Change, ...]:
        """What appeared as the rest of wider access."""
        return tuple(change for change in self.appeared if change.is_covered)

    @property
    def is_complete(self) -> bool:
        return not any(gap.is_failure for gap in (*self.old_gaps, *self.new_gaps))

    def as_json(self) -> dict[str, Any]:
        return {
            "appeared": [change.as_json() for change in self.appeared],
            "went": [change.as_json() for change in self.went],
            "unknown": [{"finding": finding.as_json(), "reason": gap.as_json()} for finding, gap in self.unknown],
            "coverage": {
                "complete": self.is_complete,
                "notAnalyzed": {
                    "old": [gap.as_json() for gap in self.old_gaps],
                    "new": [gap.as_json() for gap in self.new_gaps],
                },
            },
        }


def differences(old: Report, new: Report) -> Difference:
    """What appeared and what went between `old` and `new`.

    Access of a resource that the new report could not analyse has not gone: nobody knows.
    """
    went = list(_changes(old, new))
    reasons = [_gap_over(change.finding, new.coverage.gaps) for change in went]
    return Difference(
        appeared=tuple(_changes(new, old)),
        went=tuple(change for change, reason in zip(went, reasons, strict=True) if reason is None),
        unknown=tuple((change.finding, reason) for change, reason in zip(went, reasons, strict=True) if reason),
        old_gaps=old.coverage.gaps,
        new_gaps=new.coverage.gaps,
        analyzed=old.coverage.resources + new.coverage.resources,
    )


def _changes(here: Report, there: Report) -> Iterator[Change]:
    """What `here` has and `there` has not."""
    known = _actions_by_identity(there.access)
    by_resource: dict[str, list[Finding]] = {}
    for each in there.access:
        by_resource.setdefault(each.resource, []).append(each)
    told: dict[Identity, set[str]] = {}
    for finding in here.access:
        identity = _identity(finding)
        seen = told.setdefault(identity, set())
        actions = tuple(each for each in finding.action if each not in known.get(identity, ()) and each not in seen)
        seen.update(actions)
        if actions or (identity not in known and not finding.action):
            others = by_resource.get(finding.resource, ())
            wider = [each for each in others if _takes_in(each, finding, actions)]
            proof = _covering(wider, there, finding, here, actions)
            yield Change(finding, actions, identity in known, proof or next(iter(wider), None), proof is not None)


def _covering(
    wider: Iterable[Finding], there: Report, finding: Finding, here: Report, actions: tuple[str, ...]
) -> Finding | None:
    """The first of `wider` that is proven to hold `actions` of the finding."""
    documents, others = here.documents.get(finding.resource, {}), there.documents.get(finding.resource, {})
    return next((each for each in wider if is_proven(each, others, finding, documents, actions)), None)


def _identity(finding: Finding) -> Identity:
    principal, conditions = frozenset(finding.principal.items()), frozenset(finding.condition.items())
    return finding.resource, principal, conditions, finding.exposure


def _actions_by_identity(findings: Iterable[Finding]) -> Mapping[Identity, set[str]]:
    actions: dict[Identity, set[str]] = {}
    for finding in findings:
        actions.setdefault(_identity(finding), set()).update(finding.action)
    return actions


def _takes_in(wide: Finding, narrow: Finding, actions: Iterable[str]) -> bool:
    """Whether everything that `wide` says is said of `narrow` too. Deny statements may still tell them apart."""
    return (
        wide.principal in (narrow.principal, {"AWS": "*"})
        and wide.condition.items() <= narrow.condition.items()
        and set(actions) <= set(wide.action)
        and _identity(wide) != _identity(narrow)
    )


def _gap_over(finding: Finding, gaps: Iterable[Gap]) -> Gap | None:
    """The gap that hides the finding's resource, if one does."""
    return next((gap for gap in gaps if gap.is_failure and _hides(gap, finding)), None)


def _hides(gap: Gap, finding: Finding) -> bool:
    pairs = (
        (gap.resource, finding.resource),
        (gap.resource_type, finding.resource_type),
        (gap.account, finding.resource_owner_account),
        (gap.region, finding.region),
    )
    return all(not hidden or hidden == value for hidden, value in pairs)
