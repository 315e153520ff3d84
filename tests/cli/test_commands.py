"""The commands, from the command line to what is written."""

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest

from ringwall import examples
from tests.cli.running import ringwall

HEADER = {
    "format": "ringwall-snapshot",
    "version": 1,
    "collectedAt": "2026-01-31T12:00:00Z",
    "organization": None,
    "accounts": ["111122223333"],
}
ARN = "arn:aws:sqs:eu-west-1:111122223333:{}"


def a_queue(name, principal, actions=("sqs:SendMessage",), region="eu-west-1", condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": ARN.format(name)}
    statement |= {"Condition": condition} if condition else {}
    return {
        "resourceArn": ARN.format(name),
        "resourceType": "AWS::SQS::Queue",
        "resourceOwnerAccount": "111122223333",
        "region": region,
        "configuration": {"sqsQueue": {"queuePolicy": {"Version": "2012-10-17", "Statement": [statement]}}},
        "tags": {},
        "error": None,
    }


def an_unreadable_queue():
    return {**a_queue("dark", "*"), "configuration": {}, "error": {"code": "ACCESS_DENIED", "message": "refused"}}


PUBLIC = a_queue("open", "*")
PARTNER = a_queue("partner", {"AWS": "arn:aws:iam::444455556666:root"})
PRIVATE = a_queue("private", {"AWS": "arn:aws:iam::111122223333:root"})


@pytest.fixture
def snapshot(tmp_path):
    """Writes a snapshot file, and says where."""

    def write(*resources, name="estate.jsonl", header=HEADER):
        path = tmp_path / name
        path.write_text("".join(json.dumps(each) + "\n" for each in (header, *resources)))
        return str(path)

    return write


def scanned(path, *options):
    run = ringwall("scan", "--snapshot", path, "--format", "json", "--quiet", *options)
    return run.code, [
        (each["resource"].rsplit(":", 1)[-1], each.get("principal")) for each in json.loads(run.stdout)["findings"]
    ]


@pytest.mark.parametrize(
    ("resources", "options", "code"),
    [
        ([PRIVATE], [], 0),
        ([PUBLIC], [], 1),
        ([PARTNER], [], 1),
        ([PARTNER], ["--fail-on", "public"], 0),
        ([PUBLIC], ["--fail-on", "public"], 1),
        ([PUBLIC], ["--fail-on", "none"], 0),
        ([PARTNER], ["--trust", "account:444455556666"], 0),
        ([PUBLIC, an_unreadable_queue()], [], 3),
        ([an_unreadable_queue()], ["--fail-on", "none"], 3),
        ([], [], 4),
        ([PUBLIC], ["--region", "us-east-1"], 4),
    ],
)
def test_a_scan_ends_with_its_exit_code(snapshot, resources, options, code):
    """
    Nothing, findings, incomplete, nothing to analyse.
    """
    assert scanned(snapshot(*resources), *options)[0] == code


def test_a_scan_reports_both_findings_and_what_is_missing(snapshot):
    """
    One unreadable queue hides none of the others.
    """
    code, findings = scanned(snapshot(PUBLIC, an_unreadable_queue(), PARTNER))

    assert code == 3
    assert findings == [("dark", None), ("open", {"AWS": "*"}), ("partner", {"AWS": "444455556666"})]


def test_a_line_that_cannot_be_read_is_named(snapshot):
    """
    The report names file and line, and what stands beside it is analysed.
    """
    path = snapshot(PUBLIC)
    with Path(path).open("a") as file:
        file.write('{"resourceArn": \n')
    run = ringwall("scan", "--snapshot", path)

    assert run.code == 3
    assert "estate.jsonl, line 3" in run.stdout
    assert "PUBLIC: everyone" in run.stdout


@pytest.mark.parametrize(
    ("option", "value"), [("--resource-type", "sqs::queue"), ("--account", "111122223333"), ("--region", "eu-west-1")]
)
def test_a_scan_can_be_narrowed(snapshot, option, value):
    """
    Types, accounts and Regions can be chosen.
    """
    assert scanned(snapshot(PUBLIC, PRIVATE), option, value) == (1, [("open", {"AWS": "*"})])


def test_a_snapshot_comes_from_standard_input(snapshot):
    """
    `-` is standard input, compressed or not.
    """
    data = Path(snapshot(PUBLIC)).read_bytes()

    assert ringwall("scan", "--snapshot", "-", stdin=data).code == 1
    assert ringwall("scan", "--snapshot", "-", stdin=gzip.compress(data)).code == 1


def test_a_missing_snapshot_is_exit_code_2(tmp_path):
    """
    A file that is not there is said to be missing.
    """
    run = ringwall("scan", "--snapshot", str(tmp_path / "none.jsonl"))

    assert run.code == 2
    assert "none.jsonl" in run.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--snapshot", "x", "--profile", "y"], "give one of them"),
        (["--snapshot", "x", "--accounts", "111122223333"], "--accounts is about AWS"),
        (["--organization"], "name it with --role-name"),
        (["--accounts", "111122223333"], "name it with --role-name"),
        (["--role-name", "x"], "add --organization or --accounts"),
        (["--external-id", "x"], "name the role with --role-name"),
        (["--organization", "--accounts", "111122223333", "--role-name", "x"], "exclude each other"),
    ],
)
def test_options_that_make_no_sense_together(options, message):
    """
    The message says what to do instead.
    """
    run = ringwall("scan", *options)

    assert run.code == 2
    assert message in run.stderr


@pytest.mark.parametrize(("option", "found"), [("--solver", (0, [])), ("--no-solver", (3, [("own", None)]))])
def test_a_solver_is_asked_unless_told_otherwise(snapshot, option, found):
    """
    What policy variables leave open is decided by a solver, or is an error finding.
    """
    condition = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    path = snapshot(a_queue("own", "*", condition=condition))

    assert scanned(path, option) == found


def test_an_organization_that_is_not_there_is_no_zone(snapshot):
    """
    --zone organization needs one.
    """
    run = ringwall("scan", "--snapshot", snapshot(PUBLIC), "--zone", "organization")

    assert run.code == 2
    assert "--zone account" in run.stderr


def test_the_zone_can_be_each_account():
    """
    In the zone of an account, other accounts of the organization are outside.
    """
    with_organization = str(files(examples) / "organization.jsonl")
    findings = scanned(with_organization, "--zone", "account")[1]

    assert len(findings) > len(scanned(with_organization)[1])
    assert ("project-xyz-nightly", {"AWS": "123456789012"}) in findings


def test_confused_deputies_are_reported_when_asked_for(snapshot):
    """
    A service that acts for anybody is a finding with --include confused-deputy.
    """
    path = snapshot(a_queue("events", {"Service": "events.amazonaws.com"}))

    assert scanned(path)[0] == 0
    assert scanned(path, "--include", "confused-deputy") == (1, [("events", {"Service": "events.amazonaws.com"})])


def test_output_is_written_whole_or_not_at_all(snapshot, tmp_path):
    """
    A report that cannot be written leaves nothing behind, and what was there before.
    """
    old = tmp_path / "report.csv"
    old.write_text("yesterday")
    run = ringwall(
        "scan", "--snapshot", snapshot(PUBLIC), "--format", "csv", "--output", str(tmp_path / "none" / "r.csv")
    )
    ringwall("scan", "--snapshot", snapshot(PUBLIC), "--format", "csv", "--output", str(old))

    assert run.code == 2
    assert "cannot write" in run.stderr
    assert old.read_text().startswith("record,")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["estate.jsonl", "report.csv"]


def test_sarif_names_the_snapshot(snapshot):
    """
    Code scanning is led to the file that was scanned.
    """
    path = snapshot(PUBLIC)
    run = ringwall("scan", "--snapshot", path, "--format", "sarif")
    [result] = json.loads(run.stdout)["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path


def test_the_table_is_plain_away_from_a_terminal(snapshot):
    """
    No colour, 80 columns.
    """
    run = ringwall("scan", "--snapshot", snapshot(PUBLIC))

    assert "\x1b" not in run.stdout
    assert max(map(len, run.stdout.splitlines())) <= 80


GAP = {"code": "ACCESS_DENIED", "message": "no", "account": "111122223333", "region": "global"}
ROLE = {
    "arn": "arn:aws:iam::111122223333:role/deploy",
    "kind": "AWS::IAM::Role",
    "account": "111122223333",
    "id": "AROAEXAMPLE",
    "createdAt": "2025-01-01T00:00:00Z",
}
PRINCIPALS = ({"principalAccess": {"principal": ROLE}}, {"principalGap": GAP}, {"principalAccess": {"principal": {}}})


def test_a_scan_passes_principals_by(snapshot):
    """
    It says the same of a snapshot with principals, one of them unreadable: nothing is missing.
    """
    without, more = snapshot(PUBLIC, name="without"), snapshot(PUBLIC, *PRINCIPALS, name="more")

    first, second = (ringwall("scan", "--snapshot", path, "--format", "json", "--quiet") for path in (without, more))

    assert (second.code, second.stdout, second.stderr) == (first.code, first.stdout, first.stderr)
    assert json.loads(first.stdout)["coverage"]["complete"]


def test_diff_passes_principals_by(snapshot):
    """
    Principals in one of two snapshots are no difference of what is shared.
    """
    run = ringwall("diff", snapshot(PUBLIC, name="old"), snapshot(PUBLIC, *PRINCIPALS, name="new"), "--quiet")

    assert run.code == 0


def test_diff_says_what_appeared_and_went(snapshot):
    """
    In terms of access: a partner gained an action, the public came, and a rewritten policy is no difference.
    """
    more = a_queue("partner", {"AWS": ["444455556666"]}, ["sqs:SendMessage", "sqs:ReceiveMessage"])
    gone = a_queue("gone", {"AWS": "444455556666"})
    run = ringwall(
        "diff", snapshot(PARTNER, gone, name="old"), snapshot(PUBLIC, more, name="new"), "--format", "json", "-q"
    )
    difference = json.loads(run.stdout)

    assert run.code == 1
    assert [(each["actions"], each["partial"]) for each in difference["appeared"]] == [
        (["sqs:SendMessage"], False),
        (["sqs:ReceiveMessage"], True),
    ]
    assert [each["finding"]["resource"] for each in difference["went"]] == [ARN.format("gone")]


def test_diff_of_rewritten_policies_is_nothing(snapshot):
    """
    The root of an account and its number, a list and a text, are the same access.
    """
    rewritten = a_queue("partner", {"AWS": ["444455556666"]})
    run = ringwall("diff", snapshot(PARTNER, name="old"), snapshot(rewritten, name="new"), "--quiet")

    assert (run.code, run.stdout) == (0, "The access from outside is the same.\n")


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_diff_reads_well(snapshot, form):
    """
    What appeared, and what is not known.
    """
    old = snapshot(a_queue("dark", "*"), name="old")
    run = ringwall("diff", old, snapshot(PUBLIC, an_unreadable_queue(), name="new"), "--format", form)

    assert run.code == 3
    assert "1 appeared, 0 went, 1 not known" in run.stdout
    assert "everyone on SQS queue" in run.stdout.replace("`", "")
    assert "incomplete" in run.stdout


def narrowed(snapshot, old, new):
    """The difference between two queues, and the command's exit code."""
    run = ringwall("diff", snapshot(old, name="old"), snapshot(new, name="new"), "--format", "json", "--quiet")
    return run.code, [each["covered"] for each in json.loads(run.stdout)["appeared"]]


def test_a_public_queue_that_is_left_to_a_partner_has_not_become_more_open(snapshot):
    """
    The partner could use it before: listed, marked, and no reason to fail.
    """
    partner = a_queue("open", {"AWS": "444455556666"})
    old, new = snapshot(PUBLIC, name="old"), snapshot(partner, name="new")
    table, markdown = (ringwall("diff", old, new, "--quiet", "--format", form) for form in ("table", "markdown"))

    assert (table.code, markdown.code) == (0, 0)
    assert "0 appeared, 1 narrowed, 1 went" in table.stdout
    assert "~ ANOTHER ACCOUNT: account 444455556666 on SQS queue open" in table.stdout
    assert "note: all of this is within what everyone may do in the other snapshot" in table.stdout
    assert "### Narrowed: 1 change" in markdown.stdout
    assert narrowed(snapshot, PUBLIC, partner) == (0, [True])


def test_a_condition_that_is_added_narrows(snapshot):
    """
    What the partner may do from one network it could do before from everywhere.
    """
    limit = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    partner = {"AWS": "444455556666"}

    assert narrowed(snapshot, a_queue("q", partner), a_queue("q", partner, condition=limit)) == (0, [True])


@pytest.mark.parametrize(
    "before",
    [
        {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}},
        {"Condition": {"StringEquals": {"aws:UserAgent": "browser"}}},
    ],
)
def test_what_was_perhaps_not_allowed_before_appeared(snapshot, before):
    """
    Findings do not tell of every condition: the statements have to take each other in.
    """
    old = a_queue("q", "*")
    old["configuration"]["sqsQueue"]["queuePolicy"]["Statement"][0] |= before

    assert narrowed(snapshot, old, a_queue("q", {"AWS": "444455556666"})) == (1, [False])


def test_access_that_a_deny_had_refused_appeared(snapshot):
    """
    The partner was refused before, though everybody else was not.
    """
    old = a_queue("q", "*")
    deny = {"Effect": "Deny", "Principal": {"AWS": "444455556666"}, "Action": "sqs:*", "Resource": "*"}
    old["configuration"]["sqsQueue"]["queuePolicy"]["Statement"].append(deny)

    assert narrowed(snapshot, old, a_queue("q", {"AWS": "444455556666"})) == (1, [False])


def test_a_deny_that_stays_is_no_obstacle(snapshot):
    """
    What it refuses now it refused before.
    """
    old, new = a_queue("q", "*"), a_queue("q", {"AWS": "444455556666"})
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    for each in (old, new):
        each["configuration"]["sqsQueue"]["queuePolicy"]["Statement"].append(deny)

    assert narrowed(snapshot, old, new) == (0, [True])


def test_standard_input_is_called_by_its_name(snapshot):
    """
    In messages and in the report, and no temporary file.
    """
    run = ringwall("scan", "--snapshot", "-", stdin=b"")
    page = ringwall(
        "scan", "--snapshot", "-", "--format", "html", stdin=Path(snapshot(PUBLIC)).read_bytes() + b"{\n"
    ).stdout

    assert run.code == 2
    assert run.stderr == "Error: standard input, line 1: the file is empty\n"
    assert "standard input, line 3: " in page
    assert "from <code>standard input</code>" in page
    assert "ringwall-" not in page.partition("</style>")[2].partition("<script>")[0].replace("ringwall-snapshot", "")


def test_diff_cannot_read_standard_input_twice():
    """
    One of the two has to be a file.
    """
    run = ringwall("diff", "-", "-")

    assert run.code == 2
    assert "give a file for one of them" in run.stderr


@pytest.mark.parametrize(
    ("form", "sign"), [("json", '"Statement"'), ("cloudformation", "AWS::IAM::Role"), ("terraform", "aws_iam_role")]
)
def test_permissions_are_printed(form, sign):
    """
    As a policy, and as templates with the role's name in them.
    """
    run = ringwall("permissions", "--format", form, "--role-name", "audit-ringwall")

    assert run.code == 0
    assert sign in run.stdout
    assert "audit-ringwall" in run.stdout
