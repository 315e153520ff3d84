"""What holds for every resource type."""

import importlib
import json
import re

import botocore.session
import pytest
from botocore import xform_name

from ringwall.arn import parse_arn
from ringwall.errors import CollectionError, ConfigurationError, PolicyError
from ringwall.policy import service_reference
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, ResourceType
from ringwall.resources.calls import api_call
from tests.resources.recorded_reader import RECORDINGS, RecordedReader

TYPES = list(RESOURCE_TYPES.values())
OF_EVERY_TYPE = pytest.mark.parametrize("type_", TYPES, ids=[each.name for each in TYPES])

FOUND = [each for each in TYPES if each.find_resource]
FOUND_ONLY = {
    "iam:GetRole",
    "lambda:GetFunctionConfiguration",
    "secretsmanager:DescribeSecret",
    "sqs:GetQueueUrl",
}
"""What only a search for one resource calls."""

OUR_MEMBERS = {"lambdaFunction", "lambdaLayerVersion"}
OUR_FIELDS = {"accountPublicAccessBlock", "blockPublicAccessState"}


def file_of(type_: ResourceType) -> str:
    """`AWS::S3Express::DirectoryBucket` lives in `s3express_directory_bucket`."""
    _, service, name = type_.name.split("::")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=DB)(?=[A-Z])", "_", name)
    return f"{service}_{words}".lower()


def found_by_arn(type_: ResourceType, reader: RecordedReader) -> list[Resource]:
    """The expected resources, each found by its ARN and read."""
    assert type_.find_resource is not None
    found = [type_.find_resource(reader, each["arn"]) for each in reader.expected]
    return [
        Resource(each.arn, type_.name, reader.account, reader.region, type_.read_configuration(reader, each), each.tags)
        for each in found
    ]


def read(type_: ResourceType, reader: RecordedReader) -> list[Resource]:
    return [
        Resource(each.arn, type_.name, reader.account, reader.region, type_.read_configuration(reader, each), each.tags)
        for each in type_.list_resources(reader)
    ]


def test_there_are_the_sixteen_types_of_external_access():
    """
    The API has seventeen types; one of them, IAM users, cannot be shared.
    """
    shapes = botocore.session.get_session().get_service_model("accessanalyzer")

    assert set(RESOURCE_TYPES) == set(shapes.shape_for("ResourceType").enum) - {"AWS::IAM::User"}


@OF_EVERY_TYPE
def test_a_type_lives_in_the_file_named_after_it(type_):
    """
    `AWS::SQS::Queue` is in `sqs_queue.py`, and its recording in `sqs_queue.json`.
    """
    module = importlib.import_module(f"ringwall.resources.{file_of(type_)}")

    assert module.TYPE is type_
    assert (RECORDINGS / f"{file_of(type_)}.json").is_file()


@OF_EVERY_TYPE
def test_a_configuration_is_a_member_of_the_union(type_):
    """
    Members and fields have the names that the API's `Configuration` gives them.
    """
    union = botocore.session.get_session().get_service_model("accessanalyzer").shape_for("Configuration")
    if type_.member in OUR_MEMBERS:
        assert type_.member not in union.members
        return
    fields = {name for each in RecordedReader(file_of(type_)).expected for name in each["configuration"]}

    assert fields - OUR_FIELDS <= set(union.members[type_.member].members)


@OF_EVERY_TYPE
def test_a_recording_reads_as_its_configurations(type_):
    """
    Listing and reading give, in order, every resource with its configuration and tags.
    """
    reader = RecordedReader(file_of(type_))

    found = read(type_, reader)

    seen = [{"arn": each.arn, "configuration": each.configuration, "tags": each.tags} for each in found]
    assert seen == reader.expected


@pytest.mark.parametrize("type_", FOUND, ids=[each.name for each in FOUND])
def test_a_resource_found_by_its_arn_is_the_one_that_was_listed(type_):
    """
    Configuration and tags are the same, whichever way it was come upon.
    """
    reader = RecordedReader(file_of(type_))

    found = found_by_arn(type_, reader)

    assert [
        {"arn": each.arn, "configuration": each.configuration, "tags": each.tags} for each in found
    ] == reader.expected


@OF_EVERY_TYPE
def test_every_recorded_call_is_made_and_declared(type_):
    """
    The calls that a type declares are the calls that it makes: the permissions of a scan are printed from them.
    """
    reader = RecordedReader(file_of(type_))

    read(type_, reader)
    if type_.find_resource:
        found_by_arn(type_, reader)

    assert set(reader.made) == set(reader.recorded)
    assert {call.split()[0] for call in reader.made} == set(type_.calls)


@OF_EVERY_TYPE
def test_what_was_read_is_understood(type_):
    """
    Every recorded configuration translates into sources, of which at least one allows something.
    """
    reader = RecordedReader(file_of(type_))

    sources = [source for resource in read(type_, reader) for source in type_.sources(resource)]

    assert any(source.policy.statements for source in sources)


@OF_EVERY_TYPE
def test_a_configuration_without_fields_shares_nothing(type_):
    """
    An absent field is the type's default, and every default is private.
    """
    resource = Resource(f"arn:aws:x:eu-west-1:111122223333:{type_.member}", type_.name, "111122223333", "eu-west-1")

    assert list(type_.sources(resource)) == []


@OF_EVERY_TYPE
@pytest.mark.parametrize("configuration", [{"quuePolicy": "{}"}, {"Policy": None, "x": 1}, [], "text", 7, None])
def test_a_configuration_of_another_shape_is_an_error(type_, configuration):
    """
    A field that the type does not have, such as a slip of the pen, never reads as "nothing is shared".
    """
    arn = f"arn:aws:x:eu-west-1:111122223333:{type_.member}"
    resource = Resource(arn, type_.name, "111122223333", "eu-west-1", configuration)

    with pytest.raises(ConfigurationError):
        type_.sources(resource)


@OF_EVERY_TYPE
@pytest.mark.parametrize("broken", [17, ["{}"], True, "{", '{"Statement": 3}'])
def test_a_field_of_another_type_is_an_error(type_, broken):
    """
    Whatever stands where a policy, a list or an object belongs is an error, field by field.
    """
    reader = RecordedReader(file_of(type_))
    fields = {name for each in reader.expected for name in each["configuration"]}
    arn = reader.expected[0]["arn"]

    # `sources` need not look at a field that has no effect.
    for name in fields - ({"kmsKeyId"} if type_.member == "secretsManagerSecret" else set()):
        if isinstance(broken, str) and name == "kmsKeyId":
            continue
        with pytest.raises((ConfigurationError, PolicyError)):
            type_.sources(Resource(arn, type_.name, reader.account, reader.region, {name: broken}))


@OF_EVERY_TYPE
def test_a_refused_call_is_an_error_of_the_collection(type_):
    """
    Whichever call AWS refuses: it is never taken for "there is none".
    """
    for operation in type_.calls:
        if operation == "ec2:GetSnapshotBlockPublicAccessState":
            continue  # without it public snapshots count as public
        reader = RecordedReader(file_of(type_))
        reader.refuse(operation)

        with pytest.raises(CollectionError):
            (found_by_arn if operation in FOUND_ONLY else read)(type_, reader)


@OF_EVERY_TYPE
def test_every_call_is_one_that_aws_knows(type_):
    """
    A permission is in the service reference, and leads to an operation that botocore knows.
    """
    session = botocore.session.get_session()
    for permission in type_.calls:
        call = api_call(permission)

        assert service_reference.canonical_action(permission) == permission
        assert call.operation in session.get_service_model(call.service).operation_names


@OF_EVERY_TYPE
def test_recorded_parameters_are_those_of_the_operation(type_):
    """
    What the code asks AWS has the parameters of the API, and what was recorded has the members of its answer.
    """
    session = botocore.session.get_session()
    for recorded in RecordedReader(file_of(type_)).recorded.values():
        call = api_call(recorded["operation"])
        operation = session.get_service_model(call.service).operation_model(call.operation)

        assert set(recorded["parameters"]) <= set(operation.input_shape.members if operation.input_shape else ())
        assert set(recorded.get("answer", {})) <= set(operation.output_shape.members)


@OF_EVERY_TYPE
def test_every_list_can_be_followed_to_its_end(type_):
    """
    botocore has a paginator for the operation, or the table of calls knows how to ask for the next page.
    """
    session = botocore.session.get_session()
    reader = RecordedReader(file_of(type_))

    read(type_, reader)

    assert reader.paged
    for permission, key in reader.paged:
        call = api_call(permission)
        operation = session.get_service_model(call.service).operation_model(call.operation)
        assert key in operation.output_shape.members
        if not session.create_client(call.service, "us-west-2").can_paginate(xform_name(call.operation)):
            parameter, member = call.page_marker
            assert parameter in operation.input_shape.members
            assert member in operation.output_shape.members


@OF_EVERY_TYPE
def test_every_action_of_a_type_is_in_the_service_reference(type_):
    """
    Actions are spelled as AWS spells them, sorted, and never listed twice for the same resources.
    """
    for group in type_.action_groups:
        assert [service_reference.canonical_action(action) for action in group.actions] == list(group.actions)
        assert sorted(set(group.actions)) == list(group.actions)


@OF_EVERY_TYPE
def test_the_resources_of_actions_are_templates_over_an_arn(type_):
    """
    Each fills in to an ARN of the same service.
    """
    arn = RecordedReader(file_of(type_)).expected[0]["arn"]
    for group in type_.action_groups:
        for template in group.resources:
            assert parse_arn(template.format(arn=arn)).service == parse_arn(arn).service


@OF_EVERY_TYPE
def test_a_policy_given_as_an_object_is_the_same_policy(type_):
    """
    Documents may be JSON text, as in the API, or objects.
    """
    reader = RecordedReader(file_of(type_))
    for resource in read(type_, reader):
        opened = Resource(
            resource.arn, resource.type, resource.owner_account, resource.region, _opened(resource.configuration)
        )

        assert [each.policy for each in type_.sources(opened)] == [each.policy for each in type_.sources(resource)]


def _opened(value):
    """The configuration with every text that holds a JSON object replaced by the object."""
    if isinstance(value, dict):
        return {key: _opened(each) for key, each in value.items()}
    return json.loads(value) if isinstance(value, str) and value.startswith("{") else value
