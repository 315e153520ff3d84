"""Characters that the strings of SMT-LIB do not have, written as others that a question does not use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from itertools import islice
from typing import TypeVar

from ringwall.policy.ast import Span
from ringwall.policy.request import Request
from ringwall.reasoning.question import Question
from ringwall.reasoning.smt_terms import LAST_CHARACTER

Node = TypeVar("Node")

_PRIVATE = range(0xE000, 0xF900)
"""Characters without a meaning, and without upper and lower case."""


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How foreign characters are written. To a policy they are all alike: none has a case, none is a wildcard."""

    written_as: Mapping[str, str]

    def written(self, question: Question) -> Question:
        """The question without foreign characters."""
        return _translated(question, self.written_as)

    def written_request(self, request: Request) -> Request:
        """The request without foreign characters."""
        return _translated(request, self.written_as)

    def restored(self, request: Request) -> Request:
        """The request with its foreign characters again."""
        return _translated(request, {other: character for character, other in self.written_as.items()})


def alphabet_of(question: Question, request: Request | None) -> Alphabet:
    """How the characters of a question, and of a request, are written."""
    used = {character for text in _texts((question, request)) if not text.isascii() for character in text}
    foreign = sorted(character for character in used if ord(character) > LAST_CHARACTER)
    free = (chr(code) for code in _PRIVATE if chr(code) not in used)
    return Alphabet(dict(zip(foreign, islice(free, len(foreign)), strict=True)))


def _texts(node: object) -> Iterator[str]:
    match node:
        case str():
            yield node
        case Mapping():
            for key, value in node.items():
                yield from _texts(key)
                yield from _texts(value)
        case tuple() | list():
            for each in node:
                yield from _texts(each)
        case _ if is_dataclass(node):
            for each in fields(node):
                yield from _texts(getattr(node, each.name))
        case _:
            pass


def _translated(node: Node, table: Mapping[str, str]) -> Node:
    return _rewritten(node, str.maketrans(dict(table))) if table else node


def _rewritten(node: Node, table: Mapping[int, str]) -> Node:
    found: object
    match node:
        case str():
            found = node.translate(table)
        case Mapping():
            found = {_rewritten(key, table): _rewritten(value, table) for key, value in node.items()}
        case Span() | Enum() | None:
            found = node
        case tuple():
            found = tuple(_rewritten(each, table) for each in node)
        case _ if is_dataclass(node) and not isinstance(node, type):
            found = replace(node, **{each.name: _rewritten(getattr(node, each.name), table) for each in fields(node)})
        case _:
            found = node
    return found  # type: ignore[return-value] # the same kind of node came out
