"""What one condition lets its key hold: the condition operators as sets of values."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ringwall.arn import find_arn
from ringwall.policy.ast import Condition, Effect, Operator, Quantifier
from ringwall.policy.values import read_bytes
from ringwall.reasoning.intervals import Cut, Point, closed, union
from ringwall.reasoning.patterns import arn_like, glob, literal
from ringwall.reasoning.typed import INSTANT_LINE, NOTATIONS, NUMBER_LINE, Kind, network
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import ABSENT, ANY_VALUE, ANYTHING, NO_VALUE, PRESENT, KeySet, ValueSet, points, texts
from ringwall.reasoning.variables import DIFFERS, MATCHES, Wording, mark

NEVER = KeySet(False, NO_VALUE)
"""What no request has."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One operator as a set: the values that match the policy's values, and whether it asks for the others."""

    values: Callable[[list[Wording]], ValueSet]
    negated: bool = False


def _equal(wordings: list[Wording]) -> ValueSet:
    given = frozenset(wording.plain for wording in wordings if not wording.is_open)
    patterns = tuple(glob(wording.text) for wording in wordings if wording.is_open)
    return texts(AnyOf(values=given, patterns=patterns))


def _equal_ignoring_case(wordings: list[Wording]) -> ValueSet:
    closed_ones = (literal(wording.plain, fold=True) for wording in wordings if not wording.is_open)
    open_ones = (glob(wording.text, fold=True) for wording in wordings if wording.is_open)
    return texts(AnyOf(patterns=(*closed_ones, *open_ones)))


def _like(wordings: list[Wording]) -> ValueSet:
    compiled = [glob(wording.text, escapes=wording.escapes) for wording in wordings]
    given = frozenset(wording.plain for wording, each in zip(wordings, compiled, strict=True) if each.is_literal)
    return texts(AnyOf(values=given, patterns=tuple(each for each in compiled if not each.is_literal)))


def _arn_like(wordings: list[Wording]) -> ValueSet:
    given = frozenset(w.text for w in wordings if _is_plain(w.text) and find_arn(w.text) is not None)
    loose = [wording for wording in wordings if not _is_plain(wording.text)]
    shaped = [(wording, shape) for wording in loose if (shape := _six_fields(wording.text)) is not None]
    accounts = frozenset(found[1] for _, shape in shaped if (found := _WHOLE_ACCOUNT.fullmatch(shape)))
    compiled = [(w, arn_like(shape, escapes=w.escapes)) for w, shape in shaped if not _WHOLE_ACCOUNT.fullmatch(shape)]
    given |= frozenset(wording.plain for wording, each in compiled if each.is_literal)
    return texts(AnyOf(given, accounts, tuple(each for _, each in compiled if not each.is_literal)))


def _is_plain(text: str) -> bool:
    return "*" not in text and "?" not in text and "$" not in text


_WHOLE_ACCOUNT = re.compile(r"arn:\*:\*:\*:([0-9]+):\*")
"""Every ARN of one account: there may be thousands of such patterns, so they are a set of accounts."""


def _six_fields(pattern: str) -> str | None:
    """The pattern with all six fields of an ARN, as a value of an ARN operator must have; None if none can match."""
    first, *fields = pattern.split(":", 5)
    if not glob(first).matches("arn") or (len(fields) < 5 and not pattern.endswith("*")):
        return None
    return ":".join(["arn", *fields, *["*"] * (5 - len(fields))])


def _flag(wordings: list[Wording]) -> ValueSet:
    given = (wording.plain.lower() for wording in wordings)
    open_ones = [wording for wording in wordings if wording.is_open]
    known = ("true", "false") if open_ones else tuple(flag for flag in given if flag in ("true", "false"))
    return texts(AnyOf(patterns=tuple(dict.fromkeys(literal(flag, fold=True) for flag in known))))


def _same_bytes(wordings: list[Wording]) -> ValueSet:
    """Bytes are compared; a request writes them in one way, the canonical one."""
    given = set()
    for wording in wordings:
        try:
            given.add(b64encode(read_bytes(wording.text)).decode())
        except ValueError:
            continue  # a malformed value of a policy matches nothing
    return texts(AnyOf(values=frozenset(given)))


def _within(wordings: list[Wording]) -> ValueSet:
    return points(Kind.ADDRESS, union(_spans(wordings, network)))


def _spans(wordings: Iterable[Wording], read: Callable[[str], tuple[Cut, Cut]]) -> Iterator[tuple[Cut, Cut]]:
    for wording in wordings:
        try:
            yield read(wording.text)
        except ValueError:
            continue  # a malformed value of a policy matches nothing


def _compared(kind: Kind, span: Callable[[Point], tuple[Cut, Cut]]) -> Callable[[list[Wording]], ValueSet]:
    read = NOTATIONS[kind].read
    return lambda wordings: points(kind, union(_spans(wordings, lambda text: span(read(text)))))


def _same(point: Point) -> tuple[Cut, Cut]:
    return closed(point, point)


def _orders(prefix: str, kind: Kind) -> dict[str, Meaning]:
    """The six comparisons of numbers or of dates."""
    line = INSTANT_LINE if kind is Kind.INSTANT else NUMBER_LINE
    first, last = line.first, line.last
    return {
        f"{prefix}Equals": Meaning(_compared(kind, _same)),
        f"{prefix}NotEquals": Meaning(_compared(kind, _same), negated=True),
        f"{prefix}LessThan": Meaning(_compared(kind, lambda point: (first, (point, 0)))),
        f"{prefix}LessThanEquals": Meaning(_compared(kind, lambda point: (first, (point, 1)))),
        f"{prefix}GreaterThan": Meaning(_compared(kind, lambda point: ((point, 1), last))),
        f"{prefix}GreaterThanEquals": Meaning(_compared(kind, lambda point: ((point, 0), last))),
    }


MEANINGS = {
    "StringEquals": Meaning(_equal),
    "StringNotEquals": Meaning(_equal, negated=True),
    "StringEqualsIgnoreCase": Meaning(_equal_ignoring_case),
    "StringNotEqualsIgnoreCase": Meaning(_equal_ignoring_case, negated=True),
    "StringLike": Meaning(_like),
    "StringNotLike": Meaning(_like, negated=True),
    **_orders("Numeric", Kind.NUMBER),
    **_orders("Date", Kind.INSTANT),
    "Bool": Meaning(_flag),
    "BinaryEquals": Meaning(_same_bytes),
    "IpAddress": Meaning(_within),
    "NotIpAddress": Meaning(_within, negated=True),
    "ArnEquals": Meaning(_arn_like),
    "ArnNotEquals": Meaning(_arn_like, negated=True),
    "ArnLike": Meaning(_arn_like),
    "ArnNotLike": Meaning(_arn_like, negated=True),
}
"""Every operator but Null. Mirrors `policy.conditions.OPERATORS`, row by row."""

TAKES_VARIABLES = frozenset(name for name in MEANINGS if name.startswith(("String", "Arn", "Bool")))


@dataclass(frozen=True, slots=True)
class KeyMeaning:
    """One way in which a condition holds: what its key holds then, and which templates match."""

    values: KeySet
    marks: Mapping[str, KeySet] = field(default_factory=dict)


def condition_holds(
    condition: Condition, wordings: list[Wording], effect: Effect, *, many: bool
) -> tuple[KeyMeaning, ...]:
    """The ways in which the condition holds: one, or a few where policy variables were left open.

    Args:
        condition: of a statement.
        wordings: its values that can match, with variables filled in; undefined ones are left out.
        effect: of the statement: it decides what is undefined in AWS.
        many: whether the key can hold several values.
    """
    operator = condition.operator
    if not condition.values:
        is_fine = operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES
        return (KeyMeaning(ABSENT if is_fine else NEVER),)
    if operator.name == "Null":
        return (KeyMeaning(_null(condition)),)
    open_ones = [wording for wording in wordings if wording.is_open]
    if not open_ones:
        return (KeyMeaning(_quantified(operator, _matching(operator, wordings), effect, many=many)),)
    if many or operator.quantifier is not None or len(open_ones) > _FEW:
        return (_as_a_whole(condition, wordings, effect, many=many),)
    return _one_by_one(condition, [wording for wording in wordings if not wording.is_open], open_ones)


_FEW = 8
"""Templates of one condition that are told apart."""


def _matching(operator: Operator, wordings: list[Wording]) -> ValueSet:
    """The values that satisfy the operator."""
    meaning = MEANINGS[operator.name]
    if not meaning.negated:
        return meaning.values(wordings)
    [others] = meaning.values(wordings).complement()
    return others


def _one_by_one(condition: Condition, closed: list[Wording], open_ones: list[Wording]) -> tuple[KeyMeaning, ...]:
    """A key with one value: it matches a plain value or one of the templates; negated, none of them."""
    operator, key = condition.operator, condition.key.lower()
    meaning = MEANINGS[operator.name]
    marks = [mark_of(operator, key, wording) for wording in open_ones]
    if meaning.negated:
        return (KeyMeaning(KeySet(True, _matching(operator, closed)), dict.fromkeys(marks, DIFFERS)),)
    plain = KeyMeaning(KeySet(operator.if_exists, meaning.values(closed)))
    each = zip(open_ones, marks, strict=True)
    matching = (KeyMeaning(KeySet(False, meaning.values([wording])), {name: MATCHES}) for wording, name in each)
    return (plain, *matching) if closed or operator.if_exists else tuple(matching)


def mark_of(operator: Operator, key: str, template: Wording) -> str:
    """The dimension that says whether the one value of a key, in lower case, matches a template, negated or not."""
    return mark(key, operator.name.replace("Not", "").replace("ArnEquals", "ArnLike"), template.template)


def _as_a_whole(condition: Condition, wordings: list[Wording], effect: Effect, *, many: bool) -> KeyMeaning:
    """A condition of which only this is known: where it holds, its key holds something that it may ask for."""
    operator = condition.operator
    wide = ANY_VALUE if MEANINGS[operator.name].negated else MEANINGS[operator.name].values(wordings)
    words = sorted(wording.template or wording.text for wording in wordings)
    name = mark(condition.key.lower(), f"{operator} {effect.value}", " ".join(words))
    return KeyMeaning(_quantified(operator, wide, effect, many=many), {name: MATCHES})


def _quantified(operator: Operator, values: ValueSet, effect: Effect, *, many: bool) -> KeySet:
    match operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return KeySet(True, values, many=many)
        case Quantifier.FOR_ANY_VALUE:
            absent = operator.if_exists
            needs_all = False
        case None:
            absent = operator.if_exists or MEANINGS[operator.name].negated
            needs_all = effect is Effect.DENY
    if not many or needs_all:
        return KeySet(absent, values, many=many)
    return KeySet(absent, demands=(values,), many=True)


def _null(condition: Condition) -> KeySet:
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return ANYTHING
        case Quantifier.FOR_ANY_VALUE:
            return NEVER
        case None:
            wanted = {value.lower() for value in condition.values}
            if {"true", "false"} <= wanted:
                return ANYTHING
            return ABSENT if "true" in wanted else PRESENT if "false" in wanted else NEVER
