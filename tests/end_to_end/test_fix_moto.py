"""Fixes are written to AWS: a bucket policy, a trust policy, a queue policy; and nothing is without being asked for."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.end_to_end.running import ringwall

ACCOUNT = "123456789012"
STRANGER = "999988887777"
REGION = "us-east-1"


@pytest.fixture
def client(endpoint):
    def make(service):
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name=REGION, endpoint_url=endpoint, **keys)

    return make


def shared_with(*accounts, **elements):
    """A statement for some accounts."""
    principals = {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}
    return {"Effect": "Allow", "Principal": principals, **elements}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def on(endpoint, command, *arguments, **more):
    return ringwall(
        command, *arguments, "--endpoint-url", endpoint, "--zone", "account", "--region", REGION, "--quiet", **more
    )


def finding_on(endpoint, arn, kind):
    """The id of the one finding on a resource."""
    report = on(endpoint, "scan", "--resource-type", kind, "--format", "json").report
    [found] = [each["id"] for each in report["findings"] if each["resource"] == arn]
    return found


def statements(text):
    return (json.loads(text) if isinstance(text, str) else text)["Statement"]


@pytest.fixture
def bucket(client):
    """A bucket that two accounts read, one of them a stranger."""
    s3, name = client("s3"), "to-be-fixed"
    s3.create_bucket(Bucket=name)
    read = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=document(shared_with(ACCOUNT, STRANGER, **read)))
    yield f"arn:aws:s3:::{name}", "AWS::S3::Bucket", lambda: statements(s3.get_bucket_policy(Bucket=name)["Policy"])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def role(client):
    """A role that two accounts take on, one of them a stranger."""
    iam, name = client("iam"), "to-be-fixed"
    trust = document(shared_with(ACCOUNT, STRANGER, Action="sts:AssumeRole"))
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    yield arn, "AWS::IAM::Role", lambda: statements(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
    iam.delete_role(RoleName=name)


@pytest.fixture
def queue(client):
    """A queue that two accounts send to, one of them a stranger."""
    sqs, name = client("sqs"), "to-be-fixed"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    policy = document(shared_with(ACCOUNT, STRANGER, Action="sqs:SendMessage", Resource=arn))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def read():
        return statements(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])

    yield arn, "AWS::SQS::Queue", read
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("shared", ["bucket", "role", "queue"])
def test_a_fix_is_applied(shared, endpoint, request):
    """
    The stranger is gone, the own account stays, and the finding is gone after the resource was read again.
    """
    arn, kind, read = request.getfixturevalue(shared)
    finding = finding_on(endpoint, arn, kind)

    run = on(endpoint, "fix", finding, "--resource-type", kind, "--apply", "--yes", "--format", "json")

    told = json.loads(run.out)
    assert (run.code, told["applied"], told["findingGone"]) == (0, True, True), run.err
    [left] = read()
    assert left["Principal"]["AWS"] in ([f"arn:aws:iam::{ACCOUNT}:root"], f"arn:aws:iam::{ACCOUNT}:root")
    assert on(endpoint, "fix", finding, "--resource-type", kind).code == 2


def test_nothing_is_written_without_a_yes(endpoint, queue):
    """
    Neither without --apply, nor where the answer is no, nor where nobody answers.
    """
    arn, kind, read = queue
    before, finding = read(), finding_on(endpoint, arn, kind)

    only_shown = on(endpoint, "fix", finding, "--resource-type", kind)
    refused = on(endpoint, "fix", finding, "--resource-type", kind, "--apply", stdin="n\n")
    unanswered = on(endpoint, "fix", finding, "--resource-type", kind, "--apply")

    assert (only_shown.code, refused.code, unanswered.code) == (0, 130, 130)
    assert "Write this to AWS?" in refused.err
    assert read() == before


def test_an_inexact_fix_is_written_only_on_request(endpoint, client):
    """
    It takes away more than the finding: no list of accounts says "all of that organization", which is trusted.
    """
    ec2 = client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    arn, kind = f"arn:aws:ec2:{REGION}::snapshot/{snapshot}", "AWS::EC2::Snapshot"
    trust = ("--trust", "org:o-partner1234")
    report = on(endpoint, "scan", "--resource-type", kind, "--format", "json", *trust).report
    [finding] = [each["id"] for each in report["findings"] if each["resource"] == arn]

    alone = on(endpoint, "fix", finding, "--resource-type", kind, "--apply", "--yes", *trust)
    nearest = on(endpoint, "fix", finding, "--resource-type", kind, "--apply", "--yes", "--nearest", *trust)

    assert (alone.code, "Applied" in alone.out) == (1, False)
    assert (nearest.code, "Applied: the finding is gone." in nearest.out) == (0, True), nearest.out + nearest.err
    left = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert left["CreateVolumePermissions"] == []
    ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.delete_volume(VolumeId=volume)
