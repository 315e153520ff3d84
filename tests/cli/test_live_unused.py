"""Unused access from the command line, live: IAM is moto and `tests.fake_iam`, half a year from now."""

import json
from datetime import timedelta

import boto3
import pytest

from ringwall.cli import live, live_principals
from tests.cli.running import ringwall
from tests.fake_iam import Accessed, FakeIam
from tests.moto_accounts import empty_account

ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "sns:Publish"], "Resource": "*"}]}
)
IDLE = f"arn:aws:iam::{ACCOUNT}:role/idle"
QUIET = ("--quiet", "--region", "eu-west-1", "--resource-type", "sqs::queue")


@pytest.fixture
def iam(monkeypatch):
    """An account with a role that nobody uses, and a user whose key nobody uses; and a client in it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # What moto made today has been there for the whole period.
    later = live.now_utc() + timedelta(days=180)
    for module in (live, live_principals):
        monkeypatch.setattr(module, "now_utc", lambda: later)
    with FakeIam(now=later, polls=0) as fake:
        client = boto3.client("iam", region_name="us-east-1", endpoint_url=fake.url)
        client.create_role(RoleName="idle", AssumeRolePolicyDocument=TRUST)
        client.put_role_policy(RoleName="idle", PolicyName="queues", PolicyDocument=POLICY)
        client.create_user(UserName="ada")
        client.create_access_key(UserName="ada")
        fake.reports = {IDLE: (Accessed("sqs"), Accessed("sns"))}
        yield fake, client
        client.close()


@pytest.fixture(autouse=True)
def _nothing_is_there():
    with empty_account(ACCOUNT):
        yield


def test_what_is_unused_is_found_live(iam):
    """
    The role and the key; the evidence says which source was read.
    """
    fake, _ = iam
    run = ringwall("unused", "--endpoint-url", fake.url, "--format", "json", "--quiet")
    report = json.loads(run.stdout)

    assert report["coverage"]["notAnalyzed"] == []
    assert (run.code, run.stderr) == (1, "")
    assert [each["findingType"] for each in report["findings"]] == ["UnusedIAMRole", "UnusedIAMUserAccessKey"]
    assert report["coverage"]["evidence"]["principalsBySource"] == {"last-accessed": 2}
    assert report["coverage"]["resourcesByType"] == {"AWS::IAM::Role": 1, "AWS::IAM::User": 1}


def test_a_collection_can_be_judged_later(iam, tmp_path):
    """
    The snapshot says the same; collected again it keeps the reports, and no job runs twice.
    """
    fake, _ = iam
    path = str(tmp_path / "estate.jsonl.zst")
    collected = ringwall("collect", "--unused", "--output", path, "--endpoint-url", fake.url, *QUIET)
    offline = json.loads(ringwall("unused", path, "--format", "json").stdout)
    jobs = len(fake.jobs)
    ringwall("collect", "--unused", "--output", path, "--endpoint-url", fake.url, *QUIET)

    assert "Wrote 0 resources and 2 principals to" in collected.stderr
    assert collected.code == 0
    assert [each["findingType"] for each in offline["findings"]] == ["UnusedIAMRole", "UnusedIAMUserAccessKey"]
    assert (jobs, len(fake.jobs)) == (2, 2)


@pytest.mark.parametrize(("hours", "jobs"), [("2", 4), ("4", 2)])
def test_old_reports_are_made_anew(iam, tmp_path, monkeypatch, hours, jobs):
    """
    Those of the file that is replaced are kept as long as `--last-accessed-max-age` says.
    """
    fake, _ = iam
    command = ("collect", "--unused", "--output", str(tmp_path / "e.jsonl"), "--endpoint-url", fake.url, *QUIET)
    ringwall(*command)
    monkeypatch.setattr(live_principals, "now_utc", lambda: fake.now + timedelta(hours=3))
    ringwall(*command, "--last-accessed-max-age", hours)

    assert len(fake.jobs) == jobs


def test_a_report_that_is_refused_is_an_incomplete_analysis(iam):
    """
    Exit code 3, with the reason; a role that nobody is seen to use is still judged by what IAM says of it.
    """
    fake, _ = iam
    fake.faults = {IDLE: "denied", f"arn:aws:iam::{ACCOUNT}:user/ada": "denied"}
    run = ringwall("last-accessed", "idle", "--endpoint-url", fake.url, "--quiet")

    assert run.code == 3
    assert "AccessDenied" in run.stdout


def test_only_the_principal_asked_for_costs_a_job(iam):
    """
    Others are looked through by name.
    """
    fake, _ = iam
    run = ringwall("last-accessed", "idle", "--endpoint-url", fake.url, "--quiet")

    assert run.code == 0
    assert "sqs" in run.stdout
    assert [job.arn for job in fake.jobs.values()] == [IDLE]


def finding_id(fake, kind):
    report = json.loads(ringwall("unused", "--endpoint-url", fake.url, "--format", "json", "--quiet").stdout)
    return next(each["id"] for each in report["findings"] if each["findingType"] == kind)


def test_a_key_is_deactivated(iam):
    """
    After saying yes; the undo is told.
    """
    fake, client = iam
    id_ = finding_id(fake, "UnusedIAMUserAccessKey")
    apply = ("fix", id_, "--unused", "--apply", "--endpoint-url", fake.url, "--quiet")
    refused = ringwall(*apply, stdin=b"n\n")
    [before] = client.list_access_keys(UserName="ada")["AccessKeyMetadata"]
    run = ringwall(*apply, stdin=b"y\n")
    [after] = client.list_access_keys(UserName="ada")["AccessKeyMetadata"]

    assert (refused.code, before["Status"]) == (130, "Active")
    assert (run.code, after["Status"]) == (0, "Inactive")
    assert "Applied, in 1 call." in run.stdout
    assert "--status Active" in run.stdout.partition("Applied, in 1 call.")[2]


def test_what_was_done_is_json_alone(iam):
    """
    What is asked about goes to standard error, so that a program can read the outcome.
    """
    fake, _ = iam
    id_ = finding_id(fake, "UnusedIAMUserAccessKey")

    run = ringwall(
        "fix", id_, "--unused", "--apply", "--yes", "--format", "json", "--endpoint-url", fake.url, "--quiet"
    )

    applied = json.loads(run.stdout)["applied"]
    assert [each["parameters"]["Status"] for each in (*applied["done"], *applied["undo"])] == ["Inactive", "Active"]
    assert "Deactivate an access key" in run.stderr


def test_a_role_goes_by_its_name_alone(iam):
    """
    `--yes` is not enough.
    """
    fake, client = iam
    id_ = finding_id(fake, "UnusedIAMRole")
    apply = ("fix", id_, "--unused", "--apply", "--yes", "--endpoint-url", fake.url, "--quiet")
    refused = ringwall(*apply, stdin=b"y\n")
    before = [each["RoleName"] for each in client.list_roles()["Roles"]]
    run = ringwall(*apply, stdin=b"idle\n")
    after = [each["RoleName"] for each in client.list_roles()["Roles"]]

    assert (refused.code, before) == (130, ["idle"])
    assert (run.code, after) == (0, [])
