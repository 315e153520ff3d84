"""Analyzers, resources and findings for the tests of the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ringwall.findings.finding import FindingStatus
from ringwall.findings.remembered import Change, RememberedFinding
from ringwall.store import analyzers, findings, resources
from ringwall.store.analyzers import AnalyzerRecord
from ringwall.store.resources import ResourceRecord

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::photos"


def an_analyzer(name="watch", **changes) -> AnalyzerRecord:
    arn = f"arn:aws:access-analyzer:us-east-1:{ACCOUNT}:analyzer/{name}"
    return replace(AnalyzerRecord(arn, name, ACCOUNT, "us-east-1", "ACCOUNT", NOON), **changes)


def a_resource(analyzer_key, arn=BUCKET, **changes) -> ResourceRecord:
    resource = ResourceRecord(
        analyzer_key=analyzer_key,
        arn=arn,
        type="AWS::S3::Bucket",
        owner_account=ACCOUNT,
        region="us-east-1",
        configuration_digest="c0",
        analysis_digest="a0",
        created_at=NOON,
        analyzed_at=NOON,
        updated_at=NOON,
    )
    return replace(resource, **changes)


def a_detail(resource=BUCKET, **changes):
    return {
        "id": "ignored",
        "status": "ACTIVE",
        "resource": resource,
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": ACCOUNT,
        "region": "us-east-1",
        "principal": {"AWS": "999988887777"},
        "action": ["s3:GetObject"],
        "condition": {},
        "isPublic": False,
        "sources": [],
        "resourceControlPolicyRestriction": None,
        "exposure": "cross-account",
        "allowedBy": [{"place": "/policy"}],
    } | changes


def a_finding(id_="f-1", detail=None, **changes) -> RememberedFinding:
    remembered = RememberedFinding(id_, detail or a_detail(), FindingStatus.ACTIVE, NOON, NOON, NOON)
    return replace(remembered, **changes)


def keep_analyzer(store, name="watch", **changes) -> int:
    with store.write() as connection:
        return analyzers.insert(connection, an_analyzer(name, **changes)).key


def keep(store, analyzer_key, *found, at=NOON) -> None:
    """New findings, and their resources."""
    with store.write() as connection:
        records = {each.resource: a_resource(analyzer_key, each.resource) for each in found}
        keys = resources.save(connection, records.values())
        by_arn = {arn: key for (arn, _), key in keys.items()}
        findings.apply(connection, analyzer_key, [Change(each) for each in found], by_arn, at)
