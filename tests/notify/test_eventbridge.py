import json
from dataclasses import replace

import boto3
import pytest

from ringwall.errors import DeliveryError, ValidationError
from ringwall.notify.eventbridge import EventBridge, open_eventbridge
from tests.notify.samples import (
    ACCOUNT,
    ANALYZER,
    REGION,
    a_finding,
    a_preview,
    a_test,
    an_error,
    an_event,
    surroundings,
)

# The members of AWS's own samples: "Monitoring AWS IAM Access Analyzer with Amazon EventBridge", AWS IAM user guide.
_COMMON = {
    "version",
    "id",
    "status",
    "resourceType",
    "resource",
    "createdAt",
    "analyzedAt",
    "updatedAt",
    "accountId",
    "region",
    "isDeleted",
}
ACCESS = _COMMON | {"principal", "action", "condition", "isPublic"}
ERROR = _COMMON | {"error"}
PREVIEW = {"version", "accessPreviewId", "configuredResources", "createdAt", "region", "status"}
OURS = {"eventId"}


def entry(event):
    return EventBridge(client=None, bus="default", source="ringwall.access-analyzer").entry(event)


def detail(event):
    return json.loads(entry(event)["Detail"])


@pytest.mark.parametrize(
    ("event", "kind", "members"),
    [
        (an_event(), "Access Analyzer Finding", ACCESS),
        (an_event(an_error()), "Access Analyzer Finding", ERROR),
        (a_preview(), "Access Preview State Change", PREVIEW),
        (
            a_preview("COMPLETED", previous_status="CREATING"),
            "Access Preview State Change",
            PREVIEW | {"previousStatus"},
        ),
        (
            a_preview("FAILED", previous_status="CREATING", detail={"statusReason": {"code": "INVALID_CONFIGURATION"}}),
            "Access Preview State Change",
            PREVIEW | {"previousStatus", "statusReason"},
        ),
    ],
)
def test_the_shape_is_that_of_the_service(event, kind, members):
    """
    Rules that are written for Access Analyzer match, but for the source; our id comes in addition.
    """
    assert entry(event)["DetailType"] == kind
    assert set(detail(event)) == members | OURS


def test_the_values_are_those_of_the_finding():
    """
    The account is that of the resource; the envelope names the analyzer.
    """
    told = detail(an_event())

    assert entry(an_event())["Resources"] == [ANALYZER]
    assert told == {
        **told,
        "accountId": ACCOUNT,
        "region": REGION,
        "principal": {"AWS": "999988887777"},
        "version": "1.0",
    }
    assert told["isDeleted"] is False


def test_a_deletion_keeps_the_status():
    """
    As the service's: only `isDeleted` says it.
    """
    told = detail(an_event(a_finding(status="RESOLVED"), previous_status="RESOLVED", is_deleted=True))

    assert (told["status"], told["isDeleted"]) == ("RESOLVED", True)


def test_restrictions_are_told():
    """
    Whether resource control policies may restrict the access.
    """
    told = detail(an_event(a_finding(resourceControlPolicyRestriction="APPLICABLE")))

    assert told["resourceControlPolicyRestrictionType"] == "APPLICABLE"


@pytest.fixture
def queue(endpoint):
    """A queue that a rule for findings of Access Analyzer feeds, and what is in it."""
    events, sqs = (boto3.client(each, region_name=REGION, endpoint_url=endpoint) for each in ("events", "sqs"))
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["ringwall.access-analyzer"], "detail-type": ["Access Analyzer Finding"]}
    events.put_rule(Name="findings", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="findings", Targets=[{"Id": "queue", "Arn": arn}])
    yield lambda: [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ())
    ]
    sqs.delete_queue(QueueUrl=url)
    events.remove_targets(Rule="findings", Ids=["queue"])
    events.delete_rule(Name="findings")


def test_an_event_reaches_a_queue_behind_a_rule(endpoint, queue):
    """
    Over the API of EventBridge, through a rule, to SQS; a test event is of another type, and not for the rule.
    """
    bus = open_eventbridge({"region": REGION, "endpoint": endpoint}, "", surroundings())

    bus.send(an_event())
    bus.send(a_test())

    [got] = queue()
    assert got["detail"] == detail(an_event())
    assert got["resources"] == [ANALYZER]


class Refusing:
    """A bus that refuses the entry, and answers the call."""

    def __init__(self, code):
        self.code = code

    def put_events(self, **_):
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": self.code, "ErrorMessage": "no"}]}


@pytest.mark.parametrize(
    ("code", "retryable"),
    [("InternalFailure", True), ("ThrottlingException", True), ("NotAuthorizedForSourceException", False)],
)
def test_a_refused_entry_is_a_failure(code, retryable):
    """
    The call succeeds all the same.
    """
    with pytest.raises(DeliveryError, match=code) as caught:
        EventBridge(Refusing(code), "default", "ringwall").send(an_event())

    assert caught.value.retryable is retryable


def test_a_bus_that_does_not_answer_is_tried_again(endpoint):
    """
    Nobody listens at the endpoint.
    """
    bus = open_eventbridge({"region": REGION, "endpoint": "http://127.0.0.1:9"}, "", surroundings())

    with pytest.raises(DeliveryError, match="PutEvents") as caught:
        bus.send(replace(an_event()))

    assert caught.value.retryable


def test_an_endpoint_has_to_be_allowed():
    """
    Signed requests go to AWS, and to hosts that the configuration names.
    """
    with pytest.raises(ValidationError, match="allowed by name"):
        open_eventbridge({"region": REGION, "endpoint": "http://10.0.0.1"}, "", surroundings())
