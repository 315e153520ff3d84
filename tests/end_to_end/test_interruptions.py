"""Ctrl-C, readers that go away, places that cannot be written to: what is known is said, nothing is left half-written."""

from __future__ import annotations

import json
import signal
import subprocess
from threading import Event

import pytest

from tests.end_to_end.faulty_endpoint import refusal
from tests.end_to_end.running import PROGRAM, THE_ACCOUNTS, THE_REGIONS, environment, live, ringwall

QUEUES = "--resource-type=sqs::queue"


@pytest.fixture
def interrupted(faulty, estate):
    """Runs a command and interrupts it when it asks for a queue's policy, which is answered only after that."""

    def run(command, *options):
        asked, go_on = Event(), Event()

        def late(service):
            asked.set()
            assert go_on.wait(240)
            return refusal(service)

        faulty.faults = {"sqs GetQueueAttributes us-east-1": late}
        source = ("--endpoint-url", faulty.url, *THE_ACCOUNTS, *THE_REGIONS, QUEUES, "--resource-type=iam::role")
        with subprocess.Popen(
            [*PROGRAM, command, *source, "--quiet", *map(str, options)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert asked.wait(240)
            process.send_signal(signal.SIGINT)
            # The calls that are under way may end once the collection has given them up.
            go_on_later(process, go_on)
            out, err = process.communicate(timeout=240)
        return process.returncode, out, err

    return run


def go_on_later(process, go_on):
    try:
        process.wait(timeout=1)
    except subprocess.TimeoutExpired:
        go_on.set()


def test_an_interrupted_scan_reports_what_it_read(interrupted, tmp_path):
    """
    Roles and queues that were read are in the report, the rest is said to be missing; exit code 3.
    """
    path = tmp_path / "report.json"
    code, _, _ = interrupted("scan", "--format=json", "--output", path)
    report = json.loads(path.read_text())

    assert code == 3
    assert {each["resourceType"] for each in report["findings"] if "error" not in each} >= {"AWS::IAM::Role"}
    assert any("interrupted" in each["message"] for each in report["coverage"]["notAnalyzed"])


def test_an_interrupted_collection_is_a_snapshot_that_says_so(interrupted, tmp_path):
    """
    The snapshot can be scanned, and its scan is incomplete.
    """
    path = tmp_path / "estate.jsonl"
    code, _, err = interrupted("collect", "--output", path)
    scanned = ringwall("scan", "--snapshot", path, "--quiet", "--format=json")

    assert code == 3
    assert "could not be read" in err
    assert scanned.code == 3
    assert scanned.findings
    assert list(tmp_path.iterdir()) == [path]


def test_a_snapshot_that_cannot_be_written_is_said(endpoint, estate, tmp_path):
    """
    The place is named, nothing is left behind, and the code is that of a mistake in the call.
    """
    run = live("collect", endpoint, "--output", tmp_path / "missing" / "estate.jsonl", QUEUES)

    assert run.code == 2
    assert str(tmp_path / "missing" / "estate.jsonl") in run.err
    assert list(tmp_path.iterdir()) == []
