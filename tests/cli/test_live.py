"""Scanning and collecting live, from the command line, against a moto server."""

import json
import logging
import os
import signal
import subprocess
import sys
from threading import Event

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.cli.running import ringwall
from tests.end_to_end.faulty_endpoint import FaultyEndpoint

REGION = "eu-west-3"
SOURCE = ("--region", REGION, "--resource-type", "sqs::queue", "--quiet")


@pytest.fixture(scope="module")
def endpoint():
    """A server with one public queue."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        sqs = boto3.client("sqs", region_name=REGION, endpoint_url=url)
        queue = sqs.create_queue(QueueName="open")["QueueUrl"]
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        yield url
        sqs.close()
    server.stop()


def test_a_live_scan(endpoint):
    """
    The account of the credentials is read, and its open queue found.
    """
    run = ringwall("scan", "--endpoint-url", endpoint, "--format", "json", *SOURCE)
    report = json.loads(run.stdout)

    assert run.code == 1
    assert [finding["resource"].rsplit(":", 1)[-1] for finding in report["findings"]] == ["open"]
    assert report["coverage"]["regions"] == [REGION]
    assert report["coverage"]["complete"] is True


def test_a_collection_can_be_scanned_later(endpoint, tmp_path):
    """
    What was collected says the same as a live scan.
    """
    path = tmp_path / "estate.jsonl.zst"
    collected = ringwall("collect", "--endpoint-url", endpoint, "--output", str(path), *SOURCE)
    offline = ringwall("scan", "--snapshot", str(path), "--format", "json", "--quiet")
    live = ringwall("scan", "--endpoint-url", endpoint, "--format", "json", *SOURCE)

    assert collected.code == 0
    assert "Wrote 1 resource to" in collected.stderr
    assert json.loads(offline.stdout)["findings"] == json.loads(live.stdout)["findings"]


def test_a_collection_that_cannot_be_written(endpoint, tmp_path):
    """
    A folder that is not there is a matter of usage.
    """
    run = ringwall("collect", "--endpoint-url", endpoint, "--output", str(tmp_path / "none" / "x"), *SOURCE)

    assert run.code == 2
    assert "cannot write" in run.stderr


def test_progress_is_lines_away_from_a_terminal(endpoint):
    """
    Without --quiet, standard error tells how far the collection has come.
    """
    run = ringwall("scan", "--endpoint-url", endpoint, *SOURCE[:-1])

    assert "Collecting: " in run.stderr
    assert "\x1b" not in run.stderr


@pytest.mark.parametrize(("command", "result"), [("scan", "report"), ("collect", "snapshot")])
def test_an_interrupt_ends_the_process_while_aws_is_silent(endpoint, tmp_path, command, result):
    """
    The call that is not answered is not waited for; what was read is kept, and standard error says so. Exit code 3.
    """
    asked, over = Event(), Event()

    def silence(_):
        asked.set()
        over.wait()

    path = tmp_path / "kept"
    with FaultyEndpoint(endpoint, {"sqs GetQueueAttributes": silence}) as faulty:
        options = ("--endpoint-url", faulty.url, "--output", str(path), *SOURCE)
        with subprocess.Popen(
            [sys.executable, "-m", "ringwall", command, *options], env=os.environ, stderr=subprocess.PIPE, text=True
        ) as process:
            assert asked.wait(240)
            process.send_signal(signal.SIGINT)
            # Shorter than the client's own patience, three times thirty seconds.
            _, err = process.communicate(timeout=80)
        over.set()

    assert process.returncode == 3
    assert f"Interrupted: the {result} holds what was read so far" in err
    assert "Traceback" not in err
    assert "interrupted" in path.read_text()


def test_what_cannot_be_written_is_known_before_aws_is_asked(endpoint, tmp_path):
    """
    An hour of reading is not thrown away for a folder that is not there.
    """
    with FaultyEndpoint(endpoint) as faulty:
        run = ringwall("scan", "--endpoint-url", faulty.url, "--output", str(tmp_path / "none" / "x"), *SOURCE)

    assert run.code == 2
    assert f"cannot write `{tmp_path / 'none' / 'x'}`: No such file or directory" in run.stderr
    assert not faulty.calls
