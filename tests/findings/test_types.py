"""How each type of resource is shared, one rule after the other, from its configuration to its findings."""

import pytest

from ringwall.resources.base import Resource
from tests.findings.sharing_cases import (
    AWS_ANY,
    BUCKET,
    MEMBER,
    OWNER,
    PARTNER,
    QUEUE,
    a_bucket,
    a_queue,
    access_of,
    document,
    findings_of,
    statement,
)

ALL_USERS = {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}
AUTHENTICATED = {"uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
LOG_DELIVERY = {"uri": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
CANONICAL = "c" * 64
PARTNER_ALONE = [({"AWS": PARTNER}, {})]
EVERYBODY = [(AWS_ANY, {})]


def granting(permission, grantee):
    return {"bucketAclGrants": [{"permission": permission, "grantee": grantee}]}


def block(**switches):
    return {"ignorePublicAcls": False, "restrictPublicBuckets": False, **switches}


# Amazon S3: ACLs


@pytest.mark.parametrize(("group", "exposure"), [(ALL_USERS, "public"), (AUTHENTICATED, "any-aws-principal")])
def test_a_grant_to_a_group_of_everybody_is_public(group, exposure):
    """
    All users are everybody; authenticated users are everybody with an account, which is just as public.
    """
    [found] = findings_of(a_bucket(**granting("READ", group)))

    assert (dict(found.principal), found.is_public, found.exposure.value) == (AWS_ANY, True, exposure)
    assert found.action == ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions")
    assert [source.as_json() for source in found.sources] == [{"type": "BUCKET_ACL"}]


def test_a_grant_to_log_delivery_is_no_finding():
    """
    The group of log delivery is an AWS service.
    """
    assert findings_of(a_bucket(**granting("WRITE", LOG_DELIVERY))) == ()


def test_a_grant_to_a_canonical_user_names_it():
    """
    The other account is known by its canonical user id alone.
    """
    [found] = findings_of(a_bucket(**granting("WRITE_ACP", {"id": CANONICAL})))

    assert (dict(found.principal), found.action) == ({"CanonicalUser": CANONICAL}, ("s3:PutBucketAcl",))


@pytest.mark.parametrize("where", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_ignored_public_acls_are_no_finding(where):
    """
    IgnorePublicAcls drops the groups of everybody, of the bucket or of the account, and spares other grantees.
    """
    grants = [{"permission": "READ", "grantee": grantee} for grantee in (ALL_USERS, AUTHENTICATED, {"id": CANONICAL})]

    found = access_of(a_bucket(bucketAclGrants=grants, **{where: block(ignorePublicAcls=True)}))

    assert found == [({"CanonicalUser": CANONICAL}, {})]


def test_a_deny_of_the_bucket_policy_binds_its_acl():
    """
    An explicit Deny overrides a grant of the ACL.
    """
    refusal = statement(Effect="Deny", Action="s3:ListBucket*")

    assert findings_of(a_bucket(refusal, **granting("READ", ALL_USERS))) == ()


def test_a_bucket_shared_by_policy_and_acl_is_one_finding_with_both_sources():
    """
    The same principal through two doors is one finding.
    """
    [found] = findings_of(a_bucket(statement(Action="s3:ListBucket", Resource=BUCKET), **granting("READ", ALL_USERS)))

    assert [source.type for source in found.sources] == ["POLICY", "BUCKET_ACL"]


# Amazon S3: Block Public Access

SERVICE_STATEMENT = statement(Principal={"Service": "logging.s3.amazonaws.com"}, Action="s3:PutObject")
PARTNER_STATEMENT = statement(Principal={"AWS": PARTNER}, Action="s3:GetObject")
PUBLIC_STATEMENT = statement(Action="s3:GetObject")


@pytest.mark.parametrize("where", ["bucketPublicAccessBlock", "accountPublicAccessBlock"])
def test_a_restricted_public_policy_lets_no_outsider_in(where):
    """
    RestrictPublicBuckets cuts off other accounts too, as long as one statement of the policy is public.
    """
    statements = (SERVICE_STATEMENT, PARTNER_STATEMENT, PUBLIC_STATEMENT)

    assert findings_of(a_bucket(*statements, **{where: block(restrictPublicBuckets=True)})) == ()


def test_a_restricted_policy_that_is_not_public_works_as_it_says():
    """
    Without the public statement the other account is back.
    """
    resource = a_bucket(SERVICE_STATEMENT, PARTNER_STATEMENT, bucketPublicAccessBlock=block(restrictPublicBuckets=True))

    assert access_of(resource) == PARTNER_ALONE


@pytest.mark.parametrize(
    ("condition", "is_public"),
    [
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/31"}}, True),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:333333333333:t"}}, False),
        ({"StringEquals": {"aws:userid": "AROAEXAMPLEEXAMPLE123:x"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE123:*"}}, True),
        ({"StringEquals": {"s3:prefix": "x"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:SourceVpc": "${aws:username}"}}, True),
    ],
)
def test_only_fixed_values_keep_a_policy_from_being_public(condition, is_public):
    """
    S3's meaning of public: see the Amazon S3 User Guide, "The meaning of public".
    """
    found = findings_of(a_bucket(statement(Action="s3:GetObject", Condition=condition)))

    assert {each.is_public for each in found if not each.error} == {is_public}


# Amazon S3: access points

POINT = f"arn:aws:s3:us-east-1:{OWNER}:accesspoint/ap"
MULTI_REGION = f"arn:aws:s3::{OWNER}:accesspoint/m1234.mrap"
DELEGATION = statement(Action="s3:*", Condition={"StringEquals": {"s3:DataAccessPointAccount": OWNER}})
OPEN = {"publicAccessBlock": block()}
FROM_VPC = {"networkOrigin": {"vpcConfiguration": {"vpcId": "vpc-0abc1234"}}}


def through(*statements, arn=POINT, **more):
    return {"accessPoints": {arn: {"accessPointPolicy": document(*statements), **OPEN, **more}}}


def for_objects(principal, arn=POINT):
    return statement(Principal=principal, Action="s3:GetObject", Resource=f"{arn}/object/*")


def test_a_bucket_that_delegates_to_its_own_access_points_is_not_shared_by_that():
    """
    Whoever comes through needs a policy of an access point, and there is none.
    """
    assert findings_of(a_bucket(DELEGATION)) == ()


@pytest.mark.parametrize("arn", [POINT, MULTI_REGION])
def test_a_delegating_bucket_is_shared_by_the_policy_of_its_access_point(arn):
    """
    The finding names the access point, of one Region or of many.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects({"AWS": PARTNER}, arn), arn=arn)))

    assert (dict(found.principal), found.action) == ({"AWS": PARTNER}, ("s3:GetObject",))
    assert [source.as_json() for source in found.sources] == [
        {"type": "S3_ACCESS_POINT", "detail": {"accessPointArn": arn}}
    ]


def test_an_access_point_without_delegation_shares_nothing():
    """
    A request through it needs the permission of the bucket as well.
    """
    assert findings_of(a_bucket(**through(for_objects({"AWS": PARTNER})))) == ()


def test_a_bucket_policy_for_its_own_account_is_no_delegation_to_others():
    """
    The bucket lets its own account in alone; the partner's permission at the access point does not help.
    """
    own = statement(Principal={"AWS": OWNER}, Action="s3:*")

    assert findings_of(a_bucket(own, **through(for_objects({"AWS": PARTNER})))) == ()


def test_a_public_access_point_is_public():
    """
    Everybody at an access point of the internet, whose blocks are off.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects("*"))))

    assert (dict(found.principal), found.is_public) == (AWS_ANY, True)


def test_an_access_point_of_a_vpc_is_never_public():
    """
    Everybody who is in the VPC gets in, which is somebody outside, but not the public.
    """
    [found] = findings_of(a_bucket(DELEGATION, **through(for_objects("*"), **FROM_VPC)))

    assert (dict(found.principal), dict(found.condition)) == (AWS_ANY, {"aws:SourceVpc": "vpc-0abc1234"})
    assert found.is_public is False


def test_an_access_point_that_restricts_public_policies_lets_nobody_in_through_one():
    """
    Its own RestrictPublicBuckets is on unless the configuration says otherwise.
    """
    points = {"accessPoints": {POINT: {"accessPointPolicy": document(for_objects("*"))}}}

    assert findings_of(a_bucket(DELEGATION, **points)) == ()


THEIRS = statement(Action="s3:GetObject", Condition={"StringEquals": {"s3:DataAccessPointAccount": PARTNER}})


def test_delegation_to_the_access_points_of_another_account_is_public():
    """
    Their policies cannot be seen: they may let in anybody.
    """
    [found] = findings_of(a_bucket(THEIRS))

    assert (dict(found.principal), found.is_public) == (AWS_ANY, True)
    assert [source.as_json() for source in found.sources] == [
        {"type": "S3_ACCESS_POINT_ACCOUNT", "detail": {"accessPointAccount": PARTNER}}
    ]


def test_restricted_delegation_to_the_access_points_of_another_account_is_for_that_account():
    """
    With RestrictPublicBuckets what is left is the account of the access points.
    """
    [found] = findings_of(a_bucket(THEIRS, bucketPublicAccessBlock=block(restrictPublicBuckets=True)))

    assert found.is_public is False
    assert found.exposure.value == "cross-account"
    assert PARTNER in (found.principal.get("AWS"), found.condition.get("aws:PrincipalAccount"))
    assert found.sources[0].type == "S3_ACCESS_POINT_ACCOUNT"


def test_a_session_of_a_directory_bucket_is_told_with_its_mode():
    """
    `s3express:SessionMode` is a condition that readers need to know.
    """
    arn = f"arn:aws:s3express:us-east-1:{OWNER}:bucket/b--use1-az4--x-s3"
    read_only = {"StringEquals": {"s3express:SessionMode": "ReadOnly"}}
    policy = document(statement(Principal={"AWS": PARTNER}, Action="s3express:CreateSession", Condition=read_only))
    resource = Resource(arn, "AWS::S3Express::DirectoryBucket", OWNER, "us-east-1", {"bucketPolicy": policy})

    assert access_of(resource) == [({"AWS": PARTNER}, {"s3express:SessionMode": "ReadOnly"})]


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


# What all policies have in common


def test_a_statement_about_another_resource_shares_nothing():
    """
    A policy hangs on one resource; what it says of others has no effect.
    """
    assert findings_of(a_queue(statement(Resource=QUEUE + "2"))) == ()


def test_an_object_action_on_the_bucket_itself_grants_nothing():
    """
    `s3:GetObject` works on objects.
    """
    assert findings_of(a_bucket(statement(Action="s3:GetObject", Resource=BUCKET))) == ()
    assert findings_of(a_bucket(statement(Action="s3:ListBucket", Resource=f"{BUCKET}/*"))) == ()


def test_an_action_that_no_service_has_grants_nothing():
    """
    A name that is unknown is inert.
    """
    assert findings_of(a_queue(statement(Action="sqs:SendMassage"))) == ()
