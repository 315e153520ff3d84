"""`ringwall prove` and `ringwall scan --verify`, from the command line to what is written."""

import json
from importlib.resources import files

import jsonschema
import pytest

from ringwall import examples
from tests.cli.running import ringwall
from tests.test_house import ROOT

EXAMPLE = str(files(examples) / "organization.jsonl")
BUCKET = "arn:aws:s3:::project-xyz-downloads"


@pytest.fixture
def policy(tmp_path):
    """Writes a policy of one statement, and says where."""

    def write(name, **elements):
        statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        return str(path)

    return write


def test_a_resource_is_proven(tmp_path):
    """
    Its witnesses, and the file that says there is nothing else, with the verdicts of both solvers.
    """
    folder = tmp_path / "new" / "proofs"

    run = ringwall("prove", "--snapshot", EXAMPLE, "--resource", BUCKET, "-o", str(folder), "--format", "json", "-q")

    proofs = json.loads(run.stdout)
    [claim] = proofs["claims"]
    assert (run.code, proofs["outcome"]) == (0, "all agree")
    assert [witness["replays"] for witness in proofs["witnesses"]] == [True]
    assert [(each["solver"], each["status"]) for each in claim["verdicts"]] == [("cvc5", "unsat"), ("z3", "unsat")]
    assert (folder / claim["file"]).read_text().startswith(f"; Claim: no access from outside to {BUCKET} but what")


def test_the_table_shows_the_same(tmp_path):
    """
    For people.
    """
    run = ringwall("prove", "--snapshot", EXAMPLE, "--resource", BUCKET, "-o", str(tmp_path), "-q")

    assert run.code == 0
    assert "replay   replays" in run.stdout
    assert "1 claim and 1 replayed request.\nAll agree.\n" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prove"], "give --snapshot FILE and --output DIR"),
        (["prove", "--snapshot", EXAMPLE, "--resource", "arn:aws:s3:::none", "-o", "."], "it is not in the snapshot"),
        (["prove", "check", "access-not-granted", EXAMPLE, "-o", "."], "give --action or --resource"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(arguments, message):
    """
    With what to do about it.
    """
    run = ringwall(*arguments)

    assert run.code == 2
    assert message in run.stderr


def test_a_check_that_passes_is_a_file(policy, tmp_path):
    """
    That both solvers find unsatisfiable.
    """
    narrow, wide = policy("narrow", Resource="arn:aws:s3:::a/*"), policy("wide")

    run = ringwall("prove", "check", "no-new-access", "--new", narrow, "--existing", wide, "-o", str(tmp_path / "out"))

    assert run.code == 0
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["no-new-access.smt2"]
    assert run.stdout.count("unsat in") == 2


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("no-new-access", ("--new", "wide", "--existing", "narrow")),
        ("access-not-granted", ("wide", "--action", "s3:*")),
    ],
)
def test_a_check_that_fails_is_a_request(name, options, policy, tmp_path):
    """
    That is replayed; there is no file, and the exit code is 1.
    """
    paths = {"narrow": policy("narrow", Resource="arn:aws:s3:::a/*"), "wide": policy("wide")}
    arguments = [paths.get(option, option) for option in options]

    run = ringwall("prove", "check", name, *arguments, "-o", str(tmp_path / "out"), "--format", "json")

    proofs = json.loads(run.stdout)
    assert run.code == 1
    assert [witness["replays"] for witness in proofs["witnesses"]] == [True]
    assert [witness["request"]["action"] for witness in proofs["witnesses"]] == ["s3:GetObject"]
    assert not (tmp_path / "out").exists()


def test_a_malformed_policy_is_refused(tmp_path):
    """
    Nothing is claimed of what cannot be read: that is said, and the exit code is 3.
    """
    (tmp_path / "p.json").write_text("{")

    run = ringwall("prove", "check", "access-not-granted", str(tmp_path / "p.json"), "--action", "*", "-o", "out")

    assert run.code == 3
    assert run.stdout.startswith("not decided:")
    assert "p.json: line 1" in " ".join(run.stdout.split())


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "html", "json", "jsonl", "sarif"])
def test_a_verified_scan_says_what_the_solvers_said(form):
    """
    In every format: confirmed, undecided, contradicted.
    """
    options = ("--resource-type", "AWS::SQS::Queue", "--format", form, "--verify", "--quiet")

    run = ringwall("scan", "--snapshot", EXAMPLE, *options)

    text = " ".join(run.stdout.split())
    assert run.code == 1
    assert "confirmed" in text
    assert "contradicted" in text


def test_a_verified_report_follows_its_schema():
    """
    And counts every verdict once for each solver.
    """
    options = ("--resource-type", "AWS::SQS::Queue", "--format", "json", "--verify", "--quiet")

    report = json.loads(ringwall("scan", "--snapshot", EXAMPLE, *options).stdout)

    jsonschema.validate(report, json.loads((ROOT / "docs" / "report.schema.json").read_text()))
    counts = report["coverage"]["verification"]
    assert {name: sum(each.values()) for name, each in counts.items()} == {"cvc5": 3, "z3": 3}
    assert all(each["contradicted"] == 0 for each in counts.values())
