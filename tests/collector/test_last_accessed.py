"""Last-accessed reports: jobs that end well, badly, never, or in another collection. IAM is `tests.fake_iam`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from ringwall.collector.accounts import own_session
from ringwall.collector.aws import Connection
from ringwall.collector.last_accessed import JobLimits, MemoryReports, Reading, read_reports
from ringwall.collector.traffic import Traffic
from ringwall.collector.waiting import Waiting
from ringwall.principals.usage import LastAccessedReport, ServiceReport, Use
from tests.fake_iam import Accessed, FakeIam

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 3, 1, tzinfo=UTC)
ONE, TWO, THREE = (f"arn:aws:iam::123456789012:role/{name}" for name in ("one", "two", "three"))


class Clock:
    """Time goes by when somebody sleeps."""

    def __init__(self):
        self.at = NOW
        self.slept = []

    def sleep(self, _, seconds):
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def now(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def iam(aws_environment):
    with FakeIam(now=NOW) as fake:
        yield fake


@pytest.fixture
def read(iam, clock):
    """Reads reports as one collection does."""
    session = own_session(Connection(endpoint_url=iam.url, attempts=1), Traffic())

    def of(*arns, cache=None, limits=JobLimits(), stop=None):  # noqa: B008 - frozen
        waiting = Waiting(clock.now, clock.sleep, stop or Event())
        cache = cache or MemoryReports(now=clock.now)
        return {each.arn: each for each in read_reports(session.reader(), arns, cache, limits, waiting)}

    yield of
    session.close()


def test_a_report_tells_services_and_tracked_actions(iam, read):
    """
    Every action that IAM lists is tracked, with a time or without; a service without the list tracks none.
    """
    iam.reports[ONE] = [
        Accessed("s3", NOW, {"GetBucketAcl": LONG_AGO, "CreateBucket": None}),
        Accessed("sqs", LONG_AGO),
        Accessed("ec2"),
    ]

    assert read(ONE) == {
        ONE: Reading(
            ONE,
            LastAccessedReport(
                NOW,
                (
                    ServiceReport(
                        "s3",
                        Use(NOW, "eu-west-1"),
                        {"s3:GetBucketAcl": Use(LONG_AGO, "eu-west-1"), "s3:CreateBucket": None},
                    ),
                    ServiceReport("sqs", Use(LONG_AGO, "eu-west-1")),
                    ServiceReport("ec2"),
                ),
            ),
        )
    }


def test_an_empty_list_of_actions_tracks_none(iam, read):
    """
    "No tracked action" and "none of them used" look alike there: nothing is known of actions.
    """
    iam.reports[ONE] = [Accessed("s3", NOW, {})]

    [service] = read(ONE)[ONE].report.services

    assert service.tracked is None


def test_all_jobs_run_at_the_same_time(iam, read, clock):
    """
    Three jobs take as long as one: all are started before the first is asked about, with pauses that grow.
    """
    iam.polls = 3

    readings = read(ONE, TWO, THREE)

    assert [each.report.services for each in readings.values()] == [(), (), ()]
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    assert iam.calls["GetServiceLastAccessedDetails"] == 12


def test_a_long_report_is_read_page_by_page(iam, read):
    """
    Nothing of it is lost.
    """
    iam.page = 2
    iam.reports[ONE] = [Accessed(name) for name in ("a4b", "ec2", "iam", "s3", "sqs")]

    report = read(ONE)[ONE].report

    assert [each.namespace for each in report.services] == ["a4b", "ec2", "iam", "s3", "sqs"]
    assert not report.is_truncated


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (
            "fails",
            (
                "INTERNAL_ERROR: iam:GetServiceLastAccessedDetails: the job failed: "
                "ServiceFailure: the report could not be made"
            ),
        ),
        (
            "never-ends",
            "INTERNAL_ERROR: iam:GetServiceLastAccessedDetails: the job was not done within 0:10:00",
        ),
        (
            "throttled",
            "INTERNAL_ERROR: iam:GenerateServiceLastAccessedDetails: Throttling: no (account 123456789012, us-east-1)",
        ),
        (
            "denied",
            "ACCESS_DENIED: iam:GenerateServiceLastAccessedDetails: AccessDenied: no (account 123456789012, us-east-1)",
        ),
        (
            "lost",
            "INTERNAL_ERROR: iam:GetServiceLastAccessedDetails: NoSuchEntity: no (account 123456789012, us-east-1)",
        ),
    ],
)
def test_a_job_that_gives_nothing_is_no_report(iam, read, fault, error):
    """
    Its reason is told, and the job beside it gives its report.
    """
    iam.faults[ONE] = fault

    readings = read(ONE, TWO)

    assert readings[ONE] == Reading(ONE, None, error)
    assert readings[TWO].report == LastAccessedReport(NOW, ())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("truncated", "iam:GetServiceLastAccessedDetails: the report goes on, and the answer does not lead there"),
        ("cut", "iam:GetServiceLastAccessedDetails: AccessDenied: no (account 123456789012, us-east-1)"),
    ],
)
def test_a_report_without_its_end_says_so_and_is_not_kept(iam, read, clock, fault, error):
    """
    What was read is there; the next collection tries again.
    """
    iam.page = 1
    iam.reports[ONE] = [Accessed("ec2"), Accessed("s3")]
    iam.faults[ONE] = fault
    cache = MemoryReports(now=clock.now)

    reading = read(ONE, cache=cache)[ONE]

    assert reading.report.is_truncated
    assert [each.namespace for each in reading.report.services] == ["ec2"]
    assert reading.error == error
    assert cache.report(ONE) is None


def test_a_job_may_take_as_long_as_it_may(iam, read, clock):
    """
    The deadline is a parameter, and nobody waits longer.
    """
    iam.faults[ONE] = "never-ends"

    reading = read(ONE, limits=JobLimits(deadline=timedelta(seconds=20)))[ONE]

    assert reading.error.endswith("the job was not done within 0:00:20")
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]


def test_a_fresh_report_is_used_again(iam, read, clock):
    """
    Within a day IAM is not asked; after it, it is.
    """
    cache = MemoryReports(now=clock.now)
    read(ONE, cache=cache)
    clock.at = NOW + timedelta(hours=23)
    second = read(ONE, cache=cache)[ONE]
    clock.at = NOW + timedelta(hours=25)
    iam.now = clock.at
    third = read(ONE, cache=cache)[ONE]

    assert second.report.generated_at == NOW
    assert third.report.generated_at == NOW + timedelta(hours=25)
    assert iam.calls[f"Generate {ONE}"] == 2


def test_the_age_of_reports_is_a_parameter(iam, read, clock):
    """
    Reports of an hour are too old for whoever says so.
    """
    cache = MemoryReports(timedelta(minutes=30), clock.now)
    read(ONE, cache=cache)
    clock.at = NOW + timedelta(hours=1)
    read(ONE, cache=cache)

    assert iam.calls[f"Generate {ONE}"] == 2


def test_a_job_of_a_collection_that_died_is_gone_on_with(iam, read, clock):
    """
    It is asked about at once, and no second one is started.
    """
    cache = MemoryReports(now=clock.now)
    cache.started(ONE, _a_job(iam, read))

    reading = read(ONE, cache=cache)[ONE]

    assert reading.report == LastAccessedReport(NOW, ())
    assert iam.calls[f"Generate {ONE}"] == 1
    assert cache.job(ONE) is None
    assert cache.report(ONE) == reading.report


def _a_job(iam, read):
    """The id of a job that somebody else started for `ONE`."""
    iam.faults[ONE] = "never-ends"
    read(ONE, limits=JobLimits(deadline=timedelta(seconds=1)))
    iam.faults.clear()
    return next(reversed(iam.jobs))


@pytest.mark.parametrize(
    ("fault", "hours"),
    [
        pytest.param("lost", 0, id="IAM does not know it any more, or not in this session"),
        pytest.param("fails", 0, id="it failed"),
        pytest.param("never-ends", 1, id="it is at work for longer than any job is waited for"),
        pytest.param(None, 25, id="it was done long ago"),
    ],
)
def test_a_job_that_gives_nothing_any_more_is_started_anew(iam, read, clock, fault, hours):
    """
    What an earlier collection left is a help, never a reason to fail.
    """
    cache = MemoryReports(now=clock.now)
    job_id = _a_job(iam, read)
    cache.started(ONE, job_id)
    iam.faults |= {job_id: fault} if fault else {}
    iam.jobs[job_id].done = NOW
    iam.polls = 0
    iam.now = clock.at = NOW + timedelta(hours=hours)

    reading = read(ONE, cache=cache)[ONE]

    assert reading.report == LastAccessedReport(iam.now, ())
    assert iam.calls[f"Generate {ONE}"] == 2


def test_a_collection_that_stops_waits_for_nothing(iam, read):
    """
    What was started is told as not read, and its job stays for the next collection.
    """
    stop = Event()
    stop.set()
    cache = MemoryReports()

    reading = read(ONE, cache=cache, stop=stop)[ONE]

    assert reading == Reading(ONE, None, "INTERNAL_ERROR: not read: the collection was interrupted")
    assert cache.job(ONE) in iam.jobs
    assert iam.calls[f"Get {ONE}"] == 0


def test_an_answer_without_its_members_is_an_error(iam, read):
    """
    What is not of AWS's shape never reads as "nothing was used".
    """
    iam._told = lambda _: ("200 OK", b"<x xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><y/></x>")

    reading = read(ONE)[ONE]

    assert reading.report is None
    assert reading.error.startswith("INTERNAL_ERROR: iam:GetServiceLastAccessedDetails: ")


def test_patience_has_a_bottom():
    """
    Half as long each time, and never less than half a minute, nor longer than what was wanted.
    """
    assert JobLimits(timedelta(minutes=2)).shortened().deadline == timedelta(minutes=1)
    assert JobLimits(timedelta(seconds=40)).shortened().deadline == timedelta(seconds=30)
    assert JobLimits(timedelta(seconds=9)).shortened().deadline == timedelta(seconds=9)


@pytest.mark.parametrize("fault", ["lost", "refused"])
def test_a_job_of_a_session_that_was_renewed_is_started_anew(iam, read, fault):
    """
    IAM lets nobody read it but who started it: another one is started, and the report comes.
    """
    iam.faults["00000000-0000-4000-8000-000000000000"] = fault

    reading = read(ONE)[ONE]

    assert reading.report == LastAccessedReport(NOW, ())
    assert iam.calls[f"Generate {ONE}"] == 2


def test_a_job_is_started_anew_only_once(iam, read):
    """
    Where reading is refused, it stays refused.
    """
    iam.faults[ONE] = "refused"

    assert read(ONE)[ONE].error.startswith("ACCESS_DENIED: iam:GetServiceLastAccessedDetails: AccessDenied")
    assert iam.calls[f"Generate {ONE}"] == 2
