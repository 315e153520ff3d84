"""A recommended policy is the smallest edit that takes away what is unused and nothing else."""

import json

import pytest

from ringwall.errors import PolicyError
from ringwall.findings.recommended_policy import MANAGED_LIMIT, characters, recommended_policy, split_policy
from ringwall.findings.recommended_policy_actions import unused_of
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import known_actions, services
from ringwall.policy.wildcard import matches
from tests.findings import recommendation_cases as cases
from tests.principal_words import allow, deny, document


def recommended(action, /, element="Action", **unused):
    """The `Action` that is left of one statement with `action`; None where nothing is."""
    text = document({"Effect": "Allow", element: action, "Resource": "*"})
    new = recommended_policy(text, unused_of(cases.services(**unused)))
    return new and json.loads(new)["Statement"][0]["Action"]


@pytest.mark.parametrize(
    ("action", "unused", "left"),
    [
        # Entries go.
        (["s3:GetObject", "s3:PutObject"], {"s3": ["PutObject"]}, ["s3:GetObject"]),
        (["s3:GetObject", "sqs:SendMessage"], {"sqs": []}, ["s3:GetObject"]),
        (["S3:getobject", "s3:PutObject"], {"s3": ["GetObject"]}, ["s3:PutObject"]),
        # A service of its own name, and one whose name only begins so.
        (["s3:*", "s3express:*"], {"s3": []}, ["s3express:*"]),
        # Wildcards give way to what stays, and other wildcards stay.
        ("sqs:Send*", {"sqs": ["SendMessage"]}, "sqs:SendMessageBatch"),
        (["sts:*", "s3:Get*"], {"sts": []}, ["s3:Get*"]),
        ("sts:Assume*", {"sts": ["AssumeRoleWithSAML"]}, ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot"]),
        ("sts:?etSessionToken", {"sts": ["SetContext"]}, "sts:?etSessionToken"),
        ("sts:?et*Token", {"sts": ["GetSessionToken"]}, ["sts:GetDelegatedAccessToken", "sts:GetFederationToken", "sts:GetServiceBearerToken", "sts:GetWebIdentityToken"]),
        # What another entry covers is not said again.
        (["sqs:Send*", "sqs:SendMessageBatch"], {"sqs": ["SendMessage"]}, ["sqs:SendMessageBatch"]),
        # Actions that nobody knows stay where they are named.
        (["s3:FutureAction", "s3:PutObject"], {"s3": ["PutObject"]}, ["s3:FutureAction"]),
        # Nothing is left.
        (["s3:GetObject"], {"s3": ["GetObject"]}, None),
        ("s3:*", {"s3": []}, None),
        # Nothing goes.
        ("s3:Get*", {"s3": ["PutObject"]}, "s3:Get*"),
    ],
)  # fmt: skip
def test_actions_that_are_left(action, unused, left):
    """
    Entries go as they are; wildcards become the fewest names and wildcards that cover what stays.
    """
    assert recommended(action, **unused) == left


@pytest.mark.parametrize("action", ["*", "*:*"])
def test_a_star_becomes_the_services_that_stay(action):
    """
    A service of which nothing is unused stays as a whole.
    """
    unused = {name: [] for name in services() if name not in {"ec2", "sqs", "sts"}}

    left = recommended(action, **unused, sqs=["AddPermission"])

    assert left[0] == "ec2:*"
    assert left[-1] == "sts:*"
    assert set(expanded(left[1:-1])) == set(known_actions("sqs")) - {"sqs:AddPermission"}
    assert "sqs:Send*" in left


def test_not_action_becomes_the_list_of_what_stays():
    """
    Where AWS gives up: what it refused stays refused, also actions that nobody knows yet.
    """
    unused = {name: [] for name in services() if name not in {"ec2", "s3", "sqs", "iam"}}

    left = recommended(["iam:*", "s3:Delete*"], "NotAction", **unused, sqs=["AddPermission"])

    assert left[0] == "ec2:*"
    assert {each.partition(":")[0] for each in left} == {"ec2", "s3", "sqs"}
    assert not any(matches(each, "s3:DeleteFuture") for each in left)
    stays = {each for each in known_actions("s3") if not each.startswith("s3:Delete")}
    assert {each for each in expanded(left) if each.startswith("s3:")} == stays


def test_what_not_action_refused_of_the_future_stays_refused():
    """
    A service of which it refuses actions that nobody knows yet does not stay as a whole.
    """
    left = recommended(["iam:*", "sqs:Future*"], "NotAction", ec2=[])

    assert not any(matches(each, "sqs:FutureThing") for each in left)
    assert {each for each in expanded(left) if each.startswith("sqs:")} == set(known_actions("sqs"))


def test_not_action_that_grants_nothing_unused_stays():
    """
    There is nothing to be done about it.
    """
    text = document({"Effect": "Allow", "NotAction": ["sqs:*", "s3:PutObject"], "Resource": "*"})

    assert recommended_policy(text, unused_of(cases.services(sqs=[], s3=["PutObject"]))) == text


def expanded(patterns):
    names = (name for each in patterns for name in known_actions(each.partition(":")[0]))
    return [name for name in names if any(matches(each, name, ignore_case=True) for each in patterns)]


def test_a_used_action_that_the_reference_lacks_stays():
    """
    A service may be younger than the service reference; a trail has seen its actions.
    """
    unused = unused_of(cases.services(**{name: [] for name in services()}), ["newest:DoIt", "s3:GetObject"])

    assert cases.actions_of(recommended_policy(document(allow("*")), unused)) == ["newest:*"]


def test_layout_and_all_else_stays():
    """
    A person who compares the two sees what goes, and nothing else.
    """
    text = """{
    "Version": "2012-10-17",
    "Id": "x",
    "Statement": [
        {
            "Sid": "One", "Effect": "Allow",
            "Action": [
                "sqs:Send*",
                "s3:GetObject"
            ],
            "Resource": "arn:aws:s3:::b/${aws:username}/*",
            "Condition": {"Bool": {"aws:SecureTransport": true}}
        },
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
        {"Sid": "Two", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    ]
}"""

    new = recommended_policy(text, unused_of(cases.services(sqs=["SendMessage"])))

    without_two = text.replace(
        ',\n        {"Sid": "Two", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}', ""
    )
    assert new == without_two.replace('"sqs:Send*"', '"sqs:SendMessageBatch"')


def test_denies_are_never_touched():
    """
    Not even where no Allow is left: they also bind what other policies allow.
    """
    text = document(allow("s3:GetObject"), deny("s3:GetObject"))

    new = recommended_policy(text, unused_of(cases.services(s3=["GetObject"])))

    assert json.loads(new)["Statement"] == [deny("s3:GetObject")]


def test_a_single_statement_goes_with_its_policy():
    """
    IAM takes no policy without statements.
    """
    text = json.dumps({"Version": "2012-10-17", "Statement": allow("s3:GetObject")})

    assert recommended_policy(text, unused_of(cases.services(s3=[]))) is None


def test_what_is_no_policy_is_refused():
    """
    With its place.
    """
    with pytest.raises(PolicyError, match="line 1"):
        recommended_policy('{"Statement": 1}', unused_of(cases.services(s3=[])))


def test_a_document_that_is_too_long_is_split():
    """
    By statements, and a statement by its actions; each part within IAM's limit, and together they say the same.
    """
    long = allow([f"{name}:*" for name in services()], Sid="Long")
    text = document(allow("s3:GetObject", Sid="Short"), long, deny("iam:*"))

    parts = split_policy(text)

    assert len(parts) > 1
    assert all(characters(each) <= MANAGED_LIMIT for each in parts)
    statements = [each for part in parts for each in json.loads(part)["Statement"]]
    assert [each.get("Sid") for each in statements] == ["Short", *["Long"] * (len(statements) - 2), None]
    assert [action for each in statements[1:-1] for action in each["Action"]] == long["Action"]
    for part in parts:
        sids = [each.sid for each in parse_policy(part).statements if each.sid]
        assert len(sids) == len(set(sids))


def test_statements_are_edited_each_where_it_is():
    """
    Whatever other statements become longer or shorter, or go.
    """
    text = document(
        allow("sqs:*", Sid="Gone"),
        allow("*", "arn:aws:sqs:*", Sid="Longer"),
        deny("sqs:*"),
        allow(["s3:GetObject", "sqs:SendMessage"], Sid="Shorter"),
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        allow("sqs:SendMessage", Sid="GoneToo"),
    )

    left = json.loads(recommended_policy(text, unused_of(cases.services(sqs=[]))))["Statement"]

    assert [each.get("Sid") for each in left] == ["Longer", None, "Shorter", None]
    assert left[1] == deny("sqs:*")
    assert left[2]["Action"] == ["s3:GetObject"]
    assert {"s3:*", "sqs:*"} & {*left[0]["Action"]} == {"s3:*"}
    assert {"s3:*", "sqs:*"} & {*left[3]["Action"]} == set()


def test_a_short_document_is_not_split():
    """
    White space does not count.
    """
    text = document(allow("s3:GetObject")) + " " * 7_000

    assert split_policy(text) == (text,)


def test_what_cannot_be_split_is_not():
    """
    One statement with too many resources.
    """
    assert split_policy(document(allow("s3:*", [f"arn:aws:s3:::bucket-{index}" for index in range(400)]))) is None
