"""The words of findings: their order, their own parts, and what they are made of."""

import pytest
from hypothesis import given

from ringwall.errors import UndecidedError
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import KeyType, is_known_key, key_type
from ringwall.reasoning.callers import ACCOUNT
from ringwall.reasoning.encode import keys_with_set_operators, point_of, statement_applies
from ringwall.reasoning.labels import REPORTABLE, labels_of, mapping_of, reportable_name
from ringwall.reasoning.region import Budget
from ringwall.reasoning.variables import Setting
from tests.findings.sharing_cases import OWNER, PARTNER, PATH_WORDS, QUEUE_WORDS, document, statement
from tests.strategies import policies, requests

VALUES = {KeyType.ARN: f"arn:aws:iam::{PARTNER}:*", KeyType.TEXT: "3*"}


def labels_in(policy, *, with_services=True):
    involved = [(policy, each) for each in policy.statements]
    setting = Setting(many=keys_with_set_operators([policy]))
    return labels_of(involved, setting, Budget(), owner_account=OWNER, with_services=with_services)


def labels_for(*statements, **options):
    return labels_in(parse_policy(document(*statements)), **options)


@given(policies(QUEUE_WORDS), requests(QUEUE_WORDS))
def test_every_request_lies_in_the_own_part_of_some_label(policy, request):
    """
    For each key: in what a label has for itself, or in what is left to "any".
    """
    point = point_of(request)

    for labels in labels_in(policy):
        assert any(point in labels.core(each) for each in (*labels.named, labels.any))


@given(policies(QUEUE_WORDS), requests(QUEUE_WORDS))
def test_an_own_part_lies_in_its_label_and_in_all_that_are_wider(policy, request):
    """
    And in none that are narrower.
    """
    point = point_of(request)

    for labels in labels_in(policy):
        for label in labels.named:
            if point in labels.core(label):
                assert all(point in wider.box for wider in labels.above(label))
                narrower = [each for each in labels.named if label in labels.above(each) and each is not label]
                assert not any(point in each.box for each in narrower)


@given(policies(QUEUE_WORDS), requests(QUEUE_WORDS))
def test_the_labels_near_a_statement_are_all_that_meet_it(policy, request):
    """
    Looking labels up by value forgets none whose own part holds a request of the box.
    """
    point = point_of(request)
    setting = Setting(many=keys_with_set_operators([policy]))
    boxes = [box for each in policy.statements for box in statement_applies(policy, each, setting) if point in box]

    for labels in labels_in(policy):
        holding = {each.text for each in (*labels.named, labels.any) if point in labels.core(each)}
        for box in boxes:
            assert holding <= {each.text for each, _ in labels.meeting(box)}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("AWS:SOURCEIP", "aws:SourceIp"),
        ("aws:principalorgid", "aws:PrincipalOrgID"),
        ("token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:sub"),
        ("saml:aud", "saml:aud"),
        ("aws:SecureTransport", None),
        ("aws:PrincipalTag/x", None),
        ("s3:prefix", None),
    ],
)
def test_only_keys_that_matter_have_a_name_in_findings(key, name):
    """
    Spelled as the documentation does, however the policy spells them.
    """
    assert reportable_name(key) == name


def test_a_role_is_narrower_than_its_account_and_a_session_than_its_role():
    """
    And all are narrower than everybody.
    """
    names = (PARTNER, f"arn:aws:iam::{PARTNER}:role/p/r", f"arn:aws:sts::{PARTNER}:assumed-role/r/s")

    [labels] = labels_for(statement(Principal={"AWS": list(names)}))

    by_text = {each.text: each for each in labels.named}
    above = [{each.text for each in labels.above(by_text[name])} for name in names]
    assert above == [{PARTNER, "*"}, {names[1], PARTNER, "*"}, {*names, "*"}]


def test_a_network_is_narrower_than_one_that_holds_it():
    """
    And beside one that it only touches.
    """
    networks = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/15"]

    [_, labels] = labels_for(statement(Condition={"IpAddress": {"aws:SourceIp": networks}}))

    above = {each.text: {wider.text for wider in labels.above(each)} - {each.text, "*"} for each in labels.named}
    assert above == {"10.0.0.0/8": set(), "10.1.0.0/16": {"10.0.0.0/8"}, "10.2.0.0/15": {"10.0.0.0/8"}}


def test_services_are_labels_only_where_they_are_asked_for():
    """
    Otherwise they are insiders.
    """
    service = statement(Principal={"Service": "sns.amazonaws.com"})

    assert [labels.named for labels in labels_for(service, with_services=False)] == [()]
    [[label]] = [labels.named for labels in labels_for(service)]
    assert (label.type, label.text) == ("Service", "sns.amazonaws.com")


def test_the_same_label_in_many_statements_is_one():
    """
    Also where one names an account by number and another by ARN.
    """
    forms = [{"AWS": PARTNER}, {"AWS": f"arn:aws:iam::{PARTNER}:root"}, {"AWS": PARTNER}]

    [labels] = labels_for(*(statement(Principal=form) for form in forms))

    assert [each.text for each in labels.named] == [PARTNER]


def test_the_mapping_leaves_out_the_principal_and_what_is_any():
    """
    A finding's condition names what limits it.
    """
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalOrgID": "o-1"}}
    principal, *keys = labels_for(statement(Condition=condition))

    chosen = [principal.any, *(each.named[0] if each.key == "aws:SourceVpc" else each.any for each in keys)]

    assert mapping_of(chosen) == {"aws:SourceVpc": "vpc-1"}


@pytest.mark.parametrize(
    ("operator", "value"),
    [("StringLike", "3333*"), ("StringLike", "*"), ("StringEqualsIgnoreCase", PARTNER), ("StringEquals", PARTNER)],
)
def test_the_account_that_calls_a_key_has_an_own_part_whatever_names_it(operator, value):
    """
    `kms:CallerAccount` is absent where the account that it is read from says `anonymous`: that is left to "any".
    """
    [_, labels] = labels_for(statement(Condition={operator: {"kms:CallerAccount": value}}))

    [label] = labels.named
    signed, anonymous = {ACCOUNT: (PARTNER,)}, {ACCOUNT: ("anonymous",)}
    assert [signed in labels.core(each) for each in (label, labels.any)] == [True, False]
    assert [anonymous in labels.core(each) for each in (label, labels.any)] == [False, True]


def test_what_is_outside_of_a_label_is_one_set_or_undecided():
    """
    A pattern that matches the word `anonymous` and not every account leaves two sets, which no box can be.
    """
    [_, labels] = labels_for(statement(Condition={"StringLike": {"kms:CallerAccount": "a*"}}))

    with pytest.raises(UndecidedError, match="not one set"):
        labels.core(labels.any)


def test_a_key_in_two_spellings_is_one_key():
    """
    Also a claim of a provider, whose spelling we do not know better than the policy.
    """
    keys = ("Example.com:sub", "example.com:SUB", "example.com:sub")

    _, *keys = labels_for(*(statement(Condition={"StringEquals": {key: key}}) for key in keys))

    assert [len(labels.named) for labels in keys] == [3]


@given(policies(PATH_WORDS), requests(PATH_WORDS))
def test_sets_of_values_lie_in_the_own_part_of_some_label_and_only_of_labels_near(policy, request):
    """
    As for single values: every set lies in an own part, and what is looked up for a box forgets none that meets it.
    """
    point = point_of(request)
    setting = Setting(many=keys_with_set_operators([policy]))
    boxes = [box for each in policy.statements for box in statement_applies(policy, each, setting) if point in box]

    for labels in labels_in(policy):
        holding = {each for each in (*labels.named, labels.any) if point in labels.core(each)}
        assert holding
        for box in boxes:
            assert holding <= {each for each, _ in labels.meeting(box)}


@pytest.mark.parametrize("key", sorted(REPORTABLE.values()))
def test_every_reportable_key_is_known_and_makes_labels(key):
    """
    With an own part for its value and one for everything else.
    """
    value = (
        "true"
        if key_type(key) is KeyType.FLAG
        else "203.0.113.0/24"
        if key == "aws:SourceIp"
        else VALUES[key_type(key)]
    )
    operator = "IpAddress" if key == "aws:SourceIp" else "StringLike"

    [_, labels] = labels_for(statement(Condition={f"ForAnyValue:{operator}": {key: value}}))

    assert is_known_key(key)
    assert [each.key for each in labels.named] == [key]
    assert all(labels.core(each).pick() is not None for each in (*labels.named, labels.any))
