"""Snapshots that somebody broke, as a user meets them: the message names the place, and nothing beside it is missed."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.end_to_end.running import ringwall, scan_file

ACCOUNT = "111111111111"
HEADER = {
    "format": "ringwall-snapshot",
    "version": 1,
    "collectedAt": "2026-01-31T12:00:00Z",
    "organization": None,
    "accounts": [ACCOUNT],
}


def a_queue(name="open", **policy):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]} | policy
    return {
        "resourceArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}",
        "resourceType": "AWS::SQS::Queue",
        "resourceOwnerAccount": ACCOUNT,
        "region": "eu-west-1",
        "configuration": {"sqsQueue": {"queuePolicy": json.dumps(document)}},
    }


def lines(*members):
    return b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in members)


@pytest.fixture
def a_file(tmp_path):
    def write(content, name="estate.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


BAD_LINES = {
    b'{"resourceArn": \n': "line 2: the line is not JSON: Expecting value at column",
    b"\xff\xfe\n": "line 2: the line is not UTF-8 at byte 1",
    b"[]\n": "line 2: the line is not a JSON object",
    b'{"region": "a", "region": "b"}\n': "line 2: the key `region` stands twice",
    b'{"a":' * 100_000 + b"\n": "line 2: the line is nested too deeply",
    lines(a_queue("x") | {"resourceType": "AWS::SQS::Queu"}): "line 2: the field `resourceType` must be",
    lines(a_queue("x") | {"resourceOwnerAccount": 1}): "line 2: the field `resourceOwnerAccount` must be",
    lines(a_queue("seven", Statement=7)): "at $.Statement: expected a statement",
    lines(a_queue("alow", Statement=[{"Effect": "Alow", "Principal": "*", "Action": "*"}])): "`Alow`",
}


def test_broken_lines_hide_nothing(a_file):
    """
    One public queue among lines of all kinds that cannot be read: it is found, every line is named, exit code 3.
    """
    run = scan_file(a_file(lines(HEADER, *BAD_LINES, a_queue())))
    messages = [each["message"] for each in run.gaps]

    assert run.code == 3
    assert [each["resource"].rsplit(":", 1)[1] for each in run.findings] == ["open"]
    for number, fault in enumerate(BAD_LINES.values(), 2):
        assert [each for each in messages if fault.replace("line 2:", f"line {number}:") in each], (fault, messages)


def test_a_cut_file_is_read_up_to_the_cut(a_file):
    """
    What stands before the cut is reported, and the line of the cut is named.
    """
    whole = gzip.compress(lines(HEADER, a_queue(), *(a_queue(f"q{number}") for number in range(500))))
    run = scan_file(a_file(whole[:-300], "estate.jsonl.gz"))

    assert run.code == 3
    assert "open" in {each["resource"].rsplit(":", 1)[1] for each in run.findings}
    assert any("estate.jsonl.gz, line" in each["message"] and "cut short" in each["message"] for each in run.gaps)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: the file is empty"),
        (b"hello\n", "line 1: the line is not JSON"),
        (b"\xef\xbb\xbf{}\n", "line 1: the line is not JSON: it begins with a byte order mark; save the file as UTF-8"),
        (b"{}\n", 'line 1: this is not a snapshot: the first line must hold "format": "ringwall-snapshot"'),
        (lines(HEADER | {"version": 2}), "line 1: the field `version` must be 1, the version of snapshots that this"),
        (gzip.compress(lines(HEADER))[:12], "line 1: the file is damaged or cut short"),
    ],
    ids=["empty", "no-json", "byte-order-mark", "no-header", "version-2", "cut"],
)
def test_a_file_that_is_no_snapshot_is_refused(a_file, content, message):
    """
    Exit code 2, and one line that says which file, where, and what was expected.
    """
    path = a_file(content)
    run = ringwall("scan", "--snapshot", path, "--quiet")

    assert run.code == 2
    assert run.out == ""
    assert f"Error: {path}, {message}" in run.err
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["folder", "missing.jsonl"])
def test_what_cannot_be_opened_is_named(tmp_path, name):
    """
    A folder, and a file that is not there.
    """
    (tmp_path / "folder").mkdir()
    run = ringwall("diff", tmp_path / name, tmp_path / name, "--quiet")

    assert run.code == 2
    assert f"cannot open `{tmp_path / name}`" in run.err


def test_a_broken_snapshot_from_standard_input(a_file):
    """
    The report calls it standard input, fits 80 columns and says that access may be missing.
    """
    piped = lines(HEADER, a_queue(), b"[]\n").decode()
    run = ringwall("scan", "--snapshot", "-", "--quiet", stdin=piped)

    assert run.code == 3
    assert "standard input, line 3: the line is not a JSON object" in run.out
    assert "incomplete" in run.out
    assert max(map(len, run.out.splitlines())) <= 80


def test_a_report_can_be_piped(a_file):
    """
    /dev/stdout is written to as what it is.
    """
    snapshot = a_file(lines(HEADER, a_queue()))
    run = ringwall("scan", "--snapshot", snapshot, "--quiet", "--format=json", "--output=/dev/stdout")

    assert run.code == 1, run.err
    assert [each["resource"] for each in run.findings] == [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:open"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(a_file, tmp_path):
    """
    A scan that fails replaces nothing.
    """
    report = a_file(b"the old report", "report.txt")
    run = ringwall("scan", "--snapshot", a_file(b"hello\n"), "--output", report)
    elsewhere = ringwall("scan", "--snapshot", a_file(lines(HEADER, a_queue())), "--output", tmp_path / "no" / "x")

    assert (run.code, elsewhere.code) == (2, 2)
    assert report.read_bytes() == b"the old report"
    assert f"cannot write `{tmp_path / 'no' / 'x'}`" in elsewhere.err
    assert {each.name for each in tmp_path.iterdir()} == {"estate.jsonl", "report.txt"}
