"""How each type of resource is shared, one rule after the other, from its configuration to its findings."""

import pytest

from ringwall.resources.base import Resource
from tests.findings.sharing_cases import (
    AWS_ANY,
    MEMBER,
    OWNER,
    PARTNER,
    a_queue,
    access_of,
    document,
    findings_of,
    statement,
)

PARTNER_ALONE = [({"AWS": PARTNER}, {})]
EVERYBODY = [(AWS_ANY, {})]


# AWS IAM

ROLE = f"arn:aws:iam::{OWNER}:role/r"
SAML = f"arn:aws:iam::{OWNER}:saml-provider/idp"
GITHUB = f"arn:aws:iam::{OWNER}:oidc-provider/token.actions.githubusercontent.com"


def a_role(principal, action="sts:AssumeRole", **elements):
    policy = document(statement(Principal=principal, Action=action, Resource=None, **elements))
    return Resource(ROLE, "AWS::IAM::Role", OWNER, "aws-global", {"trustPolicy": policy})


def test_a_provider_of_the_own_account_is_outside():
    """
    Whom it vouches for is decided elsewhere.
    """
    [found] = findings_of(a_role({"Federated": SAML}, "sts:AssumeRoleWithSAML"))

    assert (dict(found.principal), found.exposure.value) == ({"Federated": SAML}, "federated")


def test_the_claims_of_a_provider_are_told():
    """
    Audience and subject say who can assume the role.
    """
    claims = {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:o/r:*"},
    }

    [found] = findings_of(a_role({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition=claims))

    assert dict(found.condition) == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:o/r:*",
    }


def test_an_external_id_is_told_and_makes_nobody_trusted():
    """
    It guards against a confused deputy; the account stays external.
    """
    condition = {"StringEquals": {"sts:ExternalId": "x1"}}

    assert access_of(a_role({"AWS": PARTNER}, Condition=condition)) == [({"AWS": PARTNER}, {"sts:ExternalId": "x1"})]


def test_a_role_for_a_service_or_for_its_own_account_is_no_finding():
    """
    Neither is outside the zone.
    """
    assert findings_of(a_role({"Service": "ec2.amazonaws.com"})) == ()
    assert findings_of(a_role({"AWS": f"arn:aws:iam::{OWNER}:role/deploy"})) == ()


def test_a_role_for_everybody_is_public():
    """
    `{"AWS": "*"}` in a trust policy.
    """
    [found] = findings_of(a_role({"AWS": "*"}))

    assert (found.is_public, found.action) == (True, ("sts:AssumeRole",))


def test_a_principal_that_was_deleted_is_told_by_its_unique_id():
    """
    Which account it belonged to cannot be said, so it counts as outside.
    """
    assert access_of(a_role({"AWS": "AROAEXAMPLEDELETED123"})) == [({"AWS": "AROAEXAMPLEDELETED123"}, {})]


# AWS KMS

KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DEFAULT = statement(Principal={"AWS": f"arn:aws:iam::{OWNER}:root"}, Action="kms:*")


def a_key(*statements, grants=()):
    configuration = {"keyPolicies": {"default": document(DEFAULT, *statements)}, "grants": list(grants)}
    return Resource(KEY, "AWS::KMS::Key", OWNER, "us-east-1", configuration)


def a_grant(**fields):
    return {"granteePrincipal": f"arn:aws:iam::{PARTNER}:role/r", "operations": ["Decrypt"], **fields}


def test_the_default_key_policy_is_no_finding():
    """
    It lets in the account that owns the key.
    """
    assert findings_of(a_key()) == ()


def test_a_grant_to_an_outsider_is_a_finding():
    """
    The operations of the grant are its actions.
    """
    [found] = findings_of(a_key(grants=[a_grant(operations=["Decrypt", "GenerateDataKey"])]))

    assert dict(found.principal) == {"AWS": f"arn:aws:iam::{PARTNER}:role/r"}
    assert found.action == ("kms:Decrypt", "kms:GenerateDataKey")
    assert found.allowed_by[0].source == "KMS_GRANT"
    assert found.allowed_by[0].place == "/grants/0"


def test_a_retiring_principal_may_retire_the_grant():
    """
    Also where the grantee is of the owner's account.
    """
    grant = a_grant(granteePrincipal=f"arn:aws:iam::{OWNER}:role/r", retiringPrincipal=f"arn:aws:iam::{PARTNER}:role/q")

    [found] = findings_of(a_key(grants=[grant]))

    assert (dict(found.principal), found.action) == (
        {"AWS": f"arn:aws:iam::{PARTNER}:role/q"},
        ("kms:RetireGrant",),
    )


def test_a_grant_to_a_service_is_no_finding():
    """
    That is how services use keys on behalf of the account.
    """
    assert findings_of(a_key(grants=[a_grant(granteePrincipal="rds.amazonaws.com")])) == ()


def test_the_constraints_of_a_grant_hold_for_its_witness():
    """
    The encryption context is in the request that proves the finding.
    """
    [found] = findings_of(a_key(grants=[a_grant(constraints={"encryptionContextSubset": {"team": "a"}})]))

    assert found.witness.context["kms:encryptioncontext:team"] == ("a",)


def test_a_deny_of_the_key_policy_overrides_a_grant():
    """
    The refused operation is left out; with none left there is no finding.
    """
    refusal = statement(Effect="Deny", Action="kms:Decrypt")

    [found] = findings_of(a_key(refusal, grants=[a_grant(operations=["Decrypt", "Encrypt"])]))

    assert found.action == ("kms:Encrypt",)
    assert findings_of(a_key(refusal, grants=[a_grant()])) == ()


def test_the_service_a_key_is_used_through_limits_nobody():
    """
    `kms:ViaService` says how, not who.
    """
    condition = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}

    [found] = findings_of(a_key(statement(Principal={"AWS": "*"}, Action="kms:Decrypt", Condition=condition)))

    assert (found.is_public, dict(found.condition)) == (True, {})


# AWS Lambda

FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:f"


def a_function(*statements, **configuration):
    whole = {"functionPolicy": document(*statements), **configuration}
    return Resource(FUNCTION, "AWS::Lambda::Function", OWNER, "us-east-1", whole)


def url_for(auth_type):
    condition = {"StringEquals": {"lambda:FunctionUrlAuthType": auth_type}}
    return statement(Action="lambda:InvokeFunctionUrl", Resource=FUNCTION, Condition=condition)


def test_a_function_url_without_authentication_is_public():
    """
    Everybody may invoke it, and the finding says through what.
    """
    [found] = findings_of(a_function(url_for("NONE"), functionUrlAuthType="NONE"))

    assert (found.is_public, found.exposure.value) == (True, "public")
    assert dict(found.condition) == {"lambda:FunctionUrlAuthType": "NONE"}


def test_a_policy_for_an_authentication_that_the_url_does_not_have_shares_nothing():
    """
    The URL authenticates by IAM; nobody calls it otherwise.
    """
    assert findings_of(a_function(url_for("NONE"), functionUrlAuthType="AWS_IAM")) == ()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"AWS:SourceAccount": OWNER}}, []),
        ({"StringEquals": {"AWS:SourceAccount": PARTNER}}, [(AWS_ANY, {"aws:SourceAccount": PARTNER})]),
        ({"ArnLike": {"AWS:SourceArn": f"arn:aws:sns:us-east-1:{OWNER}:t"}}, []),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-theirs00"}}, [(AWS_ANY, {"aws:PrincipalOrgID": "o-theirs00"})]),
        ({"StringEquals": {"lambda:EventSourceToken": "skill"}}, [(AWS_ANY, {"lambda:EventSourceToken": "skill"})]),
    ],
)
def test_the_conditions_that_permissions_of_functions_have(condition, expected):
    """
    What AddPermission writes for SourceAccount, SourceArn, PrincipalOrgID and EventSourceToken.
    """
    found = access_of(a_function(statement(Action="lambda:InvokeFunction", Resource=FUNCTION, Condition=condition)))

    assert found == expected


def test_a_layer_for_everybody_is_public():
    """
    A layer version has a policy of its own.
    """
    policy = document(statement(Action="lambda:GetLayerVersion"))
    arn = f"arn:aws:lambda:us-east-1:{OWNER}:layer:l:1"
    resource = Resource(arn, "AWS::Lambda::LayerVersion", OWNER, "us-east-1", {"layerVersionPolicy": policy})

    [found] = findings_of(resource)

    assert (found.is_public, found.action) == (True, ("lambda:GetLayerVersion",))


# Amazon SNS, SQS, Secrets Manager, EFS, ECR

TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:t"


@pytest.mark.parametrize(
    ("account", "expected"), [(OWNER, []), (PARTNER, [({"AWS": "*"}, {"aws:SourceOwner": PARTNER})])]
)
def test_the_default_policy_of_a_topic_trusts_its_source_owner(account, expected):
    """
    Everybody on behalf of the owner is the owner; on behalf of another account it is not.
    """
    condition = {"StringEquals": {"AWS:SourceOwner": account}}
    policy = document(statement(Principal={"AWS": "*"}, Action="SNS:Publish", Resource=TOPIC, Condition=condition))

    assert access_of(Resource(TOPIC, "AWS::SNS::Topic", OWNER, "us-east-1", {"topicPolicy": policy})) == expected


def test_a_queue_for_a_bucket_has_no_account_to_trust():
    """
    The ARN of a bucket names no account, so that a foreign bucket may stand behind it.
    """
    condition = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}

    assert access_of(a_queue(statement(Action="sqs:SendMessage", Condition=condition))) == [
        (AWS_ANY, {"aws:SourceArn": "arn:aws:s3:::b"})
    ]


@pytest.mark.parametrize("key", ["", "alias/aws/secretsmanager", "arn:aws:kms:us-east-1:111111111111:key/k"])
def test_a_secret_is_shared_whatever_key_encrypts_it(key):
    """
    The key may change without anybody looking at the policy again.
    """
    arn = f"arn:aws:secretsmanager:us-east-1:{OWNER}:secret:s-a1b2c3"
    policy = document(statement(Principal={"AWS": PARTNER}, Action="secretsmanager:GetSecretValue"))
    configuration = {"secretPolicy": policy, "kmsKeyId": key}

    found = access_of(Resource(arn, "AWS::SecretsManager::Secret", OWNER, "us-east-1", configuration))

    assert found == PARTNER_ALONE


def test_a_file_system_that_is_reached_through_a_mount_target_is_not_public():
    """
    Clients that reach a mount target are somebody outside; the network limits who that is.
    """
    arn = f"arn:aws:elasticfilesystem:us-east-1:{OWNER}:file-system/fs-1"
    condition = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    action = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    policy = document(statement(Principal={"AWS": "*"}, Action=action, Condition=condition))

    [found] = findings_of(Resource(arn, "AWS::EFS::FileSystem", OWNER, "us-east-1", {"fileSystemPolicy": policy}))

    assert dict(found.condition) == {"elasticfilesystem:AccessedViaMountTarget": "true"}
    assert (found.is_public, found.exposure.value) == (False, "network")


def test_a_repository_policy_has_no_resource():
    """
    It is about the repository that it hangs on.
    """
    arn = f"arn:aws:ecr:us-east-1:{OWNER}:repository/r"
    policy = document(statement(Principal={"AWS": PARTNER}, Action="ecr:BatchGetImage", Resource=None))

    [found] = findings_of(Resource(arn, "AWS::ECR::Repository", OWNER, "us-east-1", {"repositoryPolicy": policy}))

    assert (dict(found.principal), found.action) == ({"AWS": PARTNER}, ("ecr:BatchGetImage",))


# Snapshots


def a_volume_snapshot(**configuration):
    arn = "arn:aws:ec2:us-east-1::snapshot/snap-1"
    return Resource(arn, "AWS::EC2::Snapshot", OWNER, "us-east-1", configuration)


def a_db_snapshot(type_, accounts, key=""):
    configuration = {"attributes": {"restore": {"accountIds": accounts}}, "kmsKeyId": key}
    return Resource(f"arn:aws:rds:us-east-1:{OWNER}:snapshot:s", type_, OWNER, "us-east-1", configuration)


def test_a_volume_snapshot_for_all_is_public_unless_it_is_encrypted_or_blocked():
    """
    An encrypted one is shared with accounts alone; so is every one where the Region blocks all public sharing.
    """
    shared = {"groups": ["all"], "userIds": [PARTNER]}

    assert access_of(a_volume_snapshot(groups=["all"])) == EVERYBODY
    assert access_of(a_volume_snapshot(**shared, kmsKeyId="k")) == PARTNER_ALONE
    assert access_of(a_volume_snapshot(**shared, blockPublicAccessState="block-all-sharing")) == PARTNER_ALONE
    assert access_of(a_volume_snapshot(groups=["all"], blockPublicAccessState="block-new-sharing")) == EVERYBODY


@pytest.mark.parametrize("type_", ["AWS::RDS::DBSnapshot", "AWS::RDS::DBClusterSnapshot"])
def test_a_database_snapshot_for_all_is_public_unless_it_is_encrypted(type_):
    """
    The attribute `restore` lists accounts, or `all`.
    """
    assert access_of(a_db_snapshot(type_, ["all"])) == EVERYBODY
    assert access_of(a_db_snapshot(type_, ["all", PARTNER], "k")) == PARTNER_ALONE
    assert access_of(a_db_snapshot(type_, [OWNER])) == []


# Amazon DynamoDB


def a_table(action, resource="*"):
    arn = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/t"
    policy = document(statement(Principal={"AWS": PARTNER}, Action=action, Resource=resource))
    return Resource(arn, "AWS::DynamoDB::Table", OWNER, "us-east-1", {"tablePolicy": policy})


def test_actions_that_no_other_account_can_use_are_no_access_to_a_table():
    """
    Backups and PartiQL do not work from another account.
    """
    assert (
        findings_of(a_table(["dynamodb:CreateBackup", "dynamodb:PartiQLSelect", "dynamodb:DeleteResourcePolicy"])) == ()
    )


def test_an_index_alone_is_access_to_its_table():
    """
    The policy of a table is that of its indexes too.
    """
    arn = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/t"

    [found] = findings_of(a_table("dynamodb:Query", f"{arn}/index/*"))

    assert (found.resource, found.action) == (arn, ("dynamodb:Query",))
    assert found.witness.resource.startswith(f"{arn}/index/")


def test_a_stream_has_a_policy_of_its_own():
    """
    What counts are the actions that read a stream.
    """
    arn = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/t/stream/2024-01-01T00:00:00.000"
    policy = document(statement(Principal={"AWS": MEMBER}, Action="dynamodb:*"))

    [found] = findings_of(Resource(arn, "AWS::DynamoDB::Stream", OWNER, "us-east-1", {"streamPolicy": policy}))

    assert found.action == ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


def test_an_action_that_no_service_has_grants_nothing():
    """
    A name that is unknown is inert.
    """
    assert findings_of(a_queue(statement(Action="sqs:SendMassage"))) == ()
