"""From a solver's model to a request. Nothing is believed here: the request has to be replayed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address

from ringwall.policy.request import Caller, CallerKind, Request, session_arn, with_derived_keys
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.smt_model import ACTION, KIND, Key, Model, Part, Slot, View

Expression = str | list["Expression"]

_TOKEN = re.compile(r'\s*(?:("(?:[^"]|"")*")|(\|[^|]*\|)|([()])|([^\s()"|]+))')
_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]{1,5})\}|\\u([0-9a-fA-F]{4})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNED = {
    CallerKind.ROOT: "arn:{}:iam::{}:root",
    CallerKind.USER: "arn:{}:iam::{}:user/example",
    CallerKind.ROLE: "arn:{}:iam::{}:role/example",
    CallerKind.FEDERATED_USER: "arn:{}:sts::{}:federated-user/example",
}
_EXAMPLES = {
    KeyType.ARN: "arn:aws:s3:::example",
    KeyType.FLAG: "true",
    KeyType.NUMBER: "0",
    KeyType.DATE: "2020-01-01T00:00:00Z",
    KeyType.ADDRESS: "192.0.2.1",
    KeyType.BINARY: "YQ==",
}


def asked_for(model: Model) -> tuple[str, ...]:
    """The variables whose values make up a request, for `(get-value (…))`."""
    caller = [KIND] if model.knows_caller else []
    parts = [symbol for part in Part for symbol in _part_symbols(part, model)]
    keys = [symbol for key in _free(model) for symbol in (key.present, *_slot_symbols(key.slots))]
    return (ACTION, model.resource.symbol, *caller, *parts, *keys)


def _free(model: Model) -> list[Key]:
    """The keys that do not follow from the caller."""
    return [key for key in model.keys.values() if key.is_there is None]


def _part_symbols(part: Part, model: Model) -> Iterator[str]:
    if part in model.presences:
        yield part.has
    if part in model.parts:
        yield part.symbol


def _slot_symbols(slots: Sequence[Slot]) -> Iterator[str]:
    for slot in slots:
        if View.TEXT in slot.views:
            yield from slot.text().symbols()
        for view in slot.readings:
            yield slot.is_read_as(view)
            yield slot.read_as(view)


def parsed(text: str) -> Expression:
    """What a solver wrote: a symbol, a literal, or a list of such.

    Raises:
        ValueError: it is no expression of SMT-LIB.
    """
    stack: list[list[Expression]] = [[]]
    end = 0
    while found := _TOKEN.match(text, end):
        end = found.end()
        word = found[0].strip() if found[1] is None else found[1]
        if word == "(":
            stack.append([])
        elif word == ")":
            if len(stack) < 2:
                raise ValueError("a parenthesis is closed that was never opened")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(word)
    if text[end:].strip() or len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError(f"`{text[:80]}` is no answer to get-value")
    return stack[0][0]


def values_of(answer: str, model: Model) -> dict[str, str | bool | int | Fraction]:
    """By variable, the value that the solver gave it.

    Raises:
        ValueError: the answer is not one to `asked_for`.
    """
    pairs = parsed(answer)
    symbols = asked_for(model)
    if isinstance(pairs, str) or len(pairs) != len(symbols):
        raise ValueError("the solver gave values for other variables than were asked for")
    return {
        symbol: _value(pair[1] if isinstance(pair, list) and len(pair) == 2 else pair)
        for symbol, pair in zip(symbols, pairs, strict=True)
    }


def _value(written: Expression) -> str | bool | int | Fraction:
    match written:
        case ["-", number]:
            return -Fraction(_value(number))
        case ["/", over, under]:
            return Fraction(_value(over)) / Fraction(_value(under))
        case str(word):
            return _atom(word)
        case _:
            raise ValueError(f"`{written}` is no value")


def _atom(word: str) -> str | bool | int | Fraction:
    if word.startswith('"'):
        return unescaped(word)
    if word in ("true", "false"):
        return word == "true"
    if word.startswith("#"):
        return int(word[2:], 2 if word[1] == "b" else 16)
    return Fraction(word) if word[:1].isdigit() else word.strip("|")


def unescaped(written: str) -> str:
    """The text of a string literal."""
    inner = written[1:-1].replace('""', '"')
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), inner)


def request_of(answer: str, model: Model) -> Request:
    """The request that a model stands for; keys that the script does not speak of are absent.

    Raises:
        ValueError: the answer is not one to `asked_for`.
    """
    values = values_of(answer, model)
    caller = _caller(values, model)
    context = {key.name: _held(key, values) for key in _free(model) if values[key.present] is True}
    request = Request(caller, str(values[ACTION]), str(values[model.resource.symbol]), context)
    return with_derived_keys(request)


def _caller(values: Mapping[str, object], model: Model) -> Caller:
    if not model.knows_caller:
        return Caller(CallerKind.ANONYMOUS)
    kind = CallerKind(values[KIND])

    def part(which: Part) -> str | None:
        value = values.get(which.symbol) if values.get(which.has, True) else None
        return str(value) if value is not None else None

    if kind not in _SIGNED:
        service = part(Part.SERVICE) or "example.amazonaws.com" if kind is CallerKind.SERVICE else None
        provider = part(Part.PROVIDER) or "example.com" if kind is CallerKind.FEDERATED else None
        return Caller(kind, service=service, provider=provider)
    arn = _arn(kind, part)
    session = session_arn(arn, part(Part.SESSION) or "session") if kind is CallerKind.ROLE else None
    has_canonical = values.get(Part.CANONICAL.has) is True
    canonical = (part(Part.CANONICAL) or "0" * 64) if has_canonical else None
    return Caller(kind, arn=arn, session=session, canonical_id=canonical, user_id=part(Part.USER_ID))


def _arn(kind: CallerKind, part: Callable[[Part], str | None]) -> str:
    start = part(Part.PARTITION) or "aws", part(Part.ACCOUNT) or "999999999999"
    if (resource := part(Part.RESOURCE)) is not None:
        service = "sts" if kind is CallerKind.FEDERATED_USER else "iam"
        return f"arn:{start[0]}:{service}::{start[1]}:{resource}"
    return _SIGNED[kind].format(*start)


def _held(key: Key, values: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text_of(slot, values) for slot in key.slots))


def _text_of(slot: Slot, values: Mapping[str, object]) -> str:
    if View.TEXT in slot.views:
        parts = [str(values[symbol]) for symbol in slot.text().symbols()]
        return ":".join(("arn", *parts)) if slot.is_arn else parts[0]
    for view in slot.readings:
        if values[slot.is_read_as(view)] is True:
            value = values[slot.read_as(view)]
            assert isinstance(value, (int, Fraction))
            return _WRITTEN[view](value)
    return "example" if slot.readings else _EXAMPLES.get(key_type(slot.key), "example")


def _decimal(value: int | Fraction) -> str:
    number = Fraction(value)
    exact = Context(prec=60).divide(Decimal(number.numerator), Decimal(number.denominator))
    return format(exact.normalize(), "f") if exact else "0"


_WRITTEN: Mapping[View, Callable[[int | Fraction], str]] = {
    View.NUMBER: _decimal,
    View.DATE: lambda value: (_EPOCH + timedelta(microseconds=int(value))).isoformat().replace("+00:00", "Z"),
    View.IPV4: lambda value: str(IPv4Address(int(value))),
    View.IPV6: lambda value: str(IPv6Address(int(value))),
}
