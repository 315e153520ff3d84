"""Who, what, on what: the elements of statements in words."""

import json

import pytest
from hypothesis import given

from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from ringwall.reasoning.explain_policy import explain_policy
from ringwall.reports.base import PLAIN
from ringwall.reports.policies.document import Document
from ringwall.reports.policies.explanation import EXPLANATION_FORMATS, Explained
from ringwall.reports.policies.policy_words import remarks_on, sentence_of, what_of, who_of
from tests.strategies import policies

ACCOUNT = "111122223333"


def a_statement(**elements):
    """The one statement of a policy."""
    document = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}}
    return parse_policy(json.dumps(document)).statements[0]


def sentences_of(*statements):
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return [sentence_of(each, has_variables=True) for each in explain_policy(policy).granted]


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ("*", "anyone"),
        ({"AWS": "*"}, "anyone"),
        ({"AWS": [ACCOUNT, "*"]}, "anyone"),
        ({"AWS": ACCOUNT}, "account 111122223333"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "account 111122223333"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/team/alice"}, "user team/alice of account 111122223333"),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s"}, "role session app/s of account 111122223333"),
        ({"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"}, "federated user bob of account 111122223333"),
        ({"AWS": "AROAAAAAAAAAAAAAAAAAA"}, "the principal with the unique id AROAAAAAAAAAAAAAAAAAA"),
        ({"Service": "sns.amazonaws.com"}, "the service sns.amazonaws.com"),
        ({"Federated": "accounts.google.com"}, "whoever accounts.google.com vouches for"),
        ({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"}, "whoever idp vouches for"),
        ({"CanonicalUser": "c0ffee"}, "the account with the canonical user id c0ffee"),
        ({"AWS": [ACCOUNT, "444455556666"]}, "account 111122223333 and account 444455556666"),
    ],
)
def test_every_kind_of_principal_has_its_words(principal, words):
    """
    As short as they can be without meaning somebody else.
    """
    assert who_of(a_statement(Principal=principal).principals) == words


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Action": "*"}, "do everything to any resource"),
        ({"NotAction": "iam:*"}, "do everything but iam:* to any resource"),
        (
            {"Action": "S3:GETOBJECT", "Resource": "arn:aws:s3:::b/*"},
            "read objects (s3:GetObject) under arn:aws:s3:::b/*",
        ),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}, "read (s3:GetObject) arn:aws:s3:::b/k"),
        ({"Action": "sqs:SendMessage"}, "send messages to (sqs:SendMessage) any resource"),
        (
            {"Action": ["sts:AssumeRole", "sts:TagSession"]},
            "take on and tag (sts:AssumeRole and sts:TagSession) any resource",
        ),
        ({"Action": "made:Up"}, "use (made:Up) any resource"),
        ({"Action": "sqs:List*"}, "read (sqs:List*; 4 actions) any resource"),
        (
            {"Action": "made:Up", "NotResource": ["a", "b"]},
            "use (made:Up) any resource but a and b",
        ),
        (
            {"Action": [f"made:{letter}" for letter in "abcdef"]},
            "use (made:a, made:b, made:c, made:d and 2 more) any resource",
        ),
    ],
)
def test_actions_are_summed_up(elements, words):
    """
    By what they do, with a few names and a number.
    """
    base = {"Effect": "Allow", "Resource": "*"} if "NotResource" not in elements else {"Effect": "Allow"}
    statement = parse_policy(json.dumps({"Statement": {**base, **elements}})).statements[0]

    assert what_of(statement.actions, statement.resources) == words


def test_a_deny_of_one_condition_is_said_as_what_is_left():
    """
    Where it is about all of the grant.
    """
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    deny = {**allow, "Effect": "Deny", "Action": "s3:*", "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}

    assert sentences_of(allow, deny) == [
        "Anyone can read objects (s3:GetObject) under arn:aws:s3:::b/* from 10.0.0.0/8."
    ]


def test_a_deny_of_several_conditions_is_an_exception_with_all_of_them():
    """
    It refuses only where they hold together.
    """
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    conditions = {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalTag/team": "red"}}

    [sentence] = sentences_of(allow, {**allow, "Effect": "Deny", "Condition": conditions})

    assert sentence.endswith(", except requests made over plain HTTP if aws:PrincipalTag/team is red.")


@pytest.mark.parametrize(
    ("elements", "remark"),
    [
        ({"Action": ["s3:GetObject", "made:Up"]}, "made:Up names no action that is known here."),
        (
            {"Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/*"]}},
            f"arn:aws:iam::{ACCOUNT}:role/* names nobody: a principal takes no wildcards.",
        ),
        (
            {"Resource": "arn:aws:s3:::${aws:username}/${*}"},
            "${aws:username} stands for what the request itself holds; absent, without a default, for nothing.",
        ),
    ],
)
def test_what_a_sentence_cannot_say_is_remarked(elements, remark):
    """
    Beside it, rather than wrongly in it.
    """
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))

    [granted] = explain_policy(policy).granted

    assert remark in remarks_on(granted, has_variables=True)


@given(policies(max_statements=4))
def test_every_policy_can_be_told(policy):
    """
    In every format, whatever the policy says.
    """
    text = render_policy(policy, indent=2)
    read = parse_policy(text)
    explained = Explained(Document("p.json", text, read), explain_policy(read))

    written = {name: write([explained], PLAIN) for name, write in EXPLANATION_FORMATS.items()}

    assert max(map(len, written["table"].splitlines())) <= 80
    assert len(json.loads(written["json"])["policies"][0]["allows"]) == len(explained.explanation.granted)
    assert json.loads(written["sarif"])["version"] == "2.1.0"


def test_what_a_policy_says_does_not_move_the_cursor():
    """
    Control characters are written as escapes.
    """
    statement = {"Effect": "Allow", "Action": "s3:\x1b[2J*", "Resource": "\u202e*", "Sid": "\x1b"}
    text = json.dumps({"Statement": statement})
    policy = parse_policy(text)

    table = EXPLANATION_FORMATS["table"]([Explained(Document("\x07", text, policy), explain_policy(policy))], PLAIN)

    assert not set(table) & {"\x1b", "\u202e", "\x07"}
