"""The templates: what they let through, who may write where, and that they can be deployed."""

from __future__ import annotations

import json
import re

import boto3
import pytest

from ringwall.collector.event_patterns import event_patterns
from ringwall.collector.event_rows import ROWS, is_versioned
from ringwall.collector.event_template import events_template
from ringwall.collector.events import Understood, read_event
from ringwall.errors import UsageError
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.zone_of_trust import ACCOUNT, ZoneOfTrust
from ringwall.policy.service_reference import canonical_action
from ringwall.resources.base import Resource
from tests.collector.events import OWNER, an_event

REGION = "eu-west-1"
FORMS = pytest.mark.parametrize("form", ["cloudformation", "terraform"])
PARTS = pytest.mark.parametrize("part", ["queue", "forwarding"])


def matches(pattern, event):
    """What EventBridge does with the few operators that the patterns use."""
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            if not matches(wanted, event.get(name, {})):
                return False
        elif not any(_is(each, event.get(name)) for each in wanted):
            return False
    return True


def _is(wanted, value):
    match wanted:
        case {"exists": False}:
            return value is None
        case {"prefix": prefix}:
            return value is not None and value.startswith(prefix)
        case _:
            return value == wanted


def rules_of(form, part):
    """The patterns of the rules of a template."""
    template = json.loads(events_template(form, part))
    if form == "terraform":
        return [
            json.loads(each["event_pattern"]) for each in template["resource"]["aws_cloudwatch_event_rule"].values()
        ]
    rules = [each for each in template["Resources"].values() if each["Type"] == "AWS::Events::Rule"]
    return [each["Properties"]["EventPattern"] for each in rules]


def test_exactly_the_events_that_are_understood_pass():
    """
    There is one rule for each service, with all its names; calls that failed stay out.
    """
    patterns = event_patterns().values()
    for source, rows in ROWS.items():
        service = source.partition(".")[0]
        for name in rows:
            written = f"{name}20150331v2" if is_versioned(source) else name
            passing = json.loads(an_event(service, written))
            failing = json.loads(an_event(service, written, errorCode="AccessDenied"))

            assert sum(matches(each, passing) for each in patterns) == 1
            assert not any(matches(each, failing) for each in patterns)
            assert isinstance(read_event(json.dumps(passing)), Understood)
    assert not any(matches(each, json.loads(an_event("s3", "GetObject"))) for each in patterns)


def test_a_pattern_is_no_longer_than_eventbridge_takes():
    """
    2,048 characters: Amazon EventBridge User Guide, "EventBridge quotas".
    """
    for form in ("cloudformation", "terraform"):
        for part in ("queue", "forwarding"):
            assert max(len(json.dumps(each)) for each in rules_of(form, part)) < 2048


@FORMS
def test_what_is_forwarded_passes_the_bus(form):
    """
    Whatever a rule of the forwarding lets through, some rule of the queue takes from the bus.
    """
    bus = next(each for each in rules_of(form, "queue") if "detail" not in each)

    for pattern in rules_of(form, "forwarding"):
        assert set(pattern["source"]) <= set(bus["source"])
        assert pattern["detail-type"] == bus["detail-type"]


@PARTS
def test_the_cloudformation_template_refers_only_to_what_it_has(part):
    """
    Every Ref, GetAtt and Sub names a parameter or a resource.
    """
    text = events_template("cloudformation", part)
    template = json.loads(text)
    pseudo = {"AWS::AccountId", "AWS::Partition", "AWS::Region"}
    known = {*template["Parameters"], *template["Resources"], *pseudo}
    flat = re.sub(r"\s+", "", text)
    references = {
        *re.findall(r'"Ref":"([^"]+)"', flat),
        *re.findall(r'"Fn::GetAtt":\["([^"]+)"', flat),
        *re.findall(r"\$\{([^}]+)\}", text),
    }

    assert references <= known
    assert set(re.findall(r'"Condition":"(\w+)"', flat)) <= set(template.get("Conditions", {}))


@PARTS
def test_the_terraform_file_refers_only_to_what_it_has(part):
    """
    Every variable, resource and data source that an expression names is declared.
    """
    text = events_template("terraform", part)
    template = json.loads(text)
    resources = {f"{kind}.{name}" for kind, named in template["resource"].items() for name in named}
    documents = {f"{kind}.{name}" for kind, named in template["data"].items() for name in named}
    expressions = " ".join(re.findall(r"\$\{(.*?)\}(?=[\"\s-]|$)", text))

    assert set(re.findall(r"\bvar\.(\w+)", expressions)) == set(template["variable"])
    assert set(re.findall(r"(?<![\w.])(aws_\w+\.\w+)", expressions)) <= resources
    assert set(re.findall(r"\bdata\.(aws_\w+\.\w+)", expressions)) <= documents


@FORMS
@PARTS
def test_every_action_is_one_that_aws_knows(form, part):
    """
    Policies are spelled as the service reference spells them.
    """
    actions = set(re.findall(r'"((?:sqs|events|sts):\w+)"', events_template(form, part)))

    assert {canonical_action(each) for each in actions} == actions


@pytest.mark.parametrize("name", ["", "a" * 41, 'x"', "${x}", "a.fifo", "queue name"])
@FORMS
def test_a_queue_is_named_as_queues_can_be(form, name):
    """
    Nothing breaks out of the template.
    """
    with pytest.raises(UsageError, match="is no name for the queue"):
        events_template(form, queue_name=name)


@pytest.fixture(scope="module")
def deployed(endpoint):
    """The template of the queue as a stack on moto, with its outputs."""
    formation = boto3.client("cloudformation", region_name=REGION, endpoint_url=endpoint)
    template = json.loads(events_template("cloudformation", queue_name="changes"))
    # Moto's CloudFormation does not know this type, and its queues take what rules send without a policy.
    del template["Resources"]["QueuePolicy"]
    formation.create_stack(StackName="ringwall", TemplateBody=json.dumps(template))
    [stack] = formation.describe_stacks(StackName="ringwall")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    yield {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    formation.delete_stack(StackName="ringwall")


def test_a_deployed_queue_receives_what_changed(endpoint, deployed):
    """
    Of two calls on the event bus, the one that changes how something is shared arrives as an event that is understood.
    """
    sqs = boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)
    bus = boto3.client("events", region_name=REGION, endpoint_url=endpoint)

    for name in ("GetBucketPolicy", "PutBucketPolicy"):
        event = json.loads(an_event("s3", name, {"bucketName": "site"}, account=OWNER))
        detail = {key: value for key, value in event["detail"].items() if value is not None}
        entry = {"Source": "aws.s3", "DetailType": event["detail-type"], "Detail": json.dumps(detail)}
        assert bus.put_events(Entries=[entry])["FailedEntryCount"] == 0
    [message] = sqs.receive_message(QueueUrl=deployed["QueueUrl"], MaxNumberOfMessages=10)["Messages"]

    [touched] = read_event(message["Body"]).touched
    assert (touched.account, touched.region, touched.arn) == (OWNER, REGION, "arn:aws:s3:::site")


def test_a_deployed_queue_keeps_what_it_cannot_hand_out(endpoint, deployed):
    """
    It is encrypted, and what was received five times in vain goes to the dead letters.
    """
    sqs = boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)

    attributes = sqs.get_queue_attributes(QueueUrl=deployed["QueueUrl"], AttributeNames=["All"])["Attributes"]

    assert attributes["SqsManagedSseEnabled"] == "true"
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": f"{attributes['QueueArn']}-dead",
        "maxReceiveCount": 5,
    }


def test_the_queue_is_shared_with_nobody():
    """
    Ringwall itself finds nobody in the queue's policy but EventBridge, and EventBridge only for the rules.
    """
    arn = f"arn:aws:sqs:{REGION}:{OWNER}:changes"
    template = json.loads(events_template("cloudformation"))
    rules = [name for name, each in template["Resources"].items() if each["Type"] == "AWS::Events::Rule"]
    policy = template["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]
    writes = policy["Statement"][0]
    named = [each["Fn::GetAtt"][0] for each in writes["Condition"]["ArnEquals"]["aws:SourceArn"]]
    writes["Condition"]["ArnEquals"]["aws:SourceArn"] = [
        f"arn:aws:events:{REGION}:{OWNER}:rule/{each}" for each in named
    ]
    text = json.dumps(policy).replace(json.dumps({"Fn::GetAtt": ["Queue", "Arn"]}), json.dumps(arn))
    queue = Resource(arn, "AWS::SQS::Queue", OWNER, REGION, {"queuePolicy": text})

    assert ExternalAccess(ZoneOfTrust(ACCOUNT)).findings_of(queue) == ()
    assert sorted(named) == sorted(rules)


def test_the_forwarding_is_deployed_too(endpoint, deployed):
    """
    In another Region, to the bus that the first stack made.
    """
    formation = boto3.client("cloudformation", region_name="sa-east-1", endpoint_url=endpoint)
    parameters = [{"ParameterKey": "BusArn", "ParameterValue": deployed["BusArn"]}]

    formation.create_stack(
        StackName="forwarding",
        TemplateBody=events_template("cloudformation", "forwarding"),
        Parameters=parameters,
        Capabilities=["CAPABILITY_IAM"],
    )

    [stack] = formation.describe_stacks(StackName="forwarding")["Stacks"]
    rules = boto3.client("events", region_name="sa-east-1", endpoint_url=endpoint)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert len(rules.list_rules()["Rules"]) == len(ROWS)
    formation.delete_stack(StackName="forwarding")
