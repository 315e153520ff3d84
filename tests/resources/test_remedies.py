"""How changed configurations are written to AWS: the calls of every type, in the API's words."""

import json

import botocore.session
import pytest

from ringwall.errors import NotSupportedError
from ringwall.policy import service_reference
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource
from ringwall.resources.calls import api_call
from tests.findings.fix_cases import ARNS, DOOR
from tests.findings.sharing_cases import OWNER, PARTNER, document, statement

OF_EVERY_TYPE = pytest.mark.parametrize("name", RESOURCE_TYPES)
FIELDS = {
    "AWS::DynamoDB::Stream": "streamPolicy",
    "AWS::DynamoDB::Table": "tablePolicy",
    "AWS::ECR::Repository": "repositoryPolicy",
    "AWS::Lambda::Function": "functionPolicy",
    "AWS::S3::Bucket": "bucketPolicy",
    "AWS::S3Express::DirectoryBucket": "bucketPolicy",
    "AWS::SQS::Queue": "queuePolicy",
    "AWS::SecretsManager::Secret": "secretPolicy",
}
ALWAYS = {"AWS::EFS::FileSystem": "fileSystemPolicy", "AWS::IAM::Role": "trustPolicy", "AWS::SNS::Topic": "topicPolicy"}
ONE = document(statement(Sid="one"))
BOTH = document(statement(Sid="one"), statement(Sid="two", Principal={"AWS": PARTNER}))
OTHER = document(statement(Sid="one", Action="x:y"))


class Answering:
    """An AWS that knows a few answers."""

    account, region, partition = OWNER, "us-east-1", "aws"

    def __init__(self, **answers):
        self.answers = answers

    def call(self, operation, **_):
        return self.answers[operation.partition(":")[2]]

    def find(self, operation, *_, **__):
        return self.answers.get(operation.partition(":")[2])

    def pages(self, operation, key, **_):
        return iter(self.answers[operation.partition(":")[2]][key])


def calls_for(name, old, new, **answers):
    """The operations that make a configuration another one, each with its parameters."""
    resource = Resource(ARNS[name], name, OWNER, "us-east-1", old)
    answers = {"GetQueueUrl": {"QueueUrl": "https://queue"}, **answers}
    calls = RESOURCE_TYPES[name].remedy.calls(Answering(**answers), resource, new)
    for call in calls:
        assert call.operation in RESOURCE_TYPES[name].remedy.writes
        _check_against_botocore(call)
    return [(call.operation, dict(call.parameters)) for call in calls]


def _check_against_botocore(call):
    """The parameters are those of the operation, and none that it needs is missing."""
    where = api_call(call.operation)
    shape = botocore.session.get_session().get_service_model(where.service).operation_model(where.operation).input_shape
    report = botocore.validate.ParamValidator().validate(dict(call.parameters), shape)
    assert not report.has_errors(), report.generate_report()


@OF_EVERY_TYPE
def test_every_type_can_be_written(name):
    """
    By calls that are in the service reference and known to botocore.
    """
    remedy = RESOURCE_TYPES[name].remedy

    assert list(remedy.writes) == sorted(remedy.writes)
    for permission in remedy.writes:
        call = api_call(permission)
        model = botocore.session.get_session().get_service_model(call.service)
        assert service_reference.canonical_action(permission) == permission
        assert call.operation in model.operation_names


@pytest.mark.parametrize(("name", "field"), {**FIELDS, **ALWAYS}.items())
def test_a_changed_policy_is_put_as_a_whole(name, field):
    """
    As it is written in the configuration.
    """
    [(operation, parameters)] = calls_for(name, {field: BOTH}, {field: OTHER})

    assert operation.partition(":")[2].startswith(("Put", "Set", "Update"))
    assert OTHER in json.loads(json.dumps([*parameters.values(), parameters.get("Attributes", {}).get("Policy")]))


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
def test_a_policy_that_is_gone_is_deleted(name, field):
    """
    A queue's is set to nothing, and a function's statements are removed.
    """
    [(operation, parameters)] = calls_for(name, {field: ONE}, {field: ""})

    if name == "AWS::SQS::Queue":
        assert parameters["Attributes"] == {"Policy": ""}
    else:
        assert operation.partition(":")[2].startswith(("Delete", "RemovePermission"))


@pytest.mark.parametrize(("name", "field"), ALWAYS.items())
def test_a_policy_that_has_to_be_is_never_deleted(name, field):
    """
    The type says so, and the search for fixes keeps to it.
    """
    assert RESOURCE_TYPES[name].remedy.needs_policy
    assert all("Delete" not in operation for operation, _ in calls_for(name, {field: BOTH}, {field: ONE}))


def test_a_statement_of_a_function_is_removed_by_its_sid():
    """
    The function's other permissions are not touched.
    """
    name = "AWS::Lambda::Function"

    calls = calls_for(name, {"functionPolicy": BOTH}, {"functionPolicy": ONE})

    assert calls == [("lambda:RemovePermission", {"FunctionName": ARNS[name], "StatementId": "two"})]


def test_a_statement_of_a_layer_is_removed_by_its_sid():
    """
    And nothing else can be done about its policy.
    """
    name = "AWS::Lambda::LayerVersion"

    calls = calls_for(name, {"layerVersionPolicy": BOTH}, {"layerVersionPolicy": ONE})

    parameters = {"LayerName": "l", "VersionNumber": 1, "StatementId": "two"}
    assert calls == [("lambda:RemoveLayerVersionPermission", parameters)]
    with pytest.raises(NotSupportedError):
        calls_for(name, {"layerVersionPolicy": ONE}, {"layerVersionPolicy": OTHER})


@pytest.mark.parametrize("statements", [[statement()], [statement(Sid="a"), statement(Sid="a", Action="x:y")]])
def test_a_statement_that_no_sid_names_is_not_removed_by_it(statements):
    """
    It has none, or another one has the same.
    """
    name = "AWS::Lambda::Function"
    left = document(*statements[1:]) if statements[1:] else ""

    [(operation, _)] = calls_for(name, {"functionPolicy": document(*statements)}, {"functionPolicy": left})

    assert operation in ("lambda:DeleteResourcePolicy", "lambda:PutResourcePolicy")


def test_a_snapshot_is_told_what_comes_and_goes():
    """
    First what comes, so that nobody is without access in between.
    """
    old, new = {"userIds": [PARTNER], "groups": ["all"]}, {"userIds": [PARTNER, OWNER], "groups": []}

    [(_, come), (_, gone)] = calls_for("AWS::EC2::Snapshot", old, new)

    assert (come["OperationType"], come["UserIds"]) == ("add", [OWNER])
    assert (gone["OperationType"], gone["GroupNames"]) == ("remove", ["all"])
    assert come["SnapshotId"] == gone["SnapshotId"] == "snap-0123456789abcdef0"


@pytest.mark.parametrize("name", ["AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"])
def test_a_database_snapshot_is_told_what_goes(name):
    """
    Of its attribute restore.
    """
    shared = [{"attributes": {"restore": {"accountIds": each}}} for each in (["all", PARTNER], ["all"])]

    [(_, parameters)] = calls_for(name, *shared)

    assert (parameters["AttributeName"], parameters["ValuesToRemove"]) == ("restore", [PARTNER])
    assert "ValuesToAdd" not in parameters


def test_of_two_grants_alike_one_is_revoked():
    """
    Grants are told by what they say.
    """
    listed = {"GranteePrincipal": f"arn:aws:iam::{PARTNER}:role/r", "Operations": ["Decrypt"]}
    grants = [{"granteePrincipal": listed["GranteePrincipal"], "operations": ["Decrypt"]}] * 2
    policies = {"keyPolicies": {"default": ONE}}
    answer = {"Grants": [{**listed, "GrantId": "1"}, {**listed, "GrantId": "2"}]}

    calls = calls_for(
        "AWS::KMS::Key", {**policies, "grants": grants}, {**policies, "grants": grants[:1]}, ListGrants=answer
    )

    assert calls == [("kms:RevokeGrant", {"KeyId": ARNS["AWS::KMS::Key"], "GrantId": "2"})]


def test_a_key_policy_is_put_and_no_grant_touched():
    """
    Where only the policy has changed.
    """
    old, new = ({"keyPolicies": {"default": each}, "grants": []} for each in (ONE, OTHER))

    [(operation, parameters)] = calls_for("AWS::KMS::Key", old, new, ListGrants={"Grants": []})

    assert (operation, parameters["PolicyName"], parameters["Policy"]) == ("kms:PutKeyPolicy", "default", OTHER)


def test_an_acl_keeps_the_grants_of_its_owner():
    """
    They are no part of the configuration.
    """
    grants = [{"permission": "READ", "grantee": {"id": each}} for each in ("c", "d")]
    listed = [
        {"Permission": permission, "Grantee": {"Type": "CanonicalUser", "ID": each}}
        for permission, each in (("FULL_CONTROL", "me"), ("READ", "c"), ("READ", "d"))
    ]
    answer = {"Owner": {"ID": "me"}, "Grants": listed}
    old, new = ({"bucketAclGrants": each} for each in (grants, grants[1:]))

    [(_, parameters)] = calls_for("AWS::S3::Bucket", old, new, GetBucketAcl=answer)

    assert parameters["AccessControlPolicy"] == {"Owner": {"ID": "me"}, "Grants": [listed[0], listed[2]]}


@pytest.mark.parametrize(("text", "operation"), [(ONE, "s3:PutAccessPointPolicy"), ("", "s3:DeleteAccessPointPolicy")])
def test_an_access_point_is_written_by_its_name(text, operation):
    """
    In the account that it belongs to.
    """
    old, new = ({"accessPoints": {DOOR: {"accessPointPolicy": each}}} for each in (BOTH, text))

    [(made, parameters)] = calls_for("AWS::S3::Bucket", old, new)

    assert (made, parameters["AccountId"], parameters["Name"]) == (operation, OWNER, "door")


def test_a_multi_region_access_point_is_left_to_people():
    """
    Its policy takes effect some time after the call, so that nobody could say whether the finding is gone.
    """
    door = f"arn:aws:s3::{OWNER}:accesspoint/m.mrap"
    old, new = ({"accessPoints": {door: {"accessPointPolicy": each}}} for each in (BOTH, ONE))

    with pytest.raises(NotSupportedError, match="by hand"):
        calls_for("AWS::S3::Bucket", old, new)
