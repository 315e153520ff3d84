"""The templates for Terraform, in its JSON syntax, which every JSON parser can check: a file `events.tf.json`."""

from __future__ import annotations

import json

from ringwall.collector.event_patterns import (
    DEAD_RETENTION,
    MOST_RECEIVED,
    OF_BUS,
    OF_ORGANIZATION,
    OF_ROLE,
    OF_RULE,
    RETENTION,
    VISIBILITY,
    Json,
    bus_pattern,
    event_patterns,
)

_QUEUE = "${aws_sqs_queue.ringwall.arn}"
_BUS = "${aws_cloudwatch_event_bus.ringwall.arn}"
_PREFIX = "ringwall-"


def queue_template(queue_name: str) -> Json:
    """The queue, and the rules and the event bus that fill it."""
    rules = {**_rules(), "elsewhere": _elsewhere()}
    targets = {name: _target(name, arn=_QUEUE) for name in rules}
    targets["elsewhere"]["event_bus_name"] = "${aws_cloudwatch_event_bus.ringwall.name}"
    documents = {
        "ringwall_queue": _queue_policy(rules),
        "ringwall_bus": _bus_policy(),
    }
    return {
        "variable": {
            "queue_name": {"type": "string", "default": queue_name, "description": "The name of the queue"},
            "organization_id": {"type": "string", "default": "", "description": OF_ORGANIZATION},
        },
        "data": {"aws_iam_policy_document": documents},
        "resource": {
            **_queues(),
            "aws_cloudwatch_event_bus": {"ringwall": {"name": "${var.queue_name}"}},
            "aws_cloudwatch_event_bus_policy": {
                "ringwall": {
                    "count": '${var.organization_id == "" ? 0 : 1}',
                    "event_bus_name": "${aws_cloudwatch_event_bus.ringwall.name}",
                    "policy": "${data.aws_iam_policy_document.ringwall_bus.json}",
                }
            },
            "aws_cloudwatch_event_rule": rules,
            "aws_cloudwatch_event_target": targets,
        },
        "output": {
            "queue_url": {"value": "${aws_sqs_queue.ringwall.url}"},
            "queue_arn": {"value": _QUEUE},
            "bus_arn": {"value": _BUS},
        },
    }


def _queues() -> Json:
    dead_letters = {
        "name": "${var.queue_name}-dead",
        "sqs_managed_sse_enabled": True,
        "message_retention_seconds": DEAD_RETENTION,
    }
    queue = {
        "name": "${var.queue_name}",
        "sqs_managed_sse_enabled": True,
        "message_retention_seconds": RETENTION,
        "visibility_timeout_seconds": VISIBILITY,
        "redrive_policy": '${jsonencode({"deadLetterTargetArn" = aws_sqs_queue.ringwall_dead.arn, '
        f'"maxReceiveCount" = {MOST_RECEIVED}}})}}',
    }
    allowed = '${jsonencode({"redrivePermission" = "byQueue", "sourceQueueArns" = [aws_sqs_queue.ringwall.arn]})}'
    return {
        "aws_sqs_queue": {"ringwall_dead": dead_letters, "ringwall": queue},
        "aws_sqs_queue_redrive_allow_policy": {
            "ringwall_dead": {"queue_url": "${aws_sqs_queue.ringwall_dead.url}", "redrive_allow_policy": allowed}
        },
        "aws_sqs_queue_policy": {
            "ringwall": {
                "queue_url": "${aws_sqs_queue.ringwall.url}",
                "policy": "${data.aws_iam_policy_document.ringwall_queue.json}",
            }
        },
    }


def _rules() -> Json:
    return {
        name: {"name": f"{_PREFIX}{name}", "description": OF_RULE, "event_pattern": json.dumps(pattern)}
        for name, pattern in event_patterns().items()
    }


def _elsewhere() -> Json:
    return {
        "name": f"{_PREFIX}elsewhere",
        "description": OF_RULE,
        "event_bus_name": "${aws_cloudwatch_event_bus.ringwall.name}",
        "event_pattern": json.dumps(bus_pattern()),
    }


def _target(rule: str, **properties: str) -> Json:
    return {"rule": f"${{aws_cloudwatch_event_rule.{rule}.name}}", "target_id": "ringwall", **properties}


def _queue_policy(rules: Json) -> Json:
    """Only these rules write; nobody reads over an open line."""
    sources = [f"${{aws_cloudwatch_event_rule.{name}.arn}}" for name in rules]
    writes = {
        "sid": "RulesWrite",
        "actions": ["sqs:SendMessage"],
        "resources": [_QUEUE],
        "principals": {"type": "Service", "identifiers": ["events.amazonaws.com"]},
        "condition": {"test": "ArnEquals", "variable": "aws:SourceArn", "values": sources},
    }
    encrypted = {
        "sid": "EncryptedInTransit",
        "effect": "Deny",
        "actions": ["sqs:*"],
        "resources": [_QUEUE],
        "principals": {"type": "*", "identifiers": ["*"]},
        "condition": {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]},
    }
    return {"statement": [writes, encrypted]}


def _bus_policy() -> Json:
    """Who may send events to the bus, besides roles of this account: the organization, where there is one."""
    organization = {
        "sid": "Organization",
        "actions": ["events:PutEvents"],
        "resources": [_BUS],
        "principals": {"type": "*", "identifiers": ["*"]},
        "condition": {
            "test": "StringEquals",
            "variable": "aws:PrincipalOrgID",
            "values": ["${var.organization_id}"],
        },
    }
    return {"statement": organization}


def forwarding_template() -> Json:
    """The rules of another account or Region, which forward to the bus."""
    rules = _rules()
    role = "${aws_iam_role.ringwall_events.arn}"
    trust = {
        "statement": {
            "actions": ["sts:AssumeRole"],
            "principals": {"type": "Service", "identifiers": ["events.amazonaws.com"]},
            "condition": {
                "test": "StringEquals",
                "variable": "aws:SourceAccount",
                "values": ["${data.aws_caller_identity.current.account_id}"],
            },
        }
    }
    forwards = {"statement": {"actions": ["events:PutEvents"], "resources": ["${var.bus_arn}"]}}
    return {
        "variable": {"bus_arn": {"type": "string", "description": OF_BUS}},
        "data": {
            "aws_caller_identity": {"current": {}},
            "aws_iam_policy_document": {"ringwall_events_trust": trust, "ringwall_events": forwards},
        },
        "resource": {
            "aws_iam_role": {
                "ringwall_events": {
                    "name_prefix": "ringwall-events-",
                    "description": OF_ROLE,
                    "assume_role_policy": "${data.aws_iam_policy_document.ringwall_events_trust.json}",
                }
            },
            "aws_iam_role_policy": {
                "ringwall_events": {
                    "name": "forward-events",
                    "role": "${aws_iam_role.ringwall_events.id}",
                    "policy": "${data.aws_iam_policy_document.ringwall_events.json}",
                }
            },
            "aws_cloudwatch_event_rule": rules,
            "aws_cloudwatch_event_target": {name: _target(name, arn="${var.bus_arn}", role_arn=role) for name in rules},
        },
    }
