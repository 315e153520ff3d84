"""`ringwall explain`: what policies allow, in sentences."""

import json
from pathlib import Path

import pytest

from tests.cli.running import ringwall

POLICIES = Path(__file__).parent.parent / "reports" / "policies" / "explanations"
GOLDEN = sorted(POLICIES.glob("*.txt"))
BROKEN = '{"Statement":\n {"Effect": "Maybe"}}'


@pytest.mark.parametrize("expected", GOLDEN, ids=lambda path: path.stem)
def test_what_a_policy_allows(expected, monkeypatch):
    """
    The sentences, where they come from, and what adds nothing, in 80 columns.
    """
    monkeypatch.chdir(POLICIES)

    run = ringwall("explain", f"{expected.stem}.json")

    assert (run.code, run.stdout) == (0, expected.read_text())
    assert max(map(len, run.stdout.splitlines())) <= 80


def explained(*paths, **options):
    run = ringwall("explain", *map(str, paths), "--format", "json", **options)
    return run.code, json.loads(run.stdout)["policies"]


def test_variables_are_told_as_what_the_request_holds():
    """
    The sentence keeps the variable, and a remark says what it stands for.
    """
    _, [found] = explained(POLICIES / "identity-variables.json")

    home, listing = found["allows"]
    assert home["sentence"] == (
        "Whoever this policy is attached to can read and change objects (s3:GetObject and s3:PutObject) under "
        "arn:aws:s3:::homes/${aws:username}/*."
    )
    assert listing["sentence"].endswith("provided that s3:prefix is an empty text or like ${aws:username}/*.")
    assert home["remarks"] == [
        "${aws:username} stands for what the request itself holds; absent, without a default, for nothing."
    ]


def test_the_sentences_of_the_documentation_are_true():
    """
    They are what the command says.
    """
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
    shown = page.partition("<!-- explain -->\n```\n")[2].partition("\n```")[0]

    _, [found] = explained(POLICIES / "documentation.json")

    assert [each["sentence"] for each in found["allows"]] == shown.splitlines()


def test_json_names_every_action_by_its_level():
    """
    Where the sentence gives a few and a number.
    """
    _, [found] = explained(POLICIES / "partial-deny.json")

    [allowed] = found["allows"]
    assert allowed["actions"] == {"allBut": False, "patterns": ["s3:*"]}
    assert "s3:GetObject" in allowed["actionsByLevel"]["Read"]
    assert [(each["index"], each["sid"]) for each in allowed["exceptions"]] == [(1, "NoDeletion"), (2, "Intern")]
    assert allowed["exceptions"][0]["words"] == (
        "except s3:DeleteObject and s3:DeleteObjectVersion on arn:aws:s3:::b/archive/*"
    )


def test_json_says_what_adds_nothing_and_why():
    """
    By index, with the reason and the statement that makes it so.
    """
    code, [found] = explained(POLICIES / "nothing-added.json")

    assert code == 0
    assert [(each["index"], each["reason"], each["by"]) for each in found["addNothing"]] == [
        (1, "allowed-already", [0]),
        (2, "denied", [3]),
        (4, "not-allowed", []),
        (5, "nobody", []),
        (6, "allowed-already", [7]),
    ]


def test_a_malformed_policy_spoils_none_beside_it(tmp_path):
    """
    The others are explained, it is named with its fault, and the exit code says so.
    """
    broken = tmp_path / "broken.json"
    broken.write_text(BROKEN)

    code, [first, second] = explained(broken, POLICIES / "trust.json")
    table = ringwall("explain", str(broken))

    assert code == table.code == 3
    assert (first["error"]["line"], second["error"]) == (2, None)
    assert "unknown effect `Maybe`" in table.stdout


def test_a_policy_is_read_from_standard_input():
    """
    `-` names it, once.
    """
    run = ringwall("explain", "-", stdin=(POLICIES / "old-version.json").read_bytes())
    twice = ringwall("explain", "-", "-")

    assert run.stdout.startswith("standard input allows this:")
    assert twice.code == 2


def test_sarif_has_a_result_for_each_sentence(tmp_path):
    """
    And one for each statement that adds nothing, and for each malformed document, at their places.
    """
    broken = tmp_path / "broken.json"
    broken.write_text(BROKEN)

    run = ringwall("explain", str(POLICIES / "nothing-added.json"), str(broken), "--format", "sarif")

    [log] = json.loads(run.stdout)["runs"]
    assert [each["ruleId"] for each in log["results"]] == [*["allows"] * 2, *["adds-nothing"] * 5, "malformed-policy"]
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in log["results"]]
    assert lines == [4, 11, 5, 6, 8, 9, 10, 2]
    assert {each["ruleId"] for each in log["results"]} <= {each["id"] for each in log["tool"]["driver"]["rules"]}


def test_the_explanation_goes_to_a_file(tmp_path):
    """
    Whole, and never over a policy.
    """
    policy, output = POLICIES / "trust.json", tmp_path / "trust.txt"

    run = ringwall("explain", str(policy), "--output", str(output))
    refused = ringwall("explain", str(policy), "--output", str(policy))

    assert (run.code, run.stdout, refused.code) == (0, "", 2)
    assert output.read_text().startswith(str(policy))


def test_without_a_file_there_is_nothing_to_explain():
    """
    That is a usage error.
    """
    assert ringwall("explain").code == 2
