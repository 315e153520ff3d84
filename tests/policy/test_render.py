"""Writing policies: one canonical spelling, from which the same tree is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UsageError
from ringwall.policy.ast import (
    AllBut,
    Condition,
    Effect,
    Only,
    Operator,
    Pattern,
    Policy,
    Principal,
    PrincipalType,
    Statement,
)
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy, render_statement
from tests.strategies import ONE, TWO, conditions, policies, statements

EVERYTHING = Only((Pattern("*"),))


def a_statement(**changes):
    return Statement(**{"effect": Effect.ALLOW, "actions": EVERYTHING, **changes})


def test_elements_have_one_order_and_spelling():
    """
    Version, Id, Statement; Sid, Effect, Principal, Action, Resource, Condition.
    """
    text = """{"statement": {"CONDITION": {"bool": {"aws:SecureTransport": [false]}}, "notresource": "*",
      "ACTION": ["a"], "PRINCIPAL": {"Service": ["a"], "aws": ["b", "c"]}, "effect": "Deny", "SID": ""},
      "id": "an id", "version": "2008-10-17"}"""

    assert render_policy(parse_policy(text)) == (
        '{"Version": "2008-10-17", "Id": "an id", "Statement": [{"Sid": "", "Effect": "Deny", '
        '"Principal": {"Service": "a", "AWS": ["b", "c"]}, "Action": "a", "NotResource": "*", '
        '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
    )


def test_indent_gives_lines():
    """
    For people.
    """
    assert render_statement(a_statement(), indent=1) == '{\n "Effect": "Allow",\n "Action": "*"\n}'


@pytest.mark.parametrize(("scope", "element"), [(Only, "Principal"), (AllBut, "NotPrincipal")])
def test_everyone_is_a_star(scope, element):
    """
    The shortest form that means it.
    """
    rendered = render_statement(a_statement(principals=scope((Principal(PrincipalType.AWS, "*"),))))

    assert json.loads(rendered)[element] == "*"


def test_principals_of_one_kind_are_put_together():
    """
    An object has each kind once.
    """
    named = [(PrincipalType.AWS, ONE), (PrincipalType.SERVICE, "a"), (PrincipalType.AWS, TWO)]
    rendered = render_statement(a_statement(principals=Only(tuple(Principal(*each) for each in named))))

    assert json.loads(rendered)["Principal"] == {"AWS": [ONE, TWO], "Service": "a"}


def test_a_key_that_comes_twice_is_written_twice():
    """
    Under another spelling of the operator, since the operator's case does not matter.
    """
    both = tuple(Condition(Operator("Bool"), "k", (value,)) for value in ("true", "false"))
    rendered = render_statement(a_statement(conditions=both))

    assert json.loads(rendered)["Condition"] == {"Bool": {"k": "true"}, "bool": {"k": "false"}}


def test_keys_that_differ_in_case_stay_apart():
    """
    Both must hold, and both are written.
    """
    both = tuple(Condition(Operator("Bool"), key, ("true",)) for key in ("k", "K"))
    rendered = render_statement(a_statement(conditions=both))

    assert json.loads(rendered)["Condition"] == {"Bool": {"k": "true", "K": "true"}}


def test_what_json_cannot_say_is_an_error():
    """
    Four letters have sixteen spellings; nothing is dropped in silence.
    """
    often = (Condition(Operator("Bool"), "k", ("true",)),) * 17

    assert parse_policy(render_policy(Policy((a_statement(conditions=often[:16]),)))).statements[0].conditions
    with pytest.raises(UsageError, match="`Bool` cannot be written 17 times in one statement"):
        render_statement(a_statement(conditions=often))


@given(policies(), st.sampled_from([None, 0, 2]))
def test_a_rendered_policy_is_the_same_policy(policy, indent):
    """
    Whatever the tree holds, in whatever layout.
    """
    assert parse_policy(render_policy(policy, indent)) == policy


@given(statements())
def test_a_rendered_statement_is_the_same_statement(statement):
    """
    The part as the whole.
    """
    document = f'{{"Statement": {render_statement(statement)}}}'

    assert parse_policy(document) == Policy((statement,))


@given(st.lists(conditions(), max_size=6))
def test_conditions_keep_their_order(those):
    """
    Also where operators and keys repeat.
    """
    statement = a_statement(conditions=tuple(those))

    assert parse_policy(render_policy(Policy((statement,)))).statements == (statement,)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(text, key):
    """
    Quotes, control characters, anything beyond ASCII.
    """
    statement = a_statement(
        sid=text, actions=Only((Pattern(text), Pattern(key))), conditions=(Condition(Operator("Null"), key, (text,)),)
    )

    assert parse_policy(render_policy(Policy((statement,), id=text))) == Policy((statement,), id=text)
