"""What moto lacks, and all else once more: recorded answers of AWS, from the listing to the finding."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from ringwall.collector.accounts import Target
from ringwall.collector.collect import collect
from ringwall.errors import CollectionError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope
from ringwall.service.scanning import exit_code, scan
from tests.end_to_end.faulty_endpoint import Answer
from tests.end_to_end.running import ringwall
from tests.resources.recorded_reader import RECORDINGS, RecordedReader

PARTNER = "444455556666"
STRANGER = "bcaf1ffd86f41161ca5fb16fd081034f0000000000000000000000000000abcd"
EXPECTED = {
    "dynamodb_stream": [("table/orders/stream/2026-01-01T00:00:00.000", PARTNER, "cross-account")],
    "dynamodb_table": [("table/orders", PARTNER, "cross-account")],
    "ec2_snapshot": [("snapshot/snap-1", "*", "public"), ("snapshot/snap-2", PARTNER, "cross-account")],
    "ecr_repository": [("repository/shared/base", PARTNER, "cross-account")],
    "efs_file_system": [("file-system/fs-0123456789abcdef0", "*", "public")],
    "iam_role": [("role/partners/reader", PARTNER, "cross-account")],
    "kms_key": [("key/0d990263-018e-4e65-a703-eff731de951e", f"arn:aws:iam::{PARTNER}:role/reader", "cross-account")],
    # A function URL may be added to `closed` at any time, and then its policy opens it.
    "lambda_function": [
        ("function:closed", "*", "public"),
        ("function:open", "*", "public"),
        ("function:report", PARTNER, "cross-account"),
    ],
    "lambda_layer_version": [("layer:tools:2", "*", "organization")],
    "rds_db_cluster_snapshot": [("cluster-snapshot:nightly", PARTNER, "cross-account")],
    "rds_db_snapshot": [("snapshot:nightly", PARTNER, "cross-account")],
    # The public grant of the access list is ignored; two access points let the partner in.
    "s3_bucket": [("site", PARTNER, "cross-account"), ("site", STRANGER, "cross-account")],
    "s3express_directory_bucket": [("bucket/fast--euw1-az1--x-s3", PARTNER, "cross-account")],
    "secretsmanager_secret": [("secret:db-AbCdEf", PARTNER, "cross-account")],
    # The default policy of a topic is for its owner.
    "sns_topic": [],
    "sqs_queue": [("orders", PARTNER, "cross-account")],
}
"""For every recording: resource, principal and exposure of the findings."""


@dataclass(frozen=True)
class RecordedSession:
    """A session in the account of a recording. Which Regions the account has was not recorded."""

    recorded: RecordedReader
    is_global: bool

    @property
    def account(self):
        return self.recorded.account

    def reader(self, region=None):
        return self.recorded if region or self.is_global else _Refusing()

    def close(self):
        """There is nothing to close."""


class _Refusing:
    def pages(self, operation, *_, **__):
        raise CollectionError("ACCESS_DENIED", operation)


def collected(name):
    """The recording `name`, and what a collection finds in it."""
    kind = next(each for each in RESOURCE_TYPES.values() if each.list_resources.__module__.endswith(f".{name}"))
    recorded = RecordedReader(name)
    session = RecordedSession(recorded, kind.scope is Scope.GLOBAL)
    return recorded, collect([Target(recorded.account, lambda: session)], [kind], [recorded.region], threads=1)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_recorded_answers_lead_to_their_findings(name):
    """
    Listing, reading and analysing give what was shared in the recording, and nothing of what was not.
    """
    recorded, seen = collected(name)
    report = scan(seen, ExternalAccess(ZoneOfTrust("ACCOUNT")))
    found = [
        (each.resource.split(":", 5)[5], *each.principal.values(), each.exposure.value) for each in report.findings
    ]

    assert sorted(found) == EXPECTED[name]
    assert report.coverage.gaps == ()
    assert report.coverage.resources == len(recorded.expected)
    assert exit_code(report) == (1 if found else 0)


def test_every_recording_is_expected():
    """
    There is one for each of the sixteen types.
    """
    assert set(EXPECTED) == {path.stem for path in RECORDINGS.glob("*.json")}
    assert len(EXPECTED) == len(RESOURCE_TYPES)


def answers(name):
    """The recorded answers by operation; the first where there are several."""
    recorded = json.loads((RECORDINGS / f"{name}.json").read_text())
    return {each["operation"]: each.get("answer") for each in reversed(recorded["calls"])}


def as_json(value):
    return lambda _: Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/x-amz-json-1.0"})


def as_xml(text):
    return lambda _: Answer(text.encode(), 200, {"Content-Type": "text/xml"})


def scan_account(endpoint, resource_type, account="111122223333"):
    entered = ("--endpoint-url", endpoint, "--accounts", account, "--role-name=ringwall", "--region=eu-west-1")
    return ringwall("scan", *entered, "--resource-type", resource_type, "--format=json", "--quiet")


def test_a_shared_stream_over_http(faulty):
    """
    The policy of a DynamoDB stream, which moto does not have, comes over the wire.
    """
    recorded = answers("dynamodb_stream")
    faulty.faults = {
        "dynamodb ListStreams": as_json(recorded["dynamodb:ListStreams"]),
        "dynamodb GetResourcePolicy": as_json(recorded["dynamodb:GetResourcePolicy"]),
    }
    run = scan_account(faulty.url, "dynamodb::stream")

    assert run.code == 1, run.err
    assert [(each["resource"].split(":", 5)[5], each["principal"]) for each in run.findings] == [
        ("table/orders/stream/2026-01-01T00:00:00.000", {"AWS": PARTNER})
    ]


def test_a_directory_bucket_over_http(faulty):
    """
    Listed, read and reported; no session is opened for it, since that is a door to its objects.
    """
    names = "".join(
        f"<Bucket><Name>{each['Name']}</Name></Bucket>"
        for each in answers("s3express_directory_bucket")["s3express:ListAllMyDirectoryBuckets"]["Buckets"]
    )
    listing = f"<ListAllMyDirectoryBucketsResult><Buckets>{names}</Buckets></ListAllMyDirectoryBucketsResult>"
    policy = answers("s3express_directory_bucket")["s3express:GetBucketPolicy"]["Policy"]
    points = "<ListAccessPointsForDirectoryBucketsResult><AccessPointList/></ListAccessPointsForDirectoryBucketsResult>"
    faulty.faults = {
        "s3express GET /.*accesspointfordirectory": as_xml(points),
        "s3express GET /fast--.*policy": as_xml(policy),
        "s3express GET /quiet--.*policy": _without_policy,
        "s3express GET /": as_xml(listing),
    }
    run = scan_account(faulty.url, "s3express::directorybucket")

    assert run.code == 1, (run.out, run.err, faulty.calls)
    assert [(each["resource"], each["principal"]) for each in run.findings] == [
        ("arn:aws:s3express:eu-west-1:111122223333:bucket/fast--euw1-az1--x-s3", {"AWS": PARTNER})
    ]
    assert [call for call in faulty.calls if call.startswith("s3") and (" GET " not in call or "session" in call)] == []


def _without_policy(service):
    return Answer(b"<Error><Code>NoSuchBucketPolicy</Code><Message>none</Message></Error>", 404)


@pytest.mark.parametrize(("state", "found"), [("block-all-sharing", []), ("unblocked", [("*", "public")])])
def test_blocked_sharing_of_snapshots_over_http(faulty, state, found):
    """
    A public snapshot is public where the Region does not block that; moto does not know the state.
    """
    faulty.faults = {
        "ec2 DescribeSnapshots ": as_xml(
            "<DescribeSnapshotsResponse><snapshotSet><item><snapshotId>snap-1</snapshotId></item></snapshotSet>"
            "</DescribeSnapshotsResponse>"
        ),
        "ec2 DescribeSnapshotAttribute ": as_xml(
            "<DescribeSnapshotAttributeResponse><snapshotId>snap-1</snapshotId><createVolumePermission><item>"
            "<group>all</group></item></createVolumePermission></DescribeSnapshotAttributeResponse>"
        ),
        "ec2 GetSnapshotBlockPublicAccessState ": as_xml(
            f"<GetSnapshotBlockPublicAccessStateResponse><state>{state}</state>"
            "</GetSnapshotBlockPublicAccessStateResponse>"
        ),
    }
    run = scan_account(faulty.url, "ec2::snapshot")

    assert [(each["principal"]["AWS"], each["exposure"]) for each in run.findings] == found
    assert run.code == len(found)
