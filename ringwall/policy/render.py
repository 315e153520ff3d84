"""Syntax tree back to canonical JSON: our spelling and order of elements, single values without a list around them."""

from __future__ import annotations

import json
from collections import Counter

from ringwall.errors import UsageError
from ringwall.policy.ast import (
    AllBut,
    Condition,
    Only,
    Operator,
    Policy,
    Principal,
    PrincipalScope,
    PrincipalType,
    Scope,
    Statement,
)

Json = str | list[str] | dict[str, str | list[str]] | dict[str, dict[str, str | list[str]]]


def render_policy(policy: Policy, indent: int | None = None) -> str:
    """The policy as JSON text, `indent` spaces a level, in one line without; it parses to the same tree.

    One thing can change in a tree that did not come from text: principals of one kind are put together.

    Raises:
        UsageError: a statement repeats one condition key under one operator more often than JSON can say.
    """
    document: dict[str, str | list[dict[str, Json]]] = {}
    if policy.version is not None:
        document["Version"] = policy.version
    if policy.id is not None:
        document["Id"] = policy.id
    document["Statement"] = [_statement(statement) for statement in policy.statements]
    return json.dumps(document, indent=indent, ensure_ascii=False)


def render_statement(statement: Statement, indent: int | None = None) -> str:
    """One statement, as `render_policy` has it."""
    return json.dumps(_statement(statement), indent=indent, ensure_ascii=False)


def _statement(statement: Statement) -> dict[str, Json]:
    elements: dict[str, Json] = {}
    if statement.sid is not None:
        elements["Sid"] = statement.sid
    elements["Effect"] = statement.effect.value
    if statement.principals is not None:
        elements[_element("Principal", statement.principals)] = _principals(statement.principals.members)
    elements[_element("Action", statement.actions)] = _patterns(statement.actions)
    if statement.resources is not None:
        elements[_element("Resource", statement.resources)] = _patterns(statement.resources)
    if statement.conditions:
        elements["Condition"] = _conditions(statement.conditions)
    return elements


def _element(name: str, scope: Scope | PrincipalScope) -> str:
    match scope:
        case Only():
            return name
        case AllBut():
            return f"Not{name}"


def _patterns(scope: Scope) -> str | list[str]:
    return _one_or_list([pattern.text for pattern in scope.members])


def _principals(principals: tuple[Principal, ...]) -> str | dict[str, str | list[str]]:
    if principals == (Principal(PrincipalType.AWS, "*"),):
        return "*"
    values: dict[str, list[str]] = {}
    for principal in principals:
        values.setdefault(principal.type.value, []).append(principal.value)
    return {kind: _one_or_list(named) for kind, named in values.items()}


def _conditions(conditions: tuple[Condition, ...]) -> dict[str, dict[str, str | list[str]]]:
    """One block for each run of conditions with one operator: what would be a key twice starts another block."""
    blocks: dict[str, dict[str, str | list[str]]] = {}
    block: dict[str, str | list[str]] = {}
    last: Operator | None = None
    repetitions: Counter[Operator] = Counter()
    for condition in conditions:
        if condition.operator != last or condition.key in block:
            last, block = condition.operator, {}
            blocks[_spelling(last, repetitions[last])] = block
            repetitions[last] += 1
        block[condition.key] = _one_or_list(list(condition.values))
    return blocks


def _spelling(operator: Operator, repetition: int) -> str:
    """A spelling of the operator for each repetition of it, the usual one first; they differ in the case of letters."""
    spelling = str(operator)
    if repetition == 0:
        return spelling
    letters = [index for index, character in enumerate(spelling) if character.isalpha()]
    if repetition >> len(letters):
        raise UsageError(f"operator `{spelling}` cannot be written {repetition + 1} times in one statement: split it")
    swapped = {letter for bit, letter in enumerate(letters) if repetition >> bit & 1}
    return "".join(each.swapcase() if index in swapped else each for index, each in enumerate(spelling))


def _one_or_list(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
