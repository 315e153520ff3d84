"""Principals in snapshots: written, read again, and named where they cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import msgspec
import pytest

from ringwall.collector.snapshot import open_snapshot, read_snapshot, resources_in, write_snapshot
from ringwall.collector.snapshot_lines import SnapshotHeader
from ringwall.findings.report import Gap, PrincipalGap
from ringwall.principals.principal import (
    AccessKey,
    Group,
    IdentityPolicy,
    LastUse,
    Password,
    PolicyKind,
    Principal,
    PrincipalKind,
)
from ringwall.principals.principal_access import PrincipalAccess, principal_access_as_json
from ringwall.principals.usage import (
    LastAccessedReport,
    ServiceReport,
    TrailCoverage,
    TrailUsage,
    Usage,
    UsageSource,
    Use,
)
from ringwall.resources.base import Resource

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/snapshot.schema.json").read_text())
OWNER = "111122223333"
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
DOCUMENT = '{"Version": "2012-10-17", "Statement": []}'
SHARED = IdentityPolicy(f"arn:aws:iam::{OWNER}:policy/bücher", PolicyKind.CUSTOMER_MANAGED, DOCUMENT, NOW, 3)
ADA = PrincipalAccess(
    Principal(
        f"arn:aws:iam::{OWNER}:user/people/ada",
        PrincipalKind.USER,
        OWNER,
        "AIDAEXAMPLE",
        NOW,
        "/people/",
        {"team": "web"},
        (IdentityPolicy("own", PolicyKind.INLINE, DOCUMENT), SHARED),
        (Group("readers", f"arn:aws:iam::{OWNER}:group/readers", (SHARED,), 2),),
        SHARED,
        keys=(AccessKey("AKIAEXAMPLE", True, NOW, LastUse(NOW, "eu-west-1", "s3")),),
        password=Password(NOW, LastUse()),
    ),
    Usage(
        LastAccessedReport(
            NOW, (ServiceReport("s3", Use(NOW, "eu-west-1"), {"s3:GetBucketAcl": None, "s3:CreateBucket": Use(NOW)}),)
        ),
        trail=TrailUsage({"s3:GetObject": Use(NOW, None, UsageSource.CLOUDTRAIL, ("2026-03",))}, {}),
        trail_coverage=TrailCoverage(date(2025, 12, 1), date(2026, 3, 1), ("us-east-1",), ("eu-west-1",), ("x",)),
        notes=("there is no credential report: no",),
    ),
)
UNKNOWN = PrincipalAccess(
    Principal(
        f"arn:aws:iam::{OWNER}:role/deploy",
        PrincipalKind.ROLE,
        OWNER,
        "AROAEXAMPLE",
        NOW,
        trust_policy=DOCUMENT,
        keys=None,
    ),
    Usage(report_error="ACCESS_DENIED: no"),
)
GAP = PrincipalGap("ACCESS_DENIED", "no", OWNER, "global", "AWS::IAM::Role", UNKNOWN.principal.arn)
OTHER_GAP = Gap("ACCESS_DENIED", "no", OWNER, "global", "AWS::IAM::Role", UNKNOWN.principal.arn)
QUEUE = Resource(f"arn:aws:sqs:eu-west-1:{OWNER}:one", "AWS::SQS::Queue", OWNER, "eu-west-1", {"queuePolicy": "{}"})
HEADER = SnapshotHeader("2026-01-31T12:00:00Z", (OWNER,))


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_principals_are_read_as_they_were_written(tmp_path):
    """
    With all that is known of them, and all that is not; a gap among principals stays one.
    """
    write_snapshot(tmp_path / "s", HEADER, [QUEUE, ADA, GAP, UNKNOWN, OTHER_GAP])

    read = read_snapshot(tmp_path / "s")

    assert read.principals == (ADA, UNKNOWN)
    assert read.gaps == (GAP, OTHER_GAP)
    assert read.resources == (QUEUE,)


def test_who_looks_at_resources_sees_no_principals(tmp_path):
    """
    Nor what is missing of principals alone: an analysis of what is shared is complete without them.
    """
    write_snapshot(tmp_path / "s", HEADER, [ADA, GAP, QUEUE, OTHER_GAP])

    _, seen = open_snapshot(tmp_path / "s")

    assert list(resources_in(seen)) == [QUEUE, OTHER_GAP]


def test_a_line_holds_the_principal_and_its_usage(tmp_path):
    """
    Under one member, in camel case, without what is usual.
    """
    write_snapshot(tmp_path / "s", HEADER, [UNKNOWN, GAP])

    _, principal, gap = lines_of(tmp_path / "s")

    assert principal == {
        "principalAccess": {
            "principal": {
                "arn": UNKNOWN.principal.arn,
                "kind": "AWS::IAM::Role",
                "account": OWNER,
                "id": "AROAEXAMPLE",
                "createdAt": "2026-03-01T12:00:00.123456Z",
                "trustPolicy": DOCUMENT,
                "keys": None,
            },
            "usage": {"reportError": "ACCESS_DENIED: no"},
        }
    }
    assert gap == {
        "principalGap": {
            "account": OWNER,
            "region": "global",
            "resourceType": "AWS::IAM::Role",
            "resource": UNKNOWN.principal.arn,
            "code": "ACCESS_DENIED",
            "message": "no",
        }
    }


def test_the_schema_accepts_what_is_written(tmp_path):
    """
    And refuses what the reader refuses, as far as a schema can tell.
    """
    write_snapshot(tmp_path / "s", HEADER, [ADA, GAP, UNKNOWN])
    validator = jsonschema.Draft202012Validator(SCHEMA)
    bad = [{"principalAccess": each} for each in MISSHAPEN]

    assert [list(validator.iter_errors(line)) for line in lines_of(tmp_path / "s")] == [[]] * 4
    assert [each for each in bad if validator.is_valid(each)] == []


def test_the_schema_is_that_of_the_code():
    """
    Every record of principals, with the fields that it has here.
    """
    _, components = msgspec.json.schema_components([PrincipalAccess], ref_template="#/$defs/{name}")

    assert {name: undescribed(SCHEMA["$defs"].get(name)) for name in components} == undescribed(components)


def undescribed(schema):
    """As JSON, without the sentences for people."""
    return json.loads(
        json.dumps(schema), object_hook=lambda each: {k: v for k, v in each.items() if k != "description"}
    )


def with_principal(**members):
    """The line of `UNKNOWN`, with other members."""
    written = principal_access_as_json(UNKNOWN)
    return {**written, "principal": {**written["principal"], **members}}


NO_ARN = with_principal(arn="deploy")
NO_ACCOUNT = with_principal(account="1")
NO_ZONE = with_principal(createdAt="2026-03-01T12:00:00")
MISSHAPEN = [
    with_principal(kind="AWS::IAM::Group"),
    with_principal(more=1),
    with_principal(createdAt=1),
    {"principal": principal_access_as_json(UNKNOWN)["principal"], "usage": {"report": {}}},
]


@pytest.mark.parametrize("access", [*MISSHAPEN, NO_ZONE, NO_ACCOUNT])
def test_a_principal_that_cannot_be_read_is_a_gap_that_names_it(tmp_path, access):
    """
    File, line and ARN: no crash, no resource with an error, and the lines around it are read.
    """
    write_snapshot(tmp_path / "s.jsonl", HEADER, [QUEUE])
    with (tmp_path / "s.jsonl").open("a") as file:
        file.write(json.dumps({"principalAccess": access}) + "\n")
        file.write(json.dumps({"principalAccess": principal_access_as_json(ADA)}) + "\n")

    read = read_snapshot(tmp_path / "s.jsonl")
    [gap] = read.gaps

    assert isinstance(gap, PrincipalGap)
    assert gap.message.startswith("s.jsonl, line 3: ")
    assert (gap.code, gap.resource, gap.region) == ("INTERNAL_ERROR", UNKNOWN.principal.arn, "global")
    assert (read.resources, read.principals) == ((QUEUE,), (ADA,))


@pytest.mark.parametrize(
    ("line", "arn", "fault"),
    [
        ({"principalAccess": NO_ARN}, "deploy", "`principalAccess.principal.arn` must be an ARN"),
        ({"principalAccess": None}, "", "this is no principal: Expected `object`, got `null`"),
        ({"principalAccess": [1]}, "", "this is no principal"),
        ({"principalAccess": {"principal": {"arn": 7}}}, "", "this is no principal"),
        ({"principalAccess": {"usage": {}}}, "", "this is no principal: Object missing required field `principal`"),
        ({"principalAccess": principal_access_as_json(ADA), "x": 1}, ADA.principal.arn, "unknown field `x`"),
    ],
)
def test_a_principal_is_named_as_far_as_it_can_be(tmp_path, line, arn, fault):
    """
    Where nothing can be read of it, file and line are all there is.
    """
    write_snapshot(tmp_path / "s.jsonl", HEADER, [])
    with (tmp_path / "s.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")

    [gap] = read_snapshot(tmp_path / "s.jsonl").gaps

    assert (type(gap), gap.resource) == (PrincipalGap, arn)
    assert fault in gap.message
