"""Judges many principals: what of their access is unused, told as one report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ringwall.errors import PolicyError
from ringwall.findings.finding import FindingType
from ringwall.findings.report import Coverage, Gap, PrincipalGap, gap_of
from ringwall.findings.unused_finding import UNUSED_TYPES, UnusedFinding
from ringwall.findings.unused_report import AccountUse, UnusedReport
from ringwall.principals.access_summary import AccessSummary, summary_of
from ringwall.principals.evidence import Confidence
from ringwall.principals.granted import granted_to
from ringwall.principals.principal import Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import Usage, UsageSource

SeenPrincipal = PrincipalAccess | Gap
"""What a collection of principals comes upon: a principal with its evidence, or something that it could not read."""

Progress = Callable[[int], None]
"""Is told how many principals were judged so far."""


def _silently(judged: int) -> None:
    """Progress that nobody watches."""


class Judge(Protocol):
    """Says what of a principal's access is unused."""

    @property
    def age(self) -> int: ...

    def is_judged(self, principal: Principal) -> bool: ...

    def findings_of(self, access: PrincipalAccess, now: datetime) -> tuple[UnusedFinding, ...]: ...


@dataclass(frozen=True, slots=True)
class FindingSelection:
    """Which findings are wanted. Errors always are."""

    types: frozenset[FindingType] = frozenset()
    """Empty: all."""
    accounts: frozenset[str] = frozenset()
    """Empty: all."""
    confidence: Confidence = Confidence.LOW
    """Not less."""

    def is_sure(self, finding: UnusedFinding) -> bool:
        given = finding.evidence.confidence if finding.evidence else Confidence.LOW
        return given.rank >= self.confidence.rank

    def takes(self, account: str) -> bool:
        """Whether the account is wanted. What belongs to no account that is known is, so that no failure gets lost."""
        return not self.accounts or not account or account in self.accounts


EVERYTHING = FindingSelection()


@dataclass(slots=True)
class _Account:
    principals: int = 0
    found: Counter[FindingType] = field(default_factory=Counter)
    granted: int = 0
    unused: int = 0


@dataclass(slots=True)
class Tally:
    """What was said of some principals: parts of it are made in several processes, and added up."""

    accounts: dict[str, _Account] = field(default_factory=lambda: defaultdict(_Account))
    findings: list[UnusedFinding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    analyzed: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    unsure: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """What `other` counted, too."""
        for number, theirs in other.accounts.items():
            ours = self.accounts[number]
            ours.principals += theirs.principals
            ours.found.update(theirs.found)
            ours.granted += theirs.granted
            ours.unused += theirs.unused
        self.findings += other.findings
        self.gaps += other.gaps
        self.left_out += other.left_out
        self.unsure += other.unsure
        # Not `+=`, which looks through all that was counted before.
        self.analyzed.update(other.analyzed)
        self.sources.update(other.sources)
        self.missing.update(other.missing)

    def report(self, judge: Judge, now: datetime, accounts: Iterable[str] = ()) -> UnusedReport:
        """The report; `accounts` were looked at, also where nothing was found in them."""
        numbers = sorted({*self.accounts, *accounts})
        coverage = Coverage(
            tuple(numbers), (), dict(sorted(self.analyzed.items())), tuple(sorted(set(self.gaps), key=repr))
        )
        return UnusedReport(
            judge.age,
            now,
            tuple(_account_use(number, self.accounts.get(number, _Account())) for number in numbers),
            coverage,
            tuple(sorted(self.findings, key=_place)),
            self.left_out,
            self.unsure,
            dict(sorted(self.sources.items())),
            dict(sorted(self.missing.items(), key=lambda item: (-item[1], item[0]))),
        )


def _account_use(number: str, counted: _Account) -> AccountUse:
    return AccountUse(number, counted.principals, dict(counted.found), counted.granted, counted.unused)


def _place(finding: UnusedFinding) -> tuple[str, str, str, int, str]:
    kind = UNUSED_TYPES.index(finding.type)
    return finding.resource_owner_account, finding.resource_type, finding.resource, kind, finding.id


def judge_all(
    seen: Iterable[SeenPrincipal],
    judge: Judge,
    now: datetime,
    selection: FindingSelection = EVERYTHING,
    progress: Progress = _silently,
) -> Tally:
    """What is said of all principals. `progress` is called after each."""
    tally = Tally()
    done = 0
    for each in seen:
        if isinstance(each, Gap):
            tally.gaps += [each] if _is_about_principals(each) and selection.takes(each.account) else []
        elif selection.takes(each.principal.account):
            tally.add(_judged(each, judge, now, selection))
            done += 1
            progress(done)
    return tally


def _is_about_principals(gap: Gap) -> bool:
    """Whether a principal may be missing: it says so, or it is about all of an account."""
    return isinstance(gap, PrincipalGap) or not (gap.resource_type or gap.region)


def _judged(access: PrincipalAccess, judge: Judge, now: datetime, selection: FindingSelection) -> Tally:
    principal = access.principal
    if not judge.is_judged(principal):
        return Tally(left_out=1)
    tally = Tally()
    findings = judge.findings_of(access, now)
    account = tally.accounts[principal.account]
    account.principals = 1
    tally.sources.update(sources_of(access.usage))
    errors = [finding for finding in findings if finding.error]
    tally.gaps += map(gap_of, errors)
    if not errors:
        tally.analyzed[principal.kind.value] = 1
    account.granted, account.unused = _shares(access, findings)
    wanted = [each for each in findings if not each.error and (not selection.types or each.type in selection.types)]
    sure = [each for each in wanted if selection.is_sure(each)]
    account.found.update(each.type for each in sure)
    tally.findings += [*errors, *sure]
    tally.unsure = len(wanted) - len(sure)
    tally.missing.update({sentence for each in sure if each.evidence for sentence in each.evidence.missing})
    return tally


def sources_of(usage: Usage) -> Iterator[str]:
    """What told about use, in the words of `UsageSource`."""
    if usage.report:
        yield UsageSource.LAST_ACCESSED.value
    if usage.trail is not None:
        yield UsageSource.CLOUDTRAIL.value


def _shares(access: PrincipalAccess, findings: Iterable[UnusedFinding]) -> tuple[int, int]:
    """How many actions are granted, and how many of these findings call unused; none where that cannot be said."""
    try:
        summary = summary_of(granted_to(access.principal), access.usage)
    except PolicyError:
        # The error finding of the same principal says it.
        return 0, 0
    granted = {service.namespace: len(service.granted) for service in summary.services}
    return sum(granted.values()), sum(_unused(finding, granted) for finding in findings)


def _unused(finding: UnusedFinding, granted: Mapping[str, int]) -> int:
    if finding.error:
        return 0
    match finding.type:
        case FindingType.UNUSED_IAM_ROLE:
            return sum(granted.values())
        case FindingType.UNUSED_PERMISSION:
            return sum(len(each.actions) or granted.get(each.namespace, 0) for each in finding.services)
        case _:
            return 0


def exit_code(report: UnusedReport) -> int:
    """0 nothing unused, 1 findings, 3 something could not be judged, 4 there are no principals."""
    if not report.coverage.is_complete:
        return 3
    if not report.coverage.resources and not report.left_out:
        return 4
    return 1 if report.unused else 0


@dataclass(frozen=True, slots=True)
class PrincipalAtAGlance:
    """Of one principal: granted against used."""

    access: PrincipalAccess
    summary: AccessSummary
    undecided: Mapping[str, str] = field(default_factory=dict)
    """Actions of which it could not be decided whether they are granted, each with the reason."""


def at_a_glance(access: PrincipalAccess) -> PrincipalAtAGlance:
    """What a principal is granted, and what of that it used.

    Raises:
        PolicySyntaxError: a policy of it cannot be read.
    """
    granted = granted_to(access.principal)
    return PrincipalAtAGlance(access, summary_of(granted, access.usage), granted.undecided)
