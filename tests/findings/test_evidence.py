"""What stands behind a finding: statements, places, requests, ids."""

import json
from dataclasses import replace

import pytest

from tests.findings.sharing_cases import (
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
)

SEND, RECEIVE = "sqs:SendMessage", "sqs:ReceiveMessage"


def one(*statements):
    [found] = findings_of(a_queue(*statements))
    return found


def sids(references):
    return [each.sid for each in references]


def test_a_finding_names_the_statement_that_allows_it_and_its_place():
    """
    Line and column of the statement in the document, and its words.
    """
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [statement(Sid="s", Principal={"AWS": PARTNER})]}, indent=1
    )
    resource = replace(a_queue(), configuration={"queuePolicy": text})

    [[reference]] = [each.allowed_by for each in findings_of(resource)]

    first = text.split("\n").index("  {") + 1
    assert (reference.source, reference.place, reference.index, reference.sid) == ("POLICY", "/queuePolicy", 0, "s")
    assert reference.start == (first, 3)
    assert json.loads(reference.text)["Sid"] == "s"


def test_two_statements_alike_are_both_named():
    """
    Taking one away would change nothing: whoever closes the access has to know both.
    """
    assert sids(one(statement(Sid="a"), statement(Sid="b")).allowed_by) == ["a", "b"]
    partner = {"Principal": {"AWS": PARTNER}}
    assert sids(one(statement(Sid="a", **partner), statement(Sid="b", **partner)).allowed_by) == ["a", "b"]


def test_a_statement_that_has_nothing_to_do_with_it_is_not_named():
    """
    Statements for insiders, about other resources, or refused wholly are not behind a finding.
    """
    others = (
        statement(Sid="own", Principal={"AWS": OWNER}),
        statement(Sid="elsewhere", Resource=f"{QUEUE}2"),
        statement(Sid="service", Principal={"Service": "sns.amazonaws.com"}),
    )

    assert sids(one(*others, statement(Sid="it", Principal={"AWS": PARTNER})).allowed_by) == ["it"]


def test_a_deny_that_narrows_a_finding_is_named_with_what_it_refuses():
    """
    An example of a request that the finding says, and that is refused.
    """
    refusal = statement(Sid="no", Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})

    [narrowing] = one(statement(Principal={"AWS": PARTNER}, Action=SEND), refusal).narrowed_by

    assert narrowing.statement.sid == "no"
    assert narrowing.refused.caller.account == PARTNER
    assert narrowing.refused.context["aws:sourceip"][0].startswith("203.0.113.")


def test_a_deny_for_others_narrows_nothing():
    """
    It refuses nobody whom the finding is about.
    """
    refusal = statement(Effect="Deny", Principal={"AWS": MEMBER})

    assert one(statement(Principal={"AWS": PARTNER}), refusal).narrowed_by == ()


def test_actions_are_told_by_access_level():
    """
    In the order of the console, as the Service Authorization Reference has them.
    """
    found = one(statement(Action=[SEND, RECEIVE, "sqs:GetQueueUrl"]))

    assert dict(found.access_levels) == {"Read": ("sqs:GetQueueUrl", RECEIVE), "Write": (SEND,)}


def test_the_same_access_has_the_same_id_however_it_is_written():
    """
    Order, whitespace, case of action names, Sids, and an account as a number or an ARN make no difference.
    """
    first = statement(Principal={"AWS": PARTNER}, Action=[SEND, RECEIVE])
    second = statement(Principal={"AWS": OWNER})
    forms = [
        document(first, second),
        document(second, first),
        json.dumps({"Statement": [first, second], "Version": "2012-10-17"}, indent=8),
        document({**first, "Sid": "x"}),
        document({**first, "Action": ["SQS:receivemessage", SEND]}),
        document({**first, "Principal": {"AWS": f"arn:aws:iam::{PARTNER}:root"}}),
        document({**first, "Action": SEND}, {**first, "Action": RECEIVE}),
        document({**first, "Resource": QUEUE}),
    ]

    ids = {each.id for form in forms for each in findings_of(replace(a_queue(), configuration={"queuePolicy": form}))}

    assert len(ids) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"Action": SEND},
        {"Principal": {"AWS": MEMBER}},
        {"Principal": {"AWS": f"arn:aws:iam::{PARTNER}:role/r"}},
        {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
    ],
)
def test_other_access_has_another_id(change):
    """
    Fewer actions, another principal, one more condition.
    """
    before = statement(Principal={"AWS": PARTNER}, Action=[SEND, RECEIVE])

    assert one(before).id != one({**before, **change}).id


def test_conditions_that_are_not_told_do_not_change_the_id():
    """
    The id says what the finding says.
    """
    before = statement(Principal={"AWS": PARTNER}, Action=SEND)

    assert one(before).id == one({**before, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}).id


def test_a_witness_holds_everything_that_the_conditions_ask_for():
    """
    Also what is not told: the request is complete.
    """
    condition = {
        "Bool": {"aws:SecureTransport": "true"},
        "NumericLessThan": {"s3:max-keys": "10"},
        "DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"},
        "StringLike": {"s3:prefix": "logs/*"},
        "IpAddress": {"aws:SourceIp": "203.0.113.7/32"},
    }

    [found] = findings_of(a_bucket(statement(Action="s3:ListBucket", Resource=BUCKET, Condition=condition)))

    context = found.witness.context
    assert context["aws:securetransport"] == ("true",)
    assert float(context["s3:max-keys"][0]) < 10
    assert context["aws:currenttime"][0] > "2024-01-01T00:00:00Z"
    assert context["s3:prefix"][0].startswith("logs/")
    assert context["aws:sourceip"] == ("203.0.113.7",)


def test_several_ways_in_for_the_same_principal_are_one_finding():
    """
    The actions of different statements are told together.
    """
    found = one(
        statement(Principal={"AWS": PARTNER}, Action=SEND), statement(Principal={"AWS": PARTNER}, Action=RECEIVE)
    )

    assert found.action == (RECEIVE, SEND)
    assert len(found.allowed_by) == 2


def test_what_a_wider_finding_says_is_not_said_again():
    """
    A partner who may do what everybody may is no finding of its own; for what it alone may do, it is.
    """
    found = findings_of(a_queue(statement(Action=SEND), statement(Principal={"AWS": PARTNER}, Action=[SEND, RECEIVE])))

    assert {(each.principal["AWS"], each.action) for each in found} == {("*", (SEND,)), (PARTNER, (RECEIVE,))}
