"""Boxes and unions of boxes, held against every request over a few words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.reasoning.box import EVERYTHING, Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.values import ANYTHING, PRESENT
from tests.reasoning.small_sets import DIMENSIONS, POINTS, boxes

few_boxes = st.lists(boxes, max_size=4)


def members(box):
    return {index for index, point in enumerate(POINTS) if point in box}


@given(boxes, boxes)
def test_an_intersection_holds_what_both_hold(one, other):
    """
    Dimension by dimension.
    """
    assert members(one & other) == members(one) & members(other)


@given(boxes, boxes)
def test_subtraction_leaves_the_rest(one, other):
    """
    No piece holds anything of what was taken away, and together they hold all that is left.
    """
    pieces = [members(piece) for piece in one.minus(other)]

    assert set().union(*pieces) == members(one) - members(other)


@given(boxes)
def test_a_pick_is_a_member_and_no_pick_is_no_member(box):
    """
    Emptiness is exact.
    """
    picked = box.pick()

    assert picked in box if picked is not None else members(box) == set()


@given(boxes, boxes)
def test_what_is_plain_is_true(one, other):
    """
    Plainly empty is empty, and plainly within is within.
    """
    if one.is_plainly_empty():
        assert members(one) == set()
    if one.is_within(other):
        assert members(one) <= members(other)


@given(few_boxes, few_boxes)
def test_a_request_is_found_exactly_if_there_is_one(wanted, refused):
    """
    In one of the boxes and in none of the refused ones.
    """
    expected = set().union(*map(members, wanted)) - set().union(*map(members, refused))

    found = find_request(wanted, refused, Budget())

    if found is None:
        assert expected == set()
    else:
        point, box = found
        assert any(box is each for each in wanted)
        assert point in box
        assert not any(point in each for each in refused)


@given(few_boxes, few_boxes, boxes)
def test_an_index_of_boxes_forgets_none(some, more, box):
    """
    It answers as a list of the boxes would.
    """
    index = BoxIndex(some) | BoxIndex(more)

    assert {id(each) for each in index} == {id(each) for each in (*some, *more)}
    for point in POINTS[::7]:
        assert {id(each) for each in index.holders(point)} == {id(each) for each in (*some, *more) if point in each}
    assert {id(each) for each in index.near(box)} >= {id(e) for e in (*some, *more) if members(e) & members(box)}
    if index.covers(box):
        assert any(members(box) <= members(each) for each in (*some, *more))


def test_the_box_without_dimensions_is_everything():
    """
    Taking a box from it leaves the box's complement.
    """
    assert len(members(EVERYTHING)) == len(POINTS)
    assert list(EVERYTHING.minus(EVERYTHING)) == []
    assert members(Box(dict.fromkeys(DIMENSIONS, ANYTHING))) == members(EVERYTHING)


def test_a_question_ends_when_its_budget_does():
    """
    The same question always ends the same way.
    """
    for _ in range(2):
        with pytest.raises(UndecidedError):
            find_request([EVERYTHING], [], Budget(0))


def test_what_was_made_larger_stays_so():
    """
    A box that is not exact makes every intersection with it one that is not.
    """
    larger = Box({}, exact=False)

    assert [(Box() & larger).exact, (larger & Box()).exact] == [False, False]
    assert not (Box({"s3:prefix": PRESENT}) & Box({"s3:prefix": PRESENT}, exact=False)).exact
