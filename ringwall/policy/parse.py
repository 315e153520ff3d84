"""JSON text to syntax tree, with positions: the one place that meets "a string or a list of them".

Names of elements, of kinds of principal and of operators are matched without regard to case, and two that differ
only in case are one name twice; condition keys and operators that differ only in case are all kept, and all must hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from ringwall.errors import PolicyError
from ringwall.policy.ast import (
    AllBut,
    Condition,
    Effect,
    Only,
    Operator,
    Pattern,
    Policy,
    Principal,
    PrincipalScope,
    PrincipalType,
    Quantifier,
    Scope,
    Span,
    Statement,
)
from ringwall.policy.conditions import OPERATORS
from ringwall.policy.json_text import JsonReader, position, shorten

__all__ = ["parse_policy", "position"]


def parse_policy(text: str) -> Policy:
    """The syntax tree of a policy document; its spans are character offsets in `text`, quotes and braces included.

    Raises:
        PolicyError: `text` is not JSON, or not a policy; the error names line, column and JSON path.
    """
    reader = JsonReader(text)
    policy = _read_policy(reader)
    reader.finish()
    return policy


@dataclass(slots=True)
class _PolicyDraft:
    """What has been read of a policy so far."""

    statements: tuple[Statement, ...] | None = None
    version: str | None = None
    id: str | None = None


@dataclass(slots=True)
class _StatementDraft:
    """What has been read of a statement so far."""

    effect: Effect | None = None
    actions: Scope | None = None
    principals: PrincipalScope | None = None
    resources: Scope | None = None
    conditions: list[Condition] = field(default_factory=list)
    sid: str | None = None


def _read_policy(reader: JsonReader) -> Policy:
    start = reader.at
    draft = _PolicyDraft()
    seen: set[str] = set()
    for key, offset in reader.members():
        name = key.lower()
        if (read := _POLICY_ELEMENTS.get(name)) is None:
            raise reader.fault(offset, f"unknown element `{shorten(key)}`: a policy has Version, Id and Statement")
        if name in seen:
            raise _duplicate(reader, key, offset)
        seen.add(name)
        read(reader, draft)
    if draft.statements is None:
        raise reader.fault(start, "`Statement` is missing: a policy needs it")
    return Policy(draft.statements, draft.version, draft.id, Span(start, reader.end))


def _read_version(reader: JsonReader, draft: _PolicyDraft) -> None:
    start = reader.at
    draft.version = reader.string()
    if draft.version not in ("2012-10-17", "2008-10-17"):
        raise reader.fault(start, f"unknown version `{shorten(draft.version)}`: write `2012-10-17` or `2008-10-17`")


def _read_id(reader: JsonReader, draft: _PolicyDraft) -> None:
    draft.id = reader.string()


def _read_statements(reader: JsonReader, draft: _PolicyDraft) -> None:
    if reader.starts("{"):
        draft.statements = (_read_statement(reader),)
    elif reader.starts("["):
        draft.statements = tuple([_read_statement(reader) for _ in reader.items()])
    else:
        raise reader.unexpected("a statement or a list of statements")


_POLICY_ELEMENTS: dict[str, Callable[[JsonReader, _PolicyDraft], None]] = {
    "version": _read_version,
    "id": _read_id,
    "statement": _read_statements,
}


def _read_statement(reader: JsonReader) -> Statement:
    start = reader.at
    draft = _StatementDraft()
    seen: set[str] = set()
    for key, offset in reader.members():
        name = key.lower()
        if (read := _STATEMENT_ELEMENTS.get(name)) is None:
            raise reader.fault(offset, f"unknown element `{shorten(key)}`: {_STATEMENT_HINT}")
        if name in seen:
            raise _duplicate(reader, key, offset)
        seen.add(name)
        if _OPPOSITES.get(name) in seen:
            raise reader.fault(offset, f"`{key}` beside its opposite: a statement has one of the two")
        read(reader, draft)
    return _finished(reader, draft, start)


def _finished(reader: JsonReader, draft: _StatementDraft, start: int) -> Statement:
    if draft.effect is None:
        raise reader.fault(start, "`Effect` is missing: a statement needs `Allow` or `Deny`")
    if draft.actions is None:
        raise reader.fault(start, "`Action` is missing: a statement needs `Action` or `NotAction`")
    return Statement(
        draft.effect,
        draft.actions,
        draft.principals,
        draft.resources,
        tuple(draft.conditions),
        draft.sid,
        Span(start, reader.end),
    )


def _duplicate(reader: JsonReader, key: str, offset: int) -> PolicyError:
    return reader.fault(offset, f"duplicate key `{shorten(key)}`: keep one of them")


def _read_sid(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.sid = reader.string()


def _read_effect(reader: JsonReader, draft: _StatementDraft) -> None:
    start = reader.at
    effect = reader.string()
    draft.effect = _EFFECTS.get(effect)
    if draft.effect is None:
        raise reader.fault(start, f"unknown effect `{shorten(effect)}`: write `Allow` or `Deny`")


def _read_principal(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.principals = Only(_read_principals(reader))


def _read_not_principal(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.principals = AllBut(_read_principals(reader))


def _read_action(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.actions = Only(_read_patterns(reader))


def _read_not_action(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.actions = AllBut(_read_patterns(reader))


def _read_resource(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.resources = Only(_read_patterns(reader))


def _read_not_resource(reader: JsonReader, draft: _StatementDraft) -> None:
    draft.resources = AllBut(_read_patterns(reader))


def _read_conditions(reader: JsonReader, draft: _StatementDraft) -> None:
    seen: set[str] = set()
    for name, offset in reader.members():
        if name in seen:
            raise _duplicate(reader, name, offset)
        seen.add(name)
        operator = _SPELLINGS.get(name) or _SPELLINGS.get(name.lower())
        if operator is None:
            raise reader.fault(offset, f"unknown condition operator `{shorten(name)}`: {_operator_hint(name)}")
        draft.conditions += _read_operands(reader, operator)


def _read_operands(reader: JsonReader, operator: Operator) -> list[Condition]:
    conditions: list[Condition] = []
    seen: set[str] = set()
    for key, start in reader.members():
        if key in seen:
            raise _duplicate(reader, key, start)
        seen.add(key)
        conditions.append(Condition(operator, key, reader.values(), Span(start, reader.end)))
    return conditions


def _operator_hint(name: str) -> str:
    prefix, colon, _ = name.partition(":")
    if colon and prefix.lower() not in ("forallvalues", "foranyvalue"):
        return "the set operators are `ForAllValues:` and `ForAnyValue:`"
    if name.lower().endswith("nullifexists"):
        return "`Null` takes no `IfExists`"
    return "write one of IAM's, such as `StringEquals`"


_STATEMENT_ELEMENTS: dict[str, Callable[[JsonReader, _StatementDraft], None]] = {
    "sid": _read_sid,
    "effect": _read_effect,
    "principal": _read_principal,
    "notprincipal": _read_not_principal,
    "action": _read_action,
    "notaction": _read_not_action,
    "resource": _read_resource,
    "notresource": _read_not_resource,
    "condition": _read_conditions,
}

_STATEMENT_HINT = "a statement has Sid, Effect, (Not)Principal, (Not)Action, (Not)Resource and Condition"

_EFFECTS = {effect.value: effect for effect in Effect}

_OPPOSITES = {
    "principal": "notprincipal",
    "notprincipal": "principal",
    "action": "notaction",
    "notaction": "action",
    "resource": "notresource",
    "notresource": "resource",
}


def _read_patterns(reader: JsonReader) -> tuple[Pattern, ...]:
    return tuple([Pattern(text, Span(start, end)) for text, start, end in reader.texts()])


def _read_principals(reader: JsonReader) -> tuple[Principal, ...]:
    if reader.starts('"'):
        return (_read_everyone(reader),)
    if not reader.starts("{"):
        raise reader.unexpected('`"*"` or an object such as `{"AWS": "…"}`')
    principals: list[Principal] = []
    seen: set[str] = set()
    for key, offset in reader.members():
        name = key.lower()
        if (kind := _PRINCIPAL_TYPES.get(name)) is None:
            raise reader.fault(offset, f"unknown kind of principal `{shorten(key)}`: {_PRINCIPAL_HINT}")
        if name in seen:
            raise _duplicate(reader, key, offset)
        seen.add(name)
        principals += [Principal(kind, text, Span(start, end)) for text, start, end in reader.texts()]
    return tuple(principals)


def _read_everyone(reader: JsonReader) -> Principal:
    start = reader.at
    if (text := reader.string()) != "*":
        raise reader.fault(start, f'principal `{shorten(text)}` without its kind: write `{{"AWS": "…"}}`')
    return Principal(PrincipalType.AWS, text, Span(start, reader.end))


_PRINCIPAL_TYPES = {kind.value.lower(): kind for kind in PrincipalType}
_PRINCIPAL_HINT = "the kinds are AWS, Service, Federated and CanonicalUser"


def _spellings() -> dict[str, Operator]:
    """Every operator with every modifier, under its own spelling and under its lower-case one."""
    operators = [
        Operator(name, quantifier, if_exists)
        for name, quantifier, if_exists in product(OPERATORS, (None, *Quantifier), (False, True))
        if not (name == "Null" and if_exists)
    ]
    return {spelling: operator for operator in operators for spelling in (str(operator), str(operator).lower())}


_SPELLINGS = _spellings()
