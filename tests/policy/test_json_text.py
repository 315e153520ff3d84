"""Reading JSON text: what is no JSON, or too much of it, is an error that names the place."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ringwall.errors import PolicyError
from ringwall.policy.json_text import path_at, position
from ringwall.policy.parse import parse_policy
from ringwall.policy.render import render_policy
from tests.strategies import policies

STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject"}


def fault_of(text):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


def outcome_of(text):
    try:
        return parse_policy(text)
    except PolicyError as fault:
        return fault


def node_at(path, document):
    """What `path` leads to; the paths of these tests have no key that needs quotes."""
    for step in path.replace("[", ".").replace("]", "").split(".")[1:]:
        document = document[int(step) if step.isdigit() else step]
    return document


@pytest.mark.parametrize(
    ("offset", "place"), [(0, (1, 1)), (1, (1, 2)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (5, (3, 2))]
)
def test_position_counts_lines_and_columns_from_one(offset, place):
    """
    A line feed belongs to the line that it ends.
    """
    assert position("ab\n\nc", offset) == place


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "expected an object, found the end of the document (is it truncated?)"),
        ("  ", 3, "expected an object, found the end of the document (is it truncated?)"),
        ("{", 2, "expected a key in double quotes, found the end of the document (is it truncated?)"),
        ('{"Id": "a', 8, "the document ends within this text: is it truncated?"),
        ('{"Id": "a"', 11, "expected `,` or `}`, found the end of the document (is it truncated?)"),
        ('{"Id" "a"}', 7, "expected `:` after the key, found text"),
        ('{"Id": "a",}', 12, "expected a key in double quotes, found `}`"),
        ('{"Id": "a" "Version"}', 12, "expected `,` or `}`, found text"),
        ("{Id: 1}", 2, "expected a key in double quotes, found `Id`"),
        ("{'Id': 1}", 2, "expected a key in double quotes, found `'Id'`"),
        ('{"Statement": [,]}', 16, "expected an object, found `,`"),
        ('{"Statement": [] ]', 18, "expected `,` or `}`, found `]`"),
        (
            '{"Statement": []} {}',
            19,
            "expected the end of the document, found an object: remove the rest",
        ),
        ('{"Statement": []}x', 18, "expected the end of the document, found `x`: remove the rest"),
        ('{"Id": NaN}', 8, "expected text, found `NaN`"),
        ('{"Id": -Infinity}', 8, "expected text, found `-Infinity`"),
        ('{"Id": 01}', 8, "expected text, found `01`"),
        ('{"Id": "a\tb"}', 10, "a control character within a text: escape it as `\\u0009`"),
        ('{"Id": "a\x00b"}', 10, "a control character within a text: escape it as `\\u0000`"),
        ('{"Id": "a\\xb"}', 10, "`\\x` is no escape of JSON: write `\\\\` for a backslash"),
        ('{"Id": "a\\u12"}', 10, '`\\u12"}` is no escape of JSON: write `\\\\` for a backslash'),
        ('{"Id": "a\\', 8, "the document ends within this text: is it truncated?"),
        ('{"Id": "a\\u12', 8, "the document ends within this text: is it truncated?"),
        ('{"Id": "\\ud800"}', 8, "a lone surrogate is no character: escape both halves of the pair, or neither"),
        ('{"Id": "a\ud800"}', 10, "a lone surrogate is no character: is the document UTF-8?"),
        ('{"Id": "a"}\u00a0', 1, "`Statement` is missing: a policy needs it"),
        ('\u00a0{"Id": "a"}', 1, "expected an object, found `\\u00a0`"),
        ("%7B%22Version%22", 1, "expected an object, found `%7B%22Version%22`"),
    ],
)
def test_what_is_not_json_is_an_error(text, column, message):
    """
    Each with its place.
    """
    fault = fault_of(text)

    assert (fault.line, fault.column, fault.message) == (1, column, message)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1.", ".5", "+1", "1e", "truefalse", "tru", "null", "0x1"])
def test_a_condition_value_that_is_no_number_is_an_error(value):
    """
    Only what JSON calls a number or a boolean is taken.
    """
    fault = fault_of(f'{{"Statement": {{"Effect": "Deny", "Condition": {{"Bool": {{"k": [{value}]}}}}}}}}')

    assert fault.path == "$.Statement.Condition.Bool.k[0]"
    assert fault.message == f"expected text, a number or a boolean, found `{value}`"


def test_every_truncation_is_an_error():
    """
    Wherever the text of a policy ends too early.
    """
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Condition": {"Bool": {"k": [True, "\t"]}}}]}
    )
    faults = [fault_of(text[:length]) for length in range(len(text))]

    assert len(faults) == len(text)


@pytest.mark.parametrize(
    ("before", "path"),
    [
        ("", "$"),
        ('{"Statement": ', "$.Statement[0]"),
        ('{"Statement": {"Action": ', "$.Statement.Action[0]"),
        ('{"Statement": {"Condition": {"Bool": {"k": ', "$.Statement.Condition.Bool.k[0]"),
    ],
)
@pytest.mark.parametrize("nested", ["[" * 500_000, '{"a":' * 100_000])
def test_deep_nesting_is_an_error_where_it_starts(before, nested, path):
    """
    A policy is a few levels deep; what is deeper is wrong at its first superfluous level.
    """
    fault = fault_of(before + nested)

    assert path.startswith(fault.path.removesuffix(".a"))


def test_ten_thousand_statements_are_read():
    """
    In order, each with its place.
    """
    text = json.dumps({"Statement": [{**STATEMENT, "Sid": str(number)} for number in range(10_000)]})
    policy = parse_policy(text)

    assert [statement.sid for statement in policy.statements] == [str(number) for number in range(10_000)]
    assert json.loads(text[policy.statements[-1].span.start : policy.statements[-1].span.end])["Sid"] == "9999"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a" * 1_000_000, id="one long text"),
        pytest.param('"\\' * 250_000, id="escapes"),
        pytest.param(["a"] * 200_000, id="many texts"),
        pytest.param(["\n"] * 200_000, id="many escaped texts"),
    ],
)
def test_a_megabyte_is_read(value):
    """
    Whatever it consists of.
    """
    [statement] = parse_policy(json.dumps({"Statement": {**STATEMENT, "Action": value}})).statements
    texts = [value] if isinstance(value, str) else value

    assert [pattern.text for pattern in statement.actions.members] == texts


@pytest.mark.parametrize(
    "text", [" " * 1_000_000, '{"Id": "' + "\\n" * 500_000, '{"Statement": {"Action": [' + '"a",' * 250_000]
)
def test_a_truncated_megabyte_is_an_error(text):
    """
    The error stays short.
    """
    assert len(str(fault_of(text))) < 300


@pytest.mark.parametrize(
    "name", ["a" * 1_000_000, "\x1b[31mred", "two\nlines", "\N{RIGHT-TO-LEFT OVERRIDE}", "\x9b31m"]
)
def test_messages_are_short_and_printable(name):
    """
    What a stranger wrote does not reach the reader's terminal as it is.
    """
    fault = str(fault_of(json.dumps({"Statement": {**STATEMENT, name: "a"}}, ensure_ascii=False)))

    assert fault.isprintable()
    assert len(fault) < 500


@given(policies(), st.sampled_from([None, 1]))
def test_paths_lead_to_their_values(policy, indent):
    """
    The path of an action's offset is the way to it in the document.
    """
    text = render_policy(policy, indent)
    document = json.loads(text)
    actions = [action for statement in parse_policy(text).statements for action in statement.actions.members]

    assert [node_at(path_at(text, action.span.start), document) for action in actions] == [
        each.text for each in actions
    ]


@given(policies(), st.data())
def test_a_damaged_document_is_never_taken_for_another(policy, data):
    """
    With a few characters changed a document is an error, or still JSON, and then means what it says.
    """
    text = render_policy(policy)
    start = data.draw(st.integers(0, len(text)))
    end = start + data.draw(st.integers(0, 3))
    damaged = text[:start] + data.draw(st.text('{}[]",:\\ u0d\t-1.eE\ud800tn\ufeff', max_size=4)) + text[end:]
    outcome = outcome_of(damaged)
    assume(not isinstance(outcome, PolicyError))

    assert json.loads(damaged.removeprefix("\ufeff"))
    assert parse_policy(render_policy(outcome)) == outcome


@given(st.text('{}[]",:\\ u0d\t-1.eE\ud800tn', max_size=30))
def test_any_text_is_a_policy_or_an_error(text):
    """
    And nothing else: whatever stands where a statement should be.
    """
    fault = fault_of(f'{{"Statement": {{"Action": "a", "Effect": {text}')

    assert fault.line == 1
    assert fault.path.startswith("$.Statement")
