"""`ringwall compare`."""

import json
from pathlib import Path

import pytest

from tests.cli.running import ringwall

READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}
DENY = {"Sid": "Never", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch):
    """Policies in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    documents = {
        "read": [READ],
        "both": [READ, WRITE],
        "again": [WRITE, {**READ, "Sid": "Other"}],
        "write": [WRITE],
        "denied": [READ, WRITE, DENY],
        "tied": [
            {**READ, "Condition": {"StringEquals": {"s3:prefix": "${s3:delimiter}"}}},
            {**READ, "Effect": "Deny", "Condition": {"StringEquals": {"s3:delimiter": "${s3:prefix}"}}},
        ],
        "open": [
            {**READ, "Condition": {"StringEqualsIgnoreCase": {"s3:prefix": "${s3:delimiter}"}}},
            {**READ, "Effect": "Deny", "Condition": {"StringEqualsIgnoreCase": {"s3:delimiter": "${s3:prefix}"}}},
        ],
        "bucket": [{**READ, "Principal": "*"}],
    }
    for name, statements in documents.items():
        Path(f"{name}.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1))
    Path("bad.json").write_text('{"Statement": {"Effect": "Alow"}}')


@pytest.mark.parametrize(
    ("first", "second", "word", "code"),
    [
        ("both", "again", "equal", 0),
        ("read", "both", "stricter", 1),
        ("both", "read", "looser", 1),
        ("read", "write", "incomparable", 1),
        ("denied", "read", "equal", 0),
        ("bad", "read", None, 3),
        ("read", "bad", None, 3),
        ("read", "bucket", None, 3),
    ],
)
def test_one_word_and_an_exit_code(first, second, word, code):
    """
    The first policy is equal, stricter, looser or incomparable; only equal exits with 0, and what cannot be read with 3.
    """
    run = ringwall("compare", f"{first}.json", f"{second}.json", "--format", "json")
    found = json.loads(run.stdout)

    assert (found["comparison"], run.code) == (word, code)
    assert bool(found["errors"]) is (code == 3)


def test_the_statements_responsible_are_named():
    """
    Each direction has its example, the Allow statements of the one and the Deny statements of the other.
    """
    run = ringwall("compare", "denied.json", "both.json", "--format", "json")
    surplus = json.loads(run.stdout)["secondOnly"]

    assert surplus["witness"]["action"] == "s3:PutObject"
    assert [each["statementIndex"] for each in surplus["allowedBy"]] == [1]
    assert [(each["statementIndex"], each["statementId"]) for each in surplus["deniedBy"]] == [(2, "Never")]
    assert surplus["deniedBy"][0]["span"]["start"]["line"] == 15


def test_the_table_is_for_people():
    """
    The table says it in a sentence, then shows an example and who is responsible.
    """
    run = ringwall("compare", "denied.json", "both.json")

    assert run.stdout == (
        "STRICTER: denied.json allows less than both.json.\n"
        "\n"
        "both.json allows what denied.json does not:\n"
        "  example     arn:aws:iam::111122223333:user/example → s3:PutObject on\n"
        "              arn:aws:s3:::b/example\n"
        "  through     both.json, statement 2, line 10\n"
        "  refused by  denied.json, statement 3 (Never), line 15\n"
    )


def test_what_nothing_allows_is_said():
    """
    Where no Deny is behind it, the other policy lacks an Allow.
    """
    run = ringwall("compare", "read.json", "both.json")

    assert "  missing in  read.json: none of its statements allows this\n" in run.stdout


def test_sarif_has_a_note_for_each_direction():
    """
    Each direction is a note at the statement that allows more.
    """
    run = ringwall("compare", "read.json", "write.json", "--format", "sarif")
    results = json.loads(run.stdout)["runs"][0]["results"]

    assert [each["level"] for each in results] == ["note", "note"]
    assert [each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results] == [
        "read.json",
        "write.json",
    ]


def test_what_is_not_decided_is_said():
    """
    What no solver decides either is no comparison: exit code 3.
    """
    table = ringwall("compare", "open.json", "write.json")

    assert table.code == 3
    assert table.stdout.startswith("UNDECIDED: it is not known how much open.json allows, next to write.json.\n")
    assert "  undecided   no witness replayed: " in table.stdout


def test_standard_input_is_one_of_them():
    """
    Either file may be `-`.
    """
    run = ringwall("compare", "-", "read.json", stdin=Path("both.json").read_bytes())

    assert run.stdout.startswith("LOOSER: standard input allows more than read.json.\n")


def test_a_direction_that_a_solver_decided_says_so():
    """
    Also where nothing differs in it; both formats name the solver.
    """
    run = ringwall("compare", "tied.json", "write.json", "--format", "json")

    found = json.loads(run.stdout)
    assert (run.code, found["comparison"]) == (1, "stricter")
    assert (found["firstOnly"]["decidedBy"], found["secondOnly"]["decidedBy"]) == ("cvc5", None)
    assert (
        """
tied.json allows nothing that write.json does not:
  decided by  the solver cvc5
"""
        in ringwall("compare", "tied.json", "write.json").stdout
    )
