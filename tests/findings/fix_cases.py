"""Random shared resources of every type, for the tests of fixes."""

import json
from dataclasses import replace

from hypothesis import strategies as st

from ringwall.policy.render import render_policy
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource
from tests.findings.sharing_cases import BUCKET_WORDS, QUEUE_WORDS, sharing_policies
from tests.strategies import ONE, TWO

OTHER = "444444444444"
ARNS = {
    "AWS::DynamoDB::Stream": f"arn:aws:dynamodb:us-east-1:{ONE}:table/t/stream/2026-01-01T00:00:00.000",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:us-east-1:{ONE}:table/t",
    "AWS::EC2::Snapshot": "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0",
    "AWS::ECR::Repository": f"arn:aws:ecr:us-east-1:{ONE}:repository/repo",
    "AWS::EFS::FileSystem": f"arn:aws:elasticfilesystem:us-east-1:{ONE}:file-system/fs-0123456789abcdef0",
    "AWS::IAM::Role": f"arn:aws:iam::{ONE}:role/r",
    "AWS::KMS::Key": f"arn:aws:kms:us-east-1:{ONE}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "AWS::Lambda::Function": f"arn:aws:lambda:us-east-1:{ONE}:function:f",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:us-east-1:{ONE}:layer:l:1",
    "AWS::RDS::DBClusterSnapshot": f"arn:aws:rds:us-east-1:{ONE}:cluster-snapshot:s",
    "AWS::RDS::DBSnapshot": f"arn:aws:rds:us-east-1:{ONE}:snapshot:s",
    "AWS::S3::Bucket": "arn:aws:s3:::b",
    "AWS::S3Express::DirectoryBucket": f"arn:aws:s3express:us-east-1:{ONE}:bucket/b--use1-az4--x-s3",
    "AWS::SNS::Topic": f"arn:aws:sns:us-east-1:{ONE}:t",
    "AWS::SQS::Queue": f"arn:aws:sqs:us-east-1:{ONE}:q",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:us-east-1:{ONE}:secret:s-AbCdEf",
}
_FIELDS = {
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


def words_of(name):
    """The vocabulary of the policies of a type's resources: a few of its actions, in several spellings."""
    if name == "AWS::S3::Bucket":
        return BUCKET_WORDS
    arn, [group, *_] = ARNS[name], RESOURCE_TYPES[name].action_groups
    first, last = group.actions[0], group.actions[-1]
    service = first.partition(":")[0]
    return replace(
        QUEUE_WORDS,
        actions=(first, last.lower(), f"{service}:*", "*", f"{service}:{last[len(service) + 1 :][:3]}*"),
        resources=("*", arn, f"{arn[:-1]}?", f"arn:aws:{service}:*"),
        requested_actions=(first, last),
        requested_resources=(arn,),
    )


def policies_of(name):
    """Texts of policies, most of which let somebody in; in one line or in several."""
    return st.builds(
        render_policy,
        sharing_policies(words_of(name)),
        st.sampled_from((None, 2)),
    )


_ACCOUNTS = st.lists(st.sampled_from((ONE, TWO, OTHER)), max_size=3, unique=True)
_PRINCIPALS = st.sampled_from(
    (f"arn:aws:iam::{ONE}:role/r", f"arn:aws:iam::{TWO}:role/r", f"arn:aws:iam::{OTHER}:user/u")
)
_KMS_GRANTS = st.lists(
    st.fixed_dictionaries(
        {"granteePrincipal": _PRINCIPALS, "operations": st.sampled_from((["Decrypt"], ["Decrypt", "Encrypt"]))},
        optional={
            "retiringPrincipal": _PRINCIPALS,
            "constraints": st.just({"encryptionContextSubset": {"team": "a"}}),
        },
    ),
    max_size=3,
)
_GRANTEES = st.sampled_from(
    (
        {"id": "c" * 64},
        {"id": "d" * 64},
        {"uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
        {"uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
    )
)
_ACL = st.lists(
    st.fixed_dictionaries(
        {"permission": st.sampled_from(("READ", "WRITE", "READ_ACP", "FULL_CONTROL")), "grantee": _GRANTEES}
    ),
    max_size=3,
)
DOOR = f"arn:aws:s3:us-east-1:{ONE}:accesspoint/door"


def _point(text):
    """The policy of an access point to the same bucket, from one of the bucket."""
    return text.replace("arn:aws:s3:::b/*", f"{DOOR}/object/*").replace('"arn:aws:s3:::b"', f'"{DOOR}"')


def configurations(name):
    """Configurations of a type's resources."""
    if name == "AWS::KMS::Key":
        return st.builds(
            lambda text, grants: {"keyPolicies": {"default": text}, "grants": grants}, policies_of(name), _KMS_GRANTS
        )
    if name == "AWS::EC2::Snapshot":
        groups = st.sampled_from(([], ["all"]))
        return st.builds(lambda ids, groups: {"userIds": ids, "groups": groups, "kmsKeyId": ""}, _ACCOUNTS, groups)
    if name.startswith("AWS::RDS::"):
        ids = st.builds(lambda ids, everybody: [*ids, *everybody], _ACCOUNTS, st.sampled_from(([], ["all"])))
        return ids.map(lambda each: {"attributes": {"restore": {"accountIds": each}}, "kmsKeyId": ""})
    if name == "AWS::S3::Bucket":
        some = st.one_of(st.just(""), policies_of(name))
        points = st.one_of(st.just({}), policies_of(name).map(_point).map(_points))
        return st.builds(
            lambda text, acl, points: {"bucketPolicy": text, "bucketAclGrants": acl, "accessPoints": points},
            some,
            _ACL,
            points,
        )
    return policies_of(name).map(lambda text: {_FIELDS[name]: text})


def _points(text):
    block = {"ignorePublicAcls": False, "restrictPublicBuckets": False}
    return {DOOR: {"accessPointPolicy": text, "publicAccessBlock": block}}


def resources(name):
    """Shared resources of a type."""
    return configurations(name).map(lambda each: Resource(ARNS[name], name, ONE, "us-east-1", each))


def opened(value):
    """A configuration with every policy as an object."""
    if isinstance(value, dict):
        return {key: opened(each) for key, each in value.items()}
    return json.loads(value) if isinstance(value, str) and value.startswith("{") else value
