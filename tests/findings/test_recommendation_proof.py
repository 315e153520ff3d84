"""The proof of recommended policies says no where they are wrong, and leaves nothing open that people write."""

import pytest

from ringwall.findings.recommendation_proof import _is_shown_by_parts, proof_of
from ringwall.findings.recommended_policy_actions import unused_of
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import services as known_services
from ringwall.reasoning.compare import new_access
from tests.findings.recommendation_cases import services
from tests.principal_words import allow, deny, document

OLD = document(
    allow(["s3:GetObject", "s3:PutObject", "sqs:*"]), deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}})
)
LIMITED = {"Bool": {"aws:SecureTransport": "false"}}


def proof(after, *before, **unused):
    return proof_of(before or [OLD], [after], unused_of(services(**unused)))


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (document(allow(["s3:GetObject", "s3:DeleteObject"]), deny("s3:*", Condition=LIMITED)), "allow nothing that"),
        (document(allow(["s3:GetObject", "s3:PutObject"])), "allow nothing that"),
        (document(allow(["s3:GetObject", "sqs:Send*"]), deny("s3:*", Condition=LIMITED)), "none of the unused"),
        (document(allow("s3:GetObject"), deny("s3:*", Condition=LIMITED)), "every other action"),
        (document(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*"), deny("s3:*", Condition=LIMITED)), "every other"),
        (document(allow(["s3:GetObject", "s3:PutObject"]), deny("s3:*")), "every other action"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_not_proven(after, fault):
    """
    More than before, a Deny that is gone, something unused that stayed; something used that is gone, on some resource, or
    by a Deny that is new.
    """
    found = proof(after, sqs=())

    assert found.sentences == ()
    assert found.fault.startswith("it is not so that")
    assert fault in found.fault


def test_what_is_right_is_proven():
    """
    In three sentences.
    """
    found = proof(document(allow(["s3:GetObject", "s3:PutObject"]), deny("s3:*", Condition=LIMITED)), sqs=())

    assert found.fault is None
    assert len(found.sentences) == 3
    assert all(each.endswith(": no request contradicts it.") for each in found.sentences)


HOMES = "arn:aws:s3:::home/${aws:username}/*"
RELATED = {
    "StringEquals": {"aws:ResourceTag/owner": "${aws:username}", "aws:PrincipalTag/team": "${aws:ResourceTag/team}"}
}


@pytest.mark.parametrize(
    ("old", "new", "sqs"),
    [
        ([allow(["s3:*", "sqs:*"], HOMES)], [allow("s3:*", HOMES)], ()),
        ([allow(["s3:*", "sqs:*"], Condition=RELATED)], [allow("s3:*", Condition=RELATED)], ()),
        ([allow("*", Condition=RELATED), deny("s3:Delete*", HOMES)], [allow(["s3:*"], Condition=RELATED), deny("s3:Delete*", HOMES)], None),
    ],
)  # fmt: skip
def test_variables(old, new, sqs):
    """
    Statements with variables are common: they are proven like others, as a whole or statement by statement.
    """
    gone = {"sqs": sqs} if sqs is not None else {name: () for name in known_services() if name != "s3"}

    assert proof(document(*new), document(*old), **gone).fault is None


def test_variables_hide_nothing():
    """
    What is asked statement by statement is still asked.
    """
    old = document(allow(["s3:*", "sqs:*"], HOMES, Condition=RELATED))

    assert proof(document(allow("s3:Get*", HOMES, Condition=RELATED)), old, sqs=()).fault
    assert proof(document(allow("s3:*", "arn:aws:s3:::home/${aws:userid}/*", Condition=RELATED)), old, sqs=()).fault
    assert proof(document(allow(["s3:*", "ec2:*"], HOMES, Condition=RELATED)), old, sqs=()).fault


DENY = deny("iam:*", HOMES)


@pytest.mark.parametrize(
    ("new", "is_shown"),
    [
        ([allow("s3:*", HOMES), allow("sqs:Send*"), DENY], True),
        ([allow(["s3:Get*", "sqs:*"], HOMES), DENY, deny("s3:*")], True),
        ([allow("s3:Get*", HOMES)], False),
        ([allow(["s3:Get*", "ec2:*"], HOMES), DENY], False),
        ([allow("s3:*", HOMES, Condition=RELATED), DENY], False),
        ([allow("s3:*"), DENY], False),
    ],
)
def test_statement_by_statement(new, is_shown):
    """
    Where a question is left undecided, actions alone show it, of statements whose resources and conditions are the same
    text; a Deny that is missing may be what made the difference.
    """
    old = document(allow(["s3:*", "sqs:*"], HOMES), allow("sqs:*"), DENY)

    question = new_access(new=parse_policy(document(*new)), existing=parse_policy(old))

    assert _is_shown_by_parts(question) is is_shown
