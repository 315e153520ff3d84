"""Reads a configuration field by field: whatever has another shape than the API's is an error that names its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ringwall.errors import ConfigurationError
from ringwall.policy.ast import Policy
from ringwall.policy.parse import parse_policy


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a configuration, and the JSON pointer to it. A null is a value that is absent.

    Every method raises `ConfigurationError` where the value has another type than the one it is named after.
    """

    value: Any
    place: str = ""

    def fields(self, *known: str) -> dict[str, Node]:
        """The fields of an object that are present.

        A field that is not `known` is an error: a slip in its name must not read as "nothing is shared".
        """
        found = dict(self.entries())
        for name, node in found.items():
            if name not in known:
                raise ConfigurationError(f"unknown field at `{node.place}`: expected one of {', '.join(known)}")
        return found

    def only_one_of(self, *names: str) -> Node | None:
        """The one field of an object that has several names; None where there is none of them."""
        present = [node for name, node in self.entries() if name in names]
        if len(present) > 1:
            raise self.error(f"only one of {', '.join(names)}")
        return present[0] if present else None

    def entries(self) -> Iterator[tuple[str, Node]]:
        """The entries of an object whose keys are free."""
        for key, value in self._typed(Mapping, "an object").items():
            if value is not None:
                yield key, Node(value, f"{self.place}/{_escaped(key)}")

    def members(self) -> Iterator[Node]:
        """The members of a list."""
        for index, value in enumerate(self._typed(list, "a list")):
            yield Node(value, f"{self.place}/{index}")

    def text(self) -> str:
        return str(self._typed(str, "text"))

    def flag(self) -> bool:
        return bool(self._typed(bool, "true or false"))

    def document(self) -> Document | None:
        """A policy, given as JSON text or as an object; None where it is empty text, which means: no policy.

        Raises:
            PolicyError: the text is not a valid policy.
        """
        text = policy_text(self.value) if isinstance(self.value, Mapping) else self.text()
        return Document(text, _parsed(text), self.place) if text else None

    def error(self, expected: str) -> ConfigurationError:
        return ConfigurationError(f"at `{self.place or '/'}`: expected {expected}")

    def _typed(self, kind: type, expected: str) -> Any:
        if not isinstance(self.value, kind):
            raise self.error(expected)
        return self.value


@dataclass(frozen=True, slots=True)
class Document:
    """A policy of a configuration: as text, parsed, and the JSON pointer to it."""

    text: str
    policy: Policy
    place: str


def policy_text(document: Any) -> str:
    """A policy that came as an object, as text; text as it is.

    Raises:
        ConfigurationError: the object is nested too deeply to be written.
    """
    if isinstance(document, str):
        return document
    try:
        return json.dumps(document, indent=2, ensure_ascii=False)
    except RecursionError:
        raise ConfigurationError("a policy is nested too deeply") from None


def _escaped(key: str) -> str:
    """A key as part of a JSON pointer (RFC 6901, section 3)."""
    return str(key).replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Policy:
    """The same document often hangs on many resources."""
    return parse_policy(text)
