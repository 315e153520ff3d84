"""A policy as a region. Mirrors `policy.evaluate`, name by name.

A statement constrains each dimension on its own, so it denotes a box, or a few of them where it names principals of
several kinds. Policy variables relate two dimensions, which a box cannot: an Allow is then made larger and a Deny
smaller, so that whatever the region says to be empty is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringwall.policy.ast import AllBut, Condition, Effect, Only, Pattern, Policy, Quantifier, Scope, Statement
from ringwall.policy.request import CallerKind, Request, derived_keys
from ringwall.policy.service_reference import is_known_key, is_multivalued
from ringwall.reasoning import operators
from ringwall.reasoning.box import Box
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
from ringwall.reasoning.operators import TAKES_VARIABLES, Wording
from ringwall.reasoning.patterns import Pattern as Wild
from ringwall.reasoning.patterns import arn_like, glob, literal
from ringwall.reasoning.principals import covers_caller
from ringwall.reasoning.text import TextSet, any_of, just, none_of
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import KeySet, ValueSet, texts

ACTION = "@action"
RESOURCE = "@resource"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of every request in question."""

    constants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Context keys, in lower case, whose values are the same in all of them (`()`: absent in all of them)."""
    many: frozenset[str] = frozenset()
    """Keys, in lower case, that a set operator is used on: those we do not know may then hold several values."""
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values to put in for policy variables besides the constants, where a search is pinned to them."""

    def is_many(self, key: str) -> bool:
        """Whether the key can hold several values."""
        return is_multivalued(key) or (key in self.many and not is_known_key(key))


ANY_REQUEST = Setting()


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
    box = Box()
    for condition in statement.conditions:
        constrained = _constrained(box, condition, policy, statement.effect, setting)
        if constrained is None:
            return ()
        box = constrained
    callers = covers_caller(statement.principals, statement.effect)
    joined = (caller & box for caller in callers) if box.keys or not box.exact else callers
    return tuple(each for each in map(_with_account, joined) if not each.is_plainly_empty())


def _with_account(box: Box) -> Box:
    """The box, saying outright in which accounts its callers are, where their ARNs say it anyway."""
    for key in (ARN, SESSION):
        values = box.keys.get(key)
        if values is not None and not values.absent and (accounts := values.bound.text.accounts()) is not None:
            box = box & Box({ACCOUNT: KeySet(False, ValueSet(just(accounts)))})
    return box


def _constrained(box: Box, condition: Condition, policy: Policy, effect: Effect, setting: Setting) -> Box | None:
    """The part of the box where the condition holds; None where it never does."""
    key = condition.key.lower()
    wordings = _wordings(condition, policy, setting)
    meaning = operators.condition_holds(condition, wordings, effect, many=setting.is_many(key))
    if key in setting.constants:
        return box if setting.constants[key] in meaning.values else None
    dimension, values = read_from(key, meaning.values)
    return box & Box({dimension: values}, exact=meaning.exact or effect is Effect.DENY)


def read_from(key: str, values: KeySet) -> tuple[str, KeySet]:
    """The dimension that a key is read from, and what it holds there."""
    match key:
        case "aws:principalisawsservice" | "aws:principaltype":
            return KIND, KeySet(False, texts(AnyOf(frozenset(_kinds(key, values)))))
        case "aws:principalservicename" | "aws:principalservicenameslist":
            return SERVICE, _as_single(values)
        case "kms:calleraccount":
            return ACCOUNT, _with_anonymous(values)
        case _:
            return key, values


def _kinds(key: str, values: KeySet) -> Iterable[str]:
    """The kinds of caller for which the key holds one of the values."""
    for kind in CallerKind:
        example = {KIND: (kind.value,), SERVICE: ("any",), "aws:principalarn": ("arn:aws:iam::1:user/any",)}
        caller = caller_at({k: v for k, v in example.items() if k == KIND or (kind.value in SIGNED) == (k != SERVICE)})
        if derived_keys(caller).get(key, ()) in values:
            yield kind.value


def _as_single(values: KeySet) -> KeySet:
    bound = values.bound
    for demand in values.demands:
        bound &= demand
    return KeySet(values.absent, bound)


def _with_anonymous(values: KeySet) -> KeySet:
    """`kms:CallerAccount` is absent where `aws:PrincipalAccount` says `anonymous`."""
    nobody = AnyOf(frozenset((ANONYMOUS_ACCOUNT,)))
    text = values.bound.text
    if not values.absent:
        return KeySet(False, ValueSet(text & none_of(nobody)))
    if text.values is not None:
        return KeySet(True, ValueSet(just((*text.values, ANONYMOUS_ACCOUNT))))
    return KeySet(True, ValueSet(TextSet(tuple(union | nobody for union in text.all_of), text.none_of)))


def _wordings(condition: Condition, policy: Policy, setting: Setting) -> list[Wording]:
    if not policy.has_variables or condition.operator.name not in TAKES_VARIABLES:
        return [Wording(value) for value in condition.values]
    worded = (fill_in(value, setting) for value in condition.values)
    return [wording for wording in worded if wording is not None]


_VARIABLE = re.compile(r"\$\{([^,}]*)(?:,\s*'([^']*)')?\s*\}")
_SPECIAL = re.compile(r"([*?$])")


def fill_in(text: str, setting: Setting) -> Wording | None:
    """The text with its policy variables filled in as far as they are known; None where one is undefined."""
    if "${" not in text:
        return Wording(text, escapes=True)
    pieces: list[str] = []
    end, is_open = 0, False
    for found in _VARIABLE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        name = found[1].strip().lower()
        if name in ("*", "?", "$"):
            pieces.append(found[0])
            continue
        values = setting.constants.get(name, setting.variables.get(name))
        if values is None:
            pieces.append("*")
            is_open = True
        elif len(values) == 1 or found[2] is not None:
            pieces.append(_SPECIAL.sub(r"${\1}", values[0] if len(values) == 1 else found[2]))
        else:
            return None
    return Wording("".join((*pieces, text[end:])), escapes=True, is_open=is_open)


def variables_of(policy: Policy) -> frozenset[str]:
    """The keys, in lower case, that the policy's variables name."""
    if not policy.has_variables:
        return frozenset()
    texts_ = (value for statement in policy.statements for c in statement.conditions for value in c.values)
    patterns = (
        member.text
        for statement in policy.statements
        for member in (statement.resources.members if statement.resources else ())
    )
    found = (match[1].strip().lower() for text in (*texts_, *patterns) for match in _VARIABLE.finditer(text))
    return frozenset(name for name in found if name not in ("*", "?", "$"))


def covers_resource(policy: Policy, statement: Statement, setting: Setting = ANY_REQUEST) -> KeySet | None:
    """What the resource may be for the statement to apply; None where it may be anything."""
    match statement.resources:
        case None:
            return None
        case Only(members):
            union = _resources(members, policy, setting, wider=statement.effect is Effect.ALLOW)
            return KeySet(False, texts(union))
        case AllBut(members):
            union = _resources(members, policy, setting, wider=statement.effect is Effect.DENY)
            return KeySet(False, ValueSet(none_of(union)))


def _resources(members: tuple[Pattern, ...], policy: Policy, setting: Setting, *, wider: bool) -> AnyOf:
    """The union of the patterns; one with a variable left open is made wider, or left out."""
    values: list[str] = []
    patterns: list[Wild] = []
    for member in members:
        wording = fill_in(member.text, setting) if policy.has_variables else Wording(member.text)
        if wording is None or (wording.is_open and not wider):
            continue
        if _is_plain(wording.text):
            values.append(wording.plain)
        else:
            make = arn_like if wording.text.startswith("arn:") else glob
            patterns.append(make(wording.text, escapes=wording.escapes))
    return AnyOf(frozenset(values), patterns=tuple(patterns))


def covers_action(scope: Scope) -> KeySet:
    """What the action may be, in any case of letters."""
    patterns = tuple(
        literal(member.text, fold=True) if _is_plain(member.text) else glob(member.text, fold=True, escapes=False)
        for member in scope.members
    )
    union = AnyOf(patterns=patterns)
    match scope:
        case Only():
            return KeySet(False, ValueSet(any_of(union)))
        case AllBut():
            return KeySet(False, ValueSet(none_of(union)))


def _is_plain(text: str) -> bool:
    return "*" not in text and "?" not in text


def is_allowed(policy: Policy, setting: Setting = ANY_REQUEST) -> tuple[list[Box], list[Box]]:
    """A policy as boxes: what its Allow statements apply to, and what its Deny statements refuse."""
    boxes: dict[Effect, list[Box]] = {Effect.ALLOW: [], Effect.DENY: []}
    for statement in policy.statements:
        scope: dict[str, KeySet] = {ACTION: covers_action(statement.actions)}
        if (resource := covers_resource(policy, statement, setting)) is not None:
            scope[RESOURCE] = resource
        boxes[statement.effect] += (Box(scope) & box for box in statement_applies(policy, statement, setting))
    return boxes[Effect.ALLOW], boxes[Effect.DENY]


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
        ACTION: request.action,
        RESOURCE: request.resource,
    }
    return {**request.context, **{key: (value,) for key, value in own.items() if value is not None}}
