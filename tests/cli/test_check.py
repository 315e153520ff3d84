"""`ringwall check`: files in, results and exit codes out."""

import json
from pathlib import Path

import click
import pytest

from ringwall.cli.check import command
from ringwall.reports.terminal import folded
from tests.cli.running import ringwall

ROOT = Path(__file__).parents[2]
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
WRITE = {"Sid": "Write", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
SOMEONE = {**EVERYONE, "Principal": {"AWS": "111122223333"}}
NEW = ("check", "no-new-access", "--type", "identity")
GRANTED = ("check", "access-not-granted", "--type", "identity")
PUBLIC = ("check", "no-public-access", "--resource-type", "AWS::S3::Bucket")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Policies in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    documents = {
        "read": [READ],
        "both": [READ, WRITE],
        "nothing": [{**READ, "Effect": "Deny"}],
        "everyone": [SOMEONE, EVERYONE],
        "someone": [SOMEONE],
        "tied": [
            {**READ, "Condition": {"StringEquals": {"s3:prefix": "${s3:delimiter}"}}},
            {**READ, "Effect": "Deny", "Condition": {"StringEquals": {"s3:delimiter": "${s3:prefix}"}}},
        ],
        "open": [
            {**READ, "Condition": {"StringEqualsIgnoreCase": {"s3:prefix": "${s3:delimiter}"}}},
            {**READ, "Effect": "Deny", "Condition": {"StringEqualsIgnoreCase": {"s3:delimiter": "${s3:prefix}"}}},
        ],
        "variable": [{**EVERYONE, "Condition": {"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}}}],
    }
    for name, statements in documents.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        Path(f"{name}.json").write_text(json.dumps(document, indent=2))
    Path("bad.json").write_text('{\n  "Statement": {"Effect": "Alow"}\n}')
    return tmp_path


def results(*arguments, stdin=b""):
    run = ringwall(*arguments, "--format", "json", stdin=stdin)
    return run.code, json.loads(run.stdout)["results"]


@pytest.mark.parametrize(
    ("arguments", "verdicts", "code"),
    [
        ((*NEW, "--new", "read.json", "--existing", "both.json"), ["PASS"], 0),
        ((*NEW, "--new", "both.json", "--existing", "read.json"), ["FAIL"], 1),
        ((*NEW, "--new", "read.json", "--new", "both.json", "--existing", "read.json"), ["PASS", "FAIL"], 1),
        ((*NEW, "--new", "both.json", "--new", "bad.json", "--existing", "read.json"), ["FAIL", "ERROR"], 3),
        ((*NEW, "--new", "both.json", "--existing", "bad.json"), ["ERROR", "ERROR"], 3),
        ((*NEW, "--new", "someone.json", "--existing", "read.json"), ["ERROR"], 3),
        ((*NEW, "--new", "read.json", "--existing", "someone.json"), ["ERROR", "ERROR"], 3),
        ((*GRANTED, "read.json", "both.json", "--action", "s3:Put*"), ["PASS", "FAIL"], 1),
        ((*GRANTED, "read.json", "--action", "s3:Put*, s3:GetObject"), ["FAIL"], 1),
        ((*GRANTED, "read.json", "--resource", "arn:aws:s3:::c/*"), ["PASS"], 0),
        ((*GRANTED, "bad.json", "read.json", "--action", "s3:Put*"), ["ERROR", "PASS"], 3),
        ((*PUBLIC, "everyone.json", "someone.json"), ["FAIL", "PASS"], 1),
        ((*PUBLIC, "someone.json"), ["PASS"], 0),
        ((*PUBLIC, "read.json", "everyone.json"), ["ERROR", "FAIL"], 3),
        (("check", "no-public-access", "--resource-type", "sqs::queue", "everyone.json"), ["PASS"], 0),
    ],
)
def test_every_document_has_its_result(files, arguments, verdicts, code):
    """
    Each document passes, fails or has an error of its own; the exit code is that of the worst.
    """
    found, entries = results(*arguments)

    assert [entry["result"] for entry in entries] == verdicts
    assert found == code


def test_json_has_the_members_of_the_service_and_more(files):
    """
    Beside the service's members there are file, place, witness, and what was not decided.
    """
    _, [entry] = results(*NEW, "--new", "both.json", "--existing", "read.json")

    assert entry == {
        "file": "both.json",
        "result": "FAIL",
        "message": "The modified permissions grant new access compared to your existing policy.",
        "reasons": [
            {
                "description": "New access in the statement with sid: Write.",
                "statementIndex": 1,
                "statementId": "Write",
            }
        ],
        "span": {"start": {"line": 9, "column": 5}, "end": {"line": 14, "column": 6}},
        "witness": entry["witness"],
        "undecided": None,
        "decidedBy": None,
    }
    assert set(entry["witness"]) == {"principal", "action", "resource", "context"}
    assert (entry["witness"]["action"], entry["witness"]["resource"]) == ("s3:PutObject", "arn:aws:s3:::b/example")


def test_a_malformed_document_names_its_fault(files):
    """
    The error entry has file, message, line, column and JSON path.
    """
    _, [entry] = results(*GRANTED, "bad.json", "--action", "s3:*")

    assert entry["file"] == "bad.json"
    assert entry["error"] == {
        "message": "unknown effect `Alow`: write `Allow` or `Deny`",
        "line": 2,
        "column": 27,
        "path": "$.Statement.Effect",
    }


def test_a_statement_of_the_wrong_type_names_its_place(files):
    """
    A statement without a principal is an error at its place in the file.
    """
    _, [entry] = results(*PUBLIC, "both.json")

    assert entry["error"]["message"].startswith("`Principal` is missing")
    assert (entry["error"]["line"], entry["error"]["path"]) == (4, "$.Statement[0]")


def test_standard_input_is_a_document(files):
    """
    `-` reads a policy from standard input, once.
    """
    text = Path("both.json").read_bytes()
    _, [entry] = results(*NEW, "--new", "-", "--existing", "read.json", stdin=text)
    twice = ringwall(*NEW, "--new", "-", "--existing", "-", stdin=text)

    assert (entry["file"], entry["result"]) == ("standard input", "FAIL")
    assert twice.code == 2


def test_the_table_fits_a_terminal(files):
    """
    The table says what, why, through which statement, and proves it, in 80 columns.
    """
    run = ringwall(*NEW, "--new", "both.json", "--new", "read.json", "--new", "bad.json", "--existing", "read.json")
    lines = run.stdout.splitlines()

    assert lines[0] == "no-new-access: 3 documents, 1 passed, 1 failed, 1 not checked"
    assert "FAIL: both.json" in lines
    assert "PASS: read.json" in lines
    assert "NOT CHECKED: bad.json" in lines
    assert "  through     statement 2 (Write), line 9" in lines
    assert any(line.startswith("  proof       arn:aws:iam::111122223333:user/example → s3:PutObject") for line in lines)
    assert all(len(folded(line, 80)) == 1 for line in lines)


def test_sarif_points_at_the_statement(files):
    """
    A failed check is a result at the region of its statement; an error is one at its fault; what passes is none.
    """
    run = ringwall(*PUBLIC, "everyone.json", "someone.json", "bad.json", "--format", "sarif")
    document = json.loads(run.stdout)
    [sarif] = document["runs"]
    failed, unread = sarif["results"]
    rules = {rule["id"]: rule for rule in sarif["tool"]["driver"]["rules"]}

    assert document["version"] == "2.1.0"
    assert sarif["invocations"][0]["executionSuccessful"] is False
    assert [failed["ruleId"], unread["ruleId"]] == ["no-public-access", "not-checked"]
    assert {failed["ruleId"], unread["ruleId"]} <= set(rules)
    assert all(rule["help"]["markdown"] and rule["shortDescription"]["text"] for rule in rules.values())
    assert region(failed) == {"startLine": 11, "startColumn": 5, "endLine": 15, "endColumn": 6}
    assert region(unread) == {"startLine": 2, "startColumn": 27}
    assert failed["level"] == "error"
    assert failed["message"]["text"].startswith("The resource policy grants public access")
    [flow] = failed["codeFlows"]
    texts = [step["location"]["message"]["text"] for step in flow["threadFlows"][0]["locations"]]
    assert texts == ["anonymous → s3:GetObject on arn:aws:s3:::example/example", "Allowed by statement 2, line 11"]


def region(result):
    [location] = result["locations"]
    assert location["logicalLocations"][0]["fullyQualifiedName"]
    return location["physicalLocation"]["region"]


def test_sarif_of_standard_input_has_no_file(files):
    """
    A document that is no file has a logical location only.
    """
    run = ringwall(*PUBLIC, "-", "--format", "sarif", stdin=Path("everyone.json").read_bytes())
    [result] = json.loads(run.stdout)["runs"][0]["results"]

    assert "physicalLocation" not in result["locations"][0]
    assert result["locations"][0]["logicalLocations"][0]["name"] == "standard input"


def test_what_is_not_decided_fails_and_says_so(files):
    """
    A check that no solver decides either is FAIL in the result, and exit code 3, whatever else failed.
    """
    arguments = (*NEW, "--new", "open.json", "--new", "both.json", "--existing", "nothing.json")

    table, (code, entries) = ringwall(*arguments), results(*arguments)

    assert (table.code, code) == (3, 3)
    assert "\nFAIL, UNDECIDED: open.json\n" in table.stdout
    assert [entry["result"] for entry in entries] == ["FAIL", "FAIL"]
    assert entries[0]["undecided"].startswith("no witness replayed: a policy variable relates keys")
    assert entries[0]["undecided"].endswith("the solver `z3` found a request that does not replay")
    assert (entries[0]["witness"], entries[0]["span"]) == (None, None)
    assert entries[1]["witness"] is not None


def test_the_output_is_a_file(files):
    """
    `--output` writes the result there, and never over a document that is read.
    """
    run = ringwall(*PUBLIC, "someone.json", "--format", "json", "--output", "result.json")
    refused = ringwall(*PUBLIC, "someone.json", "--output", "someone.json")

    assert (run.code, run.stdout) == (0, "")
    assert json.loads(Path("result.json").read_text())["check"] == "no-public-access"
    assert refused.code == 2
    assert "is a file to read" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "no-public-access", "--resource-type", "AWS::IAM::Role", "read.json"), "AWS::S3Tables::TableBucket"),
        ((*GRANTED, "read.json"), "neither actions nor resources"),
        ((*GRANTED, "read.json", "--action", "s3"), "`s3` is not an action"),
        ((*GRANTED, "read.json", "--resource", "*"), "`*` is not an ARN"),
        ((*GRANTED, "read.json", *("--action", "s3:a,s3:b") * 51), "at most 100"),
        ((*GRANTED, "nowhere.json", "--action", "s3:*"), "cannot read `nowhere.json`"),
        (("check", "no-new-access", "--new", "read.json", "--existing", "read.json"), "--type"),
        ((*NEW, "--existing", "read.json"), "--new"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(files, arguments, message):
    """
    Wrong options end with 2, and the message says what to do.
    """
    run = ringwall(*arguments)

    assert run.code == 2
    assert message in run.stderr


def test_a_misspelled_action_is_noted(files):
    """
    An action that AWS does not document passes, and is pointed out.
    """
    run = ringwall(*GRANTED, "read.json", "--action", "s3:GetObjekt,s3:Put*")

    assert run.code == 0
    assert run.stderr == "Note: `s3:GetObjekt` is no action that AWS documents. Is it spelled right?\n"


def test_what_a_document_holds_cannot_fool_a_terminal(files):
    """
    Escape sequences in a Sid are shown as escapes.
    """
    Path("evil.json").write_text(json.dumps({"Statement": [{**EVERYONE, "Sid": "\x1b[2Jall is well"}]}))
    run = ringwall(*PUBLIC, "evil.json")

    assert run.code == 1
    assert "\x1b" not in run.stdout


def every_option():
    for name, check in command.commands.items():
        for parameter in check.params:
            yield from ((name, option) for option in parameter.opts if option.startswith("--"))


@pytest.mark.parametrize(("name", "option"), list(every_option()))
def test_every_option_of_a_check_is_documented(name, option):
    """
    The page about the command line has every check, and its options in the section of `ringwall check`.
    """
    page = (ROOT / "docs" / "cli.md").read_text()
    section = page.partition("## ringwall check\n")[2].partition("\n## ")[0]

    assert f"ringwall check {name}" in section
    assert f"`{option}" in section


def test_checks_are_commands_of_a_group():
    """
    There are the three checks of the service.
    """
    assert isinstance(command, click.Group)
    assert set(command.commands) == {"no-new-access", "access-not-granted", "no-public-access"}


def test_a_solver_decides_what_is_left_open(files):
    """
    The check passes, and both formats say on whose word.
    """
    arguments = (*GRANTED, "tied.json", "read.json", "--action", "s3:Put*,s3:Get*")

    code, [tied, read] = results(*arguments)

    assert (code, tied["result"], tied["decidedBy"], tied["undecided"]) == (1, "PASS", "cvc5", None)
    assert (read["result"], read["decidedBy"]) == ("FAIL", None)
    assert "  decided by  the solver cvc5\n" in ringwall(*arguments).stdout
