"""A service that watches two accounts: from a changed policy to everybody who is told of it."""

from __future__ import annotations

import base64
import json
import time

import pytest

from tests.end_to_end.faulty_endpoint import FaultyEndpoint
from tests.end_to_end.watching_aws import PROJECT, REGION, WEBSITE, Accounts, configuration, running_service, until
from tests.notify.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"a signing key of thirty-two bytes").decode()
NAME = "photos-of-the-website"
BUCKET = f"arn:aws:s3:::{NAME}"


@pytest.fixture
def accounts(endpoint):
    return Accounts(endpoint)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def hook():
    with Receiver() as running:
        yield running


@pytest.fixture
def proxy(endpoint):
    """What the messengers call, so that their calls can be counted."""
    with FaultyEndpoint(endpoint) as running:
        yield running


def statuses_of(analyzer, arn):
    """A function that says what the analyzer's only finding of a bucket is now."""
    client, analyzer_arn = analyzer

    def answer():
        found = client.list_findings_v2(analyzerArn=analyzer_arn, filter={"resource": {"eq": [arn]}})["findings"]
        assert len(found) <= 1
        return found[0]["status"] if found else None

    return answer


def scanned(client, analyzer_arn, *arns):
    """Whether the analyzer has looked at some resources."""
    found = client.get_paginator("list_analyzed_resources").paginate(analyzerArn=analyzer_arn)
    return set(arns) <= {each["resourceArn"] for page in found for each in page["analyzedResources"]}


def test_a_change_is_found_told_and_forgotten(accounts, folder, hook, proxy):
    """
    A bucket is opened: within five seconds its finding is ACTIVE. A rule archives it; narrowed, it is RESOLVED; opened
    again, it is what the rule says, and without the rule ACTIVE. Everybody is told of each step once.
    """
    for account, name in ((WEBSITE, NAME), (PROJECT, "plans-of-the-project")):
        accounts.bucket(account, name)
    bus, told_url = accounts.listening_bus("told-by-ringwall")
    accounts.client("securityhub").enable_security_hub()
    aws = {"region": REGION, "endpoint": proxy.url}
    told = (
        {"name": "hook", "kind": "webhook", "settings": {"url": hook.url}, "secret": SECRET},
        {"name": "bus", "kind": "eventbridge", "settings": {**aws, "eventBusName": bus}},
        {"name": "hub", "kind": "securityhub", "settings": aws},
    )
    text = configuration(accounts.endpoint, accounts.deploy("changes-to-watch"))

    with running_service(folder, text, *told) as service:
        client = service.client()
        arn = client.create_analyzer(analyzerName="watch", type="ACCOUNT")["arn"]
        until(lambda: scanned(client, arn, BUCKET, "arn:aws:s3:::plans-of-the-project"), what="the first scan")
        status = statuses_of((client, arn), BUCKET)
        assert status() is None

        accounts.open(WEBSITE, NAME)
        until(lambda: status() == "ACTIVE", what="the finding")
        client.create_archive_rule(analyzerName="watch", ruleName="known", filter={"resource": {"eq": [BUCKET]}})
        client.apply_archive_rule(analyzerArn=arn, ruleName="known")
        until(lambda: status() == "ARCHIVED", what="the archiving")
        accounts.narrow(WEBSITE, NAME)
        until(lambda: status() == "RESOLVED", what="the end")
        accounts.open(WEBSITE, NAME)
        until(lambda: status() == "ARCHIVED", what="the archived finding's return")
        accounts.narrow(WEBSITE, NAME)
        until(lambda: status() == "RESOLVED", what="the second end")
        client.delete_archive_rule(analyzerName="watch", ruleName="known")
        accounts.open(WEBSITE, NAME)
        until(lambda: status() == "ACTIVE", what="the finding's return")

        steps = ["ACTIVE", "ARCHIVED", "RESOLVED", "ARCHIVED", "RESOLVED", "ACTIVE"]
        until(lambda: len(hook.received) >= len(steps), what="the webhook")
        told = []
        until(lambda: told.extend(accounts.messages(told_url)) or len(told) >= len(steps), what="the event bus")
        until(lambda: _imports(proxy) >= len(steps), what="Security Hub")
        # Nobody is told again, nor told of the other account.
        time.sleep(2)
        told += accounts.messages(told_url)

    bodies = [json.loads(each.body) for each in hook.received]
    assert [each["detail"]["status"] for each in sorted(bodies, key=lambda each: each["time"])] == steps
    assert len({each["id"] for each in bodies}) == len(bodies)
    assert [each["detail"]["status"] for each in sorted(told, key=lambda each: each["time"])] == steps
    assert {each["detail"]["resource"] for each in told} == {BUCKET}
    assert _imports(proxy) == len(steps)
    [of_hub] = accounts.client("securityhub").get_findings()["Findings"]
    assert (of_hub["Resources"][0]["Id"], of_hub["RecordState"]) == (BUCKET, "ACTIVE")


def _imports(proxy):
    return sum(number for call, number in proxy.calls.items() if call.startswith("securityhub"))


def test_an_event_that_came_twice_or_makes_no_sense_changes_nothing(accounts, folder):
    """
    The finding is there once; what is no event stays, is reported, and goes to the dead letters.
    """
    name = "letters-of-the-website"
    accounts.bucket(WEBSITE, name)
    queue_url = accounts.deploy("changes-that-come-twice")
    sqs = accounts.client("sqs")
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"VisibilityTimeout": "0"})
    dead_url = sqs.get_queue_url(QueueName="changes-that-come-twice-dead")["QueueUrl"]

    with running_service(folder, configuration(accounts.endpoint, queue_url)) as service:
        client = service.client()
        arn = client.create_analyzer(analyzerName="watch", type="ACCOUNT")["arn"]
        until(lambda: scanned(client, arn, f"arn:aws:s3:::{name}"), what="the first scan")
        sqs.send_message(QueueUrl=queue_url, MessageBody="{")
        for _ in range(2):
            accounts.open(WEBSITE, name)
        until(lambda: statuses_of((client, arn), f"arn:aws:s3:::{name}")() == "ACTIVE", what="the finding")
        dead = []
        until(lambda: dead.extend(_bodies(sqs, dead_url)) or dead, what="the dead letter")

    assert dead == ["{"]
    assert "not JSON" in (folder / "serve.log").read_text()


def _bodies(sqs, url):
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url).get("Messages", [])]
