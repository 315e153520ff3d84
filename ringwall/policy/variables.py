"""Policy variables: ${key}, ${key, 'default'} and the escapes ${*}, ${?}, ${$}."""

from __future__ import annotations

import re
from typing import NamedTuple

from ringwall.policy import wildcard
from ringwall.policy.request import Request


class Template(NamedTuple):
    """A value of a policy with its variables filled in."""

    text: str
    literal: frozenset[int] = wildcard.NOWHERE
    """Offsets where `*` or `?` came out of a variable or an escape, and so stands for itself."""


_VARIABLE = re.compile(r"\$\{([^,}]*)(?:,\s*'([^']*)')?\s*\}")
_ESCAPES = {"*", "?", "$"}


def fill_in(text: str, request: Request, *, has_variables: bool) -> Template | None:
    """The value as the request makes it, or None where a variable is undefined and has no default.

    Only keys with one value define a variable. What a variable brings in is literal: wildcards inside it are not
    expanded.

    Source: IAM User Guide, IAM policy elements: Variables and tags.
    """
    if not has_variables or "${" not in text:
        return Template(text)
    pieces: list[str] = []
    literal: set[int] = set()
    length = end = 0
    for found in _VARIABLE.finditer(text):
        if (value := _value_of(found, request)) is None:
            return None
        pieces += (text[end : found.start()], value)
        length += found.start() - end
        literal.update(range(length, length + len(value)))
        length, end = length + len(value), found.end()
    return Template("".join((*pieces, text[end:])), frozenset(literal))


def _value_of(found: re.Match[str], request: Request) -> str | None:
    name: str = found[1].strip()
    if name in _ESCAPES:
        return name
    values = request.context.get(name.lower(), ())
    return values[0] if len(values) == 1 else found[2]
