"""The queue of events, on a moto server."""

from __future__ import annotations

import boto3
import pytest

from ringwall.collector.aws import Connection
from ringwall.collector.event_queue import CALLS, EventQueue
from ringwall.collector.sessions import Sessions
from ringwall.errors import CollectionError, UsageError
from ringwall.policy.service_reference import canonical_action

REGION = "eu-central-1"


@pytest.fixture
def sqs(endpoint):
    return boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)


@pytest.fixture
def queue(endpoint, sqs):
    url = sqs.create_queue(QueueName="ringwall-events", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    yield EventQueue(Sessions(Connection(endpoint_url=endpoint)), url, region=REGION)
    sqs.delete_queue(QueueUrl=url)


def test_messages_are_received_until_they_are_deleted(queue, sqs):
    """
    As many as there are, ten at a time; one that is not deleted comes again, and says how often it did.
    """
    for number in range(3):
        sqs.send_message(QueueUrl=queue.url, MessageBody=str(number))

    first = queue.receive(wait=0)
    queue.delete([each for each in first if each.body != "1"])
    [again] = queue.receive(wait=0)

    assert sorted(each.body for each in first) == ["0", "1", "2"]
    assert (again.body, again.times_received) == ("1", 2)


def test_an_empty_queue_gives_nothing(queue):
    """
    Deleting nothing is no call.
    """
    assert queue.receive(wait=0) == []
    queue.delete([])


def test_a_queue_that_is_not_there_is_an_error(endpoint):
    """
    A service that watches nothing says so.
    """
    url = f"{endpoint}/123456789012/nowhere"
    queue = EventQueue(Sessions(Connection(endpoint_url=endpoint)), url, region=REGION)

    with pytest.raises(CollectionError, match="sqs:ReceiveMessage"):
        queue.receive(wait=0)


@pytest.mark.parametrize(
    "url", ["", "ringwall-events", "arn:aws:sqs:eu-west-1:111122223333:x", "https://example.com/x"]
)
def test_the_url_is_one_of_a_queue(url):
    """
    A slip of the pen is said at the start.
    """
    with pytest.raises(UsageError, match="no URL of a queue"):
        EventQueue(Sessions(Connection()), url)


def test_the_region_is_in_the_url_or_said():
    """
    AWS's own URLs have it.
    """
    sessions = Sessions(Connection())

    assert EventQueue(sessions, "https://sqs.sa-east-1.amazonaws.com/111122223333/x").region == "sa-east-1"
    assert EventQueue(sessions, "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/x").region == "cn-north-1"
    with pytest.raises(UsageError, match="in which Region"):
        EventQueue(sessions, "http://127.0.0.1:4566/111122223333/x")


def test_its_calls_are_actions():
    """
    They become permissions.
    """
    assert [canonical_action(each) for each in CALLS] == list(CALLS)
