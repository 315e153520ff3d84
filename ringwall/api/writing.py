"""Writes outputs in the shapes of the service model, and hides what the model calls sensitive.

As in `shapes`, each shape is turned into a function once. `None` marks a shape whose values are written as they are;
times are among them, because the JSON encoder writes them as ISO 8601 texts faster than we could.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Writer = Callable[[Any], Any]
StructureWriter = Callable[[Mapping[str, Any]], dict[str, Any]]

HIDDEN = "***"
"""Stands for a sensitive value."""


def writer_of(shape: Any | None) -> StructureWriter:
    """Writes what an operation answers: the members that the model knows and that are there."""
    return _structure(shape, _as_it_is) if shape is not None else dict


def redactor_of(shape: Any | None) -> StructureWriter:
    """Writes a request for the audit log: as an output, without the values that the model calls sensitive."""
    return _structure(shape, _hidden_if_sensitive) if shape is not None else dict


def _as_it_is(shape: Any) -> None:  # noqa: ARG001 - as the other
    return None


def _hidden_if_sensitive(shape: Any) -> Writer | None:
    return (lambda _: HIDDEN) if shape.metadata.get("sensitive") else None


def _writer(shape: Any, scalar: Callable[[Any], Writer | None]) -> Writer | None:
    match shape.type_name:
        case "structure":
            return None if getattr(shape, "is_document_type", False) else _structure(shape, scalar)
        case "list":
            return _list(_writer(shape.member, scalar))
        case "map":
            return _map(_writer(shape.value, scalar))
        case _:
            return scalar(shape)


def _structure(shape: Any, scalar: Callable[[Any], Writer | None]) -> StructureWriter:
    writers = {name: _writer(member, scalar) for name, member in shape.members.items()}
    plain = frozenset(name for name, writer in writers.items() if writer is None)
    deep = {name: writer for name, writer in writers.items() if writer is not None}

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        if value.keys() <= plain and None not in value.values():
            # As most are, and a page has a hundred of them.
            return dict(value)
        result = {name: given for name, given in value.items() if given is not None and name in plain}
        for name, write_member in deep.items():
            if (given := value.get(name)) is not None:
                result[name] = write_member(given)
        return result

    return write


def _list(member: Writer | None) -> Writer | None:
    return None if member is None else lambda value: [member(each) for each in value]


def _map(member: Writer | None) -> Writer | None:
    return None if member is None else lambda value: {key: member(each) for key, each in value.items()}
