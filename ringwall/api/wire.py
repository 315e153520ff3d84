"""From an HTTP request to an operation's input, and from its output to JSON: AWS's protocol restJson1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

import msgspec
from botocore import xform_name

from ringwall.api.errors import RequestError, problems_error
from ringwall.api.model import extended_model
from ringwall.api.shapes import Problem, Reader, Readers
from ringwall.api.writing import StructureWriter, redactor_of, writer_of

_INTEGER = re.compile("-?[0-9]{1,20}")
_DECODER = msgspec.json.Decoder()
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came over the wire: nothing is decoded."""

    method: str
    path: str
    """Without the query."""
    query: str
    headers: Mapping[str, Sequence[str]]
    """By name in lower case; a header may stand several times."""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation, with all that its requests need, made once."""

    name: str
    function_name: str
    """In `service.operations`."""
    method: str
    uri: str
    """With its labels in braces."""
    read: Reader
    write: StructureWriter
    read_output: Reader | None
    redact: StructureWriter
    labels: Mapping[str, str]
    """From a label of the path to its member."""
    query: Mapping[str, tuple[str, Callable[[Sequence[str]], Any]]]
    """From a name in the query to its member, and how its texts are read."""
    body: frozenset[str]
    """The members that stand in the body."""
    token: str | None
    """The member that makes the request idempotent."""
    errors: frozenset[str]


@cache
def endpoints() -> Mapping[str, Endpoint]:
    """All operations of the extended model, by name."""
    model, readers = extended_model(), Readers()
    return {name: _endpoint(model.operation_model(name), readers) for name in model.operation_names}


def _endpoint(operation: Any, readers: Readers) -> Endpoint:
    members = operation.input_shape.members
    places = {name: shape.serialization.get("location", "body") for name, shape in members.items()}
    tokens = operation.idempotent_members
    return Endpoint(
        name=operation.name,
        function_name=xform_name(operation.name),
        method=operation.http["method"],
        uri=operation.http["requestUri"],
        read=readers.of(operation.input_shape),
        write=writer_of(operation.output_shape),
        read_output=readers.of(operation.output_shape) if operation.output_shape is not None else None,
        redact=redactor_of(operation.input_shape),
        labels={_wire_name(members[name], name): name for name, place in places.items() if place == "uri"},
        query={
            _wire_name(members[name], name): (name, _texts_reader(members[name]))
            for name, place in places.items()
            if place == "querystring"
        },
        body=frozenset(name for name, place in places.items() if place == "body"),
        token=tokens[0] if tokens else None,
        errors=frozenset(shape.name for shape in operation.error_shapes),
    )


def _wire_name(shape: Any, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _texts_reader(shape: Any) -> Callable[[Sequence[str]], Any]:
    read = _TEXT_READERS.get(shape.type_name, str)
    return list if shape.type_name == "list" else lambda texts: read(texts[0])


def _integer_of(text: str) -> int | str:
    """What is no number stays a text, which the shape then refuses."""
    return int(text) if _INTEGER.fullmatch(text) else text


_TEXT_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": _integer_of,
    "long": _integer_of,
    "boolean": lambda text: {"true": True, "false": False}.get(text, text),
}


def parse(endpoint: Endpoint, request: RawRequest, labels: Mapping[str, str]) -> dict[str, Any]:
    """The operation's input.

    Args:
        endpoint: the operation.
        request: as it came.
        labels: the parts of the path that stand for members, still encoded.

    Raises:
        RequestError: the request cannot be parsed, or its members are not what the model wants.
    """
    given = _body_of(request.body) if endpoint.body and request.body else {}
    values = {name: given[name] for name in endpoint.body & given.keys()}
    for name, texts in _query_of(request.query).items():
        if name in endpoint.query:
            member, read = endpoint.query[name]
            values[member] = read(texts)
    for label, text in labels.items():
        values[endpoint.labels[label]] = _decoded(text)
    return validate(endpoint, values)


def validate(endpoint: Endpoint, values: Mapping[str, Any]) -> dict[str, Any]:
    """The operation's input, of values that are not validated yet.

    Raises:
        RequestError: they are not what the model wants.
    """
    problems: list[Problem] = []
    request: dict[str, Any] = endpoint.read(values, "", problems)
    if problems:
        raise problems_error(problems)
    return request


def _body_of(body: bytes) -> dict[str, Any]:
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError("cannotParse", "the body is not valid JSON") from error
    if not isinstance(value, dict):
        raise RequestError("cannotParse", "the body is not a JSON object")
    return value


def _query_of(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        found.setdefault(_decoded(name), []).append(_decoded(value))
    return found


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise RequestError("cannotParse", "the address is not encoded in UTF-8") from error
