"""Covers, held against all covers."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.reasoning.cover import EXACT_UP_TO, Effort, minimum_cover

points = st.lists(st.frozensets(st.integers(0, 7), min_size=1, max_size=4), max_size=10)


def is_cover(chosen, those):
    return all(point & set(chosen) for point in those)


def smallest(those):
    numbers = sorted(frozenset().union(*those))
    return next(
        size for size in range(len(numbers) + 1) if any(is_cover(c, those) for c in combinations(numbers, size))
    )


def is_irredundant(found, those):
    return not any(is_cover(set(found.numbers) - {number}, those) for number in found.numbers)


@given(points)
def test_a_minimum_cover_is_a_cover_of_the_least_size(those):
    """
    As small as the smallest of all covers, and said to be so; in order, and nothing twice.
    """
    found = minimum_cover(those, Effort())

    assert is_cover(found.numbers, those)
    assert (len(found.numbers), found.is_minimum) == (smallest(those), True)
    assert list(found.numbers) == sorted(set(found.numbers))


@given(st.lists(points, min_size=2, max_size=4))
def test_parts_that_share_nothing_are_covered_one_by_one(parts):
    """
    The minimum of the whole is the sum of the minima, however many candidates there are together.
    """
    apart = [
        frozenset((100 * index + number) for number in point) for index, part in enumerate(parts) for point in part
    ]

    found = minimum_cover(apart, Effort())

    assert is_cover(found.numbers, apart)
    assert (len(found.numbers), found.is_minimum) == (sum(map(smallest, parts)), True)


@settings(max_examples=20)
@given(st.lists(st.frozensets(st.integers(0, 3 * EXACT_UP_TO), min_size=2, max_size=6), min_size=80, max_size=120))
def test_a_cover_of_many_has_nothing_redundant(those):
    """
    Beyond the exact search it is a cover still, from which no number can be left out.
    """
    found = minimum_cover(those, Effort())

    assert is_cover(found.numbers, those)
    assert is_irredundant(found, those)


@pytest.mark.parametrize("size", [5, 21, EXACT_UP_TO - 1, EXACT_UP_TO])
def test_a_ring_takes_half_of_its_members_rounded_up(size):
    """
    Each point is covered by two neighbours: no counting of points that are apart shows that an odd ring takes one more.
    """
    ring = [frozenset({number, (number + 1) % size}) for number in range(size)]

    found = minimum_cover(ring, Effort())

    assert (len(found.numbers), found.is_minimum) == ((size + 1) // 2, True)


def test_a_grid_of_sixty_four_takes_one_of_each_row():
    """
    Rows and columns of eight: each point is a row or a column, and either all rows or all columns are needed.
    """
    grid = [frozenset({8 * row + column for column in range(8)}) for row in range(8)]
    grid += [frozenset({8 * row + column for row in range(8)}) for column in range(8)]

    found = minimum_cover(grid, Effort())

    assert (len(found.numbers), found.is_minimum) == (8, True)


def test_what_was_not_proven_is_not_called_a_minimum():
    """
    Where the search is cut short the best cover known is given, without anything redundant, as no more than that.
    """
    powers = [pow(5, exponent, 1_000_003) % EXACT_UP_TO for exponent in range(1500)]
    those = [frozenset(powers[start : start + 5]) for start in range(0, 1500, 5)]

    found = minimum_cover(those, Effort())

    assert not found.is_minimum
    assert is_cover(found.numbers, those)
    assert is_irredundant(found, those)


def test_nothing_needs_no_cover():
    """
    An empty question has an empty answer.
    """
    assert minimum_cover([], Effort()).numbers == ()
