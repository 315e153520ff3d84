"""`ringwall serve` as its users run it: a process over a pretend AWS, with the AWS CLI talking to it."""

import json
import os
import signal
from pathlib import Path

import botocore.session
import pytest

from tests.end_to_end.running import ringwall
from tests.end_to_end.server_process import REGION, SECONDS, Server, fetched, until

ACCOUNT = "123456789012"
"""moto's own."""
QUEUE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
}


@pytest.fixture
def sqs(endpoint):
    return botocore.session.Session().create_client("sqs", REGION, endpoint_url=endpoint)


@pytest.fixture
def server(endpoint, sqs, tmp_path):
    queue = sqs.create_queue(QueueName=f"events-{os.getpid()}")["QueueUrl"]
    running = Server(endpoint, tmp_path, RINGWALL_SCANNING_EVENTS_QUEUE_URL=queue)
    running.events_queue = queue
    yield running
    running.stop()


def event(queue_url):
    """What EventBridge delivers of a call of SetQueueAttributes."""
    return json.dumps(
        {
            "version": "0",
            "id": "1",
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.sqs",
            "account": ACCOUNT,
            "time": "2026-11-26T14:00:00Z",
            "region": REGION,
            "resources": [],
            "detail": {
                "eventVersion": "1.10",
                "eventSource": "sqs.amazonaws.com",
                "eventName": "SetQueueAttributes",
                "awsRegion": REGION,
                "recipientAccountId": ACCOUNT,
                "requestParameters": {"queueUrl": queue_url},
            },
        }
    )


def test_from_nothing_to_a_watching_server(server, sqs):
    """
    An analyzer made by the AWS CLI looks at everything; an event has a change looked at; SIGTERM ends it in order.
    """
    orders = sqs.create_queue(QueueName="orders", Attributes={"Policy": json.dumps(QUEUE_POLICY)})["QueueUrl"]
    arn = server.aws("create-analyzer", "--analyzer-name", "watch", "--type", "ACCOUNT")["arn"]
    of_orders = json.dumps({"resource": {"eq": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"]}})
    listing = ("list-findings-v2", "--analyzer-arn", arn, "--filter", of_orders)
    [found] = until(lambda: server.aws(*listing)["findings"])
    sqs.set_queue_attributes(QueueUrl=orders, Attributes={"Policy": ""})
    sqs.send_message(QueueUrl=server.events_queue, MessageBody=event(orders))
    [resolved] = until(lambda: [each for each in server.aws(*listing)["findings"] if each["status"] == "RESOLVED"])
    counted = fetched(f"{server.url}/metrics")[1]
    history = server.remotely("findings", "history", found["id"])
    server.process.send_signal(signal.SIGTERM)

    assert arn == f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/watch"
    assert (found["status"], resolved["id"]) == ("ACTIVE", found["id"])
    assert 'ringwall_jobs_total{kind="rescan",outcome="done"}' in counted
    assert "RESOLVED" in history.out
    assert server.process.wait(SECONDS) == 0
    assert json.loads(server.log.read_text().splitlines()[-1])["message"] == "stopped"
    assert server.key["secretAccessKey"] not in server.log.read_text()


def test_a_running_server_and_its_folder(server, tmp_path):
    """
    While it runs its database can be copied and read, and cannot be replaced.
    """
    copied = server.locally("backup", tmp_path / "copy.db")
    listed = server.locally("analyzer", "list")
    refused = server.locally("restore", tmp_path / "copy.db", "--force")

    assert (copied.code, listed.code, refused.code) == (0, 0, 2)
    assert "a server runs on it" in refused.err
    assert fetched(f"{server.url}/health") == (200, '{"status":"alive"}')


def test_the_example_configuration_is_accepted():
    """
    What is in deploy/ can be checked in, as it is.
    """
    path = Path(__file__).parents[2] / "deploy" / "ringwall.toml"

    assert ringwall("config", "check", path).code == 0
