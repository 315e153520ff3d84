"""Events for the tests of the messengers."""

from dataclasses import replace
from datetime import UTC, datetime

from ringwall.notify.event import Event, EventKind
from ringwall.notify.transport import Surroundings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCOUNT = "111122223333"
REGION = "us-west-2"
ANALYZER = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT}:analyzer/MyAnalyzer"
BUCKET = "arn:aws:s3:::my-bucket"


def a_finding(**changes):
    """What receivers are told of a finding."""
    return {
        "id": "22222222-dcba-4444-dcba-333333333333",
        "findingType": "ExternalAccess",
        "status": "ACTIVE",
        "createdAt": "2026-02-20T04:58:50Z",
        "analyzedAt": "2026-02-21T01:22:22Z",
        "updatedAt": "2026-02-21T01:14:07Z",
        "resource": BUCKET,
        "resourceType": "AWS::S3::Bucket",
        "resourceOwnerAccount": ACCOUNT,
        "region": REGION,
        "principal": {"AWS": "999988887777"},
        "action": ["s3:GetObject"],
        "condition": {},
        "isPublic": False,
    } | changes


def an_error(**changes):
    """What receivers are told of a resource that could not be analysed."""
    unknown = ("principal", "action", "isPublic")
    finding = a_finding(error="ACCESS_DENIED", **changes)
    return {name: value for name, value in finding.items() if name not in unknown}


def an_event(detail=None, **changes):
    event = Event(
        id="11111111-2222-4444-aaaa-333333333333",
        kind=EventKind.FINDING,
        analyzer=ANALYZER,
        account=ACCOUNT,
        region=REGION,
        time=NOON,
        detail=detail or a_finding(),
    )
    return replace(event, **changes)


def a_preview(status="CREATING", **changes):
    detail = {
        "accessPreviewId": "aaaabbbb-cccc-dddd-eeee-ffffaaaabbbb",
        "configuredResources": ["arn:aws:s3:::example-bucket"],
        "createdAt": "2026-02-20T00:00:00Z",
        "status": status,
    }
    return an_event(detail | changes.pop("detail", {}), kind=EventKind.PREVIEW, **changes)


def a_test():
    return an_event({"message": "try"}, kind=EventKind.TEST, analyzer="")


def surroundings(**changes):
    """A service whose clock stands still and that has no findings."""
    plain = Surroundings(clock=lambda: NOON, findings_of=lambda *_: (), allowed_hosts=("127.0.0.1",), seconds=60)
    return replace(plain, **changes)
