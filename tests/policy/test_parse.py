"""Reading policies: every legal shape, exact spans, and for all else an error that names the place."""

import json

import pytest

from ringwall.errors import PolicyError
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
    Quantifier,
    Span,
    Statement,
)
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.parse import parse_policy

AWS = PrincipalType.AWS
ELEMENTS = "a statement has Sid, Effect, (Not)Principal, (Not)Action, (Not)Resource and Condition"
SET_OPERATORS = "the set operators are `ForAllValues:` and `ForAnyValue:`"


def a_statement(**changes):
    elements = {"Effect": "Allow", "Action": "s3:GetObject", **changes}
    return {name: value for name, value in elements.items() if value is not None}


def statement_of(**changes):
    [statement] = parse_policy(json.dumps({"Statement": a_statement(**changes)})).statements
    return statement


def condition_of(operator, key, value):
    [condition] = statement_of(Condition={operator: {key: value}}).conditions
    return condition


def fault_of(text):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


def fault_in_statement(**changes):
    return fault_of(json.dumps({"Statement": [a_statement(**changes)]}))


def text_at(text, span):
    return text[span.start : span.end]


# Shapes


def test_a_whole_policy_becomes_a_tree():
    """
    Every element has its place in the tree, in the order of the text.
    """
    text = """{
      "Version": "2012-10-17", "Id": "an id",
      "Statement": [
        {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]},
         "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a", "aws:SourceVpc": ["vpc-a", "vpc-b"]}}},
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "*", "NotResource": ["*"]}]}"""

    assert parse_policy(text) == Policy(
        (
            Statement(
                Effect.ALLOW,
                Only((Pattern("s3:GetObject"), Pattern("s3:PutObject"))),
                Only((Principal(AWS, "111111111111"), Principal(AWS, "222222222222"))),
                Only((Pattern("arn:aws:s3:::a/*"),)),
                (
                    Condition(Operator("StringEquals"), "aws:PrincipalOrgID", ("o-a",)),
                    Condition(Operator("StringEquals"), "aws:SourceVpc", ("vpc-a", "vpc-b")),
                ),
                "one",
            ),
            Statement(
                Effect.DENY,
                AllBut((Pattern("*"),)),
                AllBut((Principal(AWS, "*"),)),
                AllBut((Pattern("*"),)),
            ),
        ),
        "2012-10-17",
        "an id",
    )


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17", None])
def test_a_version_is_one_of_two_or_absent(version):
    """
    The tree keeps which it was.
    """
    document = {"Statement": []} if version is None else {"Version": version, "Statement": []}
    policy = parse_policy(json.dumps(document))

    assert policy == Policy((), version)


def test_one_statement_needs_no_list():
    """
    A statement object alone and a list of it are the same tree.
    """
    alone = parse_policy(json.dumps({"Statement": a_statement()}))

    assert alone == parse_policy(json.dumps({"Statement": [a_statement()]}))


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_one_value_needs_no_list(element):
    """
    A text alone and a list of it are the same tree.
    """
    assert statement_of(**{element: "a"}) == statement_of(**{element: ["a"]})


@pytest.mark.parametrize(("element", "scope"), [("Resource", Only), ("NotResource", AllBut)])
def test_an_empty_list_names_nothing(element, scope):
    """
    It is kept as what it is: a scope without members.
    """
    assert statement_of(**{element: []}).resources == scope(())


def test_absent_elements_are_none():
    """
    Neither principal, resource nor Sid is demanded: identity and trust policies lack them.
    """
    statement = statement_of()

    assert (statement.principals, statement.resources, statement.sid) == (None, None, None)


def test_element_names_match_in_any_case():
    """
    As in IAM: names of elements and of kinds of principal, but not the effect's value.
    """
    text = '{"VERSION": "2012-10-17", "statement": {"EFFECT": "Allow", "action": "a", "notPRINCIPAL": {"aws": "b"}}}'

    assert parse_policy(text) == Policy(
        (Statement(Effect.ALLOW, Only((Pattern("a"),)), AllBut((Principal(AWS, "b"),))),), "2012-10-17"
    )


@pytest.mark.parametrize("kind", PrincipalType)
def test_each_kind_of_principal(kind):
    """
    AWS, Service, Federated and CanonicalUser, in the order of the text.
    """
    statement = statement_of(Principal={kind.value: ["a", "b"]})

    assert statement.principals == Only((Principal(kind, "a"), Principal(kind, "b")))


def test_everyone_is_an_aws_principal():
    """
    `"*"` and `{"AWS": "*"}` are the same.
    """
    assert statement_of(Principal="*") == statement_of(Principal={"AWS": "*"})


def test_several_kinds_of_principal_are_one_scope():
    """
    They are alternatives.
    """
    statement = statement_of(Principal={"Service": "sns.amazonaws.com", "AWS": ["1"]})

    assert statement.principals == Only((Principal(PrincipalType.SERVICE, "sns.amazonaws.com"), Principal(AWS, "1")))


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_are_taken_apart(name):
    """
    Every operator with every quantifier, in any case; the tree has IAM's spelling.
    """
    read = [
        condition_of(spelling, "k", "v").operator
        for spelling in (name, name.lower(), f"ForAllValues:{name}", f"foranyvalue:{name.upper()}")
    ]

    assert read == [
        Operator(name),
        Operator(name),
        Operator(name, Quantifier.FOR_ALL_VALUES),
        Operator(name, Quantifier.FOR_ANY_VALUE),
    ]


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"Null"}))
def test_if_exists_is_taken_off(name):
    """
    Every operator but Null has the suffix, beside a quantifier too.
    """
    assert condition_of(f"{name}IfExists", "k", "v").operator == Operator(name, if_exists=True)
    assert condition_of(f"ForAnyValue:{name}ifexists", "k", "v").operator == Operator(
        name, Quantifier.FOR_ANY_VALUE, if_exists=True
    )


@pytest.mark.parametrize(
    ("value", "values"),
    [
        ('"a"', ("a",)),
        ('["a", "b"]', ("a", "b")),
        ("[]", ()),
        ("true", ("true",)),
        ("[false, true]", ("false", "true")),
        ("10.50", ("10.50",)),
        ("-0", ("-0",)),
        ('[1, "2", 3E+2]', ("1", "2", "3E+2")),
        ("9" * 10_000, ("9" * 10_000,)),
        ('"\\u0041\\n\\"\\/"', ('A\n"/',)),
        ('["\\ud83d\\ude00", "\N{GRINNING FACE}"]', ("\N{GRINNING FACE}", "\N{GRINNING FACE}")),
    ],
)
def test_condition_values_become_text(value, values):
    """
    Numbers and booleans as they are written, however long; an empty list stays empty.
    """
    text = f'{{"Statement": {{"Effect": "Deny", "Action": "*", "Condition": {{"Bool": {{"k": {value}}}}}}}}}'
    [condition] = parse_policy(text).statements[0].conditions

    assert condition.values == values


def test_condition_keys_that_differ_in_case_must_both_hold():
    """
    Both are kept as written; the same goes for operators that differ only in case.
    """
    statement = statement_of(Condition={"Bool": {"aws:K": "a", "aws:k": "b"}, "bool": {"aws:K": "c"}})

    assert [(condition.key, condition.values) for condition in statement.conditions] == [
        ("aws:K", ("a",)),
        ("aws:k", ("b",)),
        ("aws:K", ("c",)),
    ]


def test_condition_keys_may_be_called_like_elements():
    """
    Opposites are opposites only as elements of a statement.
    """
    statement = statement_of(Condition={"StringLike": {"action": "a", "notaction": "b"}})

    assert len(statement.conditions) == 2


def test_escaped_names_are_names():
    """
    A key written with escapes is the key.
    """
    text = '{"\\u0053tatement": [{"Effect": "Allow", "Act\\u0069on": ["\\u002a"]}]}'

    assert parse_policy(text) == Policy((Statement(Effect.ALLOW, Only((Pattern("*"),))),))


def test_a_byte_order_mark_is_skipped():
    """
    Files from Windows have one.
    """
    policy = parse_policy('\ufeff{"Statement": []}')

    assert policy.span == Span(1, 18)


# Places


def test_spans_are_exact():
    """
    A span holds the JSON of its node, quotes and braces included; a condition's goes from its key to its values' end.
    """
    text = """
    { "Statement" : [ { "Effect" : "Allow" , "Principal" : { "AWS" : [ "1" , "\\u0032" ] } ,
      "Action" : "a:b" , "Resource" : [ "x" , "\\n" ] ,
      "Condition" : { "Bool" : { "k" : [ true , "v" ] , "\\u006c" : "w" , "m" : [ "x" ] } } } ] }
    """
    policy = parse_policy(text)
    [statement] = policy.statements

    assert text_at(text, policy.span) == text.strip()
    assert text_at(text, statement.span) == text[text.index('{ "Effect"') : text.rindex("}", 0, text.rindex("]")) + 1]
    assert [text_at(text, each.span) for each in statement.principals.members] == ['"1"', '"\\u0032"']
    assert [text_at(text, each.span) for each in statement.actions.members] == ['"a:b"']
    assert [text_at(text, each.span) for each in statement.resources.members] == ['"x"', '"\\n"']
    assert [text_at(text, each.span) for each in statement.conditions] == [
        '"k" : [ true , "v" ]',
        '"\\u006c" : "w"',
        '"m" : [ "x" ]',
    ]


def test_everyone_has_a_span():
    """
    The star stands somewhere too.
    """
    text = '{"Statement": {"Effect": "Allow", "Principal": "*" , "Action": "a"}}'
    [everyone] = parse_policy(text).statements[0].principals.members

    assert text_at(text, everyone.span) == '"*"'


def test_a_fault_names_line_column_and_path():
    """
    The error says where, what, and what was expected.
    """
    text = '{"Statement": [\n  {"Effect": "Allow", "Action": "a"},\n  {"Effect": "Deny", "Action": ["b", 5]}]}'
    fault = fault_of(text)

    assert (fault.line, fault.column, fault.path) == (3, 38, "$.Statement[1].Action[1]")
    assert str(fault) == (
        "line 3, column 38, at $.Statement[1].Action[1]: expected text, found the number `5` (without quotes)"
    )


def test_paths_quote_what_is_no_name():
    """
    Operators and keys with a colon stand in brackets.
    """
    fault = fault_in_statement(Condition={"ForAnyValue:StringLike": {"aws:TagKeys": ["a", None]}})

    assert fault.path == '$.Statement[0].Condition["ForAnyValue:StringLike"]["aws:TagKeys"][1]'


# Faults of the language


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"Effect": None}, "", "`Effect` is missing: a statement needs `Allow` or `Deny`"),
        ({"Effect": "allow"}, ".Effect", "unknown effect `allow`: write `Allow` or `Deny`"),
        ({"Action": None}, "", "`Action` is missing: a statement needs `Action` or `NotAction`"),
        ({"NotAction": "a"}, ".NotAction", "`NotAction` beside its opposite: a statement has one of the two"),
        ({"Sid": 1}, ".Sid", "expected text, found the number `1` (without quotes)"),
        ({"Sid": None, "sid": ["a"]}, ".sid", "expected text, found a list"),
        ({"Action": 1.5}, ".Action", "expected text or a list of texts, found the number `1.5` (without quotes)"),
        ({"Action": True}, ".Action", "expected text or a list of texts, found the boolean `true` (without quotes)"),
        ({"Action": {"a": "b"}}, ".Action", "expected text or a list of texts, found an object"),
        ({"Action": [["a"]]}, ".Action[0]", "expected text, found a list"),
        ({"Action": ["a", {}]}, ".Action[1]", "expected text, found an object"),
        (
            {"Resource": {"Fn::Sub": "${a}"}},
            ".Resource",
            "expected text or a list of texts, found a function of a template (resolve it first)",
        ),
        (
            {"Principal": "111111111111"},
            ".Principal",
            'principal `111111111111` without its kind: write `{"AWS": "…"}`',
        ),
        ({"Principal": ["*"]}, ".Principal", 'expected `"*"` or an object such as `{"AWS": "…"}`, found a list'),
        (
            {"Principal": {"User": "a"}},
            ".Principal.User",
            "unknown kind of principal `User`: the kinds are AWS, Service, Federated and CanonicalUser",
        ),
        (
            {"Principal": {"AWS": 111111111111}},
            ".Principal.AWS",
            "expected text or a list of texts, found the number `111111111111` (without quotes)",
        ),
        ({"Principal": {"AWS": "a", "aws": "b"}}, ".Principal.aws", "duplicate key `aws`: keep one of them"),
        (
            {"Resources": "*"},
            ".Resources",
            f"unknown element `Resources`: {ELEMENTS}",
        ),
        ({"effect": "Deny"}, ".effect", "duplicate key `effect`: keep one of them"),
        ({"Condition": []}, ".Condition", "expected an object, found a list"),
        ({"Condition": {"Bool": "true"}}, ".Condition.Bool", "expected an object, found text"),
        (
            {"Condition": {"StringEqual": {"k": "v"}}},
            ".Condition.StringEqual",
            "unknown condition operator `StringEqual`: write one of IAM's, such as `StringEquals`",
        ),
        (
            {"Condition": {"ForAnyValues:StringEquals": {"k": "v"}}},
            '.Condition["ForAnyValues:StringEquals"]',
            f"unknown condition operator `ForAnyValues:StringEquals`: {SET_OPERATORS}",
        ),
        (
            {"Condition": {"NullIfExists": {"k": "true"}}},
            ".Condition.NullIfExists",
            "unknown condition operator `NullIfExists`: `Null` takes no `IfExists`",
        ),
        (
            {"Condition": {"Bool": {"k": {}}}},
            ".Condition.Bool.k",
            "expected text, a number, a boolean or a list of these, found an object",
        ),
        (
            {"Condition": {"Bool": {"k": [["a"]]}}},
            ".Condition.Bool.k[0]",
            "expected text, a number or a boolean, found a list",
        ),
    ],
)
def test_what_a_statement_cannot_say_is_an_error(changes, path, message):
    """
    Each with its place and a way out.
    """
    fault = fault_in_statement(**changes)

    assert (fault.path, fault.message) == (f"$.Statement[0]{path}", message)


@pytest.mark.parametrize("element", ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"])
def test_null_is_no_value(element):
    """
    An element that is null is not absent.
    """
    text = json.dumps({"Statement": [a_statement(**{element: "REPLACED"})]}).replace('"REPLACED"', "null")
    fault = fault_of(text)

    assert fault.path == f"$.Statement[0].{element}"
    assert fault.message.endswith("found `null`")


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("{}", "$", "`Statement` is missing: a policy needs it"),
        ("[]", "$", "expected an object, found a list"),
        ('"{}"', "$", "expected an object, found text"),
        ('{"Statement": "a"}', "$.Statement", "expected a statement or a list of statements, found text"),
        ('{"Statement": [[]]}', "$.Statement[0]", "expected an object, found a list"),
        ('{"Version": 2012}', "$.Version", "expected text, found the number `2012` (without quotes)"),
        (
            '{"Version": "2012-10-18"}',
            "$.Version",
            "unknown version `2012-10-18`: write `2012-10-17` or `2008-10-17`",
        ),
        ('{"Id": 1}', "$.Id", "expected text, found the number `1` (without quotes)"),
        ('{"Name": 1}', "$.Name", "unknown element `Name`: a policy has Version, Id and Statement"),
        ('{"Statement": [], "statement": []}', "$.statement", "duplicate key `statement`: keep one of them"),
    ],
)
def test_what_a_policy_cannot_say_is_an_error(text, path, message):
    """
    Each with its place and a way out.
    """
    fault = fault_of(text)

    assert (fault.path, fault.message) == (path, message)


@pytest.mark.parametrize(
    ("inside", "key"),
    [
        ('"Action": "a", "Effect": "Deny"', "Effect"),
        ('"Action": "a", "Action": "b"', "Action"),
        ('"Action": "a", "Condition": {"Bool": {}, "Bool": {}}', "Bool"),
        ('"Action": "a", "Condition": {"Bool": {"k": "a", "k": "b"}}', "k"),
        ('"Action": "a", "Condition": {"Bool": {"k": "a", "\\u006b": "b"}}', "k"),
        ('"Principal": {"AWS": "a", "AWS": "b"}', "AWS"),
    ],
)
def test_duplicate_keys_are_errors(inside, key):
    """
    Neither the first nor the last wins. The error stands on the second.
    """
    text = f'{{"Statement": {{"Effect": "Allow", {inside}}}}}'
    fault = fault_of(text)

    assert fault.message == f"duplicate key `{key}`: keep one of them"
    assert fault.column - 1 > text.index(key)
