"""Unions of intervals obey the algebra of sets, on a line of few points."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ringwall.reasoning.intervals import closed, union
from ringwall.reasoning.typed import ADDRESS_LINE, NOTATIONS, NUMBER_LINE, Kind, network

NUMBERS = [Decimal(number) / 2 for number in range(-4, 14)]
_cuts = st.tuples(st.sampled_from(NUMBERS[2:-2]), st.sampled_from((0, 1)))
spans = st.lists(st.tuples(_cuts, _cuts), max_size=4)
ADDRESSES = [(4, 0), (4, 1), (4, 9), (4, 2**32 - 1), (6, 0), (6, 5), (6, 2**128 - 1)]
_ends = st.sampled_from(ADDRESSES)
ranges = st.lists(st.tuples(_ends, _ends).map(lambda pair: closed(min(pair), max(pair))), max_size=3)


def members(those, points=NUMBERS):
    return {point for point in points if point in those}


@given(spans)
def test_a_union_holds_what_its_parts_hold(parts):
    """
    However they overlap, touch or are the wrong way round.
    """
    expected = {p for p in NUMBERS if any(low <= (p, 0) and (p, 1) <= high for low, high in parts)}

    whole = union(parts)

    assert members(whole) == expected
    assert list(whole.spans) == sorted(whole.spans)
    assert all(first[1] < second[0] for first, second in zip(whole.spans, whole.spans[1:], strict=False))


@given(spans, spans)
def test_an_intersection_holds_what_both_hold(one, other):
    """
    No more, no less.
    """
    assert members(union(one) & union(other)) == members(union(one)) & members(union(other))


@given(spans)
def test_a_complement_is_everything_else(parts):
    """
    And the complement of it the set itself.
    """
    whole = union(parts)

    rest = whole.complement(NUMBER_LINE)

    assert members(rest) == set(NUMBERS) - members(whole)
    assert rest.complement(NUMBER_LINE) == whole


@given(ranges)
def test_addresses_of_both_families_have_complements_too(parts):
    """
    All IPv4 addresses come before all IPv6 addresses.
    """
    whole = union(parts)

    assert members(whole.complement(ADDRESS_LINE), ADDRESSES) == set(ADDRESSES) - members(whole, ADDRESSES)


@given(spans)
def test_points_are_members_and_no_points_is_no_member(parts):
    """
    A few of each interval, none of an empty set.
    """
    whole = union(parts)

    found = list(whole.points(NUMBER_LINE))

    assert all(point in whole for point in found)
    assert bool(found) == bool(whole)


@given(ranges)
def test_points_of_addresses_are_addresses(parts):
    """
    What is picked can be written, and read again as the same point.
    """
    notation = NOTATIONS[Kind.ADDRESS]
    whole = union(parts)

    found = list(whole.points(ADDRESS_LINE))

    assert bool(found) == bool(members(whole, ADDRESSES))
    assert all(notation.read(notation.write(point)) == point for point in found)


def test_a_network_is_the_interval_of_its_addresses():
    """
    Host bits are ignored; a single address is a network of one.
    """
    whole = union([network("203.0.113.9/24")])

    assert NOTATIONS[Kind.ADDRESS].read("203.0.113.255") in whole
    assert NOTATIONS[Kind.ADDRESS].read("203.0.114.0") not in whole
    assert union([network("2001:db8::1")]).spans == (closed((6, 0x20010DB8 << 96 | 1), (6, 0x20010DB8 << 96 | 1)),)


def test_an_instant_is_written_as_it_is_read():
    """
    To the microsecond.
    """
    notation = NOTATIONS[Kind.INSTANT]

    assert notation.write(notation.read("2024-01-01T00:00:00.250000Z")) == "2024-01-01T00:00:00.250000Z"
