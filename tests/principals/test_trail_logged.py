"""What CloudTrail would have shown."""

from __future__ import annotations

import botocore.session
import pytest

from ringwall.policy.service_reference import access_level, canonical_action
from ringwall.principals import trail_logged
from ringwall.principals.trail_actions import actions_of
from ringwall.principals.trail_logged import is_logged


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateUser",
        "IAM:createuser",
        "ec2:DescribeInstances",
        "ec2:TerminateInstances",
        "sts:AssumeRole",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
        "s3:ListAllMyBuckets",
        "s3:PutBucketPolicy",
        "secretsmanager:GetSecretValue",
        "organizations:AttachPolicy",
        "lambda:UpdateFunctionCode",
        "dynamodb:CreateTable",
        "sqs:PurgeQueue",
    ],
)
def test_documented_management_events(action):
    """
    Where there is none, the action was not used.
    """
    assert is_logged(action)


@pytest.mark.parametrize(
    "action",
    [
        # Data events.
        "s3:GetObject",
        "s3:ListBucket",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
        "sns:Publish",
        "sqs:SendMessage",
        # No call is named after it.
        "iam:PassRole",
        "sts:TagSession",
        "kms:SynchronizeMultiRegionKey",
        # Checked when another call is made.
        "ec2:CreateTags",
        "iam:TagRole",
        "s3:PutBucketAcl",
        "ec2:RunInstances",
        # Not looked up.
        "logs:PutLogEvents",
        "cloudwatch:PutMetricData",
        "glue:GetTable",
        # None at all.
        "ec2:Fly",
        "nosuchservice:GetThing",
    ],
)
def test_what_is_uncertain_is_not_said_to_be_logged(action):
    """
    It may have been used without a trace.
    """
    assert not is_logged(action)


def test_every_action_is_the_one_of_an_event():
    """
    Of botocore's operations: an action that no event stands for would always look unused.
    """
    session = botocore.session.get_session()
    seen = set()
    for service in (
        "iam",
        "sts",
        "ec2",
        "kms",
        "organizations",
        "secretsmanager",
        "s3",
        "lambda",
        "dynamodb",
        "sns",
        "sqs",
    ):
        for operation in session.get_service_model(service).operation_names:
            seen.update(actions_of(f"{service}.amazonaws.com", operation)[1])
    # S3 has two APIs; in CloudTrail the names of account- and bucket-level calls differ.
    for event in (
        "GetAccountPublicAccessBlock",
        "PutAccountPublicAccessBlock",
        "GetBucketPublicAccessBlock",
        "PutBucketPublicAccessBlock",
        "GetBucketNotification",
        "PutBucketNotification",
    ):
        seen.update(actions_of("s3.amazonaws.com", event)[1])

    assert trail_logged._logged() - seen == set()


def test_the_tables_name_actions_that_there_are():
    """
    As AWS spells them.
    """
    named = [f"{service}:{name}" for service, names in trail_logged._DOCUMENTED.items() for name in names]
    named += [f"{service}:{name}" for service, names in trail_logged._NEVER_CALLED.items() for name in names]

    assert [each for each in named if canonical_action(each) != each] == []


@pytest.mark.parametrize(
    ("action", "left_out", "logged"),
    [
        ("ec2:DescribeInstances", ("read",), False),
        ("ec2:TerminateInstances", ("read",), True),
        ("ec2:DescribeInstances", ("write",), True),
        ("ec2:TerminateInstances", ("write",), False),
        ("kms:Decrypt", ("kms",), False),
        ("kms:Decrypt", ("read",), False),
        ("iam:CreateUser", ("kms",), True),
        ("sts:AssumeRole", ("read",), False),
    ],
)
def test_what_a_trail_leaves_out_is_not_logged(action, left_out, logged):
    """
    CloudTrail calls AssumeRole and Decrypt read-only, IAM does not.
    """
    assert is_logged(action, left_out) is logged


def test_nothing_that_only_tags_is_logged():
    """
    Tags that come with a new resource need the permission, and have no event.
    """
    assert {each for each in trail_logged._logged() if access_level(each) == "Tagging"} == set()
