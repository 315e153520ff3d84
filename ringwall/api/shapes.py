"""Reads values against the shapes of the service model: what comes in is checked and parsed in one pass.

A shape is turned into a function once, when the program starts; a request then costs a few calls of functions. All that
is wrong is collected, in AWS's words, so that the caller can mend it at once. Members that the model does not know are
ignored, as AWS ignores them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

_DOCUMENT_DEPTH = 32
# PostgreSQL takes no NUL in a text, and nothing takes half a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_RANGES = {"integer": 31, "long": 63}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one member of a request."""

    path: str
    """Of the member, such as `filter.status.eq[0]`."""
    message: str


Reader = Callable[[Any, str, list[Problem]], Any]
"""From a value, as JSON or already parsed, and its path to the parsed value; adds what is wrong to the list."""


@dataclass(slots=True)
class Readers:
    """The readers of the shapes, each made once."""

    _known: dict[str, Reader] = field(default_factory=dict)

    def of(self, shape: Any) -> Reader:
        """The reader of a shape of botocore's model."""
        name = shape.name
        if name not in self._known:
            # A shape that contains itself finds this while it is being made.
            self._known[name] = partial(self._read, name)
            self._known[name] = _MAKERS[shape.type_name](shape, self)
        return self._known[name]

    def _read(self, name: str, value: Any, path: str, problems: list[Problem]) -> Any:
        return self._known[name](value, path, problems)


def _structure(shape: Any, readers: Readers) -> Reader:
    if getattr(shape, "is_document_type", False):
        return _read_document
    members = [(name, readers.of(member)) for name, member in shape.members.items()]
    required = tuple(shape.required_members)
    is_union = shape.is_tagged_union

    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, Mapping):
            return _refuse(problems, path, "Member must be an object")
        start = f"{path}." if path else ""
        given = [(name, reader) for name, reader in members if value.get(name) is not None]
        result = {name: reader(value[name], start + name, problems) for name, reader in given}
        for name in required:
            if name not in result:
                _refuse(problems, start + name, "Member must not be null")
        if is_union and len(result) != 1:
            _refuse(problems, path, "Exactly one member must be set")
        return result

    return read


def _list(shape: Any, readers: Readers) -> Reader:
    member = readers.of(shape.member)
    check_length = _length_check(shape)

    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            return _refuse(problems, path, "Member must be a list")
        check_length(value, path, problems)
        return [member(each, f"{path}[{index}]", problems) for index, each in enumerate(value)]

    return read


def _map(shape: Any, readers: Readers) -> Reader:
    read_key, read_value = readers.of(shape.key), readers.of(shape.value)
    check_length = _length_check(shape)

    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, Mapping):
            return _refuse(problems, path, "Member must be an object")
        check_length(value, path, problems)
        start = f"{path}." if path else ""
        return {
            read_key(key, f"{start}{key}", problems): read_value(each, f"{start}{key}", problems)
            for key, each in value.items()
            if each is not None
        }

    return read


def _string(shape: Any, readers: Readers) -> Reader:  # noqa: ARG001 - as the others
    pattern = re.compile(shape.metadata["pattern"]) if "pattern" in shape.metadata else None
    enum = frozenset(shape.enum)
    check_length = _length_check(shape)

    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, str):
            return _refuse(problems, path, "Member must be a string")
        check_length(value, path, problems)
        if _UNSTORABLE.search(value):
            _refuse(problems, path, "Member must not contain NUL characters or lone surrogates")
        if pattern is not None and not pattern.fullmatch(value):
            _refuse(problems, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")
        if enum and value not in enum:
            _refuse(problems, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        return value

    return read


def _integer(shape: Any, readers: Readers) -> Reader:  # noqa: ARG001 - as the others
    bits = _RANGES[shape.type_name]
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        if not isinstance(value, int) or isinstance(value, bool) or not -(1 << bits) <= value < (1 << bits):
            return _refuse(problems, path, f"Member must be an {shape.type_name}")
        if least is not None and value < least:
            _refuse(problems, path, f"Member must have value greater than or equal to {least}")
        if most is not None and value > most:
            _refuse(problems, path, f"Member must have value less than or equal to {most}")
        return value

    return read


def _boolean(shape: Any, readers: Readers) -> Reader:  # noqa: ARG001 - as the others
    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        return value if isinstance(value, bool) else _refuse(problems, path, "Member must be a boolean")

    return read


def _timestamp(shape: Any, readers: Readers) -> Reader:  # noqa: ARG001 - as the others
    def read(value: Any, path: str, problems: list[Problem]) -> Any:
        try:
            return time_of(value)
        except (ValueError, OverflowError, OSError):
            return _refuse(problems, path, "Member must be a timestamp in ISO 8601")

    return read


def time_of(value: Any) -> datetime:
    """A time in UTC, of its ISO 8601 text (UTC where it names no zone), of seconds since 1970, or of itself.

    Raises:
        ValueError, OverflowError, OSError: it is none of these, or outside what a computer can count.
    """
    match value:
        case datetime():
            time = value
        case str():
            time = datetime.fromisoformat(value)
        case bool():
            raise ValueError("a boolean is no time")
        case int() | float():
            return datetime.fromtimestamp(value, UTC)
        case _:
            raise ValueError("no time")
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _read_document(value: Any, path: str, problems: list[Problem]) -> Any:
    """A JSON object, within limits: its texts and numbers can be stored, and it is no tower of brackets."""
    if not isinstance(value, Mapping) or not _is_storable(value, _DOCUMENT_DEPTH):
        _refuse(problems, path, f"Member must be a JSON object without NUL, at most {_DOCUMENT_DEPTH} levels deep")
    return value


def _is_storable(value: Any, depth: int) -> bool:
    match value:
        case str():
            return not _UNSTORABLE.search(value)
        case Mapping():
            return depth > 0 and all(_is_storable(k, 0) and _is_storable(v, depth - 1) for k, v in value.items())
        case list() | tuple():
            return depth > 0 and all(_is_storable(each, depth - 1) for each in value)
        case int():
            return -(1 << 63) <= value < (1 << 64)
        case _:
            return value is None or isinstance(value, float)


def _length_check(shape: Any) -> Callable[[Collection[Any], str, list[Problem]], None]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")

    def check(value: Collection[Any], path: str, problems: list[Problem]) -> None:
        if len(value) < least:
            _refuse(problems, path, f"Member must have length greater than or equal to {least}")
        if most is not None and len(value) > most:
            _refuse(problems, path, f"Member must have length less than or equal to {most}")

    return check


def _refuse(problems: list[Problem], path: str, message: str) -> None:
    problems.append(Problem(path, message))


_MAKERS: dict[str, Callable[[Any, Readers], Reader]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
