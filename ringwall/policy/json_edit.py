"""Edits of JSON text that leave everything else as it was written: what is taken out, put in or replaced, by spans."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ringwall.policy.json_text import JsonReader

_LINE_START = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the text, from `start` to `end` (exclusive), and what it holds, if it is an object or a list."""

    start: int
    end: int
    entries: tuple[Entry, ...] | None = None
    """None for what holds nothing: a text, a number, true, false or null."""

    def find(self, key: str) -> Node | None:
        """The value of the member `key`, whose case does not matter: policies are read so."""
        return next((each.value for each in self.entries or () if each.key.lower() == key.lower()), None)

    def holding(self, offset: int) -> int | None:
        """Which entry the character at `offset` belongs to."""
        entries = enumerate(self.entries or ())
        return next((index for index, each in entries if each.start <= offset < each.value.end), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of an object, or an item of a list, whose key is empty. It starts where its key does."""

    key: str
    start: int
    value: Node


class Change(NamedTuple):
    """What stands between two offsets gives way to a text."""

    start: int
    end: int
    text: str


def read_tree(text: str) -> Node:
    """Where every value of the text stands.

    Raises:
        PolicyError: it is not JSON.
    """
    reader = JsonReader(text)
    tree = _read(reader)
    reader.finish()
    return tree


def _read(reader: JsonReader) -> Node:
    start = reader.at
    if reader.starts("{"):
        members = tuple([Entry(key, offset, _read(reader)) for key, offset in reader.members()])
        return Node(start, reader.end, members)
    if reader.starts("["):
        items = []
        for _ in reader.items():
            offset = reader.at
            items.append(Entry("", offset, _read(reader)))
        return Node(start, reader.end, tuple(items))
    reader.raw()
    return Node(start, reader.end)


def changed(text: str, *changes: Change) -> str:
    """The text with all the changes made, which do not overlap."""
    for change in sorted(changes, reverse=True):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def without(text: str, node: Node, gone: Collection[int]) -> Change:
    """Takes entries out of an object or a list. What is left keeps its line breaks and its indentation."""
    entries = node.entries or ()
    kept = [index for index in range(len(entries)) if index not in gone]
    if not kept:
        return Change(node.start + 1, node.end - 1, "")
    written = [text[node.start + 1 : entries[0].start]]
    for place, index in enumerate(kept):
        if place:
            written.append(text[entries[index - 1].value.end : entries[index].start])
        written.append(text[entries[index].start : entries[index].value.end])
    return Change(node.start + 1, entries[-1].value.end, "".join(written))


def with_item(text: str, node: Node, value: Any) -> Change:
    """Puts an item at the end of a list, laid out like the one before it."""
    return _appended(text, node, "", value)


def with_member(text: str, node: Node, key: str, value: Any) -> Change:
    """Puts a member at the end of an object, laid out like the one before it."""
    return _appended(text, node, key, value)


def _appended(text: str, node: Node, key: str, value: Any) -> Change:
    entries = node.entries or ()
    if not entries:
        return Change(node.start + 1, node.end - 1, _member(text, key, value, "", of_lines=False))
    last = entries[-1]
    written = _member(text, key, value, indentation_at(text, last.start), of_lines=_has_lines(text, node, last))
    return Change(last.value.end, last.value.end, _separator(text, node) + written)


def _separator(text: str, node: Node) -> str:
    """What stands between two entries of the object or list; where it has one only, what would."""
    entries = node.entries or ()
    if len(entries) > 1:
        return text[entries[-2].value.end : entries[-1].start]
    before = text[node.start + 1 : entries[0].start]
    return f",{before}" if before or not is_spaced(text) else ", "


def _has_lines(text: str, node: Node, last: Entry) -> bool:
    """Whether a new entry is written in several lines: as the last one is, or as the object around it is."""
    written = text[last.start : last.value.end]
    return "\n" in written or (last.value.entries is None and "\n" in text[node.start : last.start])


def _member(text: str, key: str, value: Any, indentation: str, *, of_lines: bool) -> str:
    colon = ": " if is_spaced(text) else ":"
    written = written_like(text, value, indentation, of_lines=of_lines)
    return f"{json.dumps(key, ensure_ascii=False)}{colon}{written}" if key else written


def written_like(text: str, value: Any, indentation: str = "", *, of_lines: bool) -> str:
    """A new value in the style of the text: in several lines, each with the indentation before it, or in one."""
    if not of_lines:
        marks = (", ", ": ") if is_spaced(text) else (",", ":")
        return json.dumps(value, separators=marks, ensure_ascii=False)
    lines = json.dumps(value, indent=_unit(text), ensure_ascii=False).split("\n")
    return f"\n{indentation}".join(lines)


def is_spaced(text: str) -> bool:
    """Whether the text has spaces behind its colons."""
    return re.search(r'^\ufeff?\s*\{\s*"[^"]*"\s*:\s', text) is not None


def _unit(text: str) -> str:
    """By how much each level is indented: as the first indented line is."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else "  "


def indentation_at(text: str, offset: int) -> str:
    """The white space at the start of the line that `offset` is in."""
    start = text.rfind("\n", 0, offset) + 1
    found = _LINE_START.match(text, start)
    return found[0] if found else ""


def strings_of(text: str, nodes: Sequence[Node]) -> list[str]:
    """The values of nodes that are texts, numbers or flags: numbers and flags as they are written."""
    written = [text[node.start : node.end] for node in nodes]
    return [json.loads(each) if each.startswith('"') else each for each in written]
