"""The condition operators as terms, one row each. Mirrors `policy.conditions`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import TypeVar

from ringwall.policy import values
from ringwall.policy.ast import Condition, Effect, Quantifier
from ringwall.reasoning import smt_wildcard
from ringwall.reasoning.smt_model import Model, Slot, View
from ringwall.reasoning.smt_terms import (
    FALSE,
    TRUE,
    both,
    either,
    equal,
    in_expression,
    integer,
    joined,
    literal,
    negated,
    real,
)
from ringwall.reasoning.smt_variables import Template, fill_in

ARN = '(re.++ (str.to_re "arn") ' + " ".join(['(str.to_re ":") |any field|'] * 4) + ' (str.to_re ":") re.all)'
Read = TypeVar("Read")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BASE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

Test = Callable[[Slot, Sequence[str], "Reader"], str]
"""Whether a value of the request matches one of the policy's values, given as texts."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the values of one condition are to be read."""

    model: Model
    has_variables: bool

    def templates(self, texts: Iterable[str], *, has_wildcards: bool) -> Iterator[Template]:
        for text in texts:
            yield fill_in(text, self.model, has_variables=self.has_variables, has_wildcards=has_wildcards)


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One operator: its test, or the negation of it."""

    test: Test
    negated: bool = False


def _text_is(slot: Slot, texts: Sequence[str], reader: Reader) -> str:
    own = slot.text()
    found = []
    for template in reader.templates(texts, has_wildcards=False):
        if template.is_text:
            slot.literals |= {template.text: None}
            found.append(own.is_equal(template.text))
        else:
            found.append(both((template.defined, equal(own.term, joined(template.terms)))))
    return either(found)


def _text_is_in_lower_case(slot: Slot, texts: Sequence[str], reader: Reader) -> str:
    term = slot.text().term
    found = []
    for template in reader.templates(texts, has_wildcards=False):
        if template.is_text:
            slot.literals |= {template.text: None}
            found.append(smt_wildcard.is_equal_ignoring_case(term, template.text))
        else:
            # SMT-LIB has no function for lower case: at least, what is equal is equal in lower case.
            found.append(both((template.defined, reader.model.unknown(template.defined))))
    return either(found)


def _is_like(slot: Slot, texts: Sequence[str], reader: Reader) -> str:
    term = slot.text().term
    return either(
        both((template.defined, smt_wildcard.matches(term, template.pieces, reader.model)))
        for template in reader.templates(texts, has_wildcards=True)
    )


def _is_arn_like(slot: Slot, texts: Sequence[str], reader: Reader) -> str:
    text = slot.text()
    found = either(
        smt_wildcard.matches_fields(text, template, reader.model)
        for template in reader.templates(texts, has_wildcards=True)
    )
    is_arn = TRUE if text.is_arn else in_expression(text.term, ARN)
    return both((is_arn, found))


def _is_flag(slot: Slot, texts: Sequence[str], reader: Reader) -> str:
    term = slot.text().term
    found = []
    for template in reader.templates(texts, has_wildcards=False):
        for flag in ("true", "false"):
            if template.is_text:
                wanted = TRUE if template.text.lower() == flag else FALSE
            else:
                wanted = both((template.defined, smt_wildcard.is_equal_ignoring_case(joined(template.terms), flag)))
            found.append(both((wanted, smt_wildcard.is_equal_ignoring_case(term, flag))))
    return either(found)


def _is_same_bytes(slot: Slot, texts: Sequence[str], _: Reader) -> str:
    spellings = [spelling for wanted in _readable(texts, values.read_bytes) for spelling in _spellings(wanted, texts)]
    term = slot.text().term
    slot.literals |= dict.fromkeys(spellings)
    return either(equal(term, literal(spelling)) for spelling in spellings)


def _spellings(wanted: bytes, texts: Sequence[str]) -> Iterator[str]:
    """Every text that is these bytes in base 64: unused bits of the last character may be set."""
    for text in texts:
        start = text.rstrip("=")
        for last in _BASE_64 if start else ("",):
            for end in ("", "=", "=="):
                spelling = start[:-1] + last + end
                if next(_readable([spelling], values.read_bytes), None) == wanted:
                    yield spelling


def _readable(texts: Iterable[str], read: Callable[[str], Read]) -> Iterator[Read]:
    for text in texts:
        try:
            yield read(text)
        except ValueError:
            continue  # a malformed value of a policy matches nothing


def _is_inside(slot: Slot, texts: Sequence[str], _: Reader) -> str:
    return either(_is_in_network(slot, network) for network in _readable(texts, values.read_network))


def _is_in_network(slot: Slot, network: IPv4Network | IPv6Network) -> str:
    view, width = (View.IPV4, 32) if network.version == 4 else (View.IPV6, 128)
    is_read = slot.is_read_as(view)
    kept = network.prefixlen
    if kept == 0:
        return is_read
    bits = f"{int(network.network_address):0{width}b}"[:kept]
    address = slot.read_as(view)
    first = address if kept == width else f"((_ extract {width - 1} {width - kept}) {address})"
    return both((is_read, equal(first, f"#b{bits}")))


def _compared(view: View, write: Callable[[str], str], compare: str) -> Test:
    def test(slot: Slot, texts: Sequence[str], _: Reader) -> str:
        is_read, term = slot.is_read_as(view), slot.read_as(view)
        wanted = either(f"({compare} {term} {number})" for number in _readable(texts, write))
        return both((is_read, wanted))

    return test


def number_of(text: str) -> str:
    """The number that a text is read as; raises ValueError where it is none."""
    return real(values.read_number(text))


def date_of(text: str) -> str:
    """The moment that a text is read as, in microseconds; raises ValueError where it is none."""
    return integer(microseconds(values.read_date(text)))


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _orders(prefix: str, view: View, write: Callable[[str], str]) -> dict[str, OperatorRow]:
    """The six comparisons of numbers or of dates."""
    return {
        f"{prefix}Equals": OperatorRow(_compared(view, write, "=")),
        f"{prefix}NotEquals": OperatorRow(_compared(view, write, "="), negated=True),
        f"{prefix}LessThan": OperatorRow(_compared(view, write, "<")),
        f"{prefix}LessThanEquals": OperatorRow(_compared(view, write, "<=")),
        f"{prefix}GreaterThan": OperatorRow(_compared(view, write, ">")),
        f"{prefix}GreaterThanEquals": OperatorRow(_compared(view, write, ">=")),
    }


OPERATORS = {
    "StringEquals": OperatorRow(_text_is),
    "StringNotEquals": OperatorRow(_text_is, negated=True),
    "StringEqualsIgnoreCase": OperatorRow(_text_is_in_lower_case),
    "StringNotEqualsIgnoreCase": OperatorRow(_text_is_in_lower_case, negated=True),
    "StringLike": OperatorRow(_is_like),
    "StringNotLike": OperatorRow(_is_like, negated=True),
    **_orders("Numeric", View.NUMBER, number_of),
    **_orders("Date", View.DATE, date_of),
    "Bool": OperatorRow(_is_flag),
    "BinaryEquals": OperatorRow(_is_same_bytes),
    "IpAddress": OperatorRow(_is_inside),
    "NotIpAddress": OperatorRow(_is_inside, negated=True),
    "ArnEquals": OperatorRow(_is_arn_like),
    "ArnNotEquals": OperatorRow(_is_arn_like, negated=True),
    "ArnLike": OperatorRow(_is_arn_like),
    "ArnNotLike": OperatorRow(_is_arn_like, negated=True),
}
"""Every operator but Null. Mirrors `policy.conditions.OPERATORS`, row by row."""


def condition_holds(condition: Condition, model: Model, *, effect: Effect, has_variables: bool) -> str:
    """Whether the request satisfies one key under one operator."""
    key = model.key(condition.key.lower())
    operator = condition.operator
    if not condition.values:
        is_fine = operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES
        return negated(key.present) if is_fine else FALSE
    if operator.name == "Null":
        return _null_holds(condition, key.present)
    row = OPERATORS[operator.name]
    reader = Reader(model, has_variables)
    tests = [row.test(slot, condition.values, reader) for slot in key.slots]
    each = [negated(test) if row.negated else test for test in tests]
    needs_all = operator.quantifier is Quantifier.FOR_ALL_VALUES or (
        operator.quantifier is None and effect is Effect.DENY
    )
    held = both(each) if needs_all else either(each)
    if _holds_when_absent(condition, row):
        return either((negated(key.present), held))
    return both((key.present, held))


def _holds_when_absent(condition: Condition, row: OperatorRow) -> bool:
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return True
        case Quantifier.FOR_ANY_VALUE:
            return condition.operator.if_exists
        case None:
            return condition.operator.if_exists or row.negated


def _null_holds(condition: Condition, present: str) -> str:
    match condition.operator.quantifier:
        case Quantifier.FOR_ALL_VALUES:
            return TRUE
        case Quantifier.FOR_ANY_VALUE:
            return FALSE
        case None:
            wanted = {value.lower() for value in condition.values}
            absent = negated(present) if "true" in wanted else FALSE
            return either((absent, present if "false" in wanted else FALSE))
