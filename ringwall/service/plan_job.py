"""Finds out what is due: which accounts there are, which Regions they use, and where nobody looks any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from ringwall.errors import CollectionError, UsageError
from ringwall.findings.organization import Organization
from ringwall.findings.report import Gap
from ringwall.service import work as jobs
from ringwall.service import zones
from ringwall.service.analyzer_types import type_of
from ringwall.service.context import Job, Ringwall, Scope
from ringwall.service.looking import ACTIVE, EndedError, resolve
from ringwall.service.scan_job import watch_of
from ringwall.service.sources import GLOBAL, Estate
from ringwall.service.unused_configuration import excluded_accounts
from ringwall.service.work import Work
from ringwall.store import analyzers, places, scans
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord
from ringwall.store.scans import ScanRecord, ScanStatus

DISABLED = "DISABLED"
CREATING = "CREATING"
FAILED = "FAILED"
_RETRY = timedelta(minutes=1)
_BATCH = 500
_GAPS_KEPT = 500
_SCHEDULE = "schedule"
_LEFT = "the analyzer does not look at this account any more"
_EXCLUDED = "the analyzer excludes this account"
_UNUSED = "the analyzer does not look at this Region any more, or the account does not use it"


def plan(work: Work, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - a job's signature
    """Enqueues what is due, for every analyzer on its own: one that cannot be planned holds up no other."""
    now = work.ringwall.clock()
    with work.ringwall.store.read() as connection:
        due = analyzers.due(connection, now)
    for analyzer in due:
        if analyzer.status != DISABLED:
            _plan(work, analyzer, now)


def _plan(work: Work, analyzer: AnalyzerRecord, now: datetime) -> None:
    try:
        estate = work.source.estate(_scope_of(analyzer), analyzer.type)
    except (CollectionError, UsageError) as error:
        code = error.code if isinstance(error, CollectionError) else "ACCESS_DENIED"
        _fail(work.ringwall, analyzer, (Gap(code, str(error)),), now)
        return
    with work.ringwall.store.read() as connection:
        organization = _organization_of(estate, zones.organization_seen_by(connection, analyzer))
    if type_of(analyzer.type).is_of_organization and organization is None:
        _fail(work.ringwall, analyzer, estate.gaps or (_no_organization(analyzer),), now)
        return
    with work.ringwall.store.write() as connection:
        _begin(work.ringwall, connection, analyzer, estate, organization)


def _scope_of(analyzer: AnalyzerRecord) -> Scope:
    return Scope(tuple(analyzer.scope.get("accounts", ())), tuple(analyzer.scope.get("regions", ())))


def _organization_of(estate: Estate, known: Organization | None) -> Organization | None:
    """What is trusted from now on. What cannot be read for a while is taken to be as it was."""
    now = estate.organization
    if now is None:
        return known if estate.gaps else None
    if now.unreadable is None or known is None or known.unreadable is not None or known.id != now.id:
        return now
    policies = known.resource_control_policies, known.service_control_policies
    return replace(now, resource_control_policies=policies[0], service_control_policies=policies[1], unreadable=None)


def _no_organization(analyzer: AnalyzerRecord) -> Gap:
    message = f"account {analyzer.account} is in no organization that this service can read"
    return Gap("ACCESS_DENIED", message, analyzer.account)


def _fail(ringwall: Ringwall, analyzer: AnalyzerRecord, gaps: Sequence[Gap], now: datetime) -> None:
    """Writes down that the estate could not be read. It is tried again, and nothing else changes.

    An analyzer that has worked before stays as it is. A new one fails, unless the cause may pass by itself.
    """
    is_refused = any(gap.code == "ACCESS_DENIED" for gap in gaps)
    columns: dict[str, Any] = {"next_scan_at": now + _RETRY}
    if analyzer.status == CREATING and is_refused:
        # Of the codes that the API has for it, the one whose remedy is to let the service read the organization.
        columns |= {"status": FAILED, "status_reason": "AWS_SERVICE_ACCESS_DISABLED"}
    with ringwall.store.write() as connection:
        if analyzers.keep(connection, analyzer.key) is not None:
            analyzers.update(connection, analyzer.key, **columns)
            _record(ringwall, connection, analyzer, gaps, ScanStatus.FAILED)


def _begin(
    ringwall: Ringwall,
    connection: Connection,
    analyzer: AnalyzerRecord,
    estate: Estate,
    organization: Organization | None,
) -> None:
    """Enqueues a survey of every account."""
    if analyzers.keep(connection, analyzer.key) is None:
        return
    now = ringwall.clock()
    analyzers.update(
        connection,
        analyzer.key,
        status=ACTIVE,
        status_reason=None,
        zone_digest=zones.keep(connection, organization, now) if organization else "",
        next_scan_at=now + timedelta(seconds=analyzer.scan_interval),
    )
    excluded = excluded_accounts(analyzer)
    is_unused = type_of(analyzer.type).is_unused
    survey_of = partial(jobs.survey, analyzer.key, trigger=_SCHEDULE, of_principals=is_unused)
    surveys = [survey_of(each) for each in estate.accounts if each not in excluded]
    ringwall.jobs.enqueue(connection, *surveys, *_farewells(connection, analyzer, estate))
    is_partial = any(gap.is_failure for gap in estate.gaps)
    _record(ringwall, connection, analyzer, estate.gaps, ScanStatus.PARTIAL if is_partial else ScanStatus.COMPLETE)


def _farewells(connection: Connection, analyzer: AnalyzerRecord, estate: Estate) -> list[Job]:
    """Accounts that are no longer looked at, unless they are only missing because something could not be read."""
    excluded = excluded_accounts(analyzer)
    may_be_there = any(gap.is_failure for gap in estate.gaps)
    farewell = partial(jobs.forget, of_principals=type_of(analyzer.type).is_unused)
    looked_at = sorted(places.places(connection, analyzer.key))
    over = [place for place in looked_at if place[0] in excluded]
    left = [place for place in looked_at if place[0] not in estate.accounts and place not in over]
    return [
        *(farewell(analyzer.key, account, region, _EXCLUDED) for account, region in over),
        *(farewell(analyzer.key, account, region, _LEFT) for account, region in left if not may_be_there),
    ]


def _record(
    ringwall: Ringwall, connection: Connection, analyzer: AnalyzerRecord, gaps: Iterable[Gap], status: ScanStatus
) -> None:
    """Makes what was found out about the estate visible: as a scan of no account."""
    _record_scan(ringwall, connection, ScanRecord("", analyzer.key, "", "", _SCHEDULE, ringwall.clock()), gaps, status)


def _record_scan(
    ringwall: Ringwall, connection: Connection, record: ScanRecord, gaps: Iterable[Gap], status: ScanStatus
) -> None:
    started = scans.start(connection, replace(record, id=ringwall.new_id()))
    written = [gap.as_json() for gap in gaps]
    coverage = {"gaps": written[:_GAPS_KEPT], "gapCount": len(written)}
    scans.end(connection, started.key, at=ringwall.clock(), status=status, coverage=coverage)


def survey(work: Work, payload: Mapping[str, Any]) -> None:
    """Enqueues a scan of every Region that the account uses, and of what is in none.

    Raises:
        CollectionError: AWS does not say at the moment which they are.
    """
    key, account, trigger = payload["analyzer"], payload["account"], payload["trigger"]
    with work.ringwall.store.read() as connection:
        analyzer = analyzers.find_key(connection, key)
    if analyzer is None or analyzer.status != ACTIVE:
        return
    if type_of(analyzer.type).is_unused:
        _survey_principals(work, key, account, trigger)
        return
    try:
        enabled = work.source.regions(account)
    except CollectionError as error:
        if error.code != "ACCESS_DENIED":
            raise
        _refused(work.ringwall, analyzer, account, trigger, error)
        return
    wanted = _scope_of(analyzer).regions
    regions = (GLOBAL, *(region for region in enabled if not wanted or region in wanted))
    with work.ringwall.store.write() as connection:
        left = sorted(places.regions_of(connection, key, account) - set(regions))
        work.ringwall.jobs.enqueue(
            connection,
            *(jobs.scan(key, account, region, trigger) for region in regions),
            *(jobs.forget(key, account, region, _UNUSED) for region in left),
        )


def _survey_principals(work: Work, key: int, account: str, trigger: str) -> None:
    """Users and roles are in no Region."""
    trail = [] if work.ringwall.policy.trail is None else [jobs.read_trail(account)]
    with work.ringwall.store.write() as connection:
        work.ringwall.jobs.enqueue(connection, *trail, jobs.scan_principals(key, account, trigger))


def _refused(ringwall: Ringwall, analyzer: AnalyzerRecord, account: str, trigger: str, error: CollectionError) -> None:
    """The account lets nobody in. The next plan tries again; until then all stays as it is known."""
    record = ScanRecord("", analyzer.key, account, "", trigger, ringwall.clock())
    gap = Gap(error.code, str(error), account)
    with ringwall.store.write() as connection:
        if analyzers.keep(connection, analyzer.key) is not None:
            _record_scan(ringwall, connection, record, [gap], ScanStatus.FAILED)


def forget(work: Work, payload: Mapping[str, Any]) -> None:
    """Resolves what was found in a place where the analyzer looks no more, and says why in the history."""
    account, region = payload["account"], payload["region"]
    watch = watch_of(work, payload["analyzer"], account, region)
    if watch is None:
        return
    at = work.ringwall.clock()
    try:
        while batch := _known_in(work.ringwall, watch.analyzer, account, region):
            if not resolve(watch, batch, at, reason=payload["reason"]):
                return
    except EndedError:
        return


def _known_in(ringwall: Ringwall, analyzer: AnalyzerRecord, account: str, region: str) -> Sequence[ResourceRecord]:
    with ringwall.store.read() as connection:
        return places.page(connection, analyzer.key, account, region, limit=_BATCH)
