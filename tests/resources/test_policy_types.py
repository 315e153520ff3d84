"""Types that are shared through one policy."""

import json
from pathlib import Path

import pytest

from ringwall.errors import ConfigurationError, PolicyError
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Scope
from tests.resources.sharing import a_policy, a_request, lets_through, sources_of

FIELDS = {
    "AWS::DynamoDB::Stream": "streamPolicy",
    "AWS::DynamoDB::Table": "tablePolicy",
    "AWS::ECR::Repository": "repositoryPolicy",
    "AWS::EFS::FileSystem": "fileSystemPolicy",
    "AWS::IAM::Role": "trustPolicy",
    "AWS::Lambda::Function": "functionPolicy",
    "AWS::Lambda::LayerVersion": "layerVersionPolicy",
    "AWS::S3::Bucket": "bucketPolicy",
    "AWS::S3Express::DirectoryBucket": "bucketPolicy",
    "AWS::SNS::Topic": "topicPolicy",
    "AWS::SQS::Queue": "queuePolicy",
    "AWS::SecretsManager::Secret": "secretPolicy",
}
of_each_type = pytest.mark.parametrize(("name", "field"), FIELDS.items())
ARN = "arn:aws:x:eu-west-1:111122223333:thing"


@of_each_type
def test_the_policy_is_the_source(name, field):
    """
    As it was written, with the text that its spans refer to.
    """
    text = a_policy()

    [source] = sources_of(name, ARN, {field: text})

    assert (source.type.value, source.place, source.text) == ("POLICY", f"/{field}", text)
    assert lets_through(source, a_request("any:Thing", ARN))
    assert [source.index_of(position) for position in range(len(source.policy.statements))] == [0]


@of_each_type
@pytest.mark.parametrize("text", ["", None])
def test_an_empty_text_is_no_policy(name, field, text):
    """
    The API deletes a policy by setting it to nothing.
    """
    assert sources_of(name, ARN, {field: text}) == []


@of_each_type
def test_a_broken_policy_is_an_error(name, field):
    """
    It says where it is broken.
    """
    with pytest.raises(PolicyError, match="line 1, column"):
        sources_of(name, ARN, {field: '{"Statement": [{"Effect": "Maybe"}]}'})


@of_each_type
def test_an_empty_object_is_not_an_absent_policy(name, field):
    """
    A document without statements is not a document.
    """
    with pytest.raises((PolicyError, ConfigurationError)):
        sources_of(name, ARN, {field: {}})


def test_a_document_that_is_nested_without_end_is_an_error():
    """
    Objects come from outside, too.
    """
    document = {}
    for _ in range(100_000):
        document = {"Statement": document}

    with pytest.raises((PolicyError, ConfigurationError)):
        sources_of("AWS::SQS::Queue", ARN, {"queuePolicy": document})


def test_wildcards_mean_the_actions_that_the_service_reports():
    """
    Queues: the actions of the recorded answer, exactly.
    """
    assert RESOURCE_TYPES["AWS::SQS::Queue"].action_groups[0].actions == (
        "sqs:ChangeMessageVisibility",
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:DeleteMessage",
        "sqs:DeleteMessageBatch",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ListDeadLetterSourceQueues",
        "sqs:PurgeQueue",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "sqs:SendMessageBatch",
    )


def test_roles_are_the_only_global_type():
    """
    Buckets are listed Region by Region.
    """
    assert [each.name for each in RESOURCE_TYPES.values() if each.scope is Scope.GLOBAL] == ["AWS::IAM::Role"]


def test_recordings_hold_no_secret_values():
    """
    Only what sharing needs is asked for: no call reads what a resource holds.
    """
    recordings = (Path(__file__).parent / "recordings").glob("*.json")
    operations = {call["operation"] for each in recordings for call in json.loads(each.read_text())["calls"]}

    assert operations.isdisjoint({"secretsmanager:GetSecretValue", "s3:GetObject", "sqs:ReceiveMessage"})
