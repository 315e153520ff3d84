"""Small random sets over few words, and the words to hold against them."""

from decimal import Decimal
from itertools import product

from hypothesis import strategies as st

from ringwall.errors import UndecidedError
from ringwall.reasoning.box import Box
from ringwall.reasoning.intervals import closed, union
from ringwall.reasoning.patterns import arn_like, glob, literal
from ringwall.reasoning.text import AnyOf, any_of, none_of
from ringwall.reasoning.typed import Kind, Reading
from ringwall.reasoning.values import KeySet, ValueSet

WORDS = ["".join(letters) for size in range(5) for letters in product("ab:", repeat=size)]
ARNS = [
    f"arn:aws:{service}:r:{account}:{resource}"
    for service, account, resource in product(("iam", "a"), ("1", "2", "", "*"), ("a", "b/a", "a:b", ""))
]
UNIVERSE = [*WORDS, *ARNS, "A", "aB", "*", "a*", "?"]


def _joined(those):
    whole = those[0]
    for each in those[1:]:
        whole &= each
    return whole


_texts = st.text("ab:*?", max_size=5)
_arn_texts = st.sampled_from(
    ("arn:aws:iam::1:*", "arn:*:*:*:1:a", "arn:aws:a:r:*:b/*", "arn:aws:*", "arn:*:iam:*:?:a*", "a:b", "a*:b*", "*")
)
patterns = st.one_of(
    st.builds(literal, _texts, fold=st.booleans()),
    st.builds(glob, _texts, fold=st.booleans(), escapes=st.just(False)),
    st.builds(arn_like, st.one_of(_arn_texts, _texts), escapes=st.just(False)),
)
unions = st.builds(
    AnyOf,
    values=st.frozensets(st.sampled_from(UNIVERSE), max_size=3),
    accounts=st.frozensets(st.sampled_from(("1", "2", "*")), max_size=2),
    patterns=st.lists(patterns, max_size=2, unique_by=id).map(tuple),
)
_simple = st.one_of(unions.map(any_of), unions.map(none_of))
text_sets = st.lists(_simple, min_size=1, max_size=3).map(_joined)

FEW = ("", "a", "b", "ab", "1", "2.0", "10.0.0.1", "::1", "2020-01-01T00:00:00Z", "true")
_KINDS = {
    Kind.NUMBER: (Decimal(1), Decimal(2), Decimal(3)),
    Kind.ADDRESS: ((4, 167772160), (4, 167772161), (6, 1)),
    Kind.INSTANT: (Decimal(0), Decimal(1577836800)),
}


@st.composite
def readings(draw):
    kind = draw(st.sampled_from(list(_KINDS)))
    ends = draw(st.lists(st.tuples(*[st.sampled_from(_KINDS[kind])] * 2), max_size=2))
    return Reading(kind, union(closed(min(pair), max(pair)) for pair in ends), draw(st.booleans()))


_few_texts = st.builds(
    AnyOf,
    values=st.frozensets(st.sampled_from(FEW), max_size=3),
    patterns=st.lists(st.sampled_from(("a*", "*b", "?", "*")).map(glob), max_size=1).map(tuple),
)
_simple_values = st.one_of(
    _few_texts.map(any_of).map(ValueSet),
    _few_texts.map(none_of).map(ValueSet),
    readings().map(lambda each: ValueSet(readings=(each,))),
)
value_sets = st.lists(_simple_values, min_size=1, max_size=3).map(_joined)
listed_values = st.frozensets(st.sampled_from(("a", "b", "c")), max_size=3).map(
    lambda those: ValueSet(any_of(AnyOf(those)))
)
_sides = st.one_of(listed_values, listed_values.map(lambda each: each.complement()[0]))
single_key_sets = st.builds(KeySet, st.booleans(), value_sets)
listed_key_sets = st.builds(KeySet, st.booleans(), _sides)
many_key_sets = st.builds(
    KeySet, st.booleans(), _sides, st.lists(_sides, max_size=2, unique=True).map(tuple), st.just(True)
)

ONE_VALUE = [(), *((word,) for word in ("a", "b", "c", "z"))]
SEVERAL_VALUES = [*ONE_VALUE, *(("a", "b"), ("a", "z"), ("b", "c"), ("a", "b", "c"), ("y", "z"))]
DIMENSIONS = {"s3:prefix": listed_key_sets, "aws:sourcevpc": listed_key_sets, "aws:tagkeys": many_key_sets}
POINTS = [
    {key: values for key, values in zip(DIMENSIONS, chosen, strict=True) if values}
    for chosen in product(ONE_VALUE, ONE_VALUE, SEVERAL_VALUES)
]
boxes = st.fixed_dictionaries({}, optional=DIMENSIONS).map(Box)


def decided(question, *arguments):
    """The answer, and True; None and False where the question is undecided."""
    try:
        return question(*arguments), True
    except UndecidedError:
        return None, False
