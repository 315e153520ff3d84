"""The condition operators, one row each: value type, test, negation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringwall.policy import values, wildcard
from ringwall.policy.ast import Condition, Effect, Quantifier
from ringwall.policy.request import Request
from ringwall.policy.variables import Template, fill_in


@dataclass(frozen=True, slots=True)
class ValueType:
    """How the text of a value is read, in a request (`given`) and in a policy (`wanted`).

    Both raise ValueError for text of another type.
    """

    name: str
    given: Callable[[str], Any]
    wanted: Callable[[Template], Any]
    takes_variables: bool = False
    gathered: Callable[[Iterable[Any]], tuple[Any, ...]] = tuple
    """Puts many values of a policy together, where that makes it faster to compare with them all."""


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One operator: `test(given, wanted)` for one value of the request and one of the policy, or its negation."""

    type: ValueType
    test: Callable[[Any, Any], bool]
    negated: bool = False
    takes_plain: bool = False
    """Whether a value without wildcards and variables is equal to itself alone."""


def _text_of(template: Template) -> str:
    return template.text


def _as_it_is(value: Any) -> Any:
    return value


TEXT = ValueType("text", _as_it_is, _text_of, takes_variables=True)
PATTERN = ValueType("pattern", _as_it_is, _as_it_is, takes_variables=True)
ARN = ValueType("arn", values.read_arn, _as_it_is, takes_variables=True)
NUMBER = ValueType("number", values.read_number, lambda template: values.read_number(template.text))
DATE = ValueType("date", values.read_date, lambda template: values.read_date(template.text))
FLAG = ValueType("flag", values.read_flag, lambda template: values.read_flag(template.text), takes_variables=True)
BYTES = ValueType("bytes", values.read_bytes, lambda template: values.read_bytes(template.text))
ADDRESS = ValueType(
    "address",
    values.read_address,
    lambda template: values.read_network(template.text),
    gathered=lambda networks: (values.Networks(networks),),
)
ABSENCE = ValueType("absence", values.read_flag, lambda template: values.read_flag(template.text))


def _is_equal_ignoring_case(given: str, wanted: str) -> bool:
    return given.lower() == wanted.lower()


def _is_like(given: str, wanted: Template) -> bool:
    return wildcard.matches(wanted.text, given, literal=wanted.literal)


def _is_arn_like(given: str, wanted: Template) -> bool:
    return wildcard.matches_fields(wanted.text, given, literal=wanted.literal)


def _is_inside(given: Any, wanted: Any) -> bool:
    return given in wanted


OPERATORS = {
    "StringEquals": OperatorRow(TEXT, operator.eq, takes_plain=True),
    "StringNotEquals": OperatorRow(TEXT, operator.eq, negated=True, takes_plain=True),
    "StringEqualsIgnoreCase": OperatorRow(TEXT, _is_equal_ignoring_case),
    "StringNotEqualsIgnoreCase": OperatorRow(TEXT, _is_equal_ignoring_case, negated=True),
    "StringLike": OperatorRow(PATTERN, _is_like, takes_plain=True),
    "StringNotLike": OperatorRow(PATTERN, _is_like, negated=True, takes_plain=True),
    "NumericEquals": OperatorRow(NUMBER, operator.eq),
    "NumericNotEquals": OperatorRow(NUMBER, operator.eq, negated=True),
    "NumericLessThan": OperatorRow(NUMBER, operator.lt),
    "NumericLessThanEquals": OperatorRow(NUMBER, operator.le),
    "NumericGreaterThan": OperatorRow(NUMBER, operator.gt),
    "NumericGreaterThanEquals": OperatorRow(NUMBER, operator.ge),
    "DateEquals": OperatorRow(DATE, operator.eq),
    "DateNotEquals": OperatorRow(DATE, operator.eq, negated=True),
    "DateLessThan": OperatorRow(DATE, operator.lt),
    "DateLessThanEquals": OperatorRow(DATE, operator.le),
    "DateGreaterThan": OperatorRow(DATE, operator.gt),
    "DateGreaterThanEquals": OperatorRow(DATE, operator.ge),
    "Bool": OperatorRow(FLAG, operator.eq),
    "BinaryEquals": OperatorRow(BYTES, operator.eq),
    "IpAddress": OperatorRow(ADDRESS, _is_inside),
    "NotIpAddress": OperatorRow(ADDRESS, _is_inside, negated=True),
    "ArnEquals": OperatorRow(ARN, _is_arn_like, takes_plain=True),
    "ArnNotEquals": OperatorRow(ARN, _is_arn_like, negated=True, takes_plain=True),
    "ArnLike": OperatorRow(ARN, _is_arn_like, takes_plain=True),
    "ArnNotLike": OperatorRow(ARN, _is_arn_like, negated=True, takes_plain=True),
    "Null": OperatorRow(ABSENCE, operator.eq),
}
"""Every condition operator by name, without set operator and `IfExists`.

Source: IAM User Guide, IAM JSON policy elements: Condition operators.
"""


def condition_holds(condition: Condition, request: Request, *, effect: Effect, has_variables: bool) -> bool:
    """Whether the request satisfies one key under one operator.

    A key with several values under an operator without a set operator is undefined in AWS. One value then
    suffices for an Allow, and all values are needed for a Deny: this never hides access.

    Args:
        condition: of a statement.
        request: with lower-case names of keys. A key without values counts as absent.
        effect: of the statement.
        has_variables: whether `${…}` is a policy variable here.
    """
    given = request.context.get(condition.key.lower(), ())
    if not condition.values:
        return not given and _holds_when_absent_at_least(condition)
    if condition.operator.name == "Null":
        return _null_holds(condition, is_absent=not given)
    if not given:
        return _holds_when_absent(condition)
    row = OPERATORS[condition.operator.name]
    plain, others = _taken_apart(condition)
    wanted = _wanted(condition, request) if others and has_variables else _fixed(condition)
    holds = (_value_holds(row, value, plain, wanted) for value in given)
    needs_all = condition.operator.quantifier is Quantifier.FOR_ALL_VALUES or (
        condition.operator.quantifier is None and effect is Effect.DENY
    )
    return all(holds) if needs_all else any(holds)


def _holds_when_absent_at_least(condition: Condition) -> bool:
    """What an empty list of values accepts: an absent key, where the operator says that absence is fine."""
    return condition.operator.if_exists or condition.operator.quantifier is Quantifier.FOR_ALL_VALUES


def _holds_when_absent(condition: Condition) -> bool:
    if condition.operator.if_exists:
        return True
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return True
        case Quantifier.FOR_ANY_VALUE:
            return False
        case None:
            return OPERATORS[condition.operator.name].negated


def _null_holds(condition: Condition, *, is_absent: bool) -> bool:
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return True
        case Quantifier.FOR_ANY_VALUE:
            return False
        case None:
            return ("true" if is_absent else "false") in (value.lower() for value in condition.values)


def _value_holds(row: OperatorRow, text: str, plain: frozenset[str], wanted: tuple[Any, ...]) -> bool:
    """Whether one value of the request passes: it matches one of the policy's values or, negated, none of them."""
    try:
        given = row.type.given(text)
    except ValueError:
        return row.negated
    return (text in plain or any(row.test(given, each) for each in wanted)) is not row.negated


@lru_cache(maxsize=1024)
def _taken_apart(condition: Condition) -> tuple[frozenset[str], tuple[str, ...]]:
    """The policy's values that are equal to themselves alone, and the others: there may be thousands of the first."""
    if not OPERATORS[condition.operator.name].takes_plain:
        return frozenset(), condition.values
    others = tuple(value for value in condition.values if set(value) & _SPECIAL)
    return frozenset(condition.values).difference(others), others


_SPECIAL = frozenset("*?$")


@lru_cache(maxsize=1024)
def _fixed(condition: Condition) -> tuple[Any, ...]:
    """The policy's values beside the plain ones, where no variable is filled in."""
    return _read(condition, map(Template, _taken_apart(condition)[1]))


def _wanted(condition: Condition, request: Request) -> tuple[Any, ...]:
    """The policy's values beside the plain ones, with variables filled in from the request."""
    if not OPERATORS[condition.operator.name].type.takes_variables:
        return _fixed(condition)
    filled = (fill_in(text, request, has_variables=True) for text in _taken_apart(condition)[1])
    return _read(condition, (each for each in filled if each is not None))


def _read(condition: Condition, templates: Iterable[Template]) -> tuple[Any, ...]:
    """Values as what they are. One that is malformed, as one whose variable is undefined, matches nothing."""
    type_ = OPERATORS[condition.operator.name].type
    return type_.gathered(_readable(type_, templates))


def _readable(type_: ValueType, templates: Iterable[Template]) -> Iterator[Any]:
    for template in templates:
        try:
            yield type_.wanted(template)
        except ValueError:
            continue
