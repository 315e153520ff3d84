"""The main job against a real HTTP endpoint: exactly what was planted is reported, and nothing else."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import zstandard

from ringwall.arn import parse_arn
from tests.collector.planting import ACCOUNTS, OUTSIDER, REGIONS
from tests.end_to_end.faulty_endpoint import FaultyEndpoint
from tests.end_to_end.running import live, ringwall, scan, scan_file

ACTIONS = {
    "AWS::DynamoDB::Table": {"dynamodb:GetItem"},
    "AWS::EC2::Snapshot": {"ec2:CopySnapshot", "ec2:CreateVolume"},
    "AWS::ECR::Repository": {"ecr:BatchGetImage"},
    "AWS::EFS::FileSystem": {"elasticfilesystem:ClientMount"},
    "AWS::IAM::Role": {"sts:AssumeRole"},
    "AWS::KMS::Key": {"kms:Decrypt"},
    "AWS::Lambda::Function": {"lambda:InvokeFunction"},
    "AWS::Lambda::LayerVersion": {"lambda:GetLayerVersion"},
    "AWS::RDS::DBClusterSnapshot": {"rds:CopyDBClusterSnapshot", "rds:RestoreDBClusterFromSnapshot"},
    "AWS::RDS::DBSnapshot": {"rds:CopyDBSnapshot", "rds:RestoreDBInstanceFromDBSnapshot"},
    "AWS::S3::Bucket": {"s3:GetObject"},
    "AWS::SNS::Topic": {"sns:Publish"},
    "AWS::SQS::Queue": {"sqs:SendMessage"},
    "AWS::SecretsManager::Secret": {"secretsmanager:GetSecretValue"},
}
"""What the outsider can do with a shared resource of each type."""


@pytest.fixture(scope="module")
def wire(endpoint):
    """An endpoint that keeps note of the calls."""
    with FaultyEndpoint(endpoint) as listening:
        yield listening


@pytest.fixture(scope="module")
def scanned(wire, estate):
    """A live scan of everything."""
    return scan(wire.url)


@pytest.fixture(scope="module")
def snapshot(endpoint, estate, tmp_path_factory):
    """A snapshot of everything, and how its collection ended."""
    path = tmp_path_factory.mktemp("collected") / "estate.jsonl.zst"
    return path, live("collect", endpoint, "--output", path)


def test_exactly_what_was_planted_is_found(scanned, estate):
    """
    Every shared resource has one finding, which names the outsider; no private one has any.
    """
    found = Counter(
        (each["resourceType"], each["resource"], tuple(each["principal"].items()), each["exposure"], each["isPublic"])
        for each in scanned.findings
    )

    assert found == Counter(
        (kind, arn, (("AWS", OUTSIDER),), "cross-account", False)
        for kind, arns in estate.arns.items()
        for arn in arns & estate.shared
    )
    assert scanned.code == 1


def test_every_type_is_found_with_what_the_outsider_can_do(scanned, estate):
    """
    The actions are those that were given.
    """
    found = {(each["resourceType"], frozenset(each["action"])) for each in scanned.findings}

    assert found == {(kind, frozenset(actions)) for kind, actions in ACTIONS.items()}
    assert set(ACTIONS) == set(estate.arns)


def test_findings_come_with_their_proof(scanned):
    """
    Every witness is a request of the outsider for one of the actions, through a statement that is quoted.
    """
    for finding in scanned.findings:
        assert parse_arn(finding["witness"]["principal"]).account == OUTSIDER
        assert finding["witness"]["action"] in finding["action"]
        assert finding["allowedBy"]
        assert all(OUTSIDER in each["statement"] for each in finding["allowedBy"])


def test_what_was_looked_at_is_said(scanned, estate):
    """
    The coverage has both accounts, the three Regions and every resource; nothing was left out.
    """
    coverage = scanned.report["coverage"]

    assert coverage["complete"] is True
    assert coverage["accounts"] == list(ACCOUNTS)
    assert coverage["regions"] == list(REGIONS)
    assert coverage["resourcesByType"] == {kind: len(arns) for kind, arns in sorted(estate.arns.items())}
    assert coverage["notAnalyzed"] == []


def test_only_reading_goes_over_the_wire(scanned, wire):
    """
    Whatever reached the endpoint lists, gets or describes, or enters an account; no session for objects is opened.
    """
    operations = {tuple(call.split()[:2]) for call in wire.calls}
    reading = ("List", "Get", "Describe", "GET", "HEAD")

    assert {each for each in operations if not each[1].startswith(reading)} == {("sts", "AssumeRole")}
    assert [call for call in wire.calls if "?session" in call] == []
    assert len({service for service, _ in operations}) > 12


def test_a_snapshot_gives_the_findings_of_the_live_scan(scanned, snapshot):
    """
    Ids and all: what was collected and scanned offline is what a live scan sees.
    """
    path, collected = snapshot
    offline = scan_file(path)

    assert (collected.code, offline.code) == (0, 1)
    assert offline.report["findings"] == scanned.report["findings"]
    assert offline.report["coverage"]["resourcesByType"] == scanned.report["coverage"]["resourcesByType"]


def test_a_snapshot_holds_no_secret(snapshot):
    """
    What was planted as a secret, a password or code stays where it was.
    """
    path, _ = snapshot
    written = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()

    assert OUTSIDER.encode() in written
    assert b"hunter2" not in written


@pytest.mark.parametrize(("fail_on", "code"), [("none", 0), ("public", 0), ("external", 1), ("any", 1)])
def test_the_exit_code_follows_fail_on(snapshot, fail_on, code):
    """
    Access from another account is external, and not public.
    """
    path, _ = snapshot

    assert scan_file(path, "--resource-type=AWS::SQS::Queue", "--fail-on", fail_on).code == code


def test_the_known_partner_is_trusted(snapshot):
    """
    With the outsider trusted there is nothing to report.
    """
    path, _ = snapshot
    run = scan_file(path, "--trust", f"account:{OUTSIDER}")

    assert run.code == 0
    assert run.report["findings"] == []
    assert run.report["coverage"]["resourcesAnalyzed"] == 160


def test_a_live_scan_can_be_narrowed(endpoint, estate):
    """
    Type, Region and account; roles, which live in no Region, stay.
    """
    options = ("--resource-type=sqs::queue", "--resource-type=iam::role", "--account", ACCOUNTS[1])
    run = ringwall(
        "scan",
        "--endpoint-url",
        endpoint,
        *("--accounts", ",".join(ACCOUNTS), "--role-name", "ringwall"),
        *options,
        "--region=eu-west-1",
        "--quiet",
        "--format=json",
    )

    assert {each["resource"] for each in run.findings} == {
        f"arn:aws:sqs:eu-west-1:{ACCOUNTS[1]}:shared",
        f"arn:aws:iam::{ACCOUNTS[1]}:role/shared",
    }
    assert run.report["coverage"]["accounts"] == [ACCOUNTS[1]]
    assert run.report["coverage"]["regions"] == ["eu-west-1"]
    assert run.code == 1


def test_an_account_without_resources_is_nothing_to_analyze(endpoint):
    """
    Exit code 4, which is not "all is well".
    """
    options = ("--resource-type=sqs::queue", "--region=eu-west-1", "--quiet", "--format=json")
    run = ringwall("scan", "--endpoint-url", endpoint, *options)

    assert run.code == 4
    assert run.report["findings"] == []


def test_the_printed_permissions_are_those_of_the_calls():
    """
    The policy for the collector's role comes as a document that grants reading alone.
    """
    run = ringwall("permissions")
    actions = [action for each in json.loads(run.out)["Statement"][:2] for action in each["Action"]]

    assert run.code == 0
    assert {action.partition(":")[0] for action in actions} >= {"s3", "sqs", "iam", "organizations"}
    assert all(action.split(":")[1].startswith(("Get", "List", "Describe")) for action in actions)
