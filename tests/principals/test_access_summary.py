"""What is granted beside what was used."""

from datetime import UTC, date, datetime

import pytest

from ringwall.principals.access_summary import ServiceSummary, summary_of
from ringwall.principals.granted import Granted
from ringwall.principals.usage import (
    LastAccessedReport,
    ServiceReport,
    TrailCoverage,
    TrailUsage,
    Usage,
    UsageSource,
    Use,
)

GRANTED = Granted({"sqs": frozenset(("sqs:SendMessage", "sqs:CreateQueue")), "s3": frozenset(("s3:GetObject",))})


def day(number):
    return datetime(2026, 3, number, tzinfo=UTC)


def trailed(number, *months, region="eu-west-1"):
    return Use(day(number), region, UsageSource.CLOUDTRAIL, months)


def report(*services, **others):
    return LastAccessedReport(day(28), services, **others)


def of(namespace, usage, granted=GRANTED):
    """What the summary says of one service."""
    [found] = [each for each in summary_of(granted, usage).services if each.namespace == namespace]
    return found


def test_services_are_those_that_are_granted_by_name():
    """
    One that the report does not have was not used as far as anybody knows; one that is not granted any more is left out.
    """
    usage = Usage(report(ServiceReport("sqs", Use(day(1))), ServiceReport("ec2", Use(day(2)))))

    summary = summary_of(GRANTED, usage)

    assert summary.services == (
        ServiceSummary("s3", frozenset(("s3:GetObject",))),
        ServiceSummary("sqs", frozenset(("sqs:SendMessage", "sqs:CreateQueue")), Use(day(1))),
    )


def test_without_any_evidence_nothing_was_used_and_nothing_is_tracked():
    """
    Judging that is not this module's.
    """
    summary = summary_of(GRANTED, Usage(report_error="it was refused"))

    assert summary.granted_actions == 3
    assert summary.used_actions == 0
    assert {(each.last_use, each.tracked) for each in summary.services} == {(None, frozenset())}


@pytest.mark.parametrize(
    ("service", "trail", "last"),
    [
        (ServiceReport("sqs", Use(day(3))), TrailUsage(), day(3)),
        (ServiceReport("sqs", Use(day(3))), TrailUsage(services={"sqs": trailed(4)}), day(4)),
        (ServiceReport("sqs", Use(day(3))), TrailUsage(uses={"sqs:SendMessage": trailed(5)}), day(5)),
        (ServiceReport("sqs", Use(day(6))), TrailUsage(uses={"sqs:SendMessage": trailed(5)}), day(6)),
        (ServiceReport("sqs", Use(day(3)), {"sqs:CreateQueue": Use(day(7))}), TrailUsage(), day(7)),
        (ServiceReport("sqs"), TrailUsage(services={"s3": trailed(4)}), None),
        (ServiceReport("SQS", None), TrailUsage(services={"SQS": trailed(2)}), day(2)),
    ],
)
def test_the_last_use_of_a_service_is_the_latest_that_any_source_shows(service, trail, last):
    """
    Of the service, or of any action of it.
    """
    found = of("sqs", Usage(report(service), trail=trail)).last_use

    assert (found.at if found else None) == last


def test_actions_were_used_when_some_source_saw_them_last():
    """
    In the spelling of AWS; also one that is not granted: somebody tried it. The months of a trail are kept.
    """
    tracked = {"sqs:CreateQueue": Use(day(9)), "sqs:SendMessage": None}
    uses = {
        "sqs:createqueue": trailed(8, "2025-12", "2026-03"),
        "sqs:DeleteQueue": trailed(2),
        "s3:GetObject": trailed(1),
    }

    usage = Usage(report(ServiceReport("sqs", None, tracked)), trail=TrailUsage(uses))

    assert of("sqs", usage).used == {
        "sqs:CreateQueue": Use(day(9), months=("2025-12", "2026-03")),
        "sqs:DeleteQueue": trailed(2),
    }
    assert of("s3", usage).used == {"s3:GetObject": trailed(1)}
    assert summary_of(GRANTED, usage).used_actions == 2


def test_of_two_uses_at_one_time_the_one_with_a_region_is_told():
    """
    The report may leave it out.
    """
    usage = Usage(report(ServiceReport("sqs", Use(day(3)))), trail=TrailUsage(services={"sqs": trailed(3)}))

    assert of("sqs", usage).last_use == trailed(3)


@pytest.mark.parametrize(("is_by_action", "tracked"), [(True, {"sqs:CreateQueue"}), (False, set())])
def test_tracked_is_what_a_report_by_action_lists(is_by_action, tracked):
    """
    Granted actions only, with or without a time.
    """
    service = ServiceReport("sqs", None, {"sqs:CreateQueue": None, "sqs:DeleteQueue": None})

    found = of("sqs", Usage(report(service, is_by_action=is_by_action)))

    assert found.tracked == tracked


def test_a_trail_tracks_the_actions_that_it_is_known_to_log():
    """
    Of `sqs`, making a queue is a management event, and sending a message is not.
    """
    coverage = TrailCoverage(date(2026, 1, 1), date(2026, 3, 31))
    assert of("sqs", Usage(trail=TrailUsage(), trail_coverage=coverage)).tracked == {"sqs:CreateQueue"}
