"""What public access means, rule by rule and type by type."""

import pytest

from ringwall.checks.resource_types import PUBLIC_TYPES
from ringwall.policy.service_reference import services
from tests.checks.documents import public, resource_policy

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}


def condition(operator, key, value):
    return {"Condition": {operator: {key: value}}}


LIMITS = [
    {"Principal": {"AWS": ACCOUNT}},
    {"Principal": {"AWS": ROLE}},
    {"Principal": {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/session"}},
    {"Principal": {"AWS": "AROAEXAMPLEROLEIDABCD"}},
    {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
    {"Principal": {"CanonicalUser": "c" * 64}},
    {"Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/staff"}},
    condition("StringEquals", "aws:PrincipalOrgID", "o-a"),
    condition("StringEqualsIgnoreCase", "aws:PrincipalOrgID", "o-a"),
    condition("StringLike", "aws:PrincipalOrgID", ["o-a", "o-b"]),
    condition("StringEquals", "aws:PrincipalAccount", ACCOUNT),
    condition("StringEquals", "aws:PrincipalServiceName", "cloudtrail.amazonaws.com"),
    condition("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a/*"),
    condition("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-a/r-a/ou-a/"),
    condition("ArnEquals", "aws:PrincipalArn", ROLE),
    condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:*"),
    condition("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{ACCOUNT}:*"),
    condition("ArnEquals", "aws:SourceArn", "arn:aws:s3:::bucket"),
    condition("StringEquals", "aws:SourceAccount", ACCOUNT),
    condition("StringEquals", "AWS:SourceOwner", ACCOUNT),
    condition("StringEquals", "aws:SourceOrgID", "o-a"),
    condition("ForAnyValue:StringLike", "aws:SourceOrgPaths", "o-a/r-a/*"),
    condition("StringEquals", "aws:SourceVpc", "vpc-1"),
    condition("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]),
    condition("ArnLike", "aws:SourceVpcArn", f"arn:aws:ec2:*:{ACCOUNT}:vpc/*"),
    condition("StringEquals", "aws:VpceAccount", ACCOUNT),
    condition("StringEquals", "aws:VpceOrgID", "o-a"),
    condition("ForAnyValue:StringLike", "aws:VpceOrgPaths", "o-a/*"),
    condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    condition("IpAddress", "aws:SourceIp", ["11.0.0.0/8", "192.168.0.0/16", "10.0.0.0/8", "2001:db8::/32"]),
    condition("StringEquals", "aws:userid", "AIDAEXAMPLEUSERIDABCD"),
    condition("StringEquals", "aws:userid", "AROAEXAMPLEROLEIDABCD:session"),
    condition("StringEquals", "kms:CallerAccount", ACCOUNT),
    condition("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"),
    condition("StringEquals", "s3:DataAccessPointAccount", ACCOUNT),
    condition("ArnLike", "s3:DataAccessPointArn", f"arn:aws:s3:*:{ACCOUNT}:accesspoint/*"),
]
NO_LIMITS = [
    {},
    {"Principal": {"AWS": "*"}},
    {"Principal": {"AWS": ["*", ACCOUNT]}},
    {"NotPrincipal": {"AWS": ACCOUNT}},
    {"Principal": {"Service": "*"}},
    {"Principal": {"Federated": "*"}},
    condition("StringLike", "aws:PrincipalOrgID", "o-*"),
    condition("StringLike", "aws:PrincipalOrgID", "o-?"),
    condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a"),
    condition("StringNotEquals", "aws:PrincipalOrgID", "o-a"),
    condition("Null", "aws:PrincipalOrgID", "false"),
    condition("StringLike", "aws:PrincipalAccount", "1111*"),
    condition("NumericLessThan", "aws:SourceAccount", ACCOUNT),
    condition("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-a/*"),
    condition("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-a/*"),
    condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"),
    condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket-*"),
    condition("StringLike", "aws:SourceArn", "*"),
    condition("StringLike", "aws:SourceVpc", "vpc-*"),
    condition("StringNotEquals", "aws:SourceVpc", "vpc-1"),
    condition("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    condition("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "64.0.0.0/7"]),
    condition("IpAddress", "aws:SourceIp", "2001:d00::/31"),
    condition("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    condition("StringLike", "aws:userid", "AROAEXAMPLEROLEIDABCD:*"),
    condition("Bool", "elasticfilesystem:AccessedViaMountTarget", "false"),
    condition("Bool", "aws:PrincipalIsAWSService", "true"),
    condition("Bool", "aws:SecureTransport", "true"),
    condition("StringEquals", "aws:PrincipalTag/team", "red"),
    condition("StringEquals", "aws:PrincipalType", "User"),
    condition("StringEquals", "aws:RequestedRegion", "eu-west-1"),
    condition("StringEquals", "aws:Referer", "https://example.com/"),
    condition("StringEquals", "sts:ExternalId", "secret"),
    condition("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
    condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE"),
    condition("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM"),
    condition("StringEquals", "s3:prefix", "home/"),
    condition("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:*:*:accesspoint/*"),
]
EVERY_RULE_TYPE = "AWS::S3::Bucket"


@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_fixed_value_is_a_limit(limit):
    """
    A statement that names who, from where, or on whose behalf, by fixed values, is not public.
    """
    assert public(resource_policy(limit), EVERY_RULE_TYPE).passes


@pytest.mark.parametrize("statement", NO_LIMITS, ids=str)
def test_whatever_else_is_none(statement):
    """
    Wildcards, wide networks, negations, and keys that the caller chooses limit nobody.
    """
    found = public(resource_policy(statement), EVERY_RULE_TYPE)

    assert found.undecided is None
    assert found.reasons[0].statement_index == 0


def test_one_of_several_keys_is_enough():
    """
    Conditions add up: a fixed value beside a pattern limits; in another statement it does not.
    """
    both = {"Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}}

    assert public(resource_policy(both)).passes
    assert not public(resource_policy({"Condition": VPC}, condition("StringLike", "aws:PrincipalOrgID", "o-*"))).passes


def test_the_public_statement_is_the_reason():
    """
    The first statement that lets in anybody is named, and none of the others.
    """
    found = public(resource_policy({"Condition": VPC}, {"Sid": "Everyone"}))

    assert [reason.as_json() for reason in found.reasons] == [
        {
            "description": "Public access granted in the following statement with sid: Everyone.",
            "statementIndex": 1,
            "statementId": "Everyone",
        }
    ]


@pytest.mark.parametrize(
    "deny",
    [
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}},
        {"Condition": {"StringNotEqualsIfExists": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
        {"Condition": {"ArnNotLike": {"aws:PrincipalArn": ROLE}}},
        {"NotPrincipal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", ROLE]}},
        {},
    ],
    ids=str,
)
def test_a_deny_closes_what_an_allow_opens(deny):
    """
    What is left after the Deny statements counts.
    """
    assert public(resource_policy({}, {"Effect": "Deny", **deny})).passes


@pytest.mark.parametrize(
    "deny",
    [
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a"}}},
        {"Condition": {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/1"}}},
        {"Action": "s3:PutObject", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}},
    ],
    ids=str,
)
def test_a_deny_that_leaves_others_closes_nothing(deny):
    """
    A Deny of some, from a wide network, or for some actions, leaves public access.
    """
    assert not public(resource_policy({}, {"Effect": "Deny", **deny})).passes


def test_a_variable_is_no_fixed_value():
    """
    A condition value that follows from the request fails the check, whether or not it was decided.
    """
    policy = resource_policy(
        condition("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}"), Version="2012-10-17"
    )

    assert not public(policy).passes


@pytest.mark.parametrize("resource_type", PUBLIC_TYPES)
def test_every_type_tells_everybody_from_somebody(resource_type):
    """
    Of every type a policy for everybody is public, one for an account is not, and an action of another service means
    nothing.
    """
    service = PUBLIC_TYPES[resource_type].services[0]

    assert not public(resource_policy({"Action": f"{service}:*"}), resource_type).passes
    assert not public(resource_policy({}), resource_type).passes
    assert public(resource_policy({"Principal": {"AWS": ACCOUNT}}), resource_type).passes
    assert public(resource_policy({"Action": "mechanicalturk:*"}), resource_type).passes


def test_every_service_of_the_table_is_one():
    """
    The prefixes are those of the service reference.
    """
    named = {service for each in PUBLIC_TYPES.values() for service in each.services}

    assert named <= set(services())


@pytest.mark.parametrize("resource_type", ["AWS::S3::AccessPoint", "AWS::S3Express::AccessPoint"])
@pytest.mark.parametrize("service", ["s3", "s3express"])
@pytest.mark.parametrize(
    ("key", "value"),
    [("DataAccessPointArn", f"arn:aws:s3:*:{ACCOUNT}:accesspoint/*"), ("DataAccessPointAccount", ACCOUNT)],
)
def test_an_access_point_is_no_limit_to_itself(resource_type, service, key, value):
    """
    In an access point's own policy the keys that name access points hold for every request; in a bucket's they limit.
    """
    policy = resource_policy(condition("StringLike", f"{service}:{key}", value))

    assert not public(policy, resource_type).passes
    assert public(policy, "AWS::S3::Bucket").passes


@pytest.mark.parametrize(
    ("resource_type", "statement", "passes"),
    [
        # Amazon EFS User Guide: the default policy of the console.
        (
            "AWS::EFS::FileSystem",
            {
                "Principal": {"AWS": "*"},
                "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                **condition("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"),
            },
            True,
        ),
        ("AWS::EFS::FileSystem", {"Action": "elasticfilesystem:ClientMount"}, False),
        # AWS KMS Developer Guide: the policy of an AWS managed key.
        (
            "AWS::KMS::Key",
            {
                "Principal": {"AWS": "*"},
                "Action": "kms:Decrypt",
                "Condition": {
                    "StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "s3.us-east-1.amazonaws.com"}
                },
            },
            True,
        ),
        (
            "AWS::KMS::Key",
            {"Action": "kms:Decrypt", **condition("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com")},
            False,
        ),
        # AWS Lambda Developer Guide: function URLs, and permissions of services.
        (
            "AWS::Lambda::Function",
            {"Action": "lambda:InvokeFunctionUrl", **condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE")},
            False,
        ),
        (
            "AWS::Lambda::Function",
            {
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                **condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket"),
            },
            True,
        ),
        # Amazon SNS Developer Guide: the default policy of a topic.
        (
            "AWS::SNS::Topic",
            {"Principal": {"AWS": "*"}, "Action": "sns:*", **condition("StringEquals", "AWS:SourceOwner", ACCOUNT)},
            True,
        ),
        (
            "AWS::SQS::Queue",
            {
                "Action": "sqs:SendMessage",
                **condition("ArnEquals", "aws:SourceArn", f"arn:aws:sns:us-east-1:{ACCOUNT}:t"),
            },
            True,
        ),
        (
            "AWS::ApiGateway::RestApi",
            {"Action": "execute-api:Invoke", **condition("IpAddress", "aws:SourceIp", "203.0.113.0/24")},
            True,
        ),
        (
            "AWS::ApiGateway::RestApi",
            {"Action": "execute-api:Invoke", **condition("IpAddress", "aws:VpcSourceIp", "10.0.0.0/16")},
            False,
        ),
        ("AWS::OpenSearchService::Domain", {"Action": "es:ESHttpGet"}, False),
        (
            "AWS::OpenSearchService::Domain",
            {"Action": "es:*", **condition("IpAddress", "aws:SourceIp", ["203.0.113.5", "198.51.100.0/24"])},
            True,
        ),
        (
            "AWS::S3::Glacier",
            {"Action": "glacier:DeleteArchive", **condition("NumericLessThan", "glacier:ArchiveAgeInDays", "365")},
            False,
        ),
        (
            "AWS::SecretsManager::Secret",
            {"Action": "secretsmanager:GetSecretValue", **condition("StringEquals", "aws:PrincipalOrgID", "o-a")},
            True,
        ),
        ("AWS::Backup::BackupVault", {"Action": "backup:CopyIntoBackupVault"}, False),
        ("AWS::CodeArtifact::Domain", {"Action": "codeartifact:ReadFromRepository"}, False),
    ],
    ids=str,
)
def test_policies_as_the_services_document_them(resource_type, statement, passes):
    """
    Policies of the services' own guides are public or not as their readers expect.
    """
    assert public(resource_policy(statement), resource_type).passes is passes


GITHUB = "token.actions.githubusercontent.com"
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"


@pytest.mark.parametrize(
    ("provider", "claims", "passes"),
    [
        (f"arn:aws:iam::{ACCOUNT}:saml-provider/staff", {}, True),
        (OIDC, {}, False),
        (OIDC, {f"{GITHUB}:aud": "sts.amazonaws.com"}, False),
        (OIDC, {f"{GITHUB}:sub": "repo:me/app:ref:refs/heads/main"}, True),
        (OIDC, {f"{GITHUB}:sub": "repo:me/*"}, True),
        (OIDC, {f"{GITHUB}:sub": "repo:me/app:*", f"{GITHUB}:aud": "sts.amazonaws.com"}, True),
        (OIDC, {f"{GITHUB}:sub": "repo:me*"}, False),
        (OIDC, {f"{GITHUB}:sub": "repo:*"}, False),
        (OIDC, {f"{GITHUB}:sub": "repo:*/app:*"}, False),
        (OIDC, {f"{GITHUB}:sub": "*:me/*"}, False),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/{EKS}", {f"{EKS}:sub": "system:serviceaccount:prod:*"}, True),
        (f"arn:aws:iam::{ACCOUNT}:oidc-provider/{EKS}", {f"{EKS}:sub": "system:serviceaccount:*"}, False),
        ("cognito-identity.amazonaws.com", {}, False),
        ("cognito-identity.amazonaws.com", {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"}, True),
        ("cognito-identity.amazonaws.com", {"cognito-identity.amazonaws.com:aud": "us-east-1:*"}, False),
        ("cognito-identity.amazonaws.com", {"cognito-identity.amazonaws.com:amr": "unauthenticated"}, False),
        ("accounts.google.com", {"accounts.google.com:aud": "app"}, True),
        ("accounts.google.com", {"accounts.google.com:email": "me@example.com"}, True),
        ("graph.facebook.com", {"graph.facebook.com:app_id": "1"}, True),
        ("www.amazon.com", {"www.amazon.com:user_id": "amzn1.account.ABC"}, True),
    ],
)
def test_who_comes_through_an_identity_provider(provider, claims, passes):
    """
    A SAML provider is somebody. Of an OpenID Connect provider anybody may be a user, until a claim says who.
    """
    statement = {
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": claims},
    }

    assert public(resource_policy(statement), "AWS::IAM::AssumeRolePolicyDocument").passes is passes


def test_a_role_that_everybody_can_assume_is_public():
    """
    An external id guards a deputy; it does not say who may call.
    """
    statement = {
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
        **condition("StringEquals", "sts:ExternalId", "secret"),
    }

    assert not public(resource_policy(statement), "AWS::IAM::AssumeRolePolicyDocument").passes
