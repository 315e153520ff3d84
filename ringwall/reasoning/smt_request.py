"""What holds of every request: keys follow from the caller, values are of their key's type. Mirrors `policy.request`.

A request is consistent, or it is none. Where a key is read both as a text and as a number, a date or an address, the
script says of that what SMT-LIB can say; the rest is found out when a model is replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ringwall.policy import values
from ringwall.policy.request import CallerKind
from ringwall.policy.service_reference import KeyType, key_type
from ringwall.reasoning.smt_conditions import date_of, number_of
from ringwall.reasoning.smt_model import SIGNED, Derived, Key, Model, Part, Slot, Text, View
from ringwall.reasoning.smt_terms import (
    both,
    either,
    equal,
    exactly,
    folded,
    implied,
    in_expression,
    integer,
    joined,
    literal,
    negated,
    one_of,
    sequence,
)

_TYPES = {
    CallerKind.ANONYMOUS: "Anonymous",
    CallerKind.ROOT: "Account",
    CallerKind.USER: "User",
    CallerKind.ROLE: "AssumedRole",
    CallerKind.FEDERATED_USER: "FederatedUser",
}
ORGANIZATION, PATHS, TAGS = "aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/"
_NAME = (
    '(re.* (re.union (re.range "\\u{0}" ")") (re.range "+" ".") (re.range "0" "9") (re.range ";" ">") '
    '(re.range "@" "\\u{2ffff}")))'
)
"""Neither colon nor slash, and no wildcard, which is in no name."""
_NAMES = '(re.* (re.union (re.range "\\u{0}" ")") (re.range "+" "9") (re.range ";" ">") (re.range "@" "\\u{2ffff}")))'
"""Names with slashes between them."""
_PATH = f'(re.opt (re.++ {_NAMES} (str.to_re "/")))'
_SESSION_NAME = '(re.+ (re.union (re.range "\\u{0}" ".") (re.range "0" "9") (re.range ";" "\\u{2ffff}")))'
_DIGITS = '(re.+ (re.range "0" "9"))'


# --- keys that follow from the caller ---


def _for(*kinds: CallerKind) -> Callable[[Model], str]:
    return lambda model: model.kind(*kinds)


def _part(part: Part) -> Callable[[Model], Text]:
    return lambda model: Text(model.part(part))


def _type(model: Model) -> Text:
    term = literal("")
    for kind, name in _TYPES.items():
        term = f"(ite {model.kind(kind)} {literal(name)} {term})"
    return Text(term)


def _arn(model: Model) -> Text:
    return Text(Part.ARN.symbol, model.fields(), whole=lambda: model.part(Part.ARN))


def _is_service(model: Model) -> Text:
    return Text(f'(ite {model.kind(CallerKind.SERVICE)} "true" "false")')


DERIVED: Mapping[str, Derived] = {
    "aws:principaltype": Derived(_for(*_TYPES), _type),
    "aws:principalarn": Derived(_for(*SIGNED), _arn),
    "aws:principalaccount": Derived(lambda model: negated(model.kind(CallerKind.SERVICE)), _part(Part.ACCOUNT)),
    "kms:calleraccount": Derived(_for(*SIGNED), _part(Part.ACCOUNT)),
    "aws:principalisawsservice": Derived(
        lambda model: either((model.kind(*SIGNED), model.kind(CallerKind.SERVICE))), _is_service
    ),
    "aws:principalservicename": Derived(_for(CallerKind.SERVICE), _part(Part.SERVICE)),
    "aws:principalservicenameslist": Derived(_for(CallerKind.SERVICE), _part(Part.SERVICE)),
    "aws:username": Derived(_for(CallerKind.USER), _part(Part.NAME)),
    "aws:userid": Derived(_for(*SIGNED), _part(Part.USER_ID)),
}
"""Mirrors `policy.request.derived_keys`."""


# --- every request ---


def consistent(model: Model) -> Iterator[str]:
    """Assertions that hold of every request in question. What they need beside is declared with the rest."""
    constants = model.question.constants
    is_placed = PATHS in model.keys and PATHS not in constants
    if is_placed:
        model.key(ORGANIZATION).slots[0].text()
    for name, key in sorted(model.keys.items()):
        if name in constants:
            yield from holding(key, constants[name])
        elif name not in DERIVED:
            yield from _of_its_type(key)
            if name == ORGANIZATION or name.startswith(TAGS):
                yield implied(key.present, model.kind(*SIGNED))
        for slot in key.slots:
            yield from linked(slot, model)
    if is_placed:
        yield from _paths(model)
    yield from _caller(model)


def holding(key: Key, given: tuple[str, ...]) -> Iterator[str]:
    """The key holds these values, and no other."""
    yield key.present if given else negated(key.present)
    for index, slot in enumerate(key.slots if given else ()):
        text = given[min(index, len(given) - 1)]
        if View.TEXT in slot.views:
            yield slot.text().is_equal(text)
        yield from _read(slot, text)


def _of_its_type(key: Key) -> Iterator[str]:
    kind = key_type(key.name)
    for slot in key.slots:
        if kind is KeyType.FLAG and View.TEXT in slot.views:
            yield in_expression(slot.text().term, one_of((folded("true"), folded("false"))))
        elif kind is KeyType.ADDRESS and slot.views:
            yield either((slot.is_read_as(View.IPV4), slot.is_read_as(View.IPV6)))


def _paths(model: Model) -> Iterator[str]:
    """Whoever is in an organization stands somewhere in it, and each path begins with the organization's id."""
    organization, paths = model.key(ORGANIZATION), model.key(PATHS)
    yield equal(organization.present, paths.present)
    id_ = organization.slots[0].text().term
    yield f'(not (str.contains {id_} "/"))'
    for slot in paths.slots:
        if slot.views:
            rest = model.fresh("rest of path", "String")
            yield equal(slot.text().term, joined((id_, literal("/"), rest)))


# --- the caller ---

_ONLY = {
    Part.SESSION: (CallerKind.ROLE,),
    Part.SERVICE: (CallerKind.SERVICE,),
    Part.PROVIDER: (CallerKind.FEDERATED,),
}
"""Parts that callers of one kind have; the others belong to whoever has an account."""


def _caller(model: Model) -> Iterator[str]:
    """Who a caller of each kind is. What is said in terms of other parts comes before those."""
    for part in Part:
        if part in model.presences:
            who = model.kind(*_ONLY.get(part, SIGNED))
            yield implied(part.has, who) if part is Part.CANONICAL else equal(part.has, who)
    for part in (Part.SERVICE, Part.PROVIDER, Part.CANONICAL):
        if part in model.parts:
            yield negated(equal(part.symbol, literal("")))
    if Part.SESSION in model.parts:
        yield in_expression(Part.SESSION.symbol, _SESSION_NAME)
    if Part.ARN in model.parts:
        yield equal(Part.ARN.symbol, joined([part for each in model.fields() for part in (each, literal(":"))][:-1]))
    if Part.RESOURCE in model.parts or Part.NAME in model.parts:
        yield from _resource(model)
    if Part.PARTITION in model.parts:
        yield in_expression(Part.PARTITION.symbol, _NAMES)
        yield negated(equal(Part.PARTITION.symbol, literal("")))
    if Part.ACCOUNT in model.parts:
        yield implied(model.kind(*SIGNED), in_expression(Part.ACCOUNT.symbol, _DIGITS))
        unsigned = model.kind(CallerKind.ANONYMOUS, CallerKind.FEDERATED)
        yield implied(unsigned, equal(Part.ACCOUNT.symbol, literal("anonymous")))


def _resource(model: Model) -> Iterator[str]:
    """The last field of the caller's ARN."""
    resource = model.part(Part.RESOURCE)
    yield implied(model.kind(CallerKind.ROOT), equal(resource, literal("root")))
    federated = sequence((exactly("federated-user/"), _NAMES))
    yield implied(model.kind(CallerKind.FEDERATED_USER), in_expression(resource, federated))
    for kind in (CallerKind.USER, CallerKind.ROLE):
        start = f"{kind.value}/"
        if Part.NAME not in model.parts:
            yield implied(model.kind(kind), in_expression(resource, sequence((exactly(start), _NAMES))))
            continue
        path = model.fresh(f"{kind.value} path", "String")
        yield in_expression(path, _PATH)
        yield implied(model.kind(kind), equal(resource, joined((literal(start), path, Part.NAME.symbol))))
    if Part.NAME in model.parts:
        yield in_expression(Part.NAME.symbol, _NAME)


# --- texts that are read as something else ---

_NUMBER = (
    '(re.++ (re.opt (re.union (str.to_re "+") (str.to_re "-"))) (re.union '
    f'(re.++ {_DIGITS} (re.opt (re.++ (str.to_re ".") (re.* (re.range "0" "9"))))) (re.++ (str.to_re ".") {_DIGITS})) '
    '(re.opt (re.++ (re.union (str.to_re "e") (str.to_re "E")) (re.opt (re.union (str.to_re "+") (str.to_re "-"))) '
    '((_ re.loop 1 4) (re.range "0" "9")))))'
)
_OCTET = (
    '(re.union (re.range "0" "9") (re.++ (re.range "1" "9") (re.range "0" "9")) '
    '(re.++ (str.to_re "1") (re.range "0" "9") (re.range "0" "9")) '
    '(re.++ (str.to_re "2") (re.range "0" "4") (re.range "0" "9")) (re.++ (str.to_re "25") (re.range "0" "5")))'
)
_IPV4 = "(re.++ " + ' (str.to_re ".") '.join([_OCTET] * 4) + ")"
_IPV6 = (
    '(re.++ (re.* |in an address|) (str.to_re ":") (re.* |in an address|) (str.to_re ":") (re.* |in an address|))'
).replace("|in an address|", '(re.union (re.range "0" ":") (re.range "A" "F") (re.range "a" "f") (str.to_re "."))')
_DATE_START = '(re.union (re.range "0" "9") (str.to_re "-"))'
_DATE = f"(re.++ {_DATE_START} (re.* re.allchar))"
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999, in microseconds since 1970."""


def linked(slot: Slot, model: Model) -> Iterator[str]:
    """What ties together the ways in which one value is spoken of."""
    views = slot.readings
    if View.DATE in views:
        date = slot.read_as(View.DATE)
        yield f"(<= {integer(_FIRST)} {date} {integer(_LAST)})"
    if View.IPV4 in views and View.IPV6 in views:
        yield negated(both((slot.is_read_as(View.IPV4), slot.is_read_as(View.IPV6))))
    families = {View.IPV4, View.IPV6}
    if len({View.IPV4 if view in families else view for view in slot.views}) > 1:
        model.is_exact = False
        yield from _mixed(slot)


def _mixed(slot: Slot) -> Iterator[str]:
    text = slot.text().term
    shapes = {View.NUMBER: _NUMBER, View.IPV4: _IPV4, View.IPV6: _IPV6, View.DATE: _DATE}
    for view in slot.readings:
        fits = in_expression(text, shapes[view])
        exact = view in (View.NUMBER, View.IPV4)
        yield equal(slot.is_read_as(view), fits) if exact else implied(slot.is_read_as(view), fits)
    if View.NUMBER in slot.readings:
        whole = in_expression(text, _DIGITS)
        yield implied(whole, equal(slot.read_as(View.NUMBER), f"(to_real (str.to_int {text}))"))
    for given in slot.literals:
        yield implied(equal(text, literal(given)), both(_read(slot, given)))


_READ: Mapping[View, Callable[[str], str]] = {
    View.NUMBER: number_of,
    View.DATE: date_of,
    View.IPV4: lambda text: _bits_of(text, 4, 32),
    View.IPV6: lambda text: _bits_of(text, 6, 128),
}


def _bits_of(text: str, version: int, width: int) -> str:
    address = values.read_address(text)
    if address.version != version:
        raise ValueError(f"`{text}` is of the other family")
    return f"#b{int(address):0{width}b}"


def _read(slot: Slot, text: str) -> Iterator[str]:
    for view in slot.readings:
        try:
            term = _READ[view](text)
        except ValueError:
            yield negated(slot.is_read_as(view))
        else:
            yield both((slot.is_read_as(view), equal(slot.read_as(view), term)))
