"""`ringwall fix`, from the command line to what is written."""

import json
from importlib.resources import files

import pytest

from ringwall import examples
from tests.cli.running import ringwall

EXAMPLE = str(files(examples) / "organization.jsonl")


@pytest.fixture(scope="module")
def ids():
    """The ids of the example's findings, by the names of their resources."""
    report = json.loads(ringwall("scan", "--snapshot", EXAMPLE, "--format", "json", "-q").stdout)
    return {each["resource"].rsplit(":", 1)[-1]: each["id"] for each in report["findings"]}


def fix(*arguments):
    return ringwall("fix", "--snapshot", EXAMPLE, *arguments)


def test_an_exact_fix_is_told(ids):
    """
    In a sentence, as a difference, with its proof.
    """
    run = fix(ids["project-xyz-reports"])

    assert run.code == 0
    assert "This edit removes exactly this access:\n  - removes statement 3 (ProjectAbcReads)\n" in run.stdout
    assert '-      "Sid": "ProjectAbcReads",\n' in run.stdout
    assert run.stdout.count("  proven   ") == 4


def test_a_smaller_edit_is_told_with_its_losses(ids):
    """
    For whoever can do without them.
    """
    run = fix(ids["project-xyz-downloads"])

    assert run.code == 0
    assert '+      "Sid": "DenyUnintended' in run.stdout
    assert "A smaller edit" in run.stdout
    assert "  lost     arn:aws:iam::111122223333:user/example → s3:GetObject on" in run.stdout


def test_where_no_edit_is_exact_the_nearest_is_told(ids):
    """
    And the exit code says so.
    """
    run = fix(ids["3"])

    assert run.code == 1
    assert "No edit removes exactly this access. The nearest" in run.stdout
    assert "  NOT SO   whoever belongs to the zone of trust keeps all access\n" in run.stdout


def test_the_solvers_are_asked(ids):
    """
    With --verify, about everything that was proven.
    """
    run = fix(ids["project-xyz-orders"], "--verify", "--format", "json")

    told = json.loads(run.stdout)
    assert (run.code, told["proofs"]["outcome"], told["fix"]["isExact"]) == (0, "all agree", True)
    assert {verdict["solver"] for claim in told["proofs"]["claims"] for verdict in claim["verdicts"]} == {"cvc5", "z3"}


def test_the_json_has_the_configuration_to_write(ids, tmp_path):
    """
    And the difference, place by place.
    """
    path = tmp_path / "fix.json"

    run = fix(ids["project-xyz-orders"], "--format", "json", "-o", str(path))

    told = json.loads(path.read_text())
    [edit] = told["fix"]["edits"]
    assert (run.code, run.stdout, told["applied"], told["findingGone"]) == (0, "", False, None)
    assert edit["place"] == "/queuePolicy"
    assert edit["diff"].startswith("--- a/queuePolicy\n+++ b/queuePolicy\n@@ ")
    assert told["fix"]["configuration"] == {"queuePolicy": edit["new"]}


def test_another_zone_is_another_finding(ids):
    """
    So the options have to be those of the scan.
    """
    run = fix(ids["project-xyz-downloads"], "--zone", "account", "--trust", "account:999988887777")

    assert run.code == 0
    assert '"aws:PrincipalAccount": [' in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fix", "x", "--snapshot", EXAMPLE], "there is no finding `x`"),
        (["fix", "x", "--snapshot", EXAMPLE, "--apply"], "--apply writes to AWS and --snapshot is about a file"),
        (["fix", "x", "--snapshot", EXAMPLE, "--profile", "p"], "leave out the options about AWS"),
        (["fix", "x", "--snapshot", EXAMPLE, "--yes"], "--nearest and --yes belong to --apply"),
        (["fix"], "Missing argument"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(arguments, message):
    """
    With what to do about it.
    """
    run = ringwall(*arguments)

    assert run.code == 2
    assert message in run.stderr


def test_an_error_finding_has_no_fix(tmp_path):
    """
    It says why.
    """
    header = {"format": "ringwall-snapshot", "version": 1, "collectedAt": "2026-01-31T12:00:00Z", "organization": None}
    resource = {
        "resourceArn": "arn:aws:sqs:us-east-1:111122223333:q",
        "resourceType": "AWS::SQS::Queue",
        "resourceOwnerAccount": "111122223333",
        "region": "us-east-1",
        "configuration": {"sqsQueue": {"queuePolicy": "{"}},
    }
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{json.dumps({**header, 'accounts': ['111122223333']})}\n{json.dumps(resource)}\n")
    scan = json.loads(ringwall("scan", "--snapshot", str(path), "--format", "json", "-q").stdout)

    run = ringwall("fix", "--snapshot", str(path), scan["findings"][0]["id"])

    assert run.code == 1
    assert run.stdout.startswith("No fix: the resource could not be analyzed: ")
