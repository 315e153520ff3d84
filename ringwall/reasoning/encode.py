"""A policy as a region. Mirrors `policy.evaluate`, name by name.

A statement constrains each dimension on its own, so it denotes a box, or a few of them where it names principals of
several kinds. Policy variables relate two dimensions, which a box cannot: see `reasoning.variables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from ringwall.policy.ast import AllBut, Condition, Effect, Only, Pattern, Policy, Quantifier, Scope, Statement
from ringwall.policy.request import CallerKind, Request, derived_keys
from ringwall.reasoning import operators
from ringwall.reasoning.box import EVERYTHING, Box
from ringwall.reasoning.callers import (
    ACCOUNT,
    ANONYMOUS_ACCOUNT,
    ARN,
    CANONICAL,
    KIND,
    PROVIDER,
    SERVICE,
    SESSION,
    SIGNED,
    USER_ID,
    Point,
    caller_at,
)
from ringwall.reasoning.operators import TAKES_VARIABLES
from ringwall.reasoning.patterns import Pattern as Wild
from ringwall.reasoning.patterns import arn_like, glob
from ringwall.reasoning.principals import covers_caller
from ringwall.reasoning.text import any_of, just, none_of
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import PRESENT, KeySet, ValueSet, texts
from ringwall.reasoning.variables import ANY_REQUEST, DIFFERS, MATCHES, RESOURCE, Setting, Wording, fill_in, mark

ACTION = "@action"


def keys_with_set_operators(policies: Iterable[Policy]) -> frozenset[str]:
    """The keys, in lower case, that a set operator is used on."""
    conditions = (each for policy in policies for statement in policy.statements for each in statement.conditions)
    return frozenset(
        condition.key.lower()
        for condition in conditions
        if condition.operator.quantifier in (Quantifier.FOR_ALL_VALUES, Quantifier.FOR_ANY_VALUE)
    )


def statement_applies(policy: Policy, statement: Statement, setting: Setting = ANY_REQUEST) -> tuple[Box, ...]:
    """The requests that a statement applies to, whatever their action and resource."""
    boxes: tuple[Box, ...] = (EVERYTHING,)
    for condition in statement.conditions:
        ways = tuple(_condition_holds(condition, policy, statement.effect, setting))
        boxes = tuple(box & way for box in boxes for way in ways)
    callers = covers_caller(statement.principals, statement.effect)
    joined = (caller & box for caller in callers for box in boxes)
    return tuple(each for each in map(_with_account, joined) if not each.is_plainly_empty())


def _with_account(box: Box) -> Box:
    """The box, saying outright in which accounts its callers are, where their ARNs say it anyway."""
    for key in (ARN, SESSION):
        values = box.keys.get(key)
        if values is not None and not values.absent and (accounts := values.bound.text.accounts()) is not None:
            box = box & Box({ACCOUNT: KeySet(False, ValueSet(just(accounts)))})
    return box


def _condition_holds(condition: Condition, policy: Policy, effect: Effect, setting: Setting) -> Iterator[Box]:
    """The requests for which the condition holds."""
    key = condition.key.lower()
    wordings = _wordings(condition, policy, setting)
    for way in operators.condition_holds(condition, wordings, effect, many=setting.is_many(key)):
        if key not in setting.constants:
            yield from (Box({dimension: values, **way.marks}) for dimension, values in _read_from(key, way.values))
        elif setting.constants[key] in way.values:
            yield Box(way.marks)


def _read_from(key: str, values: KeySet) -> Iterator[tuple[str, KeySet]]:
    """As `read_from`, in two parts where absence stands beside values: nobody's account is one that is called so."""
    if key == "kms:calleraccount" and values.absent:
        yield ACCOUNT, _NOBODY
        values = KeySet(False, values.bound, values.demands, values.many)
    yield read_from(key, values)


_NOBODY = KeySet(True, ValueSet(just((ANONYMOUS_ACCOUNT,))))
"""What `aws:PrincipalAccount` holds where `kms:CallerAccount` is absent."""


def read_from(key: str, values: KeySet) -> tuple[str, KeySet]:
    """The dimension that a key is read from, and what it holds there."""
    match key:
        case "aws:principalisawsservice" | "aws:principaltype":
            return KIND, KeySet(False, texts(AnyOf(frozenset(_kinds(key, values)))))
        case "aws:principalservicename" | "aws:principalservicenameslist":
            return SERVICE, _as_single(values)
        case "kms:calleraccount":
            return ACCOUNT, _signed(values)
        case _:
            return key, values


def is_read_elsewhere(key: str) -> bool:
    """Whether a key, in lower case, is read from a dimension of another name."""
    return key in _READ_ELSEWHERE


_READ_ELSEWHERE = frozenset(
    (
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "kms:calleraccount",
    )
)


def _kinds(key: str, values: KeySet) -> Iterable[str]:
    """The kinds of caller for which the key holds one of the values."""
    return (kind for kind, held in _held_by_kind(key).items() if held in values)


@cache
def _held_by_kind(key: str) -> Mapping[str, tuple[str, ...]]:
    """What the key holds for each kind of caller."""
    held = {}
    for kind in CallerKind:
        example = {KIND: (kind.value,), SERVICE: ("any",), "aws:principalarn": ("arn:aws:iam::1:user/any",)}
        caller = caller_at({k: v for k, v in example.items() if k == KIND or (kind.value in SIGNED) == (k != SERVICE)})
        held[kind.value] = derived_keys(caller).get(key, ())
    return held


def _as_single(values: KeySet) -> KeySet:
    bound = values.bound
    for demand in values.demands:
        bound &= demand
    return KeySet(values.absent, bound)


def _signed(values: KeySet) -> KeySet:
    """The accounts among the values."""
    return KeySet(
        False, ValueSet(values.bound.text & none_of(AnyOf(frozenset((ANONYMOUS_ACCOUNT,)))), values.bound.readings)
    )


def _wordings(condition: Condition, policy: Policy, setting: Setting) -> list[Wording]:
    if not policy.has_variables or condition.operator.name not in TAKES_VARIABLES:
        return [Wording(value) for value in condition.values]
    worded = (fill_in(value, setting) for value in condition.values)
    return [wording for wording in worded if wording is not None]


def covers_resource(policy: Policy, statement: Statement, setting: Setting = ANY_REQUEST) -> tuple[Box, ...]:
    """What the resource may be for the statement to apply, as boxes; one, but for policy variables."""
    match statement.resources:
        case None:
            return (_ANY_RESOURCE,)
        case Only(members):
            plain, templates = _resources(members, policy, setting)
            matching = (Box({RESOURCE: _wide(each), _mark(each): MATCHES}) for each in templates)
            union = Box({RESOURCE: KeySet(False, texts(plain))})
            return (union, *matching) if plain or not templates else tuple(matching)
        case AllBut(members):
            plain, templates = _resources(members, policy, setting)
            marks = {_mark(each): DIFFERS for each in templates}
            return (Box({RESOURCE: KeySet(False, ValueSet(none_of(plain))), **marks}),)


_ANY_RESOURCE = Box({RESOURCE: PRESENT})
"""Every request has a resource, if it is only its policy that says which."""


def _resources(members: Iterable[Pattern], policy: Policy, setting: Setting) -> tuple[AnyOf, list[Wording]]:
    """The union of the patterns, and those that have a variable left open."""
    values: list[str] = []
    patterns: list[Wild] = []
    templates: list[Wording] = []
    for member in members:
        wording = fill_in(member.text, setting) if policy.has_variables else Wording(member.text)
        if wording is None:
            continue
        if wording.is_open:
            templates.append(wording)
        elif _is_plain(wording.text):
            values.append(wording.plain)
        else:
            patterns.append(_resource_pattern(wording))
    return AnyOf(frozenset(values), patterns=tuple(patterns)), templates


def _resource_pattern(wording: Wording) -> Wild:
    make = arn_like if wording.text.startswith("arn:") else glob
    return make(wording.text, escapes=wording.escapes)


def _wide(template: Wording) -> KeySet:
    return KeySet(False, texts(AnyOf(patterns=(_resource_pattern(template),))))


def _mark(template: Wording) -> str:
    return mark(RESOURCE, "Resource", template.template)


def at_resource(boxes: Iterable[Box], resource: str) -> Iterator[Box]:
    """What is left of the boxes where the resource is this one."""
    for box in boxes:
        values = box.keys.get(RESOURCE)
        if values is None:
            yield box
        elif (resource,) in values:
            rest = {key: each for key, each in box.keys.items() if key != RESOURCE}
            yield Box(rest) if rest else EVERYTHING


def covers_action(scope: Scope) -> KeySet:
    """What the action may be, in lower case: case does not matter to AWS."""
    lowered = [member.text.lower() for member in scope.members]
    plain = frozenset(filter(_is_plain, lowered))
    union = AnyOf(plain, patterns=tuple(_action_pattern(text) for text in lowered if text not in plain))
    match scope:
        case Only():
            return KeySet(False, ValueSet(any_of(union)))
        case AllBut():
            return KeySet(False, ValueSet(_ANY_ACTION & none_of(union)))


def _action_pattern(text: str) -> Wild:
    return glob("*:*" if text == "*" else text, escapes=False)


_ANY_ACTION = any_of(AnyOf(patterns=(_action_pattern("*"),)))


def _is_plain(text: str) -> bool:
    return "*" not in text and "?" not in text


def request_at(point: Point, constants: Mapping[str, tuple[str, ...]] | None = None) -> Request:
    """The request whose dimensions these are, with all that follows from its caller."""
    caller = caller_at(point)
    context = {key: values for key, values in point.items() if not key.startswith("@") and values}
    known = {key: values for key, values in (constants or {}).items() if values}
    action, resource = point.get(ACTION, ("",))[0], point.get(RESOURCE, ("",))[0]
    return Request(caller, action, resource, {**known, **derived_keys(caller), **context})


def point_of(request: Request) -> Point:
    """The dimensions of a request. Mirrors `request_at`."""
    caller = request.caller
    own = {
        KIND: caller.kind.value,
        SESSION: caller.session,
        SERVICE: caller.service,
        PROVIDER: caller.provider,
        CANONICAL: caller.canonical_id,
        ARN: caller.arn,
        USER_ID: caller.user_id,
        ACTION: request.action.lower(),
        RESOURCE: request.resource,
    }
    return {**request.context, **{key: (value,) for key, value in own.items() if value is not None}}
