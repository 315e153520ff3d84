"""Each format keeps what its readers rely on."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from ringwall.findings.finding import Exposure, StatementReference
from ringwall.reasoning.choice import Choice
from ringwall.reports import find_format
from ringwall.reports.base import View
from ringwall.reports.documents import Mark, laid_out
from ringwall.reports.html import exhibits
from ringwall.reports.wording import document_name, other_conditions, principal, sentence, shorten, statement
from tests.reports.report_samples import (
    BUCKET,
    HOSTILE,
    POLICY,
    a_report,
    account_finding,
    error_finding,
    full_report,
    hostile_report,
    public_finding,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
LONG = f"arn:aws:s3:::{'very-long-name-' * 12}"


@pytest.mark.parametrize("report", [full_report(), hostile_report(), a_report()], ids=["full", "hostile", "empty"])
def test_json_is_what_the_schema_says(report):
    """
    The JSON report is valid against the published schema.
    """
    written = json.loads(find_format("json")(report))

    Draft202012Validator.check_schema(SCHEMA)
    assert list(Draft202012Validator(SCHEMA).iter_errors(written)) == []


def test_the_schema_is_strict():
    """
    A finding with a field that is not described is no valid report.
    """
    written = json.loads(find_format("json")(full_report()))
    written["findings"][0]["surprise"] = True

    assert not Draft202012Validator(SCHEMA).is_valid(written)


def test_jsonl_is_one_finding_a_line():
    """
    Every line but the last is a finding; the last is the coverage.
    """
    lines = [json.loads(line) for line in find_format("jsonl")(full_report()).splitlines()]

    assert lines[:-1] == full_report().as_json()["findings"]
    assert lines[-1] == {name: value for name, value in full_report().as_json().items() if name != "findings"}


def rows_of(report):
    return list(csv.DictReader(io.StringIO(find_format("csv")(report), newline="")))


def test_csv_has_one_row_per_finding():
    """
    Findings and error findings have a row each; gaps and the coverage follow.
    """
    records = [row["record"] for row in rows_of(full_report())]

    assert records == ["finding"] * 8 + ["error", "notAnalyzed", "notAnalyzed", "coverage"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_csv_holds_no_formula(start):
    """
    A cell that a spreadsheet program would compute is text.
    """
    finding = account_finding(principal={"Federated": f"{start}cmd|' /C calc'!A1"})
    [row, _] = rows_of(a_report(finding))

    assert row["principal"].startswith("'")


def test_csv_survives_commas_quotes_and_lines():
    """
    What a cell holds never becomes another cell.
    """
    [row, _] = rows_of(a_report(account_finding(condition={"aws:userid": 'a,"b"\nc'})))

    assert row["condition"] == 'aws:userid=a,"b"\\nc'


@pytest.mark.parametrize("width", [80, 60, 120])
@pytest.mark.parametrize("color", [False, True])
def test_the_table_fits(width, color):
    """
    No line is wider than the terminal, whatever the names are.
    """
    finding = public_finding(resource=LONG, condition={"aws:PrincipalArn": "全角" * 60}, principal={"AWS": LONG})
    text = find_format("table")(a_report(*full_report().findings, finding), View(width, color=color))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()

    assert max(map(cell_len, lines)) <= width


def test_the_table_shows_the_widest_first():
    """
    A resource that is public comes before one that another account can use.
    """
    text = find_format("table")(a_report(account_finding(), public_finding()))

    assert text.index(BUCKET) < text.index("project-xyz-orders")
    assert text.startswith("2 findings on 2 resources: 1 public, 1 another account\n")


def test_the_table_shows_the_evidence():
    """
    Who, which actions, through which statement, except what, and the proof.
    """
    text = find_format("table")(a_report(public_finding()))

    assert "PUBLIC: everyone" in text
    assert "bucket policy, statement 1 (PublicDownloads), line 4" in text
    assert "bucket policy, statement 2 (DraftsStayPrivate), line 11" in text
    assert "anonymous → s3:GetObject on …/x" in text


def test_the_table_says_what_a_control_policy_blocks():
    """
    Access that a resource control policy refuses in fact is shown, and marked.
    """
    blocked = public_finding()
    reference = replace(blocked.allowed_by[0], place="SecretsStayInside")
    text = find_format("table")(a_report(replace(blocked, blocked_by=(reference,))))

    assert "blocked by resource control policy SecretsStayInside" in text


def sarif_of(report, view=None):
    return json.loads(find_format("sarif")(report, view or View()))["runs"][0]


def test_sarif_rules_are_the_exposures():
    """
    Each exposure has a rule with a stable id, a description and help; results refer to these.
    """
    run = sarif_of(full_report())
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}

    assert set(rules) == {each.value for each in Exposure} | {"not-analyzed"}
    assert all(rule["help"]["markdown"] and rule["shortDescription"]["text"] for rule in rules.values())
    assert {result["ruleId"] for result in run["results"]} == set(rules)


def test_sarif_has_what_the_standard_asks_for():
    """
    Version, tool name, message, level and location are there, and of the shapes of SARIF 2.1.0.
    """
    document = json.loads(find_format("sarif")(full_report(), View(snapshot="a b/estate.jsonl")))
    [run] = document["runs"]

    assert document["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "Ringwall"
    assert run["invocations"][0]["executionSuccessful"] is False
    for result in run["results"]:
        [location] = result["locations"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/estate.jsonl"
        assert location["logicalLocations"][0]["fullyQualifiedName"]


def test_sarif_fingerprints_are_finding_ids():
    """
    Code scanning recognises a finding of the last run by its id.
    """
    fingerprints = [result["partialFingerprints"] for result in sarif_of(full_report())["results"]]

    assert fingerprints == [{"findingId/v1": finding.id} for finding in full_report().findings]


def test_sarif_shows_the_proof_as_a_code_flow():
    """
    The witness, then the statement that allows it.
    """
    [result] = sarif_of(a_report(public_finding()))["results"]
    [flow] = result["codeFlows"]
    texts = [step["location"]["message"]["text"] for step in flow["threadFlows"][0]["locations"]]

    assert texts[0] == f"From outside: anonymous → s3:GetObject on {BUCKET}/x"
    assert texts[1].startswith("Allowed by bucket policy, statement 1")


def test_markdown_is_inert():
    """
    Names make no markup, mention nobody and link nowhere.
    """
    name = "@octocat #1 <b> [x](https://evil.example) www.evil.example"
    text = find_format("markdown")(a_report(account_finding(principal={"Federated": name})))
    outside_code = re.sub(r"(`+).*?\1", "", text)

    assert "<b>\u00a0" not in outside_code
    assert not re.search(r"@octocat|#1|://evil|www\.evil|(?<!\\)\]\(", re.sub(r"<summary>.*", "", outside_code))


def test_markdown_fits_into_a_comment():
    """
    Of very many findings so many are shown as a comment on GitHub holds, and the rest is counted.
    """
    findings = [account_finding(resource=f"arn:aws:sqs:eu-west-1:444455556666:q{number}") for number in range(500)]
    text = find_format("markdown")(a_report(*findings))

    assert len(text) < 65_536
    assert re.search(r"and \d+ more, left out here", text)
    assert "### Coverage" in text


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.seen = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_html_runs_only_its_own_script():
    """
    Hostile names add no script and no element: the page has the same tags as with harmless names.
    """
    hostile, harmless = (Tags(find_format("html")(hostile_report(name))).seen for name in (HOSTILE, "harmless"))

    assert [tag for tag, _ in hostile] == [tag for tag, _ in harmless]
    assert [sorted(attributes) for _, attributes in hostile] == [sorted(attributes) for _, attributes in harmless]
    assert sum(tag == "script" for tag, _ in hostile) == 1


def test_html_asks_for_nothing():
    """
    The page is one file: nothing in it refers to another address, and a policy forbids it.
    """
    text = find_format("html")(full_report())
    addresses = [
        value for _, attributes in Tags(text).seen for name, value in attributes.items() if name in {"src", "href"}
    ]

    assert all(value.startswith(("#", "data:,")) for value in addresses)
    assert "default-src &#39;none&#39;" in text
    assert "@import" not in text
    assert "url(" not in text


def test_html_reads_without_script():
    """
    All findings are in the page, as elements that browsers unfold themselves.
    """
    tags = Tags(find_format("html")(full_report())).seen
    findings = [attributes for tag, attributes in tags if tag == "details"]

    assert findings[0]["id"] == f"f-{public_finding().id}"
    assert len(findings) == 8
    assert not any("hidden" in each for each in findings)


def test_html_marks_the_deciding_statements():
    """
    The policy is shown once, with the allowing and the refusing statement marked in it.
    """
    [exhibit] = exhibits(public_finding(), {"/bucketPolicy": POLICY})
    marks = {line.number: line.mark for line in exhibit.lines if line.mark}

    assert marks == {**dict.fromkeys(range(4, 11), "allow"), **dict.fromkeys(range(11, 18), "deny")}
    assert [line.text for line in exhibit.lines] == POLICY.splitlines()


def test_a_document_of_one_line_is_laid_out():
    """
    A policy in one line is broken into lines, and its statement is still the one that is marked.
    """
    compact = json.dumps(json.loads(POLICY), separators=(",", ":"))
    start = compact.index('{"Sid":"DraftsStayPrivate"')
    reference = replace(public_finding().allowed_by[0], start=(1, start + 1), end=(1, len(compact) - 1))
    lines = laid_out(compact, [Mark(reference, "allow")])
    marked = [line.text.strip() for line in lines if line.mark]

    assert json.loads("".join(line.text for line in lines)) == json.loads(POLICY)
    assert marked[0] == "{"
    assert marked[1] == '"Sid": "DraftsStayPrivate",'
    assert '"Sid": "PublicDownloads",' not in marked


def test_a_long_document_is_cut_around_the_mark():
    """
    Of thousands of lines those around the deciding statement are shown, and the others counted.
    """
    document = "\n".join(f"line {number}" for number in range(1, 2001))
    reference = replace(public_finding().allowed_by[0], start=(1000, 1), end=(1001, 5))
    lines = laid_out(document, [Mark(reference, "allow")])

    assert [line.number for line in lines if line.mark] == [1000, 1001]
    assert (lines[0].number, lines[0].skipped) == (996, 995)
    assert (lines[-1].text, lines[-1].skipped) == ("", 995)


@pytest.mark.parametrize("start", [(99, 1), (1, 5000), (1, 1)])
def test_a_span_beyond_the_document_is_no_error(start):
    """
    Where document and span do not fit each other, the document is shown all the same.
    """
    reference = replace(public_finding().allowed_by[0], start=start, end=start)
    lines = laid_out(POLICY, [Mark(reference, "allow")])

    assert [line.text for line in lines] == POLICY.splitlines()


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (public_finding(), "Everyone can read the S3 bucket project-xyz-downloads."),
        (
            account_finding(),
            "Account 999988887777 can send messages to the SQS queue project-xyz-orders, provided that aws:SourceIp = 203.0.113.0/24.",
        ),
        (
            public_finding(principal={"AWS": "*"}, exposure=Exposure.ANY_AWS_PRINCIPAL),
            "Everyone with an AWS account can read the S3 bucket project-xyz-downloads.",
        ),
        (
            error_finding(),
            "It is not known who can reach the KMS key 1234abcd-12ab-34cd-56ef-1234567890ab: kms:GetKeyPolicy was refused",
        ),
    ],
)
def test_a_manager_understands(finding, expected):
    """
    A finding is one plain sentence.
    """
    assert sentence(finding) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/bucketPolicy", "bucket policy"),
        ("/keyPolicies/default", "key policy"),
        ("/grants/0", "grant 0"),
        (
            "/accessPoints/arn:aws:s3:eu-west-1:444455556666:accesspoint~1partners/accessPointPolicy",
            "access point policy of accesspoint/partners",
        ),
        ("SecretsStayInside", "SecretsStayInside"),
    ],
)
def test_documents_have_names(place, expected):
    """
    Places in a configuration are spoken of in words.
    """
    assert document_name(place) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (StatementReference("POLICY", "/queuePolicy", 1, "Sid", (4, 5)), "queue policy, statement 2 (Sid), line 4"),
        (StatementReference("POLICY", "/queuePolicy", 0, None, (1, 60)), "queue policy, statement 1"),
        (StatementReference("KMS_GRANT", "/grants/0", 0), "grant 1"),
        (StatementReference("BUCKET_ACL", "/bucketAclGrants/2", 0), "access list, grant 3"),
        (StatementReference("SNAPSHOT_ATTRIBUTE", "/userIds/1", 0), "sharing attribute, entry 2"),
    ],
)
def test_statements_have_names(reference, expected):
    """
    A statement is found by document, number, `Sid` and line; an entry of a list by its number.
    """
    assert statement(reference) == expected


def test_long_names_are_shortened_in_the_middle():
    """
    Both ends of a long name stay, within the width.
    """
    assert shorten("arn:aws:s3:::project-xyz-downloads", 16) == "arn:a…-downloads"
    assert shorten("short", 16) == "short"


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"aws:SourceIp": "203.0.113.0/24"}, "everyone calling from 203.0.113.0/24"),
        ({"aws:PrincipalOrgID": "o-z9y8x7w6v5"}, "everyone in organization o-z9y8x7w6v5"),
        ({"aws:PrincipalOrgPaths": "o-z9y8x7w6v5/r-ab12/*"}, "everyone in o-z9y8x7w6v5/r-ab12/*"),
        (
            {"aws:SourceVpce": "vpce-1", "AWS:principalorgid": "o-1"},
            "everyone in organization o-1 calling through vpce-1",
        ),
        ({"s3:prefix": "public"}, "everyone"),
        ({}, "everyone"),
    ],
)
def test_everyone_is_said_only_where_everyone_is_meant(condition, who):
    """
    A network and an organization are part of the words for who has got in.
    """
    assert principal(public_finding(condition=condition)) == who


def test_a_sentence_says_each_condition_once():
    """
    What the words for the principal tell is no condition any more; the others are.
    """
    finding = public_finding(condition={"aws:SourceIp": "203.0.113.0/24", "s3:prefix": "public"})

    assert other_conditions(finding) == ["s3:prefix = public"]
    assert sentence(finding) == (
        "Everyone calling from 203.0.113.0/24 can read the S3 bucket project-xyz-downloads, provided that "
        "s3:prefix = public."
    )


def test_a_named_account_keeps_its_conditions():
    """
    Only everyone is told apart by where the call comes from.
    """
    assert other_conditions(account_finding()) == ["aws:SourceIp = 203.0.113.0/24"]


def test_the_page_says_who_without_saying_it_twice():
    """
    The column names the network, and the condition stands in the details alone.
    """
    finding = public_finding(condition={"aws:SourceIp": "203.0.113.0/24"}, exposure=Exposure.NETWORK)
    page = find_format("html")(a_report(finding))

    assert '<span class="who">everyone calling from 203.0.113.0/24</span>' in page
    assert "<code>aws:SourceIp = 203.0.113.0/24</code>" in page


def test_a_report_claims_no_more_than_is_true_of_all_its_resources():
    """
    How findings were chosen is said of each resource's findings, and of the report the least of that.
    """
    found = [replace(account_finding(), cover=choice) for choice in (Choice.MINIMUM, Choice.GREEDY, Choice.MINIMUM)]

    written = replace(full_report(), findings=(*found, error_finding())).as_json()

    assert (written["cover"], a_report().as_json()["cover"]) == ("greedy", None)
    assert [each.get("cover") for each in written["findings"]] == ["minimum", "greedy", "minimum", None]
    assert list(Draft202012Validator(SCHEMA).iter_errors(json.loads(json.dumps(written)))) == []
