"""The templates for CloudFormation: as JSON, which it takes as well as YAML. The one for forwarding fits a StackSet."""

from __future__ import annotations

from typing import Any

from ringwall.collector.event_patterns import (
    DEAD_RETENTION,
    MOST_RECEIVED,
    OF_BUS,
    OF_FORWARDING,
    OF_ORGANIZATION,
    OF_QUEUE,
    OF_ROLE,
    OF_RULE,
    RETENTION,
    VISIBILITY,
    Json,
    bus_pattern,
    event_patterns,
)


def _words(service: str) -> str:
    return "".join(word.capitalize() for word in service.split("-"))


def _sub(text: str) -> Json:
    return {"Fn::Sub": text}


def _arn_of(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


_QUEUE_ARN = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${QueueName}"


def queue_template(queue_name: str) -> Json:
    """The queue, and the rules and the event bus that fill it."""
    rules = {f"{_words(service)}Rule": pattern for service, pattern in event_patterns().items()}
    target = {"Id": "queue", "Arn": _arn_of("Queue")}
    own = {name: _rule(pattern, target) for name, pattern in rules.items()}
    elsewhere = _rule(bus_pattern(), target)
    elsewhere["Properties"]["EventBusName"] = {"Fn::GetAtt": ["Bus", "Name"]}
    sources = [_arn_of(name) for name in (*rules, "ElsewhereRule")]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": OF_QUEUE,
        "Parameters": {
            "QueueName": {"Type": "String", "Default": queue_name, "Description": "The name of the queue"},
            "OrganizationId": {
                "Type": "String",
                "Default": "",
                "AllowedPattern": "(o-[a-z0-9]{10,32})?",
                "Description": OF_ORGANIZATION,
            },
        },
        "Conditions": {"HasOrganization": {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrganizationId"}, ""]}]}},
        "Resources": {
            **_queues(),
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [{"Ref": "Queue"}],
                    "PolicyDocument": _queue_policy(_arn_of("Queue"), sources),
                },
            },
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": {"Ref": "QueueName"}}},
            "BusPolicy": _bus_policy(),
            **own,
            "ElsewhereRule": elsewhere,
        },
        "Outputs": {
            "QueueUrl": {"Value": {"Ref": "Queue"}, "Description": "For `events_queue_url` in the configuration"},
            "QueueArn": {"Value": _arn_of("Queue"), "Description": "For `ringwall permissions --for watch`"},
            "BusArn": {"Value": _arn_of("Bus"), "Description": "For the templates of other Regions and accounts"},
        },
    }


def _queues() -> Json:
    dead_letters = {
        "QueueName": _sub("${QueueName}-dead"),
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": DEAD_RETENTION,
        # By name: the two queues cannot refer to each other.
        "RedriveAllowPolicy": {"redrivePermission": "byQueue", "sourceQueueArns": [_sub(_QUEUE_ARN)]},
    }
    queue = {
        "QueueName": {"Ref": "QueueName"},
        "SqsManagedSseEnabled": True,
        "MessageRetentionPeriod": RETENTION,
        "VisibilityTimeout": VISIBILITY,
        "RedrivePolicy": {"deadLetterTargetArn": _arn_of("DeadLetters"), "maxReceiveCount": MOST_RECEIVED},
    }
    return {
        "DeadLetters": {"Type": "AWS::SQS::Queue", "Properties": dead_letters},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
    }


def _rule(pattern: Json, target: Json) -> Json:
    properties = {"Description": OF_RULE, "EventPattern": pattern, "Targets": [target]}
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def _bus_policy() -> Json:
    """Who may send events to the bus, besides roles of this account: the organization, where there is one."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": _arn_of("Bus"),
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}},
    }
    return {
        "Type": "AWS::Events::EventBusPolicy",
        "Condition": "HasOrganization",
        "Properties": {
            "EventBusName": {"Fn::GetAtt": ["Bus", "Name"]},
            "StatementId": "organization",
            "Statement": statement,
        },
    }


def _queue_policy(queue: Any, rules: list[Any]) -> Json:
    """Only these rules write; nobody reads over an open line."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RulesWrite",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue,
                "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
            },
            {
                "Sid": "EncryptedInTransit",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def forwarding_template() -> Json:
    """The rules of another account or Region, which forward to the bus."""
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust["Condition"] = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": {"Ref": "BusArn"}}
    role = {
        "Description": OF_ROLE,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [
            {"PolicyName": "forward-events", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
        ],
    }
    target = {"Id": "bus", "Arn": {"Ref": "BusArn"}, "RoleArn": _arn_of("Role")}
    patterns = event_patterns()
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": OF_FORWARDING,
        "Parameters": {"BusArn": {"Type": "String", "AllowedPattern": "arn:[^:]+:events:.+", "Description": OF_BUS}},
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            **{f"{_words(name)}Rule": _rule(pattern, target) for name, pattern in patterns.items()},
        },
    }
