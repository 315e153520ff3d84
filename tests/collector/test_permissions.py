"""The printed permissions: what the code calls, nothing more, and nothing that writes."""

from __future__ import annotations

import json
import re

import pytest

from ringwall.collector import principals
from ringwall.collector.permissions import Grant, permissions_document, required_permissions
from ringwall.errors import UsageError
from ringwall.policy.service_reference import access_level, canonical_action
from ringwall.resources import RESOURCE_TYPES


def actions_of(policy):
    statements = policy["Statement"]
    return {a for each in statements for a in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])}


def test_every_permission_is_an_action_that_aws_knows():
    """
    Names are spelled as in the service reference.
    """
    assert {each: canonical_action(each) for each in required_permissions()} == {
        each: each for each in required_permissions()
    }


def test_nothing_can_be_changed():
    """
    Every permission lists or reads; the one to enter other accounts is the exception.
    """
    levels = {each: access_level(each) for each in required_permissions() if each != "sts:AssumeRole"}

    assert {each for each, level in levels.items() if level not in {"List", "Read"}} == set()


def test_every_call_of_every_type_is_permitted():
    """
    Whatever a resource type declares to call is in the policy.
    """
    calls = {call for kind in RESOURCE_TYPES.values() for call in kind.calls}

    assert calls <= set(required_permissions())
    assert {"ec2:DescribeRegions", "organizations:ListRoots", "sts:AssumeRole"} <= set(required_permissions())


def test_the_policy_has_the_required_permissions():
    """
    The JSON form is a policy of exactly these, and enters only roles of the given name.
    """
    policy = json.loads(permissions_document("json", Grant("auditor")))

    assert actions_of(policy) == set(required_permissions())
    assert [each["Resource"] for each in policy["Statement"] if each["Action"] == "sts:AssumeRole"] == [
        "arn:aws:iam::*:role/auditor"
    ]


def test_the_cloudformation_template_has_a_role_with_the_policy():
    """
    The template asks for the trusted account and an external id, and references nothing that it does not have.
    """
    template = json.loads(permissions_document("cloudformation"))
    role = template["Resources"]["Role"]["Properties"]
    known = {*template["Parameters"], *template["Resources"], "AWS::NoValue", "AWS::Partition"}
    text = json.dumps(template)
    references = set(re.findall(r'"Ref": "([^"]+)"', text)) | set(re.findall(r"\$\{([^}]+)\}", text))

    assert set(template["Parameters"]) == {"TrustedAccountId", "ExternalId", "RoleName"}
    assert actions_of(role["Policies"][0]["PolicyDocument"]) == set(required_permissions())
    assert references <= known


def test_the_terraform_file_has_a_role_with_the_policy():
    """
    All permissions are listed, all references are declared, and the braces are balanced.
    """
    text = permissions_document("terraform", Grant("auditor"))
    declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))

    assert set(re.findall(r'"(\w+:\w+)",$', text, re.MULTILINE)) == set(required_permissions())
    assert set(re.findall(r"\bvar\.(\w+)", text)) == declared == {"trusted_account_id", "external_id", "role_name"}
    assert text.count("{") == text.count("}")
    assert 'default = "auditor"' in text


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform"])
def test_the_role_fits_into_a_role(form):
    """
    IAM takes at most 10,240 characters of inline policies, blanks not counted.
    """
    assert len(re.sub(r"\s", "", permissions_document(form))) < 10_240


@pytest.mark.parametrize("name", ["*", 'a"b', "", "a role", "x" * 65, "${aws:username}"])
def test_a_role_is_named_as_roles_can_be(name):
    """
    A wildcard would let the collector into every role; a quotation mark would break out of the template.
    """
    with pytest.raises(UsageError, match="is no name of a role"):
        Grant(name)


def test_unused_access_has_permissions_of_its_own():
    """
    Whoever wants to know only what is unused need not let resources be read; nothing of it changes anything.
    """
    unused = set(required_permissions("unused"))
    policy = json.loads(permissions_document("json", Grant(purposes=("unused",))))

    assert set(principals.CALLS) | {"sts:AssumeRole", "sts:GetCallerIdentity"} <= unused
    assert {"s3:GetBucketPolicy", "kms:GetKeyPolicy"} & unused == set()
    assert [canonical_action(each) for each in sorted(unused)] == sorted(unused)
    assert {access_level(each) for each in principals.CALLS} <= {"List", "Read"}
    assert actions_of(policy) == unused
    assert policy["Statement"][0]["Sid"] == "ReadWhatIsUnused"


EVERYTHING = ("scan", "unused", "watch", "notify")
"""But for fixes, which change something."""
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:ringwall-events"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:alarms"


def test_the_service_also_receives_and_sends():
    """
    The actions are the calls of the queue and of the messengers, spelled as AWS spells them.
    """
    more = set(required_permissions(*EVERYTHING)) - set(required_permissions("scan", "unused"))

    assert more == {
        "events:PutEvents",
        "securityhub:BatchImportFindings",
        "sns:Publish",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
    }
    assert {canonical_action(each) for each in more} == more


def test_withdrawing_unused_access_is_a_purpose_of_its_own():
    """
    Fixes of sharing need nothing that gives a principal more.
    """
    more = set(required_permissions("fix-unused"))
    policy = json.loads(permissions_document("json", Grant(purposes=("fix-unused",))))

    assert {"iam:PutRolePolicy", "iam:DetachUserPolicy", "iam:UpdateAccessKey", "iam:DeleteRole"} <= more
    assert not more & set(required_permissions("fix"))
    assert [each["Sid"] for each in policy["Statement"]] == ["WithdrawUnusedAccess"]
    assert set(policy["Statement"][0]["Action"]) == more == {canonical_action(each) for each in more}


def test_only_fixes_change_anything():
    """
    Whoever wants none has no permission for any; whoever does has those that the types' remedies declare.
    """
    more = set(required_permissions("scan", "fix")) - set(required_permissions())
    policy = json.loads(permissions_document("json", Grant(purposes=("scan", "fix"))))

    assert {access_level(each) for each in more} <= {"Write", "Permissions"}
    assert {"s3:PutBucketPolicy", "iam:UpdateAssumeRolePolicy", "kms:RevokeGrant"} <= more
    assert actions_of(policy) == set(required_permissions("scan", "fix"))
    assert [canonical_action(each) for each in sorted(more)] == sorted(more)


@pytest.mark.parametrize("form", ["json", "cloudformation", "terraform"])
def test_every_format_has_all_purposes(form):
    """
    Together they fit into a role, too.
    """
    text = permissions_document(form, Grant(purposes=EVERYTHING))

    assert all(f'"{action}"' in text for action in required_permissions(*EVERYTHING))
    assert len(re.sub(r"\s", "", text)) < 10_240


def test_named_resources_are_all_that_is_allowed():
    """
    Who names a topic notifies no event bus; a purpose without a name is about whatever Ringwall may be told of.
    """
    policy = json.loads(permissions_document("json", Grant(purposes=("watch", "notify"), resources=(QUEUE, TOPIC))))
    unnamed = json.loads(permissions_document("json", Grant(purposes=("watch", "notify"))))

    assert {each["Sid"]: each["Resource"] for each in policy["Statement"]} == {
        "ReceiveEvents": [QUEUE],
        "NotifyTopics": [TOPIC],
    }
    assert {each["Sid"]: each["Resource"] for each in unnamed["Statement"]} == {
        "ReceiveEvents": ["arn:aws:sqs:*:*:ringwall-events"],
        "NotifyEventBuses": ["arn:aws:events:*:*:event-bus/*"],
        "NotifyTopics": ["arn:aws:sns:*:*:*"],
        "NotifySecurityHub": ["arn:aws:securityhub:*:*:product/*"],
    }


@pytest.mark.parametrize("arn", ["*", "arn:aws:s3:::bucket", f'{QUEUE}"', TOPIC, "arn:aws:sqs:eu-west-1:1:${x}"])
def test_a_resource_is_one_of_the_purposes(arn):
    """
    Anything else is a mistake, or would break out of the template.
    """
    with pytest.raises(UsageError, match="is no ARN that is needed here"):
        Grant(purposes=("watch",), resources=(arn,))
