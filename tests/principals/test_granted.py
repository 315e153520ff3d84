"""What a principal is granted, feature by feature."""

import pytest

from ringwall.errors import PolicyError
from ringwall.policy.service_reference import access_level, known_actions, services
from ringwall.principals.granted import granted_to
from ringwall.principals.principal import PolicyKind
from tests.principal_words import allow, deny
from tests.principals.made import ACCOUNT, group, policy, principal, user

ALL = {service: frozenset(known_actions(service)) for service in services() if known_actions(service)}
SQS = ALL["sqs"]
S3_OBJECTS = frozenset(name for name in ALL["s3"] if "Object" in name)
ABROAD = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
AT_HOME = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
NEVER = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
TWO_REGIONS = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-west-2"]}}
BUCKET = "arn:aws:s3:::reports/*"


def actions_of(*policies, **others):
    """What a role with these policies is granted, by service."""
    granted = granted_to(principal(*policies, **others))
    assert granted.undecided == {}
    return dict(granted.actions)


def only(*actions):
    return {actions[0].partition(":")[0]: frozenset(actions)}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], {}, id="nothing"),
        pytest.param([allow("*")], ALL, id="everything"),
        pytest.param([allow("*:*")], ALL, id="everything, in two words"),
        pytest.param([allow("sqs:*")], {"sqs": SQS}, id="a service"),
        pytest.param([allow("SQS:sendmessage")], only("sqs:SendMessage"), id="letters do not matter"),
        pytest.param([allow("sqs:SendMessag?")], only("sqs:SendMessage"), id="a question mark"),
        pytest.param([allow("s3:*Object*")], {"s3": S3_OBJECTS}, id="wildcards in the middle"),
        pytest.param([allow("sq?:SendMessage")], only("sqs:SendMessage"), id="a wildcard in the service"),
        pytest.param([allow("sqs:Nothing")], {}, id="an action that does not exist"),
        pytest.param([allow("none:*")], {}, id="a service that does not exist"),
        pytest.param([allow("sqs:SendMessage", BUCKET)], only("sqs:SendMessage"), id="a resource of another service"),
        pytest.param(
            [allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:444455556666:q")], only("sqs:SendMessage"), id="abroad"
        ),
        pytest.param(
            [allow("iam:*", but=True)], {key: value for key, value in ALL.items() if key != "iam"}, id="NotAction"
        ),
        pytest.param([allow("sqs:SendMessage", NotResource=BUCKET)], only("sqs:SendMessage"), id="NotResource"),
        pytest.param([allow("sqs:SendMessage", NotResource="*")], {}, id="NotResource of everything"),
        pytest.param([allow("sqs:SendMessage", Condition=AT_HOME)], only("sqs:SendMessage"), id="a condition"),
        pytest.param([allow("sqs:SendMessage", Condition=NEVER)], {}, id="conditions that nothing meets"),
        pytest.param([allow("sqs:*"), deny("sqs:*")], {}, id="denied"),
        pytest.param([allow("sqs:*"), deny("sqs:SendMessage")], {"sqs": SQS - {"sqs:SendMessage"}}, id="one denied"),
        pytest.param([allow("sqs:*"), deny("sqs:[A-Z]*")], {"sqs": SQS}, id="brackets mean nothing"),
        pytest.param([allow("sqs:SendMessage"), deny("*", BUCKET)], only("sqs:SendMessage"), id="denied on a resource"),
        pytest.param([allow("s3:GetObject", BUCKET), deny("*", BUCKET)], {}, id="denied on its resource"),
        pytest.param(
            [allow("s3:GetObject", BUCKET), deny("*", "arn:aws:s3:::reports/2*")],
            only("s3:GetObject"),
            id="denied on some of its resources",
        ),
        pytest.param(
            [allow("s3:GetObject", BUCKET), deny("s3:*", NotResource="arn:aws:s3:::other/*")],
            {},
            id="denied on all other resources",
        ),
        pytest.param([allow("sqs:SendMessage"), deny("*", Condition=ABROAD)], only("sqs:SendMessage"), id="at home"),
        pytest.param(
            [allow("sqs:SendMessage", Condition=AT_HOME), deny("*", Condition=AT_HOME)], {}, id="denied where allowed"
        ),
        pytest.param(
            [
                allow("sqs:SendMessage", Condition=TWO_REGIONS),
                deny("sqs:Send*", Condition=AT_HOME),
                deny("*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-2"}}),
            ],
            {},
            id="two Denies that leave nothing together",
        ),
        pytest.param(
            [allow(["sqs:SendMessage", "iam:GetUser"]), deny("iam:*", but=True, Condition=NEVER)],
            {**only("sqs:SendMessage"), **only("iam:GetUser")},
            id="a Deny that never applies",
        ),
        pytest.param(
            [allow(["sqs:SendMessage", "iam:GetUser"]), deny("iam:*", but=True)],
            only("iam:GetUser"),
            id="Deny with NotAction",
        ),
    ],
)
def test_what_statements_grant(statements, expected):
    """
    The actions for which there is a request that something allows, and nothing denies.
    """
    granted = actions_of(policy(*statements))

    assert granted == expected


BOTH = {**only("sqs:SendMessage"), **only("s3:GetObject")}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([allow("sqs:*")], only("sqs:SendMessage"), id="a service"),
        pytest.param([allow("s3:*", BUCKET)], only("s3:GetObject"), id="the same resources"),
        pytest.param([allow("s3:*", "arn:aws:s3:::other/*")], {}, id="no resource in common"),
        pytest.param([allow("*", Condition=AT_HOME)], BOTH, id="a Region in common"),
        pytest.param([allow("*", Condition=ABROAD)], only("s3:GetObject"), id="no Region in common"),
        pytest.param([allow("*"), deny("s3:*")], only("sqs:SendMessage"), id="its own Deny"),
        pytest.param([], {}, id="a boundary that allows nothing"),
        pytest.param(
            [allow("s3:*", "arn:aws:s3:::other/*"), allow("s3:*")],
            only("s3:GetObject"),
            id="a narrow statement beside one without limits",
        ),
        pytest.param(
            [allow("sqs:*", Condition=ABROAD), allow("sqs:*", BUCKET)],
            only("sqs:SendMessage"),
            id="one of two statements is enough",
        ),
    ],
)
def test_a_boundary_limits_what_is_granted(statements, expected):
    """
    Both have to allow the same request.
    """
    own = policy(allow("s3:GetObject", BUCKET), allow("sqs:SendMessage", Condition=AT_HOME))

    granted = actions_of(own, boundary=policy(*statements, name="boundary"))

    assert granted == expected


def test_policies_add_up_wherever_they_hang():
    """
    Direct, inline, managed and through groups; a Deny of a group counts for all.
    """
    granted = granted_to(
        user(
            policy(allow("sqs:SendMessage")),
            policy(allow("iam:GetUser"), name="arn:aws:iam::aws:policy/Read", kind=PolicyKind.AWS_MANAGED),
            groups=(group(policy(allow("s3:GetObject"))), group(policy(deny("iam:*")), name="limited")),
        )
    )

    assert granted.actions == {**only("sqs:SendMessage"), **only("s3:GetObject")}


@pytest.mark.parametrize(
    ("version", "is_granted"),
    [pytest.param("2012-10-17", False, id="2012"), pytest.param("2008-10-17", True, id="2008")],
)
def test_variables_are_variables_in_the_newer_version_only(version, is_granted):
    """
    A role has no `aws:username`: a resource with it is none. In the older version it is the text of a name.
    """
    own = policy(allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*"), version=version)

    assert ("s3" in actions_of(own)) is is_granted


@pytest.mark.parametrize("versions", [("2012-10-17", "2008-10-17"), ("2008-10-17", "2012-10-17")])
def test_policies_of_both_versions_are_read_each_in_its_own(versions):
    """
    The home that the newer policy allows is the user's, and not the one that the older one denies by another name.
    """
    home = "arn:aws:s3:::home/${aws:username}"
    new, old = policy(allow("s3:GetObject", home)), policy(deny("s3:*", home), version="2008-10-17")
    both = [new, old] if versions[0] == "2012-10-17" else [old, new]

    assert granted_to(user(*both)).actions == only("s3:GetObject")
    assert granted_to(user(new, policy(deny("s3:*", home)))).actions == {}


def test_a_boundary_may_be_in_the_other_version():
    """
    Its statements are asked in each version that they need.
    """
    own = policy(allow("s3:GetObject", "arn:aws:s3:::home/app"))
    new = policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}"), allow("sqs:*"))
    old = policy(allow("s3:*", "arn:aws:s3:::home/${aws:username}"), version="2008-10-17")

    assert granted_to(user(own, boundary=new)).actions == only("s3:GetObject")
    assert granted_to(user(own, boundary=old)).actions == {}


def condition(operator, key, value):
    return {operator: {key: value}}


@pytest.mark.parametrize(
    ("given", "role", "human"),
    [
        (condition("StringEquals", "aws:PrincipalAccount", ACCOUNT), True, True),
        (condition("StringEquals", "aws:PrincipalAccount", "444455556666"), False, False),
        (condition("StringNotEquals", "aws:PrincipalAccount", ACCOUNT), False, False),
        (condition("StringEquals", "kms:CallerAccount", ACCOUNT), True, True),
        (condition("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/app"), True, False),
        (condition("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), False, True),
        (condition("StringEquals", "aws:username", "app"), False, True),
        (condition("StringEqualsIfExists", "aws:username", "other"), True, False),
        (condition("Null", "aws:username", "true"), True, False),
        (condition("StringEquals", "aws:PrincipalType", "User"), False, True),
        (condition("StringLike", "aws:userid", "AROAEXAMPLE0000000000:*"), True, False),
        (condition("StringEquals", "aws:userid", "AIDAEXAMPLE0000000000"), False, True),
        (condition("StringNotEquals", "aws:userid", "AIDAEXAMPLE0000000000"), True, False),
        (condition("StringNotLike", "aws:userid", "AROAEXAMPLE0000000000:*"), False, True),
        (condition("Bool", "aws:PrincipalIsAWSService", "true"), False, False),
        (condition("Null", "aws:PrincipalServiceName", "false"), False, False),
        (condition("StringEquals", "aws:PrincipalTag/Team", "blue"), True, True),
        (condition("StringEquals", "aws:PrincipalTag/team", "red"), True, False),
        (condition("StringEquals", "aws:PrincipalTag/unit", "red"), True, False),
        (condition("StringEquals", "aws:PrincipalOrgID", "o-example"), True, True),
        (condition("StringEquals", "s3:ExistingObjectTag/team", "${aws:PrincipalTag/team}"), True, True),
        (condition("StringEquals", "aws:PrincipalTag/team", "${aws:username}"), False, False),
        (condition("Bool", "aws:MultiFactorAuthPresent", "true"), True, True),
    ],
)
def test_what_is_certain_of_the_principal_decides_its_conditions(given, role, human):
    """
    Its ARN, account, name, id and kind, and the tags of a user; what a session can replace, or is not known, is open.
    """
    own = policy(allow("s3:GetObject", Condition=given))

    of_role = granted_to(principal(own, tags={"team": "blue"}))
    of_user = granted_to(user(own, tags={"team": "blue"}))

    assert of_role.undecided == of_user.undecided == {}
    assert ("s3" in of_role.actions, "s3" in of_user.actions) == (role, human)


@pytest.mark.parametrize(
    ("variable", "elsewhere", "is_granted"),
    [
        ("aws:username", "arn:aws:s3:::home/A*", True),
        ("aws:username", "arn:aws:s3:::home/x*", False),
        ("aws:userid", "arn:aws:s3:::home/A*", True),
    ],
)
def test_a_resource_with_a_variable_is_the_principals_own(variable, elsewhere, is_granted):
    """
    What is denied everywhere but there leaves it, or leaves nothing.
    """
    home = f"arn:aws:s3:::home/${{{variable}}}/*"
    own = policy(allow("s3:GetObject", home), deny("s3:*", NotResource=elsewhere))

    granted = granted_to(user(own, name="Ann"))

    assert granted.undecided == {}
    assert ("s3" in granted.actions) is is_granted


def test_tags_that_were_not_read_may_be_any():
    """
    A user without tags may be one whose tags could not be read.
    """
    own = policy(allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}}))

    assert granted_to(user(own)).actions == only("s3:GetObject")


def test_principals_with_the_same_policies_are_told_apart():
    """
    What one was granted is remembered, and not said of another.
    """
    own = policy(allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:username": "ann"}}))

    assert granted_to(user(own, name="ann")).actions == only("s3:GetObject")
    assert granted_to(user(own, name="bob")).actions == {}


def test_a_policy_that_cannot_be_read_is_named():
    """
    With the place in it.
    """
    own = policy(allow("s3:*")), policy({"Effect": "Allow", "Resource": "*"}, name="broken")

    with pytest.raises(PolicyError, match=r"line 1, column \d+, at \$\.Statement\[0\]: policy `broken`: `Action` is"):
        granted_to(principal(*own))


def test_a_broken_boundary_is_no_missing_one():
    """
    It is named too.
    """
    with pytest.raises(PolicyError, match="policy `limit`"):
        granted_to(principal(policy(allow("s3:*")), boundary=policy({"Effect": "Sometimes"}, name="limit")))


def test_what_the_budget_does_not_reach_is_undecided():
    """
    Neither granted nor silently gone; what was settled before stays.
    """
    names = known_actions("s3")[:20]
    regions = ({"StringEquals": {"aws:RequestedRegion": f"eu-{number}"}} for number in range(20))
    conditional = [allow(name, Condition=region) for name, region in zip(names, regions, strict=True)]
    own = policy(allow("sqs:SendMessage"), *conditional)

    granted = granted_to(principal(own), steps=2)

    assert granted.actions["sqs"] == {"sqs:SendMessage"}
    assert set(granted.undecided.values()) == {
        "the policies of this principal ask more than the step budget has answers for"
    }
    assert granted.actions["s3"] | granted.undecided.keys() == set(names)


def test_a_question_that_the_engine_leaves_open_is_undecided():
    """
    With its reason.
    """
    template = {"StringEquals": {"aws:SourceVpc": "${s3:prefix}"}, "StringNotEquals": {"s3:prefix": "${aws:SourceVpc}"}}
    granted = granted_to(principal(policy(allow("s3:GetObject", Condition=template), allow("sqs:SendMessage"))))

    assert granted.actions == only("sqs:SendMessage")
    assert granted.undecided == {
        "s3:GetObject": "no witness replayed: a policy variable relates keys in a way that was not decided"
    }


def test_what_is_granted_says_nothing_of_what_an_action_does():
    """
    Every level of access is there.
    """
    granted = actions_of(policy(allow("s3:*")))

    assert {access_level(action) for action in granted["s3"]} == {"List", "Read", "Write", "Permissions", "Tagging"}
