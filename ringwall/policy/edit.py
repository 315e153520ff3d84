"""Edits of a policy's text: principals, actions, resources, values, conditions and statements come or go.

Whatever an edit is not about stays as it was written: order, spelling, white space. An edit that cannot be made, such as
taking out the only principal of a statement, gives None; none of them ever leaves an empty list behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringwall.policy.ast import Condition, Policy, Principal
from ringwall.policy.json_edit import (
    Change,
    Node,
    changed,
    indentation_at,
    is_spaced,
    read_tree,
    strings_of,
    with_item,
    with_member,
    without,
    written_like,
)
from ringwall.policy.json_text import position
from ringwall.policy.parse import parse_policy

Json = Mapping[str, Any]

_ACTION = ('"Action":', '"Action": ')


@dataclass(frozen=True)
class PolicyText:
    """The text of a policy, what it says, and where."""

    text: str
    policy: Policy
    tree: Node

    @property
    def is_alone(self) -> bool:
        """Whether there is one statement only."""
        return len(self.policy.statements) == 1

    def _statement(self, index: int) -> Node:
        statements = self._statements
        return statements.entries[index].value if self._is_list and statements.entries else statements

    @property
    def _statements(self) -> Node:
        found = self.tree.find("Statement")
        assert found is not None, "every policy has statements"
        return found

    @property
    def _is_list(self) -> bool:
        return self.text.startswith("[", self._statements.start)

    def line_of(self, index: int) -> int:
        """The line, counted from 1, on which a statement starts."""
        return position(self.text, self._statement(index).start)[0]

    def without_statements(self, gone: Collection[int]) -> str | None:
        """The text without some of its statements; None where there would be no other."""
        if not self._is_list or len(gone) >= len(self.policy.statements):
            return None
        return changed(self.text, without(self.text, self._statements, gone))

    def with_statement(self, statement: Json) -> str:
        """The text with another statement behind its last."""
        if self._is_list:
            return changed(self.text, with_item(self.text, self._statements, statement))
        start, end = self._statements.start, self._statements.end
        old = self.text[start:end]
        indentation = indentation_at(self.text, start)
        new = written_like(self.text, statement, indentation, of_lines="\n" in old)
        between = ", " if is_spaced(self.text) else ","
        return f"{self.text[:start]}[{old}{between}{new}]{self.text[end:]}"

    def with_effect(self, index: int, effect: str) -> str | None:
        """The text with another effect of a statement."""
        node = self._statement(index).find("Effect")
        return f'{self.text[: node.start]}"{effect}"{self.text[node.end :]}' if node else None

    def without_principals(self, index: int, is_gone: Callable[[Principal], bool]) -> str | None:
        """The text without some of the principals that a statement names."""
        scope, node = self.policy.statements[index].principals, self._statement(index).find("Principal")
        if scope is None or node is None or not node.entries:
            return None
        gone = [each.span.start for each in scope.members if is_gone(each)]
        if not gone or len(gone) == len(scope.members):
            return None
        return changed(self.text, _thinned(self.text, node, gone))

    def without_patterns(self, index: int, element: str, is_gone: Callable[[str], bool]) -> str | None:
        """The text without some of the patterns of `Action` or `Resource` of a statement."""
        node = self._statement(index).find(element)
        return self._without_items(node, is_gone) if node else None

    def with_actions(self, index: int, patterns: Sequence[str]) -> str:
        """The text with other actions of a statement, of which there is one at least; `NotAction` becomes `Action`."""
        statement = self._statement(index)
        entry = next(each for each in statement.entries or () if each.key.lower() in ("action", "notaction"))
        old, around = entry.value, self.text[statement.start : statement.end]
        value = patterns[0] if old.entries is None and len(patterns) == 1 else list(patterns)
        of_lines = "\n" in (around if old.entries is None else self.text[old.start : old.end])
        key = self.text[entry.start : old.start] if entry.key.lower() == "action" else _ACTION[is_spaced(self.text)]
        new = written_like(self.text, value, indentation_at(self.text, entry.start), of_lines=of_lines)
        return f"{self.text[: entry.start]}{key}{new}{self.text[old.end :]}"

    def without_values(self, index: int, condition: Condition, is_gone: Callable[[str], bool]) -> str | None:
        """The text without some of the values of one condition of a statement."""
        node = self._operand(index, condition)
        return self._without_items(node, is_gone) if node else None

    def _operand(self, index: int, condition: Condition) -> Node | None:
        """What stands behind the key of a condition, which starts where the key does."""
        block = self._statement(index).find("Condition")
        operands = (operand for each in (block.entries or () if block else ()) for operand in each.value.entries or ())
        return next((each.value for each in operands if each.start == condition.span.start), None)

    def _without_items(self, node: Node, is_gone: Callable[[str], bool]) -> str | None:
        values = strings_of(self.text, [each.value for each in node.entries or ()])
        gone = {place for place, value in enumerate(values) if is_gone(value)}
        if not gone or len(gone) == len(values):
            return None
        return changed(self.text, without(self.text, node, gone))

    def with_condition(self, index: int, operator: str, key: str, values: tuple[str, ...]) -> str | None:
        """The text with one condition more of a statement; None where the statement asks that of the key already."""
        statement = self._statement(index)
        value: str | list[str] = values[0] if len(values) == 1 else list(values)
        if (block := statement.find("Condition")) is None:
            return changed(self.text, with_member(self.text, statement, "Condition", {operator: {key: value}}))
        if (operands := block.find(operator)) is None:
            return changed(self.text, with_member(self.text, block, operator, {key: value}))
        if operands.find(key) is not None:
            return None
        return changed(self.text, with_member(self.text, operands, key, value))


def _thinned(text: str, principals: Node, gone: Collection[int]) -> Change:
    """Takes out the principals that start at some offsets; kinds of which none is left go as well."""
    empty: set[int] = set()
    changes: list[Change] = []
    for place, kind in enumerate(principals.entries or ()):
        items = kind.value.entries
        starts = [kind.value.start] if items is None else [each.start for each in items]
        some = {index for index, start in enumerate(starts) if start in gone}
        if len(some) == len(starts):
            empty.add(place)
        elif some:
            changes.append(without(text, kind.value, some))
    inner = changed(text, *changes)
    element = inner[principals.start : principals.end + len(inner) - len(text)]
    whole = changed(element, without(element, read_tree(element), empty)) if empty else element
    return Change(principals.start, principals.end, whole)


def policy_text(text: str) -> PolicyText:
    """A policy's text, ready to be edited.

    Raises:
        PolicyError: it is not a policy.
    """
    return PolicyText(text, parse_policy(text), read_tree(text))
