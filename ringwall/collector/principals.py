"""Users and roles with the evidence of what they used: account by account, a few at a time in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event

import msgspec

from ringwall.collector import last_accessed, principals_credentials, principals_inventory
from ringwall.collector.accounts import Target
from ringwall.collector.answers import MALFORMED, malformed
from ringwall.collector.aws import AwsSession
from ringwall.collector.collect import Progress, perform
from ringwall.collector.last_accessed import JobLimits, Reading, ReportCache, read_reports
from ringwall.collector.principals_credentials import AccountCredentials, read_account_credentials, with_credentials
from ringwall.collector.principals_inventory import read_inventory
from ringwall.collector.snapshot import Seen
from ringwall.collector.steps import GLOBAL_REGION, Outcome, Place, Step
from ringwall.collector.waiting import Waiting
from ringwall.errors import CollectionError, RingwallError
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.principals.principal import PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.trail_reading import TrailReading, without_regions
from ringwall.principals.usage import Usage
from ringwall.resources.base import AwsReader

_REGIONS = "ec2:DescribeRegions"
CALLS = tuple(sorted({*principals_inventory.CALLS, *principals_credentials.CALLS, *last_accessed.CALLS, _REGIONS}))
"""The IAM actions that this needs."""
_LANES = 4
_BATCH = 8
"""Of so many principals the jobs run at the same time, in each lane: 32 in an account."""


Trail = Callable[[str, Sequence[str]], TrailReading]
"""Reads the trail of an account, of which these Regions are enabled; none named means: it is not known which are.

Raises `RingwallError` where nothing of it can be read.
"""


@dataclass(frozen=True, slots=True)
class UsageWanted:
    """Which evidence is read, how patiently, and how much of it at the same time."""

    limits: JobLimits = field(default_factory=JobLimits)
    waiting: Waiting = field(default_factory=Waiting)
    """Its clock; what stops it is whatever stops the collection."""
    lanes: int = _LANES
    """How many calls are made at the same time in one account: IAM throttles each account by itself."""
    trail: Trail | None = None
    """Reads the trail of an account; None: no trail is read."""


class PrincipalPlace(Place):
    """Where principals are read."""

    def gap(self, code: str, message: str, resource: str = "") -> Gap:
        return PrincipalGap(code, message, self.account, self.region, self.type, resource)


def collect_principals(
    targets: Sequence[Target],
    reports: ReportCache,
    *,
    wanted: UsageWanted | None = None,
    threads: int = 16,
    stop: Event | None = None,
    on_progress: Progress | None = None,
) -> Iterator[PrincipalAccess | Gap]:
    """Every user and role in the accounts of `targets`, and a gap for whatever could not be read.

    Args:
        targets: the accounts.
        reports: last-accessed reports that are known already, and the jobs that were started.
        wanted: how patiently to wait, and which trail to read.
        threads: how many calls are made at the same time, in all accounts.
        stop: set it to make no more calls; what was not read by then becomes gaps.
        on_progress: called after every step, in the caller's thread.
    """
    stop = stop or Event()
    context = _Context(_stoppable(wanted or UsageWanted(), stop), reports)
    first = [Step(place, partial(_open, target, place, context)) for target, place in _places(targets)]
    yield from _principals(perform(first, threads=threads, stop=stop, on_progress=on_progress))


def read_principals(
    aws: AwsReader,
    *,
    wanted: UsageWanted | None = None,
    reports: ReportCache,
    stop: Event | None = None,
) -> Iterator[PrincipalAccess | Gap]:
    """As `collect_principals`, in the one account that `aws` reads."""
    stop = stop or Event()
    context = _Context(_stoppable(wanted or UsageWanted(), stop), reports)
    place = PrincipalPlace(aws.account, GLOBAL_REGION)
    first = Step(place, partial(_list, aws, place, context, None))
    yield from _principals(perform([first], threads=context.wanted.lanes, stop=stop))


def _places(targets: Sequence[Target]) -> Iterator[tuple[Target, Place]]:
    return ((target, PrincipalPlace(target.account, GLOBAL_REGION)) for target in targets)


def _stoppable(wanted: UsageWanted, stop: Event) -> UsageWanted:
    return replace(wanted, waiting=replace(wanted.waiting, stop=stop))


def _principals(seen: Iterator[Seen]) -> Iterator[PrincipalAccess | Gap]:
    return (each for each in seen if isinstance(each, PrincipalAccess | Gap))


@dataclass(frozen=True, slots=True)
class _Context:
    """What all accounts have in common."""

    wanted: UsageWanted
    reports: ReportCache


@dataclass(frozen=True, slots=True)
class _Account:
    """What is known of an account once its principals are listed."""

    aws: AwsReader
    place: Place
    context: _Context
    session: AwsSession | None
    """Whose clients are closed after the last step."""
    credentials: AccountCredentials
    trail: TrailReading | None
    trail_notes: tuple[str, ...]

    def step(self, rest: Sequence[PrincipalAccess], limits: JobLimits) -> Step:
        return Step(self.place, partial(_lane, self, rest, limits), self.session)


def _open(target: Target, place: Place, context: _Context) -> Outcome:
    try:
        session = target.open_session()
        return _list(session.reader(), place, context, session)
    except CollectionError as error:
        return Outcome([place.gap(error.code, str(error))])
    except MALFORMED as error:
        return Outcome([place.gap("INTERNAL_ERROR", malformed(error))])


def _list(aws: AwsReader, place: Place, context: _Context, session: AwsSession | None) -> Outcome:
    """The account's principals, in lanes. Each lane goes on batch by batch, so that few jobs run in one account."""
    try:
        listed = list(read_inventory(aws))
        found = [each for each in listed if isinstance(each, PrincipalAccess)]
        has_users = any(each.principal.kind is PrincipalKind.USER for each in found)
        credentials = read_account_credentials(aws, context.wanted.waiting) if has_users else AccountCredentials()
        trail, notes = _trail_of(aws, context.wanted.trail) if found else (None, ())
    except CollectionError as error:
        return Outcome([place.gap(error.code, str(error))])
    except MALFORMED as error:
        return Outcome([place.gap("INTERNAL_ERROR", malformed(error))])
    account = _Account(aws, place, context, session, credentials, trail, notes)
    lanes = [found[start :: context.wanted.lanes] for start in range(context.wanted.lanes)]
    gaps = [each for each in listed if isinstance(each, Gap)]
    return Outcome(gaps, [account.step(lane, context.wanted.limits) for lane in lanes if lane])


def _trail_of(aws: AwsReader, trail: Trail | None) -> tuple[TrailReading | None, tuple[str, ...]]:
    """The account's trail, as far as it can be read, and what is missing."""
    if trail is None:
        return None, ()
    regions: list[str] = []
    notes: list[str] = []
    try:
        regions += [each["RegionName"] for each in aws.pages(_REGIONS, "Regions")]
    except CollectionError as error:
        notes.append(without_regions(error))
    try:
        return trail(aws.account, regions), tuple(notes)
    except RingwallError as error:
        return None, (*notes, f"the trail cannot be read: {error}")


def _lane(account: _Account, rest: Sequence[PrincipalAccess], limits: JobLimits) -> Outcome:
    if account.context.wanted.waiting.stop.is_set():
        return Outcome([account.place.interrupted()])
    seen = list(_used(account, rest[:_BATCH], limits))
    has_reports = any(isinstance(each, PrincipalAccess) and each.usage.report for each in seen)
    patience = account.context.wanted.limits if has_reports else limits.shortened()
    return Outcome(seen, [account.step(rest[_BATCH:], patience)] if rest[_BATCH:] else [])


def _used(account: _Account, batch: Sequence[PrincipalAccess], limits: JobLimits) -> Iterator[PrincipalAccess | Gap]:
    """Some principals, with all that is known of their use."""
    found = []
    for each in batch:
        whole = _signing_in(account, each)
        if isinstance(whole, Gap):
            yield whole
        else:
            found.append(whole)
    of_arn = {each.principal.arn: each for each in found}
    context = account.context
    for reading in read_reports(account.aws, list(of_arn), context.reports, limits, context.wanted.waiting):
        yield _evident(of_arn[reading.arn], reading, account)


def _signing_in(account: _Account, access: PrincipalAccess) -> PrincipalAccess | Gap:
    principal = access.principal
    if principal.kind is not PrincipalKind.USER:
        return access
    try:
        return with_credentials(account.aws, access, account.credentials)
    except MALFORMED as error:
        place = replace(account.place, type=principal.kind.value)
        return place.gap("INTERNAL_ERROR", malformed(error), principal.arn)


def _evident(access: PrincipalAccess, reading: Reading, account: _Account) -> PrincipalAccess:
    usage = msgspec.structs.replace(access.usage, report=reading.report, **_told(access.usage, reading, account))
    told = msgspec.structs.replace(access, usage=usage)
    return told if account.trail is None else told.with_trail(account.trail.usage, account.trail.coverage)


def _told(usage: Usage, reading: Reading, account: _Account) -> dict[str, object]:
    """What is missing, in words: why there is no report, or why it has not all services, or why there is no trail."""
    is_partial = reading.report is not None and reading.error is not None
    part = f"the last-accessed report is not whole: {reading.error}" if is_partial else None
    notes = (*usage.notes, *([part] if part else ()), *account.trail_notes)
    return {"report_error": None if reading.report else reading.error, "notes": notes}
