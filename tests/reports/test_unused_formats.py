"""Reports about unused access: every format says the same, fits its reader, and never keeps quiet about what is missing."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ringwall.findings.report import Coverage
from ringwall.findings.unused_report import AccountUse
from ringwall.reports.base import View
from ringwall.reports.unused import UNUSED_FORMATS, find_unused_format
from ringwall.reports.unused.words import bar, headline, percent, sentence
from tests.unused_reports import (
    BROKEN,
    ERROR,
    NO_TRAIL,
    ONE,
    ROLE,
    TWO,
    UNUSED_KEY,
    UNUSED_PASSWORD,
    UNUSED_PERMISSIONS,
    UNUSED_ROLE,
    a_finding,
    a_report,
)

VIEW = View(names={TWO: "Shop"})
EMPTY = {"accounts": (), "findings": (), "unsure": 0}


def written(form, report=None, view=VIEW):
    return find_unused_format(form)(report or a_report(), view)


@pytest.mark.parametrize("form", UNUSED_FORMATS)
def test_every_format_tells_every_finding_and_what_is_missing(form):
    """
    Ids, principals, the error with its reason, the account that could not be entered, and what evidence lacks.
    """
    text = re.sub(r"\s+", " ", written(form))

    for finding in (UNUSED_ROLE, UNUSED_KEY, UNUSED_PASSWORD, UNUSED_PERMISSIONS):
        assert finding.id in text
    for each in (ROLE, BROKEN, "the report was refused", "may not enter", NO_TRAIL, "CreateBucket", "sqs"):
        assert each in text.replace("\\", "")


@pytest.mark.parametrize("form", [each for each in UNUSED_FORMATS if each != "csv"])
def test_an_incomplete_report_says_so(form):
    """
    In words, or as a member of the coverage.
    """
    text = written(form)
    complete = written(form, a_report(findings=(UNUSED_ROLE,), gaps=()))

    assert '"complete": false' in text or "analysis is incomplete" in text
    assert "analysis is incomplete" not in complete


def test_sarif_has_a_rule_for_each_type_and_one_for_errors():
    """
    Each result has its rule, a sentence, the principal, the place of the snapshot, and the id by which it is known again.
    """
    [run] = json.loads(written("sarif", view=View(snapshot="a b/estate.jsonl")))["runs"]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    results = {each["partialFingerprints"]["findingId/v1"]: each for each in run["results"]}
    of_role = results[UNUSED_ROLE.id]

    assert rules == ["unused-role", "unused-access-key", "unused-password", "unused-permissions", "not-judged"]
    assert {each["ruleId"] for each in run["results"]} == set(rules)
    assert of_role["message"]["text"].startswith("Nobody uses the IAM role deploy: ")
    assert of_role["message"]["text"].endswith(" Confidence: high.")
    assert of_role["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == ROLE
    assert of_role["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a%20b/estate.jsonl"}
    assert results[ERROR.id]["ruleId"] == "not-judged"
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["properties"]["unusedAccessAge"] == 90


def test_the_table_fits_eighty_columns():
    """
    Accounts with their numbers and a bar, then principals with what is unused.
    """
    text = written("table")

    assert max(map(len, text.splitlines())) <= 80
    assert "\n444455556666 (Shop)              2     0     1      1     1  █░░░░░░░░░   1 %\n" in text
    assert "  services    sqs (never)\n  s3          CreateBucket, DeleteBucket (2026-01-15)\n" in text
    assert "  comes back  ses:SendEmail, quarterly: used in 2025-12, 2026-03\n" in text
    assert "  Not shown: 2 findings of lower confidence.\n" in text
    assert "  Not judged: 3 principals, service-linked or excluded.\n" in text


def test_colours_are_where_they_are_wanted():
    """
    Escape sequences for terminals that have colours, and none elsewhere.
    """
    assert "\x1b[1;31mUNUSED ROLE\x1b[0m" in written("table", view=View(color=True))
    assert "\x1b" not in written("table")


def test_many_actions_are_cut_in_the_table_and_whole_in_json():
    """
    A terminal shows eight names and says how many more there are.
    """
    names = tuple(replace(UNUSED_PERMISSIONS.services[0].actions[0], name=f"Action{n}") for n in range(20))
    finding = replace(UNUSED_PERMISSIONS, services=(replace(UNUSED_PERMISSIONS.services[0], actions=names),))
    report = a_report(findings=(finding,))

    assert "and 12 more" in written("table", report)
    [detail] = json.loads(written("json", report))["findings"][0]["findingDetails"]
    assert len(detail["unusedPermissionDetails"]["actions"]) == 20


def test_json_has_findings_accounts_and_coverage():
    """
    Findings in the API's names with our evidence; numbers by account; what is missing.
    """
    report = json.loads(written("json"))

    assert report["findings"][0] == json.loads(json.dumps(UNUSED_ROLE.as_json()))
    assert report["accounts"][1] == {
        "account": TWO,
        "principals": 2,
        "findings": {
            "UnusedIAMRole": 0,
            "UnusedIAMUserAccessKey": 1,
            "UnusedIAMUserPassword": 1,
            "UnusedPermission": 1,
        },
        "grantedActions": 300,
        "unusedActions": 1,
    }
    assert report["coverage"]["complete"] is False
    assert report["coverage"]["evidence"] == {
        "principalsBySource": {"last-accessed": 2},
        "missing": [{"what": NO_TRAIL, "principals": 1}],
    }
    assert (report["coverage"]["principalsLeftOut"], report["coverage"]["findingsBelowConfidence"]) == (3, 2)


def test_csv_has_a_row_for_each_unused_service():
    """
    And for each error, each gap, and the coverage.
    """
    rows = list(csv.DictReader(io.StringIO(written("csv"))))

    assert [row["record"] for row in rows] == ["finding"] * 5 + ["error"] + ["notJudged"] * 2 + ["coverage"]
    of_permissions = [row for row in rows if row["id"] == UNUSED_PERMISSIONS.id]
    assert [(row["serviceNamespace"], row["actions"]) for row in of_permissions] == [
        ("s3", "CreateBucket DeleteBucket"),
        ("sqs", "*"),
    ]
    assert rows[-1]["message"].startswith("incomplete: ")


def test_csv_holds_no_formula():
    """
    A tag or a message that begins like a formula is text to a spreadsheet program.
    """
    finding = replace(ERROR, error_message="x", error="=1+1")

    assert "'=1+1" in written("csv", a_report(findings=(finding,)))


class Tags(HTMLParser):
    """Which elements are open, and whether all close in order."""

    VOID = frozenset({"meta", "link", "br", "input"})

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_runs_nothing():
    """
    Elements close in order, names are escaped, and there is no script.
    """
    hostile = a_finding(resource=f"arn:aws:iam::{ONE}:role/<script>alert(1)</script>")
    page = written("html", a_report(findings=(hostile, *a_report().findings)))
    parser = Tags()
    parser.feed(page)

    assert parser.open == []
    assert not [tag for tag, _ in parser.seen if tag == "script"]
    assert "&lt;script&gt;alert(1)" in page
    assert '<meter value="1" max="300"' in page


def test_markdown_fits_a_comment():
    """
    GitHub refuses more than 65,536 characters: what does not fit is said to be left out.
    """
    findings = tuple(
        replace(UNUSED_PERMISSIONS, resource=f"arn:aws:iam::{TWO}:user/user-{number}") for number in range(500)
    )
    text = written("markdown", a_report(findings=findings))

    assert len(text) < 65_536
    assert "more, left out here" in text
    assert text.count("<details>") == text.count("</details>") > 10


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            "4 findings: 1 unused role, 1 unused access key, 1 unused password and 1 principal with unused permissions",
        ),
        (EMPTY, "Nothing unused was found in what could be judged"),
        ({**EMPTY, "coverage": Coverage()}, "There was no principal to judge"),
        ({**EMPTY, "coverage": Coverage(analyzed={"AWS::IAM::User": 1})}, "Nothing was unused for 90 days"),
        (
            {"findings": (), "unsure": 2, "coverage": Coverage(analyzed={"AWS::IAM::User": 1})},
            "No finding is as sure as was asked for; 2 are less so",
        ),
    ],
)
def test_the_headline(changes, expected):
    """
    It never says that all is well where nobody knows.
    """
    assert headline(a_report(**changes)) == expected


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (UNUSED_ROLE, "Nobody uses the IAM role deploy: last used 2026-01-15."),
        (
            UNUSED_KEY,
            "Nobody uses access key AKIAEXAMPLE0000000001 of the IAM user ada: never used, as far as is known.",
        ),
        (UNUSED_PASSWORD, "Nobody signs in with the password of the IAM user ada: last used 2026-01-15."),
        (UNUSED_PERMISSIONS, "The IAM user ada does not use 1 service and 2 actions of others that it is granted."),
        (ERROR, "It is not known what the IAM role broken uses: the report was refused"),
    ],
)
def test_a_finding_in_a_sentence(finding, expected):
    """
    For somebody who does not read policies.
    """
    assert sentence(finding) == expected


@pytest.mark.parametrize(
    ("share", "cells", "number"),
    [
        (0, "░░░░░░░░░░", "0 %"),
        (0.001, "█░░░░░░░░░", "1 %"),
        (0.5, "█████░░░░░", "50 %"),
        (0.999, "█████████░", "99 %"),
    ],
)
def test_only_nothing_is_empty_and_only_all_is_full(share, cells, number):
    """
    A bar and its number round away from what would be a claim.
    """
    assert (bar(share), percent(share)) == (cells, number)
    assert (bar(1), percent(1)) == ("██████████", "100 %")


def test_an_account_without_permissions_has_no_share():
    """
    Nothing of nothing is no number.
    """
    assert AccountUse(ONE).unused_share is None
    assert "none granted" in written("table", a_report(accounts=(AccountUse(ONE, 1),)))
