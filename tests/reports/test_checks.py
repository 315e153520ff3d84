"""Results of checks and comparisons, written down without running any."""

import json

from ringwall.checks.comparison import PolicyComparison, Surplus
from ringwall.checks.result import CheckResult, Reason, Verdict
from ringwall.errors import PolicyError
from ringwall.policy.parse import parse_policy
from ringwall.reports.base import View
from ringwall.reports.checked import Checked, CheckReport, ComparisonReport
from ringwall.reports.checks import CHECK_FORMATS
from ringwall.reports.comparisons import COMPARISON_FORMATS
from ringwall.reports.policies.document import Document

TEXT = '{"Statement": [\n  {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}\n]}'
DOCUMENT = Document("a folder/policy.json", TEXT, parse_policy(TEXT))
BROKEN = Document("broken.json", "", None, PolicyError("the text is not UTF-8"))
UNDECIDED = CheckResult(Verdict.FAIL, "It fails.", (Reason("It is open."),), undecided="the step budget ended")


def sarif_results(text):
    [run] = json.loads(text)["runs"]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {each["ruleId"] for each in run["results"]} <= known
    return run["results"]


def test_sarif_of_what_is_not_decided():
    """
    An undecided check is a result of a rule of its own, at the document and not at a statement.
    """
    report = CheckReport("no-new-access", (Checked(DOCUMENT, UNDECIDED),))
    [result] = sarif_results(CHECK_FORMATS["sarif"](report, View()))

    assert (result["ruleId"], result["message"]["text"]) == ("undecided", "It is open.")
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20folder/policy.json"}, "region": {"startLine": 1}}


def test_sarif_of_an_error_without_a_place():
    """
    An error that has no line is at the beginning of the file.
    """
    report = CheckReport("no-new-access", (Checked(BROKEN),))
    [result] = sarif_results(CHECK_FORMATS["sarif"](report, View()))

    assert result["ruleId"] == "not-checked"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_sarif_of_a_comparison_that_is_not_decided():
    """
    A direction that was not decided is a result; a direction without any difference is none.
    """
    comparison = PolicyComparison(Surplus(), Surplus(undecided="the step budget ended"))
    report = ComparisonReport(DOCUMENT, Document("other.json", TEXT, DOCUMENT.policy), comparison)
    [result] = sarif_results(COMPARISON_FORMATS["sarif"](report, View()))

    assert result["ruleId"] == "undecided"
    assert result["message"]["text"] == (
        "other.json may allow what a folder/policy.json does not: the step budget ended"
    )


def test_a_narrow_terminal():
    """
    Long paths and sentences fold.
    """
    long = Document("folder/" * 20 + "policy.json", TEXT, DOCUMENT.policy)
    text = CHECK_FORMATS["table"](CheckReport("no-new-access", (Checked(long, UNDECIDED),)), View(width=50))

    assert all(len(line) <= 50 for line in text.splitlines())


def test_fingerprints_do_not_move_with_lines():
    """
    The same problem further down in the file keeps its fingerprint.
    """
    moved_text = "\n\n" + TEXT
    moved = Document(DOCUMENT.file, moved_text, parse_policy(moved_text))
    surplus = PolicyComparison(Surplus(undecided="x"), Surplus())

    first, second = (
        sarif_results(COMPARISON_FORMATS["sarif"](ComparisonReport(each, each, surplus), View()))[0]
        for each in (DOCUMENT, moved)
    )

    assert first["partialFingerprints"] == second["partialFingerprints"]
