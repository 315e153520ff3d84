"""IAM's last-accessed reports: asynchronous jobs, a few at a time, that a crash does not lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from ringwall.collector.answers import MALFORMED, malformed, utc
from ringwall.collector.aws import RefusedError
from ringwall.collector.waiting import INTERRUPTED, Waiting, utc_now
from ringwall.errors import CollectionError
from ringwall.principals.usage import LastAccessedReport, ServiceReport, Use
from ringwall.resources.base import AwsReader

_GENERATE = "iam:GenerateServiceLastAccessedDetails"
_GET = "iam:GetServiceLastAccessedDetails"
CALLS = (_GENERATE, _GET)
"""The IAM actions that this needs."""
_PAGE = 1000
DEFAULT_AGE = timedelta(hours=24)
DEFAULT_DEADLINE = timedelta(minutes=10)
_SHORTEST = timedelta(seconds=30)


class ReportCache(Protocol):
    """Keeps reports, and the jobs that make them, over collections and crashes. Threads share it."""

    def report(self, arn: str, /) -> LastAccessedReport | None:
        """The report about a principal; None where there is none, or it is too old to be used again."""

    def keep(self, arn: str, report: LastAccessedReport, /) -> None:
        """Keep a report that is whole. The job that made it is over."""

    def job(self, arn: str, /) -> str | None:
        """The job that was started last, and gave no report yet."""

    def started(self, arn: str, job_id: str, /) -> None:
        """A job was started; it takes the place of one before it."""


@dataclass(slots=True)
class MemoryReports:
    """For one process: the command line, and tests."""

    max_age: timedelta = DEFAULT_AGE
    now: Callable[[], datetime] = utc_now
    _reports: dict[str, LastAccessedReport] = field(default_factory=dict)
    _jobs: dict[str, str] = field(default_factory=dict)

    def report(self, arn: str, /) -> LastAccessedReport | None:
        report = self._reports.get(arn)
        return report if report and report.generated_at >= self.now() - self.max_age else None

    def keep(self, arn: str, report: LastAccessedReport, /) -> None:
        self._reports[arn] = report
        self._jobs.pop(arn, None)

    def job(self, arn: str, /) -> str | None:
        return self._jobs.get(arn)

    def started(self, arn: str, job_id: str, /) -> None:
        self._jobs[arn] = job_id


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How long a job may take, and how old one may be that is gone on with."""

    deadline: timedelta = DEFAULT_DEADLINE
    max_age: timedelta = DEFAULT_AGE

    def shortened(self) -> JobLimits:
        """Half as patient, where IAM answered nothing lately."""
        return replace(self, deadline=max(self.deadline / 2, min(self.deadline, _SHORTEST)))


class Reading(NamedTuple):
    """What came of reading one report. A report with an error is one of which a part is missing."""

    arn: str
    report: LastAccessedReport | None = None
    error: str | None = None
    """Begins with `ACCESS_DENIED: ` or `INTERNAL_ERROR: `, where there is no report."""


class _Unusable(Exception):  # noqa: N818 - no error of anybody: a new job is started
    """A job that was started by an earlier collection, or in another session, gives nothing any more."""


@dataclass(slots=True)
class _Job:
    """A job that IAM works on."""

    arn: str
    id: str
    pauses: Iterator[float]
    end: datetime
    """When it is given up."""
    due: datetime
    """When it is asked about next."""
    is_resumed: bool
    """Whether an earlier collection started it."""
    may_restart: bool
    """Whether a new one is started if IAM does not let us read it: the session may have been renewed in between."""


def read_reports(
    aws: AwsReader, arns: Sequence[str], cache: ReportCache, limits: JobLimits, waiting: Waiting
) -> Iterator[Reading]:
    """A report about each principal at action level, from `cache` or new. All jobs run at the same time.

    A job that fails, is refused or throttled, or is not done at the deadline, is a reading without a report. Its id
    stays in `cache`, and the next collection goes on with it, as far as IAM lets it: another session of a role may
    not read it, and then a new one is started (IAM API Reference, GenerateServiceLastAccessedDetails).
    """
    reports = {arn: cache.report(arn) for arn in arns}
    yield from (Reading(arn, report) for arn, report in reports.items() if report)
    jobs = _Jobs(aws, cache, limits, waiting)
    yield from filter(None, [jobs.begin(arn) for arn, report in reports.items() if not report])
    while jobs.running:
        if reading := jobs.advance():
            yield reading


@dataclass(slots=True)
class _Jobs:
    """Jobs at work, and the calls about them, one after the other."""

    aws: AwsReader
    cache: ReportCache
    limits: JobLimits
    waiting: Waiting
    running: list[_Job] = field(default_factory=list)

    def begin(self, arn: str) -> Reading | None:
        """Start a job, or go on with one; a reading where that does not work."""
        if known := self.cache.job(arn):
            self.running.append(self._job(arn, known, is_resumed=True))
            return None
        return self._start(arn)

    def _start(self, arn: str, *, may_restart: bool = True) -> Reading | None:
        try:
            id_ = self.aws.call(_GENERATE, Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
        except CollectionError as error:
            return _unread(arn, error)
        except MALFORMED as error:
            return Reading(arn, None, f"INTERNAL_ERROR: {_GENERATE}: {malformed(error)}")
        self.cache.started(arn, id_)
        self.running.append(self._job(arn, id_, is_resumed=False, may_restart=may_restart))
        return None

    def _job(self, arn: str, id_: str, *, is_resumed: bool, may_restart: bool = True) -> _Job:
        now, pauses = self.waiting.now(), self.waiting.pauses()
        # Most jobs take seconds: one that was just started is not asked about at once, one of earlier is.
        due = now if is_resumed else now + timedelta(seconds=next(pauses))
        return _Job(arn, id_, pauses, now + self.limits.deadline, due, is_resumed, may_restart)

    def advance(self) -> Reading | None:
        """Ask about the job that is due next; a reading, if it is done or gives none."""
        job = min(self.running, key=lambda each: each.due)
        self.running.remove(job)
        try:
            self._wait(job)
            return self._asked(job)
        except _Unusable:
            return self._start(job.arn, may_restart=job.is_resumed)
        except CollectionError as error:
            return _unread(job.arn, error)
        except MALFORMED as error:
            return Reading(job.arn, None, f"INTERNAL_ERROR: {_GET}: {malformed(error)}")

    def _wait(self, job: _Job) -> None:
        seconds = (job.due - self.waiting.now()).total_seconds()
        if seconds > 0:
            self.waiting.sleep(self.waiting.stop, seconds)
        if self.waiting.stop.is_set():
            raise CollectionError("INTERNAL_ERROR", INTERRUPTED)

    def _asked(self, job: _Job) -> Reading | None:
        try:
            answer = self.aws.call(_GET, JobId=job.id, MaxItems=_PAGE)
        except CollectionError as error:
            is_new_one_worth_it = job.is_resumed or (job.may_restart and _is_of_others(error))
            raise (_Unusable if is_new_one_worth_it else error) from error
        match answer["JobStatus"]:
            case "IN_PROGRESS":
                self._again(job, utc(answer["JobCreationDate"]))
                return None
            case "COMPLETED":
                return self._completed(job, answer)
            case _ if job.is_resumed:
                raise _Unusable
            case status:
                told = answer.get("Error", {})
                why = f"{told.get('Code', status)}: {told.get('Message', 'IAM does not say why')}"
                raise CollectionError("INTERNAL_ERROR", f"{_GET}: the job failed: {why}")

    def _again(self, job: _Job, created_at: datetime) -> None:
        """Ask once more, later."""
        now = self.waiting.now()
        if job.is_resumed and created_at < now - self.limits.deadline:
            raise _Unusable
        job.due = now + timedelta(seconds=next(job.pauses))
        if job.due > job.end:
            raise CollectionError("INTERNAL_ERROR", f"{_GET}: the job was not done within {self.limits.deadline}")
        self.running.append(job)

    def _completed(self, job: _Job, answer: Mapping[str, Any]) -> Reading:
        generated_at = utc(answer["JobCompletionDate"])
        if job.is_resumed and generated_at < self.waiting.now() - self.limits.max_age:
            raise _Unusable
        listed, missing = self._pages(job, answer)
        services = tuple(_service(each) for each in listed)
        is_by_action = answer.get("JobType") == "ACTION_LEVEL"
        report = LastAccessedReport(generated_at, services, is_by_action, is_truncated=missing is not None)
        if missing is None:
            self.cache.keep(job.arn, report)
        return Reading(job.arn, report, missing)

    def _pages(self, job: _Job, answer: Mapping[str, Any]) -> tuple[list[Any], str | None]:
        """The services of all pages, and why some of them are missing."""
        listed = list(answer["ServicesLastAccessed"])
        markers = [None]
        while answer.get("IsTruncated"):
            markers.append(answer.get("Marker"))
            if not markers[-1] or markers.count(markers[-1]) > 1:
                return listed, f"{_GET}: the report goes on, and the answer does not lead there"
            try:
                answer = self.aws.call(_GET, JobId=job.id, MaxItems=_PAGE, Marker=markers[-1])
            except CollectionError as error:
                return listed, str(error)
            listed += answer["ServicesLastAccessed"]
        return listed, None


def _is_of_others(error: CollectionError) -> bool:
    """Whether the refusal can mean that another session started the job."""
    return isinstance(error, RefusedError) and (error.code == "ACCESS_DENIED" or error.may_have_vanished)


def _unread(arn: str, error: CollectionError) -> Reading:
    return Reading(arn, None, f"{error.code}: {error}")


def _service(service: Mapping[str, Any]) -> ServiceReport:
    """Source: IAM API Reference, ServiceLastAccessed. Attempts count, also those that were refused.

    `TrackedActionsLastAccessed` lists every tracked action, those without a time too. Where it is missing, no action
    is known to be tracked.
    """
    namespace = service["ServiceNamespace"]
    listed = service.get("TrackedActionsLastAccessed") or ()
    tracked = {
        f"{namespace}:{each['ActionName']}": _use(each.get("LastAccessedTime"), each.get("LastAccessedRegion"))
        for each in listed
    }
    last_use = _use(service.get("LastAuthenticated"), service.get("LastAuthenticatedRegion"))
    return ServiceReport(namespace, last_use, tracked or None)


def _use(at: datetime | None, region: str | None) -> Use | None:
    return Use(utc(at), region or None) if at else None
