"""`ringwall last-accessed`, over the example."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import ringwall

SAMPLE = str(Path(__file__).parents[2] / "examples" / "unused-access.jsonl")
DEPLOYER = "arn:aws:iam::444455556666:role/Deployer"


@pytest.mark.parametrize("principal", ["Deployer", DEPLOYER])
def test_a_principal_by_name_or_arn(principal):
    """
    Per service: granted, used, a bar, when, where, and which source saw it.
    """
    run = ringwall("last-accessed", principal, SAMPLE)

    assert run.code == 0
    assert max(map(len, run.stdout.splitlines())) <= 80
    assert "\n5 of 19 actions known to be used  ███░░░░░░░ 26 %\n" in run.stdout
    assert "\necs                        8     0  ░░░░░░░░  never\n" in run.stdout
    assert "\nlambda                     5     3  █████░░░  2026-07-01  eu-west-1" in run.stdout
    assert "  Missing: data events are not logged.\n" in run.stdout


def test_actions():
    """
    Those that were used with time and place, those that were not, and how many nobody can tell.
    """
    text = ringwall("last-accessed", "Deployer", SAMPLE, "--actions").stdout

    assert "  s3:PutBucketPolicy: 2025-11-13 in eu-west-1, IAM\n" in text
    assert "  never: s3:CreateBucket, s3:DeleteBucket\n" in text
    assert "  not told apart by any source: 2 actions\n" in text


def test_keys_and_password_of_a_user():
    """
    Each key with its state and its last use.
    """
    text = ringwall("last-accessed", "ada", SAMPLE).stdout

    assert "  access key  AKIAEXAMPLEADA000001, active, last used 2025-09-03 in eu-west-1\n" in text
    assert "  password    last used 2025-12-23\n" in text


def test_without_a_trail_the_footer_says_so():
    """
    What no source can tell is no zero.
    """
    text = ringwall("last-accessed", "build-bot", SAMPLE).stdout

    assert "  Missing: no CloudTrail was read; only it tells actions that IAM does not\n" in text


def test_json_and_csv_hold_every_action():
    """
    For programs: granted, used, tracked.
    """
    written = json.loads(ringwall("last-accessed", "Deployer", SAMPLE, "--format", "json").stdout)
    table = ringwall("last-accessed", "Deployer", SAMPLE, "--format", "csv", "--actions").stdout
    rows = list(csv.DictReader(io.StringIO(table)))

    assert (written["principal"], written["grantedActions"], written["usedActions"]) == (DEPLOYER, 19, 5)
    lambda_ = next(each for each in written["services"] if each["serviceNamespace"] == "lambda")
    assert lambda_["used"]["lambda:UpdateFunctionCode"]["source"] == "cloudtrail"
    assert [row["granted"] for row in rows if row["serviceNamespace"] == "s3" and not row["action"]] == ["5"]
    assert sum(bool(row["action"]) for row in rows) == 19


def test_a_principal_that_is_not_there():
    """
    A matter of usage; where not everything could be read, it may be there all the same.
    """
    run = ringwall("last-accessed", "nobody", SAMPLE)

    assert run.code == 2
    assert "there is no user or role `nobody`" in run.stderr


def test_what_could_not_be_read_may_hold_it(tmp_path):
    """
    Exit code 3: it is not known whether there is such a principal.
    """
    path = tmp_path / "broken.jsonl"
    path.write_text(Path(SAMPLE).read_text() + "{\n")
    run = ringwall("last-accessed", "nobody", str(path))

    assert run.code == 3
    assert "broken.jsonl, line 10" in run.stderr


def test_a_name_that_several_have(tmp_path):
    """
    Their ARNs are named, to choose from; --account chooses, too.
    """
    lines = Path(SAMPLE).read_text().splitlines()
    twin = next(line for line in lines if "role/Deployer" in line).replace("444455556666", "777788889999")
    path = tmp_path / "twins.jsonl"
    path.write_text("\n".join([*lines, twin]) + "\n")
    run = ringwall("last-accessed", "Deployer", str(path))

    assert run.code == 2
    assert DEPLOYER in run.stderr
    assert ringwall("last-accessed", "Deployer", str(path), "--account", "777788889999").code == 0


def test_without_a_report_the_answer_is_incomplete(tmp_path):
    """
    The reason is shown, and the exit code is 3.
    """
    lines = []
    for line in Path(SAMPLE).read_text().splitlines():
        members = json.loads(line)
        if "principalAccess" in members and members["principalAccess"]["principal"]["arn"] == DEPLOYER:
            members["principalAccess"]["usage"] = {
                "reportError": "AccessDenied: iam:GenerateServiceLastAccessedDetails"
            }
        lines.append(json.dumps(members))
    path = tmp_path / "refused.jsonl"
    path.write_text("\n".join(lines) + "\n")
    run = ringwall("last-accessed", "Deployer", str(path))

    assert run.code == 3
    assert "Missing: IAM's last-accessed report: AccessDenied:" in run.stdout
