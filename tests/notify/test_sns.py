import json

import boto3
import pytest

from ringwall.errors import DeliveryError
from ringwall.notify.sns import open_topic
from tests.notify.samples import REGION, a_finding, a_preview, a_test, an_event, surroundings


@pytest.fixture(params=["findings", "findings.fifo"])
def topic(request, endpoint):
    """A topic with a queue behind it: its ARN, and what is in the queue."""
    fifo = {"FifoTopic": "true"} if request.param.endswith(".fifo") else {}
    sns, sqs = (boto3.client(each, region_name=REGION, endpoint_url=endpoint) for each in ("sns", "sqs"))
    arn = sns.create_topic(Name=request.param, Attributes=fifo)["TopicArn"]
    url = sqs.create_queue(QueueName=request.param, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
    yield (
        arn,
        lambda: [
            json.loads(each["Body"])
            for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
        ],
    )
    sqs.delete_queue(QueueUrl=url)
    sns.delete_topic(TopicArn=arn)


def test_an_event_reaches_a_queue_behind_a_topic(endpoint, topic):
    """
    As JSON, with a subject that people can read and attributes that subscriptions can filter on.
    """
    arn, queue = topic

    open_topic({"topicArn": arn, "endpoint": endpoint}, "", surroundings()).send(an_event())

    [got] = queue()
    assert json.loads(got["Message"]) == an_event().as_json()
    assert got["Subject"].startswith("New finding, ACTIVE: AWS::S3::Bucket arn:aws:s3:::my-bucket")
    assert got["MessageAttributes"]["isPublic"]["Value"] == "false"


@pytest.mark.parametrize("event", [a_preview(), a_test()])
def test_other_events_reach_it_too(endpoint, topic, event):
    """
    Previews, and somebody's try.
    """
    arn, queue = topic

    open_topic({"topicArn": arn, "endpoint": endpoint}, "", surroundings()).send(event)

    assert json.loads(queue()[0]["Message"])["kind"] == event.kind.value


class Recorded:
    """A client that writes down what it is asked to publish."""

    def publish(self, **parameters):
        self.parameters = parameters


def recorded(event, arn="arn:aws:sns:us-west-2:111122223333:findings"):
    client = Recorded()
    open_topic({"topicArn": arn}, "", surroundings(new_client=lambda *_: client)).send(event)
    return client.parameters


def test_a_fifo_topic_can_tell_a_repetition():
    """
    What concerns one finding keeps its order, and one event is taken once.
    """
    parameters = recorded(an_event(), "arn:aws:sns:us-west-2:111122223333:findings.fifo")

    assert parameters["MessageDeduplicationId"] == an_event().id
    assert parameters["MessageGroupId"] == an_event().detail["id"]


def test_a_subject_is_short_and_ascii():
    """
    SNS takes fewer than 100 characters of ASCII, without line breaks.
    """
    event = an_event(a_finding(resource="arn:aws:s3:::" + "ä\n" * 100), previous_status="RESOLVED")

    subject = recorded(event)["Subject"]

    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_topic_that_is_not_there_is_tried_again(endpoint):
    """
    Somebody may make it.
    """
    arn = "arn:aws:sns:us-west-2:123456789012:nowhere"

    with pytest.raises(DeliveryError, match="NotFound") as caught:
        open_topic({"topicArn": arn, "endpoint": endpoint}, "", surroundings()).send(an_event())

    assert caught.value.retryable
