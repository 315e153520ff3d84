"""Services and actions that a principal is granted and did not use.

IAM's report is what shows that something was not used: it sees every Region, and says which actions it tells apart.
CloudTrail only ever takes away from that: what it saw counts as used, what it did not see proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ringwall.errors import PolicyError, UndecidedError
from ringwall.findings.finding import FindingType
from ringwall.findings.unused_case import Case, latest
from ringwall.findings.unused_evidence import Shortfall, evidence_of_permissions, listed, shortfalls_of_grants
from ringwall.findings.unused_finding import UnusedAction, UnusedFinding, UnusedService
from ringwall.findings.unused_grants import Grants, grants_of
from ringwall.findings.unused_recurring import Recurrence, ServiceTrail, is_due, recurrence_of, trail_by_service
from ringwall.findings.unused_unknown import unknown_of
from ringwall.principals.access_summary import ServiceSummary, summary_of
from ringwall.principals.evidence import Confidence, RecurringUse
from ringwall.principals.unseen import asked_within_others, unseen_in
from ringwall.principals.usage import ServiceReport

_TRACKED_SINCE = {
    "s3": datetime(2020, 4, 12, tzinfo=UTC),
    **dict.fromkeys(("ec2", "iam", "lambda"), datetime(2021, 4, 7, tzinfo=UTC)),
}
_OTHERS_TRACKED_SINCE = datetime(2023, 5, 23, tzinfo=UTC)
"""When IAM began to tell actions apart, by namespace: the IAM User Guide, "Things to know about last accessed"."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """On one service."""

    namespace: str
    unused: UnusedService | None = None
    untracked: frozenset[str] = frozenset()
    recurring: tuple[RecurringUse, ...] = ()
    is_listed: bool = True
    """Whether IAM's report has the service: else nothing is said of it."""


def unused_permissions(case: Case) -> UnusedFinding | None:
    """What an active principal may do and did not; an error where that cannot be said; None where it uses all."""
    type_ = FindingType.UNUSED_PERMISSION
    if fault := case.report_fault:
        return case.error(type_, fault)
    try:
        grants = grants_of(case)
    except (PolicyError, UndecidedError) as error:
        return case.error(type_, str(error))
    verdicts = list(_verdicts(case, grants))
    if services := tuple(each.unused for each in verdicts if each.unused):
        return _finding(case, grants, verdicts, services)
    failure = _failure(case, grants, verdicts)
    return case.error(type_, failure) if failure else None


def _verdicts(case: Case, grants: Grants) -> Iterator[_Verdict]:
    report = case.usage.report
    services = {each.namespace.lower(): each for each in report.services} if report else {}
    trail = trail_by_service(case.usage.trail)
    for summary in summary_of(grants.granted, case.usage).services:
        aged = grants.aged.get(summary.namespace, frozenset())
        if not aged:
            continue
        if (reported := services.get(summary.namespace)) is None:
            yield _Verdict(summary.namespace, is_listed=False)
        else:
            seen = trail.get(summary.namespace, ServiceTrail())
            yield _Judge(case, summary, reported, aged, seen, frozenset(grants.granted.undecided)).verdict()


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges one service that IAM's report has."""

    case: Case
    summary: ServiceSummary
    reported: ServiceReport
    aged: frozenset[str]
    trail: ServiceTrail
    undecided: frozenset[str]
    """Actions of which it is not known whether they are granted."""

    def verdict(self) -> _Verdict:
        namespace, last = self.summary.namespace, self._last_use()
        was_used = self.case.is_within_report(last)
        recurrence = recurrence_of(self.summary, self.trail, is_in_use=was_used)
        is_in_use = was_used or any(is_due(each, self.case.now) for each in recurrence.all)
        if not is_in_use and self.aged == self.summary.granted:
            return self._whole(last, recurrence)
        if recurrence.service and is_due(recurrence.service, self.case.now):
            # Something of the service comes back, and it is not known what.
            return _Verdict(namespace, recurring=recurrence.all)
        actions = tuple(self._unused_actions(recurrence))
        unused = UnusedService(namespace, actions, last) if actions else None
        return _Verdict(namespace, unused, self._untracked() if is_in_use else frozenset(), recurrence.all)

    def _whole(self, last: datetime | None, recurrence: Recurrence) -> _Verdict:
        """On a service that nobody called: all of it is unused, but for what is used without a call of its own."""
        namespace = self.summary.namespace
        unseen = unseen_in(namespace)
        if unseen.isdisjoint(self.aged | self.undecided):
            return _Verdict(namespace, UnusedService(namespace, last_accessed=last), recurring=recurrence.all)
        actions = tuple(self._unused(action) for action in sorted(self.aged - unseen))
        unused = UnusedService(namespace, actions, last) if actions else None
        return _Verdict(namespace, unused, self.aged & unseen, recurrence.all)

    def _unused(self, action: str) -> UnusedAction:
        use = self.summary.used.get(action)
        return UnusedAction(action.partition(":")[2], use.at if use else None)

    def _untracked(self) -> frozenset[str]:
        return self.aged - self._tracked() - {action for action in self.aged if self._is_used(action)}

    def _last_use(self) -> datetime | None:
        uses = (self.summary.last_use, *self.summary.used.values())
        return latest(use.at for use in uses if use)

    def _unused_actions(self, recurrence: Recurrence) -> Iterator[UnusedAction]:
        for action in sorted(self._tracked()):
            recurring = recurrence.actions.get(action)
            if not self._is_used(action) and not (recurring and is_due(recurring, self.case.now)):
                yield self._unused(action)

    def _tracked(self) -> frozenset[str]:
        """Granted for the whole period, and told apart by IAM for all of it."""
        since = _TRACKED_SINCE.get(self.summary.namespace, _OTHERS_TRACKED_SINCE)
        if not self.case.is_old(since):
            return frozenset()
        tracked = {action.lower() for action in self.reported.tracked or {}}
        judged = (self.aged & self.summary.tracked) - asked_within_others(self.summary.namespace)
        return frozenset(action for action in judged if action.lower() in tracked)

    def _is_used(self, action: str) -> bool:
        use = self.summary.used.get(action)
        return use is not None and self.case.is_within_report(use.at)


def _finding(
    case: Case, grants: Grants, verdicts: list[_Verdict], services: tuple[UnusedService, ...]
) -> UnusedFinding:
    shortfalls = list(shortfalls_of_grants(grants, frozenset(_reported(grants, services))))
    if unlisted := [each.namespace for each in verdicts if not each.is_listed]:
        sentence = f"IAM's report does not have {listed(unlisted)}: nothing is said of that."
        shortfalls.append(Shortfall(sentence, Confidence.MEDIUM))
    if unknown := list(unknown_of(case, grants)):
        shortfalls.append(Shortfall(f"The service reference does not know {listed(unknown)}: nothing is said of that."))
    evidence = evidence_of_permissions(
        case,
        shortfalls=shortfalls,
        recurring=tuple(each for verdict in verdicts for each in verdict.recurring),
        untracked=tuple(sorted(action for verdict in verdicts for action in verdict.untracked)),
    )
    return case.finding(FindingType.UNUSED_PERMISSION, evidence, services=services)


def _reported(grants: Grants, services: tuple[UnusedService, ...]) -> Iterator[str]:
    """Every action that a finding calls unused."""
    for service in services:
        if service.actions:
            yield from (f"{service.namespace}:{action.name}" for action in service.actions)
        else:
            yield from grants.granted.actions[service.namespace]


def _failure(case: Case, grants: Grants, verdicts: list[_Verdict]) -> str | None:
    """What kept something from being judged that could have been, where nothing was found to be unused."""
    unlisted = [each.namespace for each in verdicts if not each.is_listed]
    if unlisted:
        is_truncated = case.usage.report is not None and case.usage.report.is_truncated
        why = "is truncated" if is_truncated else "does not have all that is granted"
        return f"the report of what it last accessed {why}: {listed(unlisted)} could not be judged"
    if unknown := list(unknown_of(case, grants)):
        return f"the service reference does not know {listed(unknown)}: that could not be judged"
    if grants.granted.undecided:
        action, reason = min(grants.granted.undecided.items())
        return f"it could not be decided whether `{action}` is granted: {reason}"
    return None
