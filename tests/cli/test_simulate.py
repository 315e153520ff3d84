"""`ringwall simulate`: one request, and a file of them."""

import json
from importlib.resources import files

import pytest

from ringwall import examples
from tests.cli.running import ringwall

OWNER = "111111111111"
ROLE = f"arn:aws:iam::{OWNER}:role/app"
OBJECT = "arn:aws:s3:::b/k"
READ = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Action": "*", "Resource": "*",
     "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "Bool": {"aws:SecureTransport": "false"}}},
    {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
  ]
}"""
FULL = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
QUEUES = '{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}'
BROKEN = '{"Statement":\n {"Effect": "Maybe"}}'


@pytest.fixture
def policy(tmp_path):
    """Writes a policy file, and says where."""

    def write(text, name="policy.json"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def simulated(*arguments, principal=ROLE, action="s3:GetObject", resource=OBJECT, **options):
    request = ("--principal", principal, "--action", action, "--resource", resource)
    return ringwall("simulate", *request, *arguments, **options)


def decided(*arguments, **changes):
    run = simulated(*arguments, "--format", "json", **changes)
    return json.loads(run.stdout)


def test_the_table_explains_the_decision(policy):
    """
    The decision, the statement behind it, and for each of the others what kept it from applying.
    """
    run = simulated("--identity-policy", policy(READ), "--context", "aws:SourceIp=10.1.2.3")

    lines = [line.replace(policy(READ), "P") for line in run.stdout.splitlines()]
    assert run.code == 0
    assert lines[0] == "Allowed by the identity policy."
    assert "  decision   allowed" in lines
    assert "  context    aws:SourceIp = 10.1.2.3" in lines
    assert lines[-5:] == [
        "  Allow applies: statement 1 (Read), line 4",
        "  Deny does not apply: statement 2, line 5",
        "    NotIpAddress aws:SourceIp wants 10.0.0.0/8; the request has 10.1.2.3",
        "    Bool aws:SecureTransport wants false; the request does not have it",
        "  1 statement about something else",
    ]
    assert max(map(len, run.stdout.splitlines())) <= 80


def test_the_deciding_deny_is_named_with_its_place(policy):
    """
    By file, number, Sid and line; a machine gets columns, too.
    """
    path = policy(READ)

    found = decided("--identity-policy", path, "--context", "aws:SecureTransport=false")

    assert (found["decision"], found["decidedBy"]) == ("explicitDeny", ["identityPolicy"])
    [statement] = found["decidingStatements"]
    assert (statement["file"], statement["index"], statement["start"]) == (path, 1, {"line": 5, "column": 5})
    [_, deny, _] = found["policies"][0]["statements"]
    assert [(each["key"], each["given"], each["holds"]) for each in deny["conditions"]] == [
        ("aws:SourceIp", None, True),
        ("aws:SecureTransport", ["false"], True),
    ]


@pytest.mark.parametrize(
    ("options", "decision", "kind"),
    [
        ([("--identity-policy", FULL)], "allowed", ["identityPolicy"]),
        ([("--identity-policy", QUEUES), ("--identity-policy", FULL)], "allowed", ["identityPolicy"]),
        ([("--identity-policy", FULL), ("--permissions-boundary", QUEUES)], "implicitDeny", ["permissionsBoundary"]),
        ([("--identity-policy", FULL), ("--session-policy", QUEUES)], "implicitDeny", ["sessionPolicy"]),
        ([("--identity-policy", FULL), ("--vpc-endpoint-policy", QUEUES)], "implicitDeny", ["vpcEndpointPolicy"]),
        ([("--resource-policy", READ)], "allowed", ["resourcePolicy"]),
        (
            [("--identity-policy", FULL), ("--service-control-policy", FULL), ("--service-control-policy", QUEUES)],
            "implicitDeny",
            ["serviceControlPolicy"],
        ),
    ],
)
def test_every_kind_of_policy_can_be_given(policy, options, decision, kind):
    """
    Each by its own option; several options for a level's policies are several levels.
    """
    arguments = [
        each for number, (option, text) in enumerate(options) for each in (option, policy(text, f"{number}.json"))
    ]

    found = decided(*arguments, "--resource-account", OWNER)

    assert (found["decision"], found["decidedBy"]) == (decision, kind)


def test_policies_of_one_level_are_given_together(policy):
    """
    A comma between files puts them at one level, where one of them has to allow.
    """
    one, other = policy(QUEUES, "one.json"), policy(FULL, "other.json")
    identity = ("--identity-policy", other)

    together = decided(*identity, "--service-control-policy", f"{one},{other}")
    apart = decided(*identity, "--service-control-policy", one, "--service-control-policy", other)

    assert (together["decision"], apart["decision"]) == ("allowed", "implicitDeny")
    assert [each["level"] for each in apart["policies"]] == [0, 1, None]


def test_a_key_given_twice_holds_two_values():
    """
    In the order in which they were given.
    """
    found = decided("--context", "aws:TagKeys=a", "--context", "aws:tagkeys=b=c")

    assert found["request"]["context"]["aws:TagKeys"] == ["a", "b=c"]


def test_a_policy_is_read_from_standard_input():
    """
    `-` names it.
    """
    run = simulated("--identity-policy", "-", stdin=FULL.encode())

    assert run.stdout.startswith("Allowed")
    assert "standard input" in run.stdout


@pytest.mark.parametrize("form", ["table", "json", "sarif"])
def test_a_malformed_policy_is_no_decision(policy, form):
    """
    Every format names file and line, and the exit code says that nothing was decided.
    """
    run = simulated("--identity-policy", policy(BROKEN, "broken.json"), "--format", form)

    assert run.code == 3
    # The table wraps a long path.
    assert "broken.json" in run.stdout.replace("\n  ", "").replace("\n", "")
    assert "unknown effect" in run.stdout


def test_sarif_has_a_result_for_each_deciding_statement(policy):
    """
    At the statement's place; an implicit deny has one result without a place.
    """
    path = policy(READ)

    def results(*arguments):
        [run] = json.loads(simulated(*arguments, "--format", "sarif").stdout)["runs"]
        return [(each["ruleId"], len(each["locations"])) for each in run["results"]]

    assert results("--identity-policy", path, "--context", "aws:SourceIp=10.1.2.3") == [("allowed", 1)]
    assert results() == [("implicitDeny", 0)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--action", "s3:GetObject", "--resource", "*"], "--principal is missing"),
        (["--principal", "x y", "--action", "s3:GetObject", "--resource", "*"], "names no principal"),
        (["--principal", "*", "--action", "s3:*", "--resource", "*"], "is not one action"),
        (["--principal", "*", "--action", "s3:GetObject", "--resource", "*", "--context", "k"], "expected KEY=VALUE"),
        (["--batch", "-", "--principal", "*"], "give no other option but --output"),
        (["--batch", "nowhere.jsonl"], "cannot read `nowhere.jsonl`"),
        (
            ["--principal", "*", "--action", "a:b", "--resource", "*", "--identity-policy", "nowhere.json"],
            "nowhere.json",
        ),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(arguments, message):
    """
    The message says what to do.
    """
    run = ringwall("simulate", *arguments)

    assert (run.code, message in run.stderr, run.stdout) == (2, True, "")


def a_line(**changes):
    request = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT}
    return json.dumps({"request": request, "identityPolicies": [json.loads(FULL)], **changes}) + "\n"


@pytest.mark.parametrize("where", ["file", "standard input"])
def test_a_batch_is_answered_line_by_line(tmp_path, where):
    """
    In order, from a file or from standard input, to a file or to standard output.
    """
    lines = a_line(id="a") + "\n" + a_line(id=2, identityPolicies=[])
    cases, answers = tmp_path / "cases.jsonl", tmp_path / "answers.jsonl"
    cases.write_text(lines)

    if where == "file":
        run = ringwall("simulate", "--batch", str(cases), "--output", str(answers))
        written = answers.read_text()
    else:
        run = ringwall("simulate", "--batch", "-", stdin=lines.encode())
        written = run.stdout

    assert run.code == 0
    assert written.splitlines() == [
        '{"id": "a", "decision": "allowed", "error": null}',
        '{"id": 2, "decision": "implicitDeny", "error": null}',
    ]


def test_a_malformed_line_is_its_own_error():
    """
    The others are decided, and the exit code says that not all were.
    """
    lines = a_line(id="a") + "{\n" + a_line(id="c", color="red") + a_line(id="d")

    run = ringwall("simulate", "--batch", "-", stdin=lines.encode())

    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.code == 3
    assert [(each["id"], each["decision"]) for each in answers] == [
        ("a", "allowed"),
        (2, None),
        ("c", None),
        ("d", "allowed"),
    ]


def test_an_empty_batch_has_no_answers():
    """
    And nothing was left undecided.
    """
    run = ringwall("simulate", "--batch", "-")

    assert (run.code, run.stdout) == (0, "")


def test_a_batch_does_not_replace_its_cases(tmp_path):
    """
    The file of cases is not written over.
    """
    path = tmp_path / "cases.jsonl"
    path.write_text(a_line())

    run = ringwall("simulate", "--batch", str(path), "--output", str(path))

    assert (run.code, path.read_text()) == (2, a_line())


def test_witnesses_of_findings_are_cases():
    """
    What a scan gives as proof is a request that the simulator takes, and it is allowed.
    """
    with (files(examples) / "organization.jsonl").open() as snapshot:
        records = {each.get("resourceArn"): each for each in map(json.loads, snapshot)}
    found = json.loads(ringwall("demo", "--format", "json").stdout)["findings"]
    queues = [each for each in found if each["resourceType"] == "AWS::SQS::Queue"]
    lines = "".join(
        json.dumps(
            {
                "request": each["witness"],
                "identityPolicies": [json.loads(FULL)],
                "resourcePolicy": records[each["resource"]]["configuration"]["sqsQueue"]["queuePolicy"],
            }
        )
        + "\n"
        for each in queues
    )

    run = ringwall("simulate", "--batch", "-", stdin=lines.encode())

    assert [json.loads(line)["decision"] for line in run.stdout.splitlines()] == ["allowed"] * len(queues)
    assert queues
