"""What a key may hold: sets of values, and sets of sets of values."""

import re

import pytest
from hypothesis import given

from ringwall.errors import UndecidedError
from ringwall.reasoning.intervals import closed, union
from ringwall.reasoning.patterns import glob
from ringwall.reasoning.text import AnyOf, any_of
from ringwall.reasoning.typed import Kind
from ringwall.reasoning.values import ABSENT, ANYTHING, PRESENT, KeySet, ValueSet, points, texts
from tests.reasoning.small_sets import (
    FEW,
    SEVERAL_VALUES,
    decided,
    listed_key_sets,
    many_key_sets,
    single_key_sets,
    value_sets,
)

KEY = "s3:prefix"
SINGLE = [(), *((value,) for value in FEW)]


def members(those, universe=FEW):
    return {value for value in universe if value in those}


@given(value_sets, value_sets)
def test_an_intersection_of_values_holds_what_both_hold(one, other):
    """
    As texts, and read as numbers, addresses and instants.
    """
    assert members(one & other) == members(one) & members(other)


@given(value_sets)
def test_the_pieces_of_a_complement_of_values_are_everything_else(those):
    """
    A value is in the set or in a piece, never in both.
    """
    assert set().union(*map(members, those.complement())) == set(FEW) - members(those)


@given(value_sets)
def test_a_pick_of_values_is_a_member_and_no_pick_is_no_member(those):
    """
    Unless texts and ranges are too entangled, which is said.
    """
    picked, is_decided = decided(those.pick)

    if picked is not None:
        assert picked in those
    elif is_decided:
        assert members(those) == set()


@given(single_key_sets, single_key_sets)
def test_an_intersection_of_keys_with_one_value_holds_what_both_hold(one, other):
    """
    Absence included.
    """
    assert members(one & other, SINGLE) == members(one, SINGLE) & members(other, SINGLE)


@given(single_key_sets)
def test_the_pieces_of_a_complement_of_a_key_with_one_value_are_everything_else(those):
    """
    Absence included.
    """
    rest = set().union(*(members(piece, SINGLE) for piece in those.complement()))

    assert rest == set(SINGLE) - members(those, SINGLE)


@given(single_key_sets)
def test_a_pick_of_a_key_with_one_value_is_a_member(those):
    """
    No pick is no member.
    """
    picked, is_decided = decided(those.pick, KEY)

    if picked is not None:
        assert picked in those
    elif is_decided:
        assert members(those, SINGLE) == set()


@given(many_key_sets, many_key_sets)
def test_an_intersection_of_keys_with_several_values_holds_what_both_hold(one, other):
    """
    Every value within both bounds, and some value for each demand.
    """
    expected = members(one, SEVERAL_VALUES) & members(other, SEVERAL_VALUES)

    assert members(one & other, SEVERAL_VALUES) == expected


@given(many_key_sets)
def test_the_pieces_of_a_complement_of_a_key_with_several_values_are_everything_else(those):
    """
    Some value outside the bound, or all values outside a demand.
    """
    rest = set().union(*(members(piece, SEVERAL_VALUES) for piece in those.complement()))

    assert rest == set(SEVERAL_VALUES) - members(those, SEVERAL_VALUES)


@given(many_key_sets)
def test_a_pick_of_a_key_with_several_values_is_a_member(those):
    """
    As few values as will do; no pick is no member.
    """
    picked = those.pick("aws:tagkeys")

    assert picked in those if picked is not None else members(those, SEVERAL_VALUES) == set()


@given(listed_key_sets, listed_key_sets)
def test_what_is_plainly_within_is_within(one, other):
    """
    True is certain.
    """
    if one.is_within(other):
        assert members(one, SEVERAL_VALUES[:5]) <= members(other, SEVERAL_VALUES[:5])


@given(many_key_sets, many_key_sets)
def test_what_is_plainly_within_is_within_with_several_values_too(one, other):
    """
    True is certain.
    """
    if one.is_within(other):
        assert members(one, SEVERAL_VALUES) <= members(other, SEVERAL_VALUES)


def test_absent_present_and_anything_are_what_they_say():
    """
    And absent and present are each other's complement.
    """
    assert [() in those for those in (ABSENT, PRESENT, ANYTHING)] == [True, False, True]
    assert [("a",) in those for those in (ABSENT, PRESENT, ANYTHING)] == [False, True, True]
    assert [piece.pick(KEY) for piece in PRESENT.complement()] == [()]
    assert ANYTHING.complement() == ()


@pytest.mark.parametrize("key", ["aws:SourceIp", "aws:SecureTransport", "aws:PrincipalArn", "aws:SourceArn"])
def test_a_value_is_picked_from_what_the_type_of_its_key_allows(key):
    """
    An address, a flag, an ARN: a witness is a request that can be made.
    """
    shape = {"aws:SourceIp": r"[0-9.]+", "aws:SecureTransport": r"true|false"}.get(key, r"arn:.*:.*:.*:.*:.*")

    [value] = PRESENT.pick_present(key.lower())

    assert re.fullmatch(shape, value)


def test_patterns_that_no_value_of_the_type_matches_are_empty():
    """
    No flag begins with an x.
    """
    odd = KeySet(False, texts(AnyOf(patterns=(glob("x*"),))))

    assert odd.pick("aws:securetransport") is None
    assert odd.pick(KEY) is not None


def test_a_demand_whose_complement_is_no_one_set_is_undecided():
    """
    It is said, not guessed.
    """
    both = texts(AnyOf(patterns=(glob("a*"),))) & texts(AnyOf(patterns=(glob("*b"),)))
    those = KeySet(False, demands=(both,), many=True)

    with pytest.raises(UndecidedError):
        those.complement()


def test_what_is_too_entangled_is_undecided():
    """
    A pattern of addresses that the ranges nearly exhaust is neither picked from nor called empty.
    """
    like = ValueSet(any_of(AnyOf(patterns=(glob("1*7*"),))))
    high = points(Kind.ADDRESS, union([closed((4, 0), (4, 2**32 - 1))]))

    with pytest.raises(UndecidedError, match="entangled"):
        (like & high).pick()
