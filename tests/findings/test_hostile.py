"""Input made to break the analysis: it ends, with a clear answer, and what is public beside it is still found."""

import json
import os

import pytest

from ringwall.findings.external_access import ExternalAccess
from ringwall.resources import RESOURCE_TYPES
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
    document,
    findings_of,
    statement,
    zone,
)

# The nightly run takes ten thousand of everything; that each answer comes in time shows with a thousand as well.
MANY = 10_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 1_000
ACCOUNTS = [f"{200_000_000_000 + number}" for number in range(MANY)]
PLANTED = a_bucket(statement(Action="s3:GetObject", Resource=f"{BUCKET}/*"))


def raw(text):
    return Resource(QUEUE, "AWS::SQS::Queue", OWNER, "us-east-1", {"queuePolicy": text})


def shared(value=None, **elements):
    """A policy with one statement, as text; `value` takes the place of its Sid, unescaped."""
    text = document(statement(**elements))
    return text if value is None else text.replace('{"Effect"', f'{{"Sid": {value}, "Effect"', 1)


UNREADABLE = {
    "nothing but a brace": "{",
    "no JSON": "Allow everything to everybody",
    "a number": "12",
    "a list": "[]",
    "null": "null",
    "text": '"text"',
    "an empty object": "{}",
    "truncated in a text": shared()[:-20],
    "truncated at the end": shared()[:-1],
    "more behind the end": shared() + "}",
    "two documents": shared() + shared(),
    "100,000 open lists": "[" * 100_000,
    "100,000 nested lists": '{"Statement": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "100,000 nested objects": '{"Statement": ' * 100_000 + "1" + "}" * 100_000,
    "deeply nested values": document(statement(Condition={"StringEquals": {"aws:SourceVpc": "@"}})).replace(
        '"@"', "[" * 5_000 + "]" * 5_000
    ),
    "a lone surrogate, escaped": shared('"\\ud800"'),
    "a lone surrogate, as it is": shared('"\ud800"'),
    "a control character": shared('"\x00"'),
    "the same element twice": shared().replace('"Effect"', '"Effect": "Allow", "Effect"', 1),
    "the same key of a condition twice": shared(Condition={"StringEquals": {"a": "1"}}).replace(
        '"a": "1"', '"aws:SourceVpc": "1", "aws:SourceVpc": "2"'
    ),
    "a number where an action belongs": shared(Action=7),
    "a number where a principal belongs": shared(Principal={"AWS": 111122223333}),
    "a number where an effect belongs": shared(Effect=1),
    "an object where a resource belongs": shared(Resource={}),
    "a list where a condition belongs": shared(Condition=[]),
    "null where a statement belongs": '{"Statement": [null]}',
    "a number without an end": '{"Statement": ' + "9" * 100_000 + "}",
    "NaN": '{"Version": NaN}',
    "an unknown effect": shared(Effect="allow"),
    "an unknown operator": shared(Condition={"StringResembles": {"aws:SourceVpc": "x"}}),
    "an unknown element": shared(Actions="*"),
    "an unknown version": document(statement(), version="2030-01-01"),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_policy_that_cannot_be_read_is_one_error_finding(text):
    """
    The finding says what is wrong, in a few words whatever the size of the policy, and where.
    """
    [found] = findings_of(raw(text))

    assert found.error == "INTERNAL_ERROR"
    assert 10 < len(found.error_message) < 1_000


def test_bytes_that_are_no_text_are_an_error_finding():
    """
    A configuration holds text: bytes are refused, not decoded by guess.
    """
    [found] = findings_of(raw(b'\xff\xfe{"Statement": []}'))

    assert found.error == "INTERNAL_ERROR"


WRONG = (None, 0, 1.5, True, "", "{", "x", [], [None], [[]], {}, {"": None}, {"default": 1}, b"\xff", {"Statement": 1})


def fields_of(type_):
    fields = {
        "AWS::S3::Bucket": (
            *("bucketPolicy", "bucketAclGrants", "bucketPublicAccessBlock", "accountPublicAccessBlock", "accessPoints"),
        ),
        "AWS::S3Express::DirectoryBucket": ("bucketPolicy", "accessPoints"),
        "AWS::IAM::Role": ("trustPolicy",),
        "AWS::KMS::Key": ("keyPolicies", "grants"),
        "AWS::Lambda::Function": ("functionPolicy", "functionUrlAuthType"),
        "AWS::Lambda::LayerVersion": ("layerVersionPolicy",),
        "AWS::SQS::Queue": ("queuePolicy",),
        "AWS::SNS::Topic": ("topicPolicy",),
        "AWS::SecretsManager::Secret": ("secretPolicy", "kmsKeyId"),
        "AWS::EFS::FileSystem": ("fileSystemPolicy",),
        "AWS::EC2::Snapshot": ("userIds", "groups", "kmsKeyId", "blockPublicAccessState"),
        "AWS::ECR::Repository": ("repositoryPolicy",),
        "AWS::RDS::DBSnapshot": ("attributes", "kmsKeyId"),
        "AWS::RDS::DBClusterSnapshot": ("attributes", "kmsKeyId"),
        "AWS::DynamoDB::Table": ("tablePolicy",),
        "AWS::DynamoDB::Stream": ("streamPolicy",),
    }
    return fields[type_]


@pytest.mark.parametrize("type_", RESOURCE_TYPES)
def test_a_configuration_of_the_wrong_shape_is_an_error_finding_or_shares_nothing(type_):
    """
    Whatever stands in a field of any type, the analysis ends, and no access is made up.
    """
    shapes = [{name: value} for name in fields_of(type_) for value in WRONG]

    for configuration in (*shapes, {"unheardOf": "x"}, {}):
        found = findings_of(Resource("arn:aws:x:us-east-1:1:y", type_, OWNER, "us-east-1", configuration))

        assert all(each.error for each in found), configuration


@pytest.mark.parametrize("type_", RESOURCE_TYPES)
def test_a_configuration_that_is_no_object_is_an_error_finding(type_):
    """
    A list, a text or nothing where the configuration belongs does not stop the analysis.
    """
    for configuration in (None, [], "x", 7):
        found = findings_of(Resource("arn:aws:x:us-east-1:1:y", type_, OWNER, "us-east-1", configuration))

        assert [each.error for each in found] == ["INTERNAL_ERROR"], configuration


@pytest.mark.parametrize(
    "arn",
    ["", "*", "arn", "arn:aws:sqs:::", "arn:aws:sqs:*:*:*", "{arn}", "arn:aws:sqs:us-east-1:1:\ud800", "a" * 100_000],
)
@pytest.mark.parametrize("type_", RESOURCE_TYPES)
def test_an_odd_name_of_a_resource_is_no_crash(type_, arn):
    """
    The name of a resource comes from outside too.
    """
    configuration = {fields_of(type_)[0]: document(statement())} if "olicy" in fields_of(type_)[0] else {}

    found = findings_of(Resource(arn, type_, OWNER, "us-east-1", configuration))

    assert all(each.error or each.witness for each in found)


def test_a_type_that_is_unknown_is_an_error_finding():
    """
    What is not supported is said, not skipped.
    """
    [found] = findings_of(Resource("arn:aws:glacier:us-east-1:1:v", "AWS::Glacier::Vault", OWNER, "us-east-1"))

    assert found.error == "INTERNAL_ERROR"
    assert "AWS::Glacier::Vault" in found.error_message


STARS = ["*" + "a*" * count + "b" for count in range(1, 60)]
ROLES = [f"arn:aws:iam::{MEMBER}:role/r{number}" for number in range(MANY)]


def conditioned(operator, key, values):
    return [statement(Condition={operator: {key: value}}) for value in values]


def refusing(operator, key, values):
    return [statement(), *({**each, "Effect": "Deny"} for each in conditioned(operator, key, values))]


HUGE = {
    "many times the same account": [statement(Principal={"AWS": PARTNER})] * MANY,
    "many accounts, a statement each": [statement(Principal={"AWS": account}) for account in ACCOUNTS],
    "many accounts in one statement": [statement(Principal={"AWS": ACCOUNTS})],
    "many roles of one account": [statement(Principal={"AWS": role}) for role in ROLES],
    "many denied accounts": [statement(), *(statement(Effect="Deny", Principal={"AWS": each}) for each in ACCOUNTS)],
    "many spared accounts": [statement(), statement(Effect="Deny", NotPrincipal={"AWS": ACCOUNTS}, Principal=None)],
    "many patterns of roles": conditioned(
        "ArnLike", "aws:PrincipalArn", [f"arn:aws:iam::{account}:role/*" for account in ACCOUNTS]
    ),
    "many patterns of any account's roles": conditioned(
        "StringLike", "aws:PrincipalArn", [f"arn:aws:iam::*:role/r{number}*" for number in range(MANY)]
    ),
    "many networks": conditioned("IpAddress", "aws:SourceIp", [f"20.{i // 256}.{i % 256}.0/24" for i in range(MANY)]),
    "many refused networks": refusing(
        "IpAddress", "aws:SourceIp", [f"20.{i // 256}.{i % 256}.0/24" for i in range(MANY)]
    ),
    "many VPCs": conditioned("StringEquals", "aws:SourceVpc", [f"vpc-{number}" for number in range(MANY)]),
    "patterns of many stars": conditioned("StringLike", "aws:SourceVpc", STARS),
    "refused patterns of many stars": refusing("StringLike", "aws:SourceVpc", STARS),
    "nothing but patterns of many stars": refusing("StringNotLike", "aws:SourceVpc", STARS),
    "question marks that multiply states": [
        statement(
            Condition={
                "StringLike": {"aws:SourceVpc": "*a" + "?" * i},
                "StringNotLike": {"aws:SourceVpc": "*b" + "?" * i},
            }
        )
        for i in range(1, 60)
    ],
    "stars in actions": [statement(Action="*" + "e*" * count) for count in range(1, 500)],
    "stars in resources": [statement(Resource="*" + "a*" * count + "q") for count in range(1, 500)],
    "a megabyte in one value": conditioned("StringEquals", "aws:SourceVpc", ["v" * 1_000_000]),
    "a megabyte in one pattern": conditioned("StringLike", "aws:SourceVpc", ["v*" * 500_000]),
    "a megabyte in a Sid": [statement(Sid="s" * 1_000_000)],
    "a hundred labels of three keys": [
        statement(
            Condition={
                "StringLike": {"aws:SourceVpc": f"v{i}*", "aws:PrincipalOrgID": f"o{i}*", "aws:SourceVpce": f"e{i}*"}
            }
        )
        for i in range(100)
    ],
    "a chain of variables": [
        statement(Condition={"StringLike": {f"aws:PrincipalTag/{i}": f"${{aws:PrincipalTag/{i + 1}}}x"}})
        for i in range(500)
    ],
}


ANSWERED = {
    "many times the same account": 1,
    "many accounts, a statement each": MANY,
    "many accounts in one statement": MANY,
    "many roles of one account": MANY,
    "many denied accounts": 1,
    "many VPCs": MANY,
    "patterns of many stars": 1,
    "stars in actions": 1,
    "a megabyte in one value": 1,
}
"""How many findings there are, where size alone is no reason to give up."""


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_policy_ends_in_findings_or_in_an_error_finding(name):
    """
    The answer is never empty: there is access, or somebody is told that it could not be decided. What is simple is
    answered. The same analyzer then finds what is public beside it.
    """
    analyzer = ExternalAccess(zone())

    found = analyzer.findings_of(a_queue(*HUGE[name]))
    [planted] = analyzer.findings_of(PLANTED)

    assert found
    assert name not in ANSWERED or (len(found), any(each.error for each in found)) == (ANSWERED[name], False)
    assert (planted.principal, planted.is_public) == (AWS_ANY, True)


@pytest.mark.parametrize("name", [name for name in HUGE if not name.startswith("many")])
def test_a_huge_policy_ends_in_aws_mode_too(name):
    """
    Where every maximal cube is wanted.
    """
    assert findings_of(a_queue(*HUGE[name]), mode="aws")


def test_a_public_statement_among_ten_thousand_others_is_found():
    """
    Whatever cannot be decided beside it, what is decided is told.
    """
    public = statement(Action="sqs:SendMessage")
    others = [{**each, "Action": "sqs:ReceiveMessage"} for each in HUGE["many networks"]]

    found = findings_of(a_queue(*others, public))

    assert any(each.is_public and "sqs:SendMessage" in each.action for each in found)


def test_errors_do_not_spread_to_the_next_resource():
    """
    One analyzer goes through what cannot be read and finds what is public behind each.
    """
    analyzer = ExternalAccess(zone())

    for text in UNREADABLE.values():
        [error] = analyzer.findings_of(raw(text))
        [planted] = analyzer.findings_of(PLANTED)

        assert error.error
        assert planted.is_public


def test_findings_of_odd_characters_can_be_written():
    """
    Characters that terminals and web pages read as commands come out of a finding as JSON unharmed.
    """
    odd = "vpc-\x1b[2J<script>\u202e\u0000"
    policy = statement(Condition={"StringEquals": {"aws:SourceVpc": odd}})

    [found] = findings_of(a_queue(policy))

    assert json.loads(json.dumps(found.as_json()))["condition"] == {"aws:SourceVpc": odd}
