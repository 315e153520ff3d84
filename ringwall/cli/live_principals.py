"""From the options of the command line to the principals of AWS accounts, with the evidence of what they used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from ringwall.cli.live import LiveSource, estate_for, header_for, now_utc, until_interrupted
from ringwall.cli.progress import Progress
from ringwall.cli.trails import TrailWanted
from ringwall.collector.accounts import Target
from ringwall.collector.last_accessed import MemoryReports, ReportCache
from ringwall.collector.principals import UsageWanted, collect_principals
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.collector.steps import Place
from ringwall.errors import SnapshotError
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import LastAccessedReport
from ringwall.service.judging import SeenPrincipal
from ringwall.service.judging_lines import principals_of_snapshot


@dataclass(frozen=True, slots=True)
class EvidenceWanted:
    """Which evidence is read beside the principals."""

    trail: TrailWanted | None = None
    reports: ReportCache = field(default_factory=MemoryReports)

    def usage(self, now: datetime) -> UsageWanted:
        """The same for the collector."""
        if (trail := self.trail) is None:
            return UsageWanted()
        return UsageWanted(trail=lambda account, regions: trail.read(account, regions, now))


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """The reports of one principal. All others, which are read to find it, get an empty one, and cost no job."""

    arn_or_name: str
    others: LastAccessedReport
    reports: MemoryReports = field(default_factory=MemoryReports)

    def report(self, arn: str, /) -> LastAccessedReport | None:
        is_wanted = self.arn_or_name in (arn, arn.rsplit("/", 1)[-1])
        return self.reports.report(arn) if is_wanted else self.others

    def keep(self, arn: str, report: LastAccessedReport, /) -> None:
        self.reports.keep(arn, report)

    def job(self, arn: str, /) -> str | None:
        return self.reports.job(arn)

    def started(self, arn: str, job_id: str, /) -> None:
        self.reports.started(arn, job_id)


def reports_of(snapshot: Path, max_age: timedelta) -> MemoryReports:
    """The reports that a snapshot holds, as far as they are not older than `max_age`; none where there is no file."""
    reports = MemoryReports(max_age, now_utc)
    try:
        for each in principals_of_snapshot(snapshot):
            if isinstance(each, PrincipalAccess) and each.usage.report and not each.usage.report.is_truncated:
                reports.keep(each.principal.arn, each.usage.report)
    except (OSError, SnapshotError):
        # It is about to be replaced: without it, all reports are made anew.
        return MemoryReports(max_age, now_utc)
    return reports


def principals_of(
    targets: Sequence[Target], wanted: EvidenceWanted, progress: Progress, stop: Event
) -> Iterator[SeenPrincipal]:
    """Every user and role in the accounts, and a gap for what could not be read."""

    def advance(done: int, total: int, place: Place) -> None:
        progress(done, total, f"principals of {place.account}")

    usage = wanted.usage(now_utc())
    yield from collect_principals(targets, wanted.reports, wanted=usage, stop=stop, on_progress=advance)


def live_principals(
    source: LiveSource,
    accounts: frozenset[str],
    wanted: EvidenceWanted,
    progress: Progress,
    *,
    only: str | None = None,
) -> tuple[SnapshotHeader, datetime, Iterator[SeenPrincipal]]:
    """The principals of the accounts as AWS has them; with evidence for the one of an ARN or a name, if one is given.

    Raises:
        UsageError: the options make no sense together, or AWS does not know the credentials.
    """
    estate = estate_for(source)
    targets = [each for each in estate.targets if not accounts or each.account in accounts]
    now = now_utc()
    if only is not None:
        reports = OnlyOne(only, LastAccessedReport(generated_at=now, services=()))
        wanted = EvidenceWanted(wanted.trail, reports)
    interrupted = Event()

    def seen() -> Iterator[SeenPrincipal]:
        yield from estate.gaps
        yield from principals_of(targets, wanted, progress, interrupted)

    return header_for(targets, estate, now), now, until_interrupted(seen(), "report", interrupted)
