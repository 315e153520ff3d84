"""Cubes over few words, held against their definition: every cube against every request."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.label import Label
from ringwall.reasoning.labels import Labels
from ringwall.reasoning.mining import Grant, Mode, mine
from ringwall.reasoning.region import Budget
from ringwall.reasoning.text import AnyOf
from ringwall.reasoning.values import KeySet, texts
from tests.reasoning.small_sets import listed_key_sets

FEWER = settings(max_examples=settings.default.max_examples // 2)
KEYS = ("s3:prefix", "aws:sourcevpc")
POINTS = [
    {key: (value,) for key, value in zip(KEYS, chosen, strict=True) if value}
    for chosen in product(("", "a", "b", "c", "z"), repeat=2)
]
_boxes = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, listed_key_sets)).map(Box)
_names = st.lists(st.frozensets(st.sampled_from("abc"), min_size=1), max_size=3, unique=True)


def label(key, values):
    return Label(key, "".join(sorted(values)), "", key, KeySet(False, texts(AnyOf(values))))


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

    found = mine(grants, trusted, keys, Budget(), mode=Mode.CONCISE).cubes

    assert {cube.labels for cube in found} <= set(cubes)
    assert numbers <= set().union(*(extent(cube.labels) for cube in found))
    assert len(found) == fewest


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
