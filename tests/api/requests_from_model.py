"""Draws requests from the service model: as it wants them, with parts that it does not want, and garbage."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import strategies as st

from ringwall.api.model import extended_model
from tests.api.serving import Request

_NESTED = 3
_ONE_IN = 25
"""Of so many members one is garbage."""
texts = st.text(max_size=12)
# Also what is no Unicode, what no database stores, and numbers that no column holds.
_awkward = st.sampled_from(
    ["", "\x00", "\ud800", "a" * 3000, "../..", "*", "'; --", "%", "\u202e", "nan", "null", "{}"]
)
garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**31, 2**63, -(2**70), 10**40, 1e300])
    | texts
    | _awkward,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | _awkward, inner, max_size=3),
    max_leaves=6,
)


class Drawing:
    """Values for shapes.

    Args:
        known: values that mean something in the store that is asked, by the name of the member or of the shape.
    """

    def __init__(self, known):
        self.known = known

    def of(self, shape, depth=_NESTED, name=""):
        """As the shape wants it, or garbage."""
        wanted = self.known[name] if name in self.known else self._wanted(shape, depth)
        return st.integers(0, _ONE_IN).flatmap(lambda drawn: garbage if drawn == _ONE_IN else wanted)

    def _wanted(self, shape, depth):
        if shape.name in self.known:
            return self.known[shape.name]
        return getattr(self, f"_{shape.type_name}")(shape, depth)

    def _structure(self, shape, depth):
        if getattr(shape, "is_document_type", False):
            return st.dictionaries(texts, garbage, max_size=3)
        members = {name: self.of(member, depth - 1, name) for name, member in shape.members.items()}
        if shape.is_tagged_union:
            return st.one_of([st.fixed_dictionaries({name: value}) for name, value in members.items()])
        required = {name: members[name] for name in shape.required_members}
        optional = {name: value for name, value in members.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)

    def _list(self, shape, depth):
        least, most = shape.metadata.get("min", 0), min(shape.metadata.get("max", 3), 3)
        return st.lists(self.of(shape.member, depth - 1), min_size=least, max_size=max(least, most))

    def _map(self, shape, depth):
        return st.dictionaries(self._wanted(shape.key, depth), self.of(shape.value, depth - 1), max_size=2)

    def _string(self, shape, depth):
        if shape.enum:
            return st.sampled_from(shape.enum)
        if "pattern" in shape.metadata:
            return st.from_regex(shape.metadata["pattern"], fullmatch=True)
        return texts

    def _integer(self, shape, depth):
        return st.integers(shape.metadata.get("min", -5), shape.metadata.get("max", 2000))

    def _boolean(self, shape, depth):
        return st.booleans()

    def _timestamp(self, shape, depth):
        return st.datetimes().map(lambda time: time.isoformat() + "Z") | st.sampled_from(
            ["0001-01-01T00:00:00+14:00", 0]
        )


def filters(keys):
    """Filters that are about these keys, with criteria of one operator each."""
    values = st.lists(st.sampled_from(["ACTIVE", "AWS::S3::Bucket", "a", "true"]), min_size=1, max_size=2)
    criteria = st.one_of(
        *[st.fixed_dictionaries({operator: values}) for operator in ("eq", "neq", "contains")],
        st.fixed_dictionaries({"exists": st.booleans()}),
    )
    return st.dictionaries(st.sampled_from(keys), criteria, max_size=2)


def requests_for(operation: str, drawing: Drawing):
    """Requests for an operation; most are nearly right."""
    model = extended_model().operation_model(operation)
    members = model.input_shape.members
    placed = {name: shape.serialization.get("location", "body") for name, shape in members.items()}
    return st.builds(
        lambda given, raw: _request(model, placed, given, raw),
        drawing._structure(model.input_shape, _NESTED),
        st.integers(0, 19).flatmap(lambda drawn: st.binary(max_size=30) if drawn == 0 else st.none()),
    )


def _request(model, placed, given, raw):
    path = model.http["requestUri"]
    for name in (name for name, place in placed.items() if place == "uri"):
        path = path.replace("{" + name + "}", _quoted(given.get(name, "")))
    pairs = [
        (name, each)
        for name, value in given.items()
        if placed[name] == "querystring"
        for each in (value if isinstance(value, list) else [value])
    ]
    query = "&".join(f"{name}={_quoted(value)}" for name, value in pairs)
    body = json.dumps({name: value for name, value in given.items() if placed[name] == "body"}).encode()
    return Request(model.http["method"], path + (f"?{query}" if query else ""), {}, body if raw is None else raw)


def _quoted(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
