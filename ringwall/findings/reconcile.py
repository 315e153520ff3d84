"""What becomes of the findings that an analyzer remembers: when a resource is looked at again, and when users decide.

| then | found now | becomes |
|---|---|---|
| not remembered | yes | ACTIVE, or ARCHIVED where an archive rule says so |
| ACTIVE, ARCHIVED | yes | stays; its detail is brought up to date |
| ARCHIVED, not public | yes, and public | ACTIVE, or ARCHIVED where an archive rule says so |
| RESOLVED | yes | ACTIVE, or ARCHIVED where an archive rule says so: the same finding with the same id |
| ACTIVE, ARCHIVED | no | RESOLVED |
| ACTIVE | no, the resource cannot be analysed any more | RESOLVED; an error finding stands in for it |
| ARCHIVED | no, the resource cannot be analysed any more | stays |
| ACTIVE, ARCHIVED | no, part of the resource was not decided | stays |
| an error | no, or another error | deleted |

Of unused access each type of finding is looked at by itself. Decision 0025 gives the reasons. Nothing here writes: a `Change` says what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from ringwall.findings.archive_rule import ArchiveRule, facts_of
from ringwall.findings.finding import AnyFinding, FindingStatus
from ringwall.findings.remembered import Cause, Change, RememberedFinding, remembered_id
from ringwall.findings.unused_finding import UNUSED_TYPES

_OPEN = (FindingStatus.ACTIVE, FindingStatus.ARCHIVED)
_NOT_COMPARED = frozenset(("id", "status"))
"""What `Finding.as_json()` says that means nothing in a remembered finding."""


def reconcile(
    known: Sequence[RememberedFinding],
    found: Sequence[AnyFinding],
    *,
    analyzer: str,
    rules: Sequence[ArchiveRule],
    now: datetime,
) -> tuple[Change, ...]:
    """What has to be written once a resource was looked at; nothing where all is as it was.

    Args:
        known: all findings of the resource that are remembered, the resolved ones too.
        found: its findings now; none where it was deleted.
        analyzer: ARN.
        rules: the analyzer's archive rules; the first that applies is the one that is named.
        now: UTC.
    """
    look = _Look(rules, now)
    seen = {remembered_id(analyzer, each): each for each in found}
    remembered = {each.id: each for each in known}
    changes = [
        *(look.appeared(id_, each) for id_, each in seen.items() if id_ not in remembered),
        *(look.found_again(remembered[id_], each) for id_, each in seen.items() if id_ in remembered),
        *(look.missing(each, found) for each in known if each.id not in seen),
    ]
    return tuple(change for change in changes if change is not None)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a resource."""

    rules: Sequence[ArchiveRule]
    now: datetime

    def appeared(self, id_: str, finding: AnyFinding) -> Change:
        new = RememberedFinding(
            id_, finding.as_json(), FindingStatus.ACTIVE, self.now, self.now, self.now, finding.type
        )
        return self._by_rule(new, None)

    def found_again(self, known: RememberedFinding, finding: AnyFinding) -> Change | None:
        detail = finding.as_json()
        now_seen = replace(known, detail=detail, analyzed_at=self.now)
        became_public = finding.is_public is True and known.detail.get("isPublic") is not True
        if known.status is FindingStatus.RESOLVED or (known.status is FindingStatus.ARCHIVED and became_public):
            return self._by_rule(now_seen, known.status)
        return None if _compared(detail) == _compared(known.detail) else Change(now_seen, known.status)

    def _by_rule(self, finding: RememberedFinding, previous: FindingStatus | None) -> Change:
        """The finding as one that has just appeared."""
        active = replace(finding, status=FindingStatus.ACTIVE, updated_at=self.now)
        facts = facts_of(active)
        rule = next((each for each in self.rules if each.archives(facts, self.now)), None)
        if rule is None:
            return Change(active, previous)
        archived = replace(active, status=FindingStatus.ARCHIVED)
        return Change(archived, previous, cause=Cause.ARCHIVE_RULE, actor=rule.name)

    def missing(self, known: RememberedFinding, found: Sequence[AnyFinding]) -> Change | None:
        if known.error is not None:
            return Change(replace(known, analyzed_at=self.now), known.status, is_deleted=True)
        if known.status not in _resolved_by(_about(known, found)):
            return None
        resolved = replace(known, status=FindingStatus.RESOLVED, analyzed_at=self.now, updated_at=self.now)
        return Change(resolved, known.status)


def _about(known: RememberedFinding, found: Sequence[AnyFinding]) -> Sequence[AnyFinding]:
    """What was found now that a finding depends on: what is not known of permissions says nothing of a key."""
    if known.type not in UNUSED_TYPES:
        return found
    return [each for each in found if each.type is known.type]


def _resolved_by(found: Sequence[AnyFinding]) -> tuple[FindingStatus, ...]:
    """Of which status findings are over once they are missing from what was found."""
    errors = sum(each.error is not None for each in found)
    if errors and errors < len(found):
        return ()
    return (FindingStatus.ACTIVE,) if errors else _OPEN


def _compared(detail: Any) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in _NOT_COMPARED}


def set_status(
    known: Iterable[RememberedFinding],
    status: Literal[FindingStatus.ACTIVE, FindingStatus.ARCHIVED],
    *,
    actor: str,
    now: datetime,
) -> tuple[Change, ...]:
    """What a user's decision changes: findings that have the status already and resolved ones are left alone.

    Args:
        known: the findings that the user named.
        status: what they are to become.
        actor: whose key it was.
        now: UTC.
    """
    previous = FindingStatus.ACTIVE if status is FindingStatus.ARCHIVED else FindingStatus.ARCHIVED
    return tuple(_moved(known, previous, status, now=now, cause=Cause.USER, actor=actor))


def apply_archive_rule(known: Iterable[RememberedFinding], rule: ArchiveRule, *, now: datetime) -> tuple[Change, ...]:
    """What a rule archives of the findings that are there already: `ApplyArchiveRule`."""
    meant = (each for each in known if rule.archives(facts_of(each), now))
    move = _moved(
        meant, FindingStatus.ACTIVE, FindingStatus.ARCHIVED, now=now, cause=Cause.ARCHIVE_RULE, actor=rule.name
    )
    return tuple(move)


def expire_rule(archived: Iterable[RememberedFinding], rule: ArchiveRule, *, now: datetime) -> tuple[Change, ...]:
    """What a rule that has expired gives back; nothing before that.

    Args:
        archived: the findings that this very rule archived.
        rule: the rule.
        now: UTC.
    """
    if rule.expires_at is None or now < rule.expires_at:
        return ()
    move = _moved(
        archived, FindingStatus.ARCHIVED, FindingStatus.ACTIVE, now=now, cause=Cause.RULE_EXPIRED, actor=rule.name
    )
    return tuple(move)


def _moved(
    known: Iterable[RememberedFinding],
    previous: FindingStatus,
    status: FindingStatus,
    *,
    now: datetime,
    cause: Cause,
    actor: str,
) -> Iterator[Change]:
    for each in known:
        if each.status is previous:
            yield Change(replace(each, status=status, updated_at=now), previous, cause=cause, actor=actor)


def forget_resolved(
    known: Iterable[RememberedFinding], *, now: datetime, retention: timedelta = timedelta(days=90)
) -> tuple[Change, ...]:
    """The resolved findings whose time is over: they are deleted, which changes their status no more."""
    over = (each for each in known if each.status is FindingStatus.RESOLVED and each.updated_at <= now - retention)
    return tuple(Change(each, each.status, is_deleted=True, cause=Cause.RETENTION) for each in over)


def forget_all(known: Iterable[RememberedFinding]) -> tuple[Change, ...]:
    """All findings of an analyzer that is deleted."""
    return tuple(Change(each, each.status, is_deleted=True, cause=Cause.ANALYZER_DELETED) for each in known)
