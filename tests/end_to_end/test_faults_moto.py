"""When AWS does not answer as it should: whatever can be read is reported, whatever cannot is said, and exit code 3."""

from __future__ import annotations

import pytest

from tests.collector.planting import ACCOUNTS, REGIONS
from tests.end_to_end.faulty_endpoint import Answer, garbage, refusal
from tests.end_to_end.running import scan

TYPES = ("--resource-type=sqs::queue", "--resource-type=lambda::function", "--resource-type=sns::topic")


def arns(estate, *kinds):
    return {arn for kind in kinds for arn in estate.arns[kind]}


def found(run):
    return {each["resource"] for each in run.findings}


def truncated(service):
    return Answer(b'{"Attributes": {"Policy": "', 200, {"Content-Type": "application/x-amz-json-1.0"})


def throttled(service):
    return refusal(service, "ThrottlingException", 400)


def failed(service):
    return Answer(b"", 503)


def test_what_is_denied_is_said_and_hides_nothing_else(faulty, estate):
    """
    Queues that may not be read become error findings, topics that may not be listed a note of the coverage;
    functions, and the queues elsewhere, are reported.
    """
    faulty.faults = {"sqs GetQueueAttributes eu-west-1": refusal, "sns ListTopics us-east-1": _denied}
    run = scan(faulty.url, *TYPES)
    unread = {arn for arn in arns(estate, "AWS::SQS::Queue") if ":eu-west-1:" in arn}
    unlisted = {arn for arn in arns(estate, "AWS::SNS::Topic") if ":us-east-1:" in arn}
    expected = arns(estate, "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Lambda::Function") & estate.shared

    assert run.code == 3
    assert found(run) == expected - unread - unlisted
    assert run.errors == dict.fromkeys(unread, "ACCESS_DENIED")
    assert {
        (each["account"], each["region"], each["code"])
        for each in run.gaps
        if each["resourceType"] == "AWS::SNS::Topic"
    } == {(account, "us-east-1", "ACCESS_DENIED") for account in ACCOUNTS}
    assert run.report["coverage"]["complete"] is False


def _denied(service):
    return refusal(service, "AuthorizationError")


@pytest.mark.parametrize("fault", [failed, garbage, truncated], ids=lambda fault: fault.__name__)
def test_an_answer_that_is_none_is_an_error_of_its_resource(faulty, estate, fault):
    """
    A server's failure, a proxy's web page, half an answer: never "nothing is shared".
    """
    faulty.faults = {"sqs GetQueueAttributes eu-west-1": fault}
    run = scan(faulty.url, "--resource-type=sqs::queue", f"--account={ACCOUNTS[0]}")
    here = {arn for arn in arns(estate, "AWS::SQS::Queue") if f":{ACCOUNTS[0]}:" in arn}
    unread = {arn for arn in here if ":eu-west-1:" in arn}

    assert run.code == 3
    assert found(run) == (here & estate.shared) - unread
    assert run.errors == dict.fromkeys(unread, "INTERNAL_ERROR")


def test_throttling_that_does_not_end_is_said(faulty, estate):
    """
    Queues that could not be listed in time are a note of the coverage; those elsewhere are reported.
    """
    faulty.faults = {"sqs ListQueues eu-west-1": throttled}
    run = scan(faulty.url, "--resource-type=sqs::queue", f"--account={ACCOUNTS[0]}")
    [gap] = run.gaps

    assert run.code == 3
    assert (gap["account"], gap["region"], gap["code"]) == (ACCOUNTS[0], "eu-west-1", "INTERNAL_ERROR")
    assert "ThrottlingException" in gap["message"]
    assert len(found(run)) == len(REGIONS) - 1


def test_throttling_that_ends_is_waited_for(faulty, estate):
    """
    A call that is refused once for its rate is made again.
    """
    seen = []

    def throttled_once(service):
        seen.append(service)
        return throttled(service) if len(seen) == 1 else Answer(b'{"QueueUrls": []}')

    faulty.faults = {"sqs ListQueues eu-west-1": throttled_once}
    run = scan(faulty.url, "--resource-type=sqs::queue")

    assert len(seen) > len(ACCOUNTS)
    assert run.code == 1
    assert run.gaps == []
    assert found(run) == {arn for arn in arns(estate, "AWS::SQS::Queue") & estate.shared if ":eu-west-1:" not in arn}


def test_an_account_that_cannot_be_entered_is_said(faulty, estate):
    """
    A role that may not be assumed costs its account, not the others.
    """
    faulty.faults = {f"sts AssumeRole .*{ACCOUNTS[1]}": _access_denied}
    run = scan(faulty.url, "--resource-type=iam::role")

    assert run.code == 3
    assert found(run) == {f"arn:aws:iam::{ACCOUNTS[0]}:role/shared"}
    assert [(each["account"], each["code"]) for each in run.gaps] == [(ACCOUNTS[1], "ACCESS_DENIED")]


def _access_denied(service):
    return refusal(service, "AccessDenied")


def test_regions_that_cannot_be_listed_are_said_when_none_is_named(faulty, estate):
    """
    With Regions named they are read all the same.
    """
    faulty.faults = {"ec2 DescribeRegions": lambda service: refusal(service, "UnauthorizedOperation")}
    named = scan(faulty.url, "--resource-type=sqs::queue")

    assert named.code == 1
    assert found(named) == arns(estate, "AWS::SQS::Queue") & estate.shared


def test_an_endpoint_that_is_not_there_is_named(faulty, endpoint):
    """
    Without a first answer there is nothing to report: exit code 2, and where it was asked.
    """
    faulty.calls_left = 0
    run = scan(faulty.url)

    assert run.code == 2
    assert faulty.url in run.err
    assert run.out == ""


@pytest.mark.parametrize(("calls", "at_least"), [(8, 0), (150, 2)])
def test_an_endpoint_that_dies_half_way_leaves_what_was_read(faulty, estate, calls, at_least):
    """
    Everything read before is reported, everything else is said to be missing; nothing shared passes in silence.
    """
    faulty.calls_left = calls
    run = scan(faulty.url)
    missing = estate.shared - found(run) - set(run.errors)

    assert run.code == 3
    assert found(run) <= estate.shared
    assert run.report["coverage"]["resourcesAnalyzed"] < len(estate.all_arns)
    assert {each["code"] for each in run.gaps} == {"INTERNAL_ERROR"}
    assert {arn for arn in missing if not any(_covers(gap, arn, estate) for gap in run.gaps)} == set()
    assert len(found(run)) >= at_least


def _covers(gap, arn, estate):
    """Whether the gap says that the resource was not looked at."""
    kind = next(kind for kind, arns in estate.arns.items() if arn in arns)
    # A bucket's ARN has its account and Region in its name, a snapshot's has no account at all.
    owners = [each for each in ACCOUNTS if each in arn] or ACCOUNTS
    regions = [each for each in REGIONS if each in arn] or ["global"]
    return (
        gap["resourceType"] in {None, kind} and gap["account"] in {None, *owners} and gap["region"] in {None, *regions}
    )
