"""The condition operators: what the corpus does not say already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy.ast import Condition, Effect, Operator, Quantifier
from ringwall.policy.conditions import OPERATORS, condition_holds
from ringwall.policy.request import ANONYMOUS, Request

MALFORMED = "not a value of any type"
GOOD = {
    "number": "10",
    "date": "2026-01-01",
    "flag": "true",
    "bytes": "QQ==",
    "address": "10.0.0.1",
    "arn": "arn:aws:s3:::b",
    "text": "a",
    "pattern": "a",
    "absence": "false",
}
TYPED = [name for name, row in OPERATORS.items() if row.type.name not in ("text", "pattern", "absence")]
VALUED = [name for name in OPERATORS if name != "Null"]


def holds(operator, wanted, given, *, effect=Effect.ALLOW):
    """Whether `operator` holds for the policy's values and the request's, None for an absent key."""
    condition = Condition(operator, "Some:Key", tuple(wanted))
    context = {} if given is None else {"some:key": tuple(given)}
    return condition_holds(condition, Request(ANONYMOUS, "a:b", "r", context), effect=effect, has_variables=True)


@pytest.mark.parametrize("name", TYPED)
def test_a_value_of_the_wrong_type_matches_nothing(name):
    """
    The positive operator does not hold for it, the negated one does.
    """
    good = GOOD[OPERATORS[name].type.name]

    assert holds(Operator(name), [good], [MALFORMED]) is OPERATORS[name].negated


@pytest.mark.parametrize("name", [name for name in TYPED if OPERATORS[name].type.name != "arn"])
def test_a_malformed_value_of_the_policy_matches_nothing(name):
    """
    The positive operator does not hold for any request, the negated one does for all.
    """
    good = GOOD[OPERATORS[name].type.name]

    assert holds(Operator(name), [MALFORMED], [good]) is OPERATORS[name].negated


@pytest.mark.parametrize("name", VALUED)
@pytest.mark.parametrize("absent", [None, ()])
def test_an_absent_key(name, absent):
    """
    Absent, or without a value: only negation, IfExists and ForAllValues accept it.
    """
    good = GOOD[OPERATORS[name].type.name]
    accepted = {
        operator: holds(operator, [good], absent)
        for operator in (
            Operator(name),
            Operator(name, if_exists=True),
            Operator(name, Quantifier.FOR_ALL_VALUES),
            Operator(name, Quantifier.FOR_ANY_VALUE),
            Operator(name, Quantifier.FOR_ANY_VALUE, if_exists=True),
        )
    }

    assert list(accepted.values()) == [OPERATORS[name].negated, True, True, False, True]


@pytest.mark.parametrize("name", OPERATORS)
def test_an_empty_list_of_values(name):
    """
    It accepts an absent key under IfExists and ForAllValues, and nothing else.
    """
    good = GOOD[OPERATORS[name].type.name]
    operators = [Operator(name), Operator(name, if_exists=True), Operator(name, Quantifier.FOR_ALL_VALUES)]
    operators.append(Operator(name, Quantifier.FOR_ANY_VALUE))

    assert [holds(operator, [], None) for operator in operators] == [False, True, True, False]
    assert not any(holds(operator, [], [good]) for operator in operators)


@given(st.sampled_from(VALUED), st.lists(st.sampled_from(["1", "10", "a"]), min_size=1, max_size=3))
def test_one_value_reads_the_same_with_every_quantifier(name, wanted):
    """
    For a key with one value, the set operators and the effect make no difference.
    """
    given = [GOOD[OPERATORS[name].type.name]]
    answers = {
        holds(Operator(name, quantifier), wanted, given, effect=effect)
        for quantifier in (None, *Quantifier)
        for effect in Effect
    }

    assert len(answers) == 1


@pytest.mark.parametrize(("name", "given"), [("StringEquals", ("a", "b")), ("StringNotEquals", ("a", "b"))])
def test_several_values_without_a_set_operator_never_hide_access(name, given):
    """
    One value suffices for an Allow; a Deny needs all of them.
    """
    assert holds(Operator(name), ["a"], given, effect=Effect.ALLOW)
    assert not holds(Operator(name), ["a"], given, effect=Effect.DENY)


@pytest.mark.parametrize(
    ("wanted", "given", "is_held"),
    [
        (["true", "false"], ["a"], True),
        (["true", "false"], None, True),
        (["TRUE"], None, True),
        (["maybe"], None, False),
        (["maybe"], ["a"], False),
    ],
)
def test_null(wanted, given, is_held):
    """
    One of Null's values suffices, in any case; another word says nothing.
    """
    assert holds(Operator("Null"), wanted, given) is is_held


def test_the_table_is_complete():
    """
    Every operator of the IAM User Guide has its row, and those with Not are the negated ones.
    """
    assert len(OPERATORS) == 27
    assert {name for name, row in OPERATORS.items() if row.negated} == {name for name in OPERATORS if "Not" in name}


@given(
    st.sampled_from([name for name, row in OPERATORS.items() if row.takes_plain]),
    st.lists(st.sampled_from(["a", "A", "a*", "b", "${*}", "arn:aws:s3:::a", "arn:aws:s3:::*", "arn:aws:s3:::"])),
    st.sampled_from(["a", "A", "ab", "b", "*", "arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::"]),
)
def test_many_values_say_what_each_says_alone(name, wanted, given):
    """
    Values are alternatives, whether they are looked up together or compared one by one; negated, none may match.
    """
    alone = [holds(Operator(name), [value], [given]) for value in wanted]

    together = holds(Operator(name), wanted, [given])

    assert together is (all(alone) if OPERATORS[name].negated else any(alone)) or not wanted
