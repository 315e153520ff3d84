"""`ringwall unused`, over the example."""

import json
from pathlib import Path

import pytest

from ringwall.cli.principals import Wanted
from ringwall.errors import UsageError
from tests.cli.running import ringwall

SAMPLE = str(Path(__file__).parents[2] / "examples" / "unused-access.jsonl")


def read(*arguments):
    return json.loads(ringwall("unused", SAMPLE, "--format", "json", *arguments).stdout)


def found(*arguments):
    """Type and name of each finding."""
    return [(each["findingType"], each["resource"].rsplit("/", 1)[-1]) for each in read(*arguments)["findings"]]


ALL = [
    ("UnusedIAMRole", "BreakGlass"),
    ("UnusedPermission", "Deployer"),
    ("UnusedIAMRole", "NightlyImport"),
    ("UnusedPermission", "QuarterlyReport"),
    ("UnusedIAMUserAccessKey", "ada"),
    ("UnusedIAMUserPassword", "ada"),
    ("UnusedPermission", "ada"),
    ("UnusedPermission", "build-bot"),
]


def test_what_the_example_holds_is_found():
    """
    Each type once at least; neither the young role nor what comes back each quarter.
    """
    assert found() == ALL


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--type", "role"), [ALL[0], ALL[2]]),
        (("--type", "key", "--type", "password"), ALL[4:6]),
        (("--min-confidence", "high", "--type", "permission"), [ALL[3], ALL[6]]),
        (("--exclude-tag", "purpose=break-glass", "--type", "role"), [ALL[2]]),
        (("--exclude-tag", "purpose", "--type", "role"), [ALL[2]]),
        (("--exclude-tag", "purpose=other", "--type", "role"), [ALL[0], ALL[2]]),
        (("--exclude-account", "444455556666,777788889999"), [ALL[0]]),
        (("--account", "777788889999"), [ALL[7]]),
        (("--age", "220", "--type", "role"), [ALL[0]]),
    ],
)
def test_options_narrow_what_is_told(arguments, expected):
    """
    By type, confidence, exclusions, account and age.
    """
    assert found(*arguments) == expected


def test_the_exit_code_is_that_of_a_scan(tmp_path):
    """
    1 with findings, 0 without, 3 where something could not be read, 4 where there are no principals.
    """
    lines = Path(SAMPLE).read_text().splitlines()
    broken, empty = tmp_path / "broken.jsonl", tmp_path / "empty.jsonl"
    broken.write_text("\n".join([*lines, "{"]) + "\n")
    empty.write_text(lines[0] + "\n")

    assert ringwall("unused", SAMPLE).code == 1
    assert ringwall("unused", SAMPLE, "--account", "123456789012", "--exclude-tag", "purpose").code == 0
    assert ringwall("unused", str(broken)).code == 3
    run = ringwall("unused", str(empty))
    assert run.code == 4
    assert "collect it with `ringwall collect --unused`" in run.stderr


def test_a_scan_takes_no_notice_of_principals():
    """
    The same file has no resources, so there is nothing to scan.
    """
    run = ringwall("scan", "--snapshot", SAMPLE, "--format", "json")

    assert (run.code, json.loads(run.stdout)["findings"]) == (4, [])


def test_the_table_fits_a_terminal():
    """
    It ends with the coverage.
    """
    run = ringwall("unused", SAMPLE)

    assert max(map(len, run.stdout.splitlines())) <= 80
    assert "444455556666 (Project XYZ)" in run.stdout
    assert run.stdout.endswith("\n  Every principal could be judged.\n")


def test_standard_input_and_an_output_file(tmp_path):
    """
    As of `ringwall scan`.
    """
    output = tmp_path / "report.html"
    run = ringwall("unused", "-", "--format", "html", "--output", str(output), stdin=Path(SAMPLE).read_bytes())

    assert (run.code, run.stdout) == (1, "")
    assert "AKIAEXAMPLEADA000001" in output.read_text()


def test_processes_change_nothing():
    """
    The report is the same, however many share the work.
    """
    assert read("--processes", "2") == read("--processes", "1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--exclude-account", "12"), "`12` is not an account number"),
        (("--exclude-tag", "=x"), "`=x` is no tag"),
        (("--profile", "p"), "--profile is about AWS and SNAPSHOT is a file"),
        (("--age", "0"), "0 is not in the range"),
        (("--output", SAMPLE), "is a file to read"),
        (("--trail", "/nowhere/at/all"), "/nowhere/at/all"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    """
    In a sentence, with exit code 2.
    """
    run = ringwall("unused", SAMPLE, *arguments)

    assert run.code == 2
    assert message in run.stderr


def test_a_header_without_a_time_is_refused(tmp_path):
    """
    How long something is unused follows from when it was collected.
    """
    path = tmp_path / "odd.jsonl"
    path.write_text(Path(SAMPLE).read_text().replace("2026-07-01T06:00:00Z", "yesterday", 1))
    run = ringwall("unused", str(path))

    assert run.code == 2
    assert "odd.jsonl, line 1: `yesterday` is no time" in run.stderr


def test_a_profile_may_read_a_bucket_beside_a_snapshot():
    """
    The options that say how S3 is read go with a trail.
    """
    source = {"profile": "audit", "endpoint_url": None}

    Wanted(Path(SAMPLE), source, trail=object()).check()
    with pytest.raises(UsageError, match="--profile is about AWS"):
        Wanted(Path(SAMPLE), source).check()


RECORD = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "IAMUser",
        "arn": "arn:aws:iam::777788889999:user/build-bot",
        "accountId": "777788889999",
        "userName": "build-bot",
    },
    "eventTime": "2026-06-20T10:00:00Z",
    "eventSource": "ecr.amazonaws.com",
    "eventName": "DeleteRepository",
    "awsRegion": "eu-west-1",
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "777788889999",
}


def test_a_trail_shows_what_the_report_does_not(tmp_path):
    """
    The action that the snapshot calls unused was used, says a log file of the account.
    """
    folder = tmp_path / "AWSLogs" / "777788889999" / "CloudTrail" / "eu-west-1" / "2026" / "06" / "20"
    folder.mkdir(parents=True)
    log = folder / "777788889999_CloudTrail_eu-west-1_20260620T1005Z_abcdefghijklmnop.json"
    log.write_text(json.dumps({"Records": [RECORD]}))
    narrow = ("--account", "777788889999", "--trail-days", "30")
    [before] = read(*narrow)["findings"]
    [after] = read(*narrow, "--trail", str(tmp_path))["findings"]

    def services(finding):
        return [each["unusedPermissionDetails"]["serviceNamespace"] for each in finding["findingDetails"]]

    assert services(before) == ["cloudfront", "ecr"]
    assert services(after) == ["cloudfront"]
