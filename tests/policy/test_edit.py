"""Edits of a policy's text: what they change, and that everything else stays as it was written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.policy.ast import Only
from ringwall.policy.edit import policy_text
from ringwall.policy.json_edit import changed, read_tree, with_item, with_member, without
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from tests.strategies import SMALL, policies

SPREAD = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Partners",
            "Effect": "Allow",
            "Principal": {
                "AWS": [
                    "111111111111",
                    "222222222222"
                ],
                "Service": "sns.amazonaws.com"
            },
            "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"],
            "Resource": "*"
        },
        {"Sid": "Other", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    ]
}
"""
TIGHT = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["a:b","a:c"]}}'


def lines_apart(old, new):
    """The lines that went, and the lines that came."""
    before, after = old.splitlines(), new.splitlines()
    return [line for line in before if line not in after], [line for line in after if line not in before]


def test_a_principal_goes_and_nothing_else_changes():
    """
    Only its line, and the comma before it.
    """
    new = policy_text(SPREAD).without_principals(0, lambda each: each.value == "222222222222")

    assert lines_apart(SPREAD, new) == (
        ['                    "111111111111",', '                    "222222222222"'],
        ['                    "111111111111"'],
    )


def test_the_last_principal_of_a_kind_takes_its_kind_along():
    """
    An empty list would mean nobody, and AWS refuses it.
    """
    edited = policy_text(SPREAD)

    new = edited.without_principals(0, lambda each: each.value in ("222222222222", "sns.amazonaws.com"))

    assert json.loads(new)["Statement"][0]["Principal"] == {"AWS": ["111111111111"]}


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.without_principals(0, lambda _: True),
        lambda text: text.without_principals(0, lambda _: False),
        lambda text: text.without_principals(1, lambda _: True),
        lambda text: text.without_patterns(0, "Action", lambda _: True),
        lambda text: text.without_patterns(0, "Resource", lambda _: True),
        lambda text: text.without_patterns(0, "NotResource", lambda _: True),
        lambda text: text.without_statements([0, 1]),
    ],
)
def test_an_edit_that_would_leave_nothing_is_none(edit):
    """
    Nor is one that changes nothing.
    """
    assert edit(policy_text(SPREAD)) is None


def test_a_statement_goes_with_its_lines():
    """
    The one behind it keeps its own.
    """
    new = policy_text(SPREAD).without_statements([0])

    assert lines_apart(SPREAD, new)[1] == []
    assert [each.sid for each in parse_policy(new).statements] == ["Other"]


def test_a_statement_comes_in_the_style_of_the_last():
    """
    In one line behind one in one line, in several behind one in several.
    """
    statement = {"Effect": "Deny", "Principal": "*", "Action": ["a:b"]}
    without_the_short = policy_text(SPREAD).without_statements([1])

    short = policy_text(SPREAD).with_statement(statement)
    spread = policy_text(without_the_short).with_statement(statement)

    assert '        {"Effect": "Deny", "Principal": "*", "Action": ["a:b"]}\n    ]' in short
    assert '        {\n            "Effect": "Deny",\n            "Principal": "*",\n' in spread


def test_a_text_without_spaces_gets_none():
    """
    And a lone statement becomes the first of a list.
    """
    edited = policy_text(TIGHT)

    assert edited.with_statement({"Effect": "Deny", "Action": "*"}) == (
        '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["a:b","a:c"]},{"Effect":"Deny","Action":"*"}]}'
    )
    assert edited.without_patterns(0, "Action", "a:b".__eq__).endswith('"Action":["a:c"]}}')
    assert edited.with_condition(0, "StringEquals", "k", ("1",)).endswith(',"Condition":{"StringEquals":{"k":"1"}}}}')


def test_conditions_are_added_where_their_operator_stands():
    """
    A key that is asked for already, in whatever case, is left alone.
    """
    edited = policy_text(TIGHT)
    once = policy_text(edited.with_condition(0, "StringEquals", "k", ("1", "2")))

    twice = once.with_condition(0, "StringEquals", "l", ("3",))

    assert json.loads(twice)["Statement"]["Condition"] == {"StringEquals": {"k": ["1", "2"], "l": "3"}}
    assert once.with_condition(0, "StringEquals", "K", ("3",)) is None


def test_values_go_from_the_condition_that_is_meant():
    """
    Not from another operator's condition on the same key.
    """
    text = '{"Statement": [{"Effect": "Allow", "Action": "*", "Condition": {"StringLike": {"k": ["a", "b"]}, "StringEquals": {"k": ["a", "b"]}}}]}'
    edited = policy_text(text)

    new = edited.without_values(0, edited.policy.statements[0].conditions[1], "a".__eq__)

    assert json.loads(new)["Statement"][0]["Condition"] == {
        "StringLike": {"k": ["a", "b"]},
        "StringEquals": {"k": ["b"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff{ "statement" : [ {"effect":"Allow","principal":{"aws":["1","\\u0032"]},"action":"*"} ] }',
        '{"Statement":[{"Effect":"Allow","Principal":{"AWS":["1","2"\t,\n"3"]},"Action":"*"}]}',
    ],
)
def test_odd_spellings_are_edited_by_what_they_mean(text):
    """
    Escapes, a byte order mark, other cases of letters, odd white space.
    """
    new = policy_text(text).without_principals(0, lambda each: each.value == "2")

    assert [each.value for each in parse_policy(new).statements[0].principals.members] in (["1"], ["1", "3"])


@given(policies(SMALL), st.sampled_from((None, 2, 4)), st.data())
@settings(max_examples=100)
def test_taking_statements_out_of_the_text_takes_them_out_of_the_policy(policy, indent, data):
    """
    And nothing else, in whichever layout.
    """
    text = render_policy(policy, indent)
    gone = data.draw(st.sets(st.sampled_from(range(len(policy.statements))))) if policy.statements else set()

    new = policy_text(text).without_statements(gone) if policy.statements else None

    if new is not None:
        kept = [each for place, each in enumerate(parse_policy(text).statements) if place not in gone]
        assert list(parse_policy(new).statements) == kept


@given(policies(SMALL), st.sampled_from((None, 2, 4)), st.data())
@settings(max_examples=100)
def test_taking_principals_out_of_the_text_takes_them_out_of_the_statement(policy, indent, data):
    """
    Whichever kinds they are of.
    """
    text = render_policy(policy, indent)
    statements = parse_policy(text).statements
    named = [place for place, each in enumerate(statements) if isinstance(each.principals, Only)]
    if not named:
        return
    index = data.draw(st.sampled_from(named))
    members = statements[index].principals.members
    gone = data.draw(st.sets(st.sampled_from(members))) if members else set()

    new = policy_text(text).without_principals(index, gone.__contains__)

    if new is not None:
        assert parse_policy(new).statements[index].principals.members == tuple(
            each for each in members if each not in gone
        )


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=8,
)


@given(st.lists(_JSON, max_size=4), _JSON, st.sampled_from((None, 1, "\t")), st.data())
@settings(max_examples=100)
def test_items_come_and_go_in_any_list(items, more, indent, data):
    """
    What is read back is the list with or without them.
    """
    text = json.dumps(items, indent=indent)
    gone = data.draw(st.sets(st.integers(0, 3)))

    tree = read_tree(text)

    assert json.loads(changed(text, without(text, tree, gone))) == [
        each for place, each in enumerate(items) if place not in gone
    ]
    assert json.loads(changed(text, with_item(text, tree, more))) == [*items, more]


@given(st.dictionaries(st.text(max_size=3), _JSON, max_size=3), _JSON, st.sampled_from((None, 2)))
@settings(max_examples=50)
def test_a_member_comes_to_any_object(members, more, indent):
    """
    Behind the others.
    """
    text = json.dumps(members, indent=indent)

    new = changed(text, with_member(text, read_tree(text), "a new one", more))

    assert json.loads(new) == {**members, "a new one": more}


@pytest.mark.parametrize(
    ("element", "patterns", "new"),
    [
        ('"Action": "s3:*"', ["s3:Get*"], '"Action": "s3:Get*"'),
        ('"action" : "s3:*"', ["a:B", "c:D"], '"action" : ["a:B", "c:D"]'),
        ('"Action": ["s3:*"]', ["s3:Get*"], '"Action": ["s3:Get*"]'),
        ('"NotAction": "s3:*"', ["sqs:*"], '"Action": "sqs:*"'),
        ('"Action": [\n        "s3:*"\n    ]', ["a:B", "c:D"], '"Action": [\n        "a:B",\n        "c:D"\n    ]'),
    ],
)
def test_other_actions(element, patterns, new):
    """
    They are laid out as those before them.
    """
    text = f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow",\n    {element}, "Resource": "*"}}}}'
    if "\n" not in element:
        text = text.replace("\n    ", " ")

    changed_text = policy_text(text).with_actions(0, patterns)

    assert changed_text == text.replace(element, new)
