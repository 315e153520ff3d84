"""Cubes over few words, held against their definition: every cube against every request."""

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.label import Label
from ringwall.reasoning.labels import Labels
from ringwall.reasoning.mining import Choice, Grant, Mode, mine
from ringwall.reasoning.region import Budget
from ringwall.reasoning.text import AnyOf
from ringwall.reasoning.values import KeySet, texts
from tests.reasoning.small_sets import listed_key_sets

FEWER = settings(max_examples=settings.default.max_examples // 2)
KEYS = ("s3:prefix", "aws:vpceorgpaths")
"""The second one can hold several values."""
POINTS = [
    {key: values for key, values in zip(KEYS, chosen, strict=True) if values}
    for chosen in product(
        [(), ("a",), ("b",), ("c",), ("z",)],
        [values for size in range(4) for values in combinations("abz", size)],
    )
]
_those = st.frozensets(st.sampled_from("abc"), min_size=1).map(lambda those: texts(AnyOf(those)))
_others = _those.flatmap(lambda those: st.sampled_from([those, *those.complement()]))
_sets_of_values = st.builds(
    KeySet, st.booleans(), bound=_others, demands=st.lists(_others, max_size=2).map(tuple), many=st.just(True)
)
"""What `ForAllValues` bounds, what `ForAnyValue` demands, and what their negations do."""
_boxes = st.fixed_dictionaries({}, optional={KEYS[0]: listed_key_sets, KEYS[1]: _sets_of_values}).map(Box)
_names = st.lists(st.frozensets(st.sampled_from("abc"), min_size=1), max_size=3, unique=True)


def label(key, values):
    wanted = texts(AnyOf(values))
    many = key == KEYS[1]
    held = KeySet(False, demands=(wanted,), many=True) if many else KeySet(False, wanted)
    return Label(key, "".join(sorted(values)), "", key, held)


@st.composite
def questions(draw):
    """Grants, trusted boxes and labels."""
    keys = [Labels(key, [label(key, each) for each in draw(_names)], Budget()) for key in KEYS]
    refused = BoxIndex(draw(st.lists(_boxes, max_size=2)))
    grants = [Grant(box, refused, index) for index, box in enumerate(draw(st.lists(_boxes, min_size=1, max_size=3)))]
    return grants, BoxIndex(draw(st.lists(_boxes, max_size=1))), keys


def allowed(grants, trusted):
    outside = [point for point in POINTS if not any(point in box for box in trusted)]
    return [
        point
        for point in outside
        if any(point in grant.box and not any(point in box for box in grant.refused) for grant in grants)
    ]


def extent(cube):
    """The requests in a cube, by its labels."""
    return {index for index, point in enumerate(POINTS) if all(point in each.box for each in cube)}


def maximal_cubes(grants, trusted, keys):
    """The definition: a cube with a request in no smaller cube, itself in no larger such cube."""
    cubes = [(one, other) for one in (*keys[0].named, keys[0].any) for other in (*keys[1].named, keys[1].any)]
    extents = {cube: extent(cube) for cube in cubes}
    numbers = [POINTS.index(point) for point in allowed(grants, trusted)]
    below = {cube: [extents[e] for e in cubes if extents[e] < extents[cube]] for cube in cubes}
    irreducible = [
        cube
        for cube in cubes
        if any(n in extents[cube] and not any(n in smaller for smaller in below[cube]) for n in numbers)
    ]
    return [c for c in irreducible if not any(extents[c] < extents[other] for other in irreducible)]


@FEWER
@given(questions())
def test_aws_mode_gives_the_maximal_irreducible_cubes(question):
    """
    Neither more nor fewer than the definition.
    """
    grants, trusted, keys = question

    found = mine(grants, trusted, keys, Budget(), mode=Mode.AWS).cubes

    assert {cube.labels for cube in found} == set(maximal_cubes(*question))


@FEWER
@given(questions())
def test_concise_mode_gives_as_few_of_them_as_cover_every_request(question):
    """
    No smaller number of the cubes covers what is allowed.
    """
    grants, trusted, keys = question
    numbers = {POINTS.index(point) for point in allowed(grants, trusted)}
    cubes = maximal_cubes(*question)
    fewest = next(
        size
        for size in range(len(cubes) + 1)
        if any(numbers <= set().union(*map(extent, chosen)) for chosen in combinations(cubes, size))
    )

    found = mine(grants, trusted, keys, Budget(), mode=Mode.CONCISE)

    assert {cube.labels for cube in found.cubes} <= set(cubes)
    assert numbers <= set().union(*(extent(cube.labels) for cube in found.cubes))
    assert (len(found.cubes), found.choice) == (fewest, Choice.MINIMUM)


@FEWER
@given(questions(), st.sampled_from(Mode))
def test_the_witness_of_a_cube_is_allowed_and_in_no_narrower_cube(question, mode):
    """
    It lies in the cube's own part and in the box of the grant, in no refused box, and is not trusted.
    """
    grants, trusted, keys = question

    for cube in mine(grants, trusted, keys, Budget(), mode=mode).cubes:
        assert cube.witness in cube.core
        assert cube.witness in cube.box
        assert cube.witness in cube.grant.box
        assert not any(cube.witness in box for box in (*trusted, *cube.grant.refused))


def overlapping(count):
    """Grants for the pairs of letters next to each other in a ring, each label and each grant one pair."""
    letters = [chr(0x100 + number) for number in range(count)]
    pairs = [frozenset((letter, letters[(number + 1) % count])) for number, letter in enumerate(letters)]
    keys = [Labels(KEYS[0], [label(KEYS[0], pair) for pair in pairs], Budget()), Labels(KEYS[1], [], Budget())]
    grants = [Grant(Box({KEYS[0]: KeySet(False, texts(AnyOf(pair)))}), BoxIndex(), 0) for pair in pairs]
    return grants, keys


def outcome(steps, grants, keys):
    """How the cubes were chosen within so many steps, and how many they are."""
    try:
        found = mine(grants, BoxIndex(), keys, Budget(steps), mode=Mode.CONCISE)
    except UndecidedError:
        return None
    return found.choice, len(found.cubes)


@pytest.mark.parametrize("count", [5, 9, 33])
def test_every_other_pair_of_a_ring_covers_it(count):
    """
    No pair of letters is within another, every pair is a cube; half of them, rounded up, hold every letter.
    """
    grants, keys = overlapping(count)

    found = {mode: mine(grants, BoxIndex(), keys, Budget(), mode=mode) for mode in Mode}

    assert (len(found[Mode.AWS].cubes), found[Mode.AWS].choice) == (count, Choice.ALL)
    assert (len(found[Mode.CONCISE].cubes), found[Mode.CONCISE].choice) == ((count + 1) // 2, Choice.MINIMUM)


def test_where_the_budget_ends_no_cube_is_left_out():
    """
    With fewer steps there is no answer, or all cubes and a word that says so, or the minimum: nothing in between.
    """
    grants, keys = overlapping(9)

    found = {outcome(steps, grants, keys) for steps in range(60)}

    assert found == {None, (Choice.UNREDUCED, 9), (Choice.MINIMUM, 5)}
