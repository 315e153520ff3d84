"""Sets of strings obey the algebra of sets, held against every short string."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.policy import wildcard
from ringwall.reasoning.patterns import arn_like, glob, literal
from ringwall.reasoning.simulation import is_within, shortest
from ringwall.reasoning.text import ANY_TEXT, NO_TEXT, AnyOf, any_of, just, none_of
from tests.reasoning.small_sets import UNIVERSE, WORDS, patterns, text_sets, unions


def members(those):
    return {word for word in UNIVERSE if word in those}


@given(text_sets, text_sets)
def test_an_intersection_holds_what_both_hold(one, other):
    """
    No more, no less.
    """
    assert members(one & other) == members(one) & members(other)


@given(text_sets)
def test_the_pieces_of_a_complement_are_everything_else(those):
    """
    A string is in the set or in a piece, never in both.
    """
    pieces = those.complement()

    assert set().union(*map(members, pieces)) == set(UNIVERSE) - members(those)


@given(text_sets)
@example(any_of(AnyOf(accounts=frozenset({"*"}))))
def test_a_pick_is_a_member_and_no_pick_is_no_member(those):
    """
    Emptiness is exact.
    """
    picked = those.pick()

    assert picked in those if picked is not None else members(those) == set()


@given(unions, unions)
def test_a_union_holds_what_one_of_them_holds(one, other):
    """
    As sets.
    """
    assert members(one | other) == members(one) | members(other)


@given(unions)
def test_a_union_as_patterns_is_the_same_union(those):
    """
    Values and accounts are matched letter by letter, whatever characters they hold.
    """
    as_patterns = AnyOf(patterns=those.as_patterns())

    assert members(as_patterns) == members(those)


def test_the_whole_and_the_empty_set_are_what_they_say():
    """
    And each is the complement of the other.
    """
    assert members(ANY_TEXT) == set(UNIVERSE)
    assert (members(NO_TEXT), NO_TEXT.pick()) == (set(), None)
    assert ANY_TEXT.complement() == ()
    assert members(none_of(AnyOf())) == set(UNIVERSE)
    assert just(["b", "a"]).pick() == "a"


@given(st.lists(st.lists(patterns, min_size=1, max_size=2), min_size=1, max_size=2), st.lists(patterns, max_size=2))
def test_a_shortest_string_is_as_short_as_the_shortest_of_all(all_of, refused):
    """
    Held against all strings of up to four letters.
    """
    fitting = [
        word
        for word in WORDS
        if all(any(each.matches(word) for each in group) for group in all_of)
        and not any(each.matches(word) for each in refused)
    ]

    found = shortest(all_of, refused)

    if found is None:
        assert fitting == []
    else:
        assert all(any(each.matches(found) for each in group) for group in all_of)
        assert not any(each.matches(found) for each in refused)
        assert len(found) <= min(map(len, fitting), default=len(found))


@given(st.text("ab:*?", max_size=6), st.sampled_from(UNIVERSE), st.booleans())
def test_a_glob_matches_what_the_evaluator_matches(text, value, fold):
    """
    The two readings agree on wildcards.
    """
    assert glob(text, fold=fold, escapes=False).matches(value) == wildcard.matches(text, value, ignore_case=fold)


@given(
    st.one_of(st.text("ab:*?", max_size=6), st.sampled_from(("*", "arn:*", "arn:aws:iam::1:*", "arn:*:*:*:?:a*"))),
    st.sampled_from(UNIVERSE),
)
def test_a_pattern_by_field_matches_what_the_evaluator_matches(text, value):
    """
    The two readings agree on ARNs.
    """
    pattern = arn_like(text, escapes=False) if text.startswith("arn:") else glob(text, escapes=False)

    assert pattern.matches(value) == wildcard.matches_arn(text, value)


@given(st.text("abAB*?$", max_size=4), st.text("abAB*?$", max_size=4))
def test_a_literal_matches_itself_alone(text, value):
    """
    Wildcards in it stand for themselves; with `fold` the case of letters does not matter.
    """
    assert literal(text).matches(value) == (text == value)
    assert literal(text, fold=True).matches(value) == (text.lower() == value.lower())


def test_an_escape_stands_for_its_character_where_variables_are():
    """
    `${*}` is a star, `${?}` a question mark, `${$}` a dollar.
    """
    assert glob("${*}*").matches("*x")
    assert not glob("${*}").matches("x")
    assert glob("${?}${$}").matches("?$")
    assert glob("${*}", escapes=False).matches("${anything}")


def test_equal_patterns_are_the_same_object():
    """
    Sets compare their patterns by identity.
    """
    assert glob("a*") is glob("a*")
    assert arn_like("arn:*") is arn_like("arn:*")
    assert literal("a") is not literal("a", fold=True)


def test_a_text_is_found_outside_all_that_is_likely():
    """
    What is left when every likely text is refused is still found, and nothing is not.
    """
    unlikely = none_of(AnyOf(frozenset(("",)), patterns=(glob("e*"), glob("x*"))))
    nothing = none_of(AnyOf(frozenset(("",)), patterns=(glob("?"), glob("??*"))))

    found = unlikely.pick()

    assert found in unlikely
    assert nothing.pick() is None


def test_a_union_of_many_patterns_is_searched_one_by_one():
    """
    Of hundreds of patterns refused one by one, the one that is left is found.
    """
    wanted = any_of(AnyOf(patterns=tuple(glob(f"s{number}:*a*") for number in range(300))))
    refused = none_of(AnyOf(patterns=tuple(glob(f"s{number}:*") for number in range(299))))

    assert (wanted & refused).pick().startswith("s299:")


def test_a_search_that_gives_up_says_so():
    """
    More states than the cap are undecided, not empty.
    """
    tail = "?" * 40

    with pytest.raises(UndecidedError, match="too entangled"):
        shortest([[glob(f"*a{tail}")], [glob(f"*b{tail}")]], [])


@given(unions)
def test_a_set_of_texts_holds_what_its_union_holds(those):
    """
    And the set of the others everything else.
    """
    for value in UNIVERSE:
        assert (value in any_of(those)) == (value in those) != (value in none_of(those))


def test_a_search_keeps_wildcards_in_their_fields():
    """
    No star of an ARN's pattern is filled with a colon to meet another pattern.
    """
    partition, service = arn_like("arn:*:c:r:1:x"), glob("arn:a:b*c:r:1:x")

    assert shortest([[partition], [service]], []) is None
    assert shortest([[partition], [glob("arn:a:*c:r:1:x")]], []) == "arn:a:c:r:1:x"


@given(text_sets, text_sets)
@example(any_of(AnyOf(patterns=(glob("a*"), glob("b*")))), any_of(AnyOf(patterns=(glob("?*"),))))
@example(any_of(AnyOf(patterns=(glob("ab*"), glob("b*")))), any_of(AnyOf(patterns=(glob("a*"),))))
@example(any_of(AnyOf(frozenset("a"), patterns=(glob("b*"),))), any_of(AnyOf(patterns=(glob("b*"),))))
@example(any_of(AnyOf(patterns=(glob("a*"),))), any_of(AnyOf(patterns=(glob("a*"),))) & none_of(AnyOf(frozenset("a"))))
@example(any_of(AnyOf(accounts=frozenset("1"))), any_of(AnyOf(accounts=frozenset("2"))))
@example(
    any_of(AnyOf(patterns=(glob("ab*"),))),
    any_of(AnyOf(patterns=(glob("a*"),))) & any_of(AnyOf(patterns=(glob("*a"),))),
)
def test_what_is_plainly_within_is_within(one, other):
    """
    True is certain.
    """
    if one.is_within(other):
        assert members(one) <= members(other)


def test_what_is_plain_is_seen():
    """
    Each part of a union in a part of the other, and what is refused there refused here too.
    """
    narrow = any_of(AnyOf(frozenset("a"), patterns=(glob("ab*"), glob("b*")))) & none_of(AnyOf(frozenset(("abc", "b"))))
    wide = any_of(AnyOf(patterns=(glob("a*"), glob("b*")))) & none_of(AnyOf(frozenset("b")))

    assert narrow.is_within(wide)
    assert not wide.is_within(narrow)


def test_a_pattern_that_was_not_decided_is_not_within():
    """
    Where the simulation of two patterns gives up, nothing is claimed.
    """
    tail = "?" * 40

    assert not is_within(glob(f"*a{tail}"), glob(f"*b{tail}"))
    assert is_within(glob("*ab*"), glob("*b*"))


def test_refused_patterns_are_looked_at_whichever_begins_first():
    """
    Also those that begin as the wanted pattern does and go on.
    """
    wanted = any_of(AnyOf(patterns=(glob("s*"),)))
    refused = none_of(AnyOf(frozenset("s"), patterns=(glob("sx*"), glob("se*"), glob("*sy"))))

    found = (wanted & refused).pick()

    assert found in wanted & refused


def test_an_account_meets_the_patterns_of_its_arns():
    """
    Whichever of the two is asked for first.
    """
    account = any_of(AnyOf(accounts=frozenset("1")))
    roles = any_of(AnyOf(patterns=(arn_like("arn:aws:iam::*:role/a"),)))

    assert {(account & roles).pick(), (roles & account).pick()} == {"arn:aws:iam::1:role/a"}


def test_patterns_share_whichever_begins_first():
    """
    And however they go on.
    """
    wide, narrow = (any_of(AnyOf(patterns=(glob(text),))) for text in ("s3:*", "s3:Get*"))

    for both in (wide & narrow, narrow & wide):
        assert both.pick().startswith("s3:Get")
