"""From the names of events to the names of actions."""

from __future__ import annotations

import botocore.session
import pytest

from ringwall.policy.service_reference import canonical_action, services
from ringwall.principals import trail_actions
from ringwall.principals.trail_actions import actions_of


@pytest.mark.parametrize(
    ("service", "name", "actions"),
    [
        ("s3", "GetObject", ["s3:GetObject"]),
        ("s3", "HeadObject", ["s3:GetObject"]),
        ("s3", "ListBuckets", ["s3:ListAllMyBuckets"]),
        ("s3", "ListObjects", ["s3:ListBucket"]),
        ("s3", "ListObjectsV2", ["s3:ListBucket"]),
        ("s3", "CopyObject", ["s3:GetObject", "s3:PutObject"]),
        ("s3", "UploadPart", ["s3:PutObject"]),
        ("s3", "CompleteMultipartUpload", ["s3:PutObject"]),
        ("s3", "DeleteObjects", ["s3:DeleteObject"]),
        ("s3", "GetBucketCors", ["s3:GetBucketCORS"]),
        ("s3", "DeleteBucketEncryption", ["s3:PutEncryptionConfiguration"]),
        ("s3", "PutBucketReplication", ["s3:PutReplicationConfiguration"]),
        ("lambda", "Invoke", ["lambda:InvokeFunction"]),
        ("lambda", "Invoke20150331", ["lambda:InvokeFunction"]),
        ("lambda", "UpdateFunctionCode20150331v2", ["lambda:UpdateFunctionCode"]),
        ("cloudfront", "UpdateDistribution2014_11_06", ["cloudfront:UpdateDistribution"]),
        ("monitoring", "PutMetricAlarm", ["cloudwatch:PutMetricAlarm"]),
        ("email", "SendEmail", ["ses:SendEmail"]),
        ("tagging", "GetResources", ["tag:GetResources"]),
        ("streams.dynamodb", "DescribeStream", ["dynamodb:DescribeStream"]),
        ("kms", "ReEncrypt", ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("sts", "AssumeRole", ["sts:AssumeRole"]),
        ("sts", "AssumeRoleWithSAML", ["sts:AssumeRoleWithSAML"]),
        ("sqs", "SendMessageBatch", ["sqs:SendMessage"]),
        ("sns", "PublishBatch", ["sns:Publish"]),
        ("apigateway", "CreateRestApi", ["apigateway:POST"]),
        ("apigateway", "GetApis", ["apigateway:GET"]),
        ("apigateway", "UpdateStage", ["apigateway:PATCH"]),
        ("apigateway", "CreateRoutingRule", ["apigateway:CreateRoutingRule"]),
        ("elasticloadbalancing", "CreateTargetGroup", ["elasticloadbalancing:CreateTargetGroup"]),
        ("logs", "FilterLogEvents", ["logs:FilterLogEvents"]),
        ("states", "StartExecution", ["states:StartExecution"]),
        ("rdsdata", "ExecuteStatement", ["rds-data:ExecuteStatement"]),
    ],
)
def test_an_event_stands_for_actions(service, name, actions):
    """
    Of the service whose policies name them.
    """
    namespace, found = actions_of(f"{service}.amazonaws.com", name)

    assert list(found) == actions
    assert namespace == actions[0].partition(":")[0]


@pytest.mark.parametrize(("service", "name"), [("signin", "ConsoleLogin"), ("ec2", "BidEvictedEvent")])
def test_an_event_that_is_no_action_is_still_a_use_of_the_service(service, name):
    """
    Its namespace is known.
    """
    assert actions_of(f"{service}.amazonaws.com", name) == (service, ())


def test_a_source_without_permissions_has_no_namespace():
    """
    Nobody can say what was used.
    """
    assert actions_of("nosuchservice.amazonaws.com", "GetThing") == ("", ())


def test_partitions_share_names():
    """
    China's endpoints end otherwise.
    """
    assert actions_of("ec2.amazonaws.com.cn", "RunInstances") == ("ec2", ("ec2:RunInstances",))


def test_the_tables_name_actions_and_services_that_there_are():
    """
    A slip of the pen would hide a use.
    """
    named = {
        f"{service}:{action}"
        for service, events in trail_actions._ACTIONS.items()
        for actions in events.values()
        for action in actions
    }

    assert {each for each in named if canonical_action(each) != each} == set()
    assert set(trail_actions._NAMESPACES.values()) <= set(services())


@pytest.mark.parametrize("version", ["apigateway", "apigatewayv2"])
def test_every_call_of_api_gateway_has_its_verb(version):
    """
    As botocore's model has it, but for calls that are actions of their own.
    """
    model = botocore.session.get_session().get_service_model(version)
    for name in model.operation_names:
        _, actions = actions_of("apigateway.amazonaws.com", name)

        verb = f"apigateway:{model.operation_model(name).http['method']}"
        assert verb in actions or actions == (f"apigateway:{name}",), name


def test_sources_of_botocore_are_known():
    """
    Every endpoint whose signing name is a namespace leads to that namespace, as far as its source is named after it.
    """
    session = botocore.session.get_session()
    for service in (
        "cloudwatch",
        "ses",
        "resourcegroupstaggingapi",
        "dynamodbstreams",
        "lex-models",
        "mturk",
        "iot-data",
    ):
        source = session.get_service_model(service).metadata["endpointPrefix"].replace("data-ats", "data")

        assert actions_of(f"{source}.amazonaws.com", "X")[0], service
