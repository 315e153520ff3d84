"""Access previews, answered from the account as it is."""

import json

import pytest

from ringwall.findings.report import Gap
from ringwall.store import previews
from ringwall.store.previews import PreviewRecord
from tests.service.work_for_tests import Service, queue

PARTNER = "444455556666"
OTHER = "777788889999"


@pytest.fixture
def service(store):
    return Service(store)


def ask(service, analyzer, resource, value):
    record = PreviewRecord("p1", analyzer.key, {resource.arn: {"sqsQueue": value}}, service.clock())
    with service.store.write() as connection:
        previews.insert(connection, record)
    service.do("preview", id="p1")
    with service.store.read() as connection:
        return previews.find(connection, "p1")


def outcomes(record):
    return sorted((each["principal"]["AWS"], each["changeType"], each["status"]) for each in record.findings)


def test_a_preview_says_what_would_change(service):
    """One partner goes, another comes."""
    analyzer = service.analyzer()
    service.source.resources = [queue("q", PARTNER)]
    service.scan(analyzer)
    proposal = {"queuePolicy": queue("q", OTHER).configuration["queuePolicy"]}

    answered = ask(service, analyzer, queue("q"), proposal)

    assert answered.status == "COMPLETED"
    assert outcomes(answered) == [(PARTNER, "CHANGED", "RESOLVED"), (OTHER, "NEW", "ACTIVE")]
    assert service.findings(analyzer) == [("q", PARTNER, "ACTIVE")]


def test_a_preview_of_what_is_not_there_yet_has_new_findings(service):
    """Nothing is known of it, and nothing is read."""
    analyzer = service.analyzer()

    answered = ask(service, analyzer, queue("q"), {"queuePolicy": queue("q", OTHER).configuration["queuePolicy"]})

    assert outcomes(answered) == [(OTHER, "NEW", "ACTIVE")]


def test_a_policy_that_is_none_fails_the_preview(service):
    """The API has a reason for it."""
    analyzer = service.analyzer()

    answered = ask(service, analyzer, queue("q"), {"queuePolicy": json.dumps({"Statement": 7})})

    assert (answered.status, answered.status_reason) == ("FAILED", "INVALID_CONFIGURATION")


def test_a_resource_that_cannot_be_read_fails_the_preview(service):
    """What it would change cannot be told."""
    analyzer = service.analyzer()
    service.source.gaps = [Gap("INTERNAL_ERROR", "throttled", resource=queue("q").arn)]

    answered = ask(service, analyzer, queue("q"), {"queuePolicy": ""})

    assert (answered.status, answered.status_reason) == ("FAILED", "INTERNAL_ERROR")
