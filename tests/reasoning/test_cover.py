"""Covers, held against all covers."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.reasoning.cover import EXACT_UP_TO, minimum_cover

points = st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), max_size=10)


def is_cover(chosen, those):
    return all(point & set(chosen) for point in those)


def smallest(those):
    numbers = sorted(frozenset().union(*those))
    return next(
        size for size in range(len(numbers) + 1) if any(is_cover(c, those) for c in combinations(numbers, size))
    )


@given(points)
def test_a_minimum_cover_is_a_cover_of_the_least_size(those):
    """
    As small as the smallest of all covers, in order, and nothing twice.
    """
    found = minimum_cover(those)

    assert is_cover(found, those)
    assert len(found) == smallest(those)
    assert found == sorted(set(found))


@settings(max_examples=20)
@given(st.lists(st.frozensets(st.integers(0, 3 * EXACT_UP_TO), min_size=2, max_size=6), min_size=80, max_size=120))
def test_a_cover_of_many_has_nothing_redundant(those):
    """
    Beyond the exact search it is a cover still, from which no number can be left out.
    """
    found = minimum_cover(those)

    assert is_cover(found, those)
    assert not any(is_cover(set(found) - {number}, those) for number in found)


def test_nothing_needs_no_cover():
    """
    An empty question has an empty answer.
    """
    assert minimum_cover([]) == []
