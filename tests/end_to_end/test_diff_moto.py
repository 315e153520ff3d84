"""What happened to the access between two collections."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.end_to_end.running import ringwall

# In an account of its own, so that the estate stays as other tests know it.
ACCOUNT = "777788889999"
PARTNER = "666655554444"
REGION = "eu-west-1"
BUCKET = "website-assets"


@pytest.fixture(scope="module")
def s3(endpoint):
    """A client in the account, which has one bucket."""
    sts = boto3.client("sts", region_name=REGION, endpoint_url=endpoint)
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/x", RoleSessionName="test")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    client = session.client("s3", region_name=REGION, endpoint_url=endpoint)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def share(s3, principal, *actions, indent=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": [f"s3:{each}" for each in actions]}
    statement["Resource"] = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=indent)
    )


@pytest.fixture(scope="module")
def snapshots(s3, endpoint, tmp_path_factory):
    """The bucket private, public, public by a policy that is written differently, and shared with a partner."""
    folder = tmp_path_factory.mktemp("snapshots")

    def collect(name):
        path = folder / f"{name}.jsonl.gz"
        entered = ("--endpoint-url", endpoint, "--accounts", ACCOUNT, "--role-name", "ringwall")
        run = ringwall("collect", "--output", path, *entered, "--region", REGION, "--resource-type=s3::bucket")
        assert run.code == 0, run.err
        return path

    paths = {"private": collect("private")}
    share(s3, "*", "GetObject", "ListBucket")
    paths["public"] = collect("public")
    share(s3, {"AWS": "*"}, "ListBucket", "GetObject", indent=2)
    paths["rewritten"] = collect("rewritten")
    share(s3, {"AWS": PARTNER}, "GetObject")
    paths["partner"] = collect("partner")
    return paths


def diff(old, new, *options):
    """The exit code, and what appeared and went: resource, principal, exposure, actions."""
    run = ringwall("diff", old, new, "--format", "json", "--quiet", *options)
    appeared, went = ([_in_short(each) for each in run.report[key]] for key in ("appeared", "went"))
    return run.code, appeared, went


def _in_short(change):
    finding = change["finding"]
    return finding["resource"], finding["principal"]["AWS"], finding["exposure"], change["actions"]


PUBLIC = (f"arn:aws:s3:::{BUCKET}", "*", "public", ["s3:GetObject", "s3:ListBucket"])


def test_access_that_appeared_is_said(snapshots):
    """
    A bucket that was opened to the public: what appeared, and exit code 1.
    """
    assert diff(snapshots["private"], snapshots["public"]) == (1, [PUBLIC], [])


def test_access_that_went_is_said(snapshots):
    """
    The bucket closed again: what went, and exit code 0.
    """
    assert diff(snapshots["public"], snapshots["private"]) == (0, [], [PUBLIC])


def test_a_policy_written_differently_is_no_difference(snapshots):
    """
    Order, form of the principal, line breaks: the access is the same.
    """
    assert diff(snapshots["public"], snapshots["rewritten"]) == (0, [], [])


def test_from_everybody_to_a_partner(snapshots):
    """
    The public access went; nothing public appeared.
    """
    code, appeared, went = diff(snapshots["rewritten"], snapshots["partner"], "--fail-on=public")

    assert code == 0
    assert went == [PUBLIC]
    assert appeared == [(f"arn:aws:s3:::{BUCKET}", PARTNER, "cross-account", ["s3:GetObject"])]


def test_the_difference_reads_well(snapshots):
    """
    The table names the bucket, says who, and fits 80 columns.
    """
    run = ringwall("diff", snapshots["private"], snapshots["public"], "--quiet")

    assert BUCKET in run.out
    assert "appeared" in run.out.lower()
    assert max(map(len, run.out.splitlines())) <= 80
