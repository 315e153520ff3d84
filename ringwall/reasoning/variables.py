"""Policy variables: what is known of them is filled in, and the rest becomes a dimension of its own.

A variable relates two dimensions, which a box cannot. A value with a variable whose value is not known, a *template*,
matches or does not: whether it does is one more dimension of a request, a *mark*, which is true or absent. Every
request has its place in that larger space, so what is empty there is empty. A request that is found there may have
marks that its keys do not bear out: it has to be replayed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ringwall.policy.ast import Policy
from ringwall.policy.service_reference import is_known_key, is_multivalued
from ringwall.reasoning.text import just
from ringwall.reasoning.values import ABSENT, KeySet, ValueSet


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of every request in question."""

    constants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Context keys, in lower case, whose values are the same in all of them (`()`: absent in all of them)."""
    many: frozenset[str] = frozenset()
    """Keys, in lower case, that a set operator is used on: those we do not know may then hold several values."""
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values to put in for policy variables besides the constants, where a search is pinned to them."""

    def is_many(self, key: str) -> bool:
        """Whether the key can hold several values."""
        return is_multivalued(key) or (key in self.many and not is_known_key(key))


ANY_REQUEST = Setting()


@dataclass(frozen=True, slots=True)
class Wording:
    """One value of a policy, its variables filled in as far as they are known."""

    text: str
    """With the characters `*`, `?` and `$` that stand for themselves written as `${*}`, `${?}`, `${$}`, and a star
    for every variable that was left open.
    """
    escapes: bool = False
    """Whether `${*}` is an escape here: only where policy variables are."""
    template: str = ""
    """The text with its open variables still in it; empty where there is none."""

    @property
    def is_open(self) -> bool:
        """Whether a variable was left whose value is not known."""
        return bool(self.template)

    @property
    def plain(self) -> str:
        """The text, escapes undone."""
        return _ESCAPE.sub(r"\1", self.text) if self.escapes else self.text


_ESCAPE = re.compile(r"\$\{([*?$])\}")
_VARIABLE = re.compile(r"\$\{([^,}]*)(?:,\s*'([^']*)')?\s*\}")
_SPECIAL = re.compile(r"([*?$])")
_ESCAPED = ("*", "?", "$")


def fill_in(text: str, setting: Setting) -> Wording | None:
    """The text with its policy variables filled in as far as they are known; None where one is undefined."""
    if "${" not in text:
        return Wording(text, escapes=True)
    wide: list[str] = []
    kept: list[str] = []
    end, is_open = 0, False
    for found in _VARIABLE.finditer(text):
        before = text[end : found.start()]
        end = found.end()
        known = _known(found, setting)
        if known is None:
            return None
        is_open = is_open or known == _OPEN
        wide += (before, "*" if known == _OPEN else known)
        kept += (before, _spelled(found) if known == _OPEN else known)
    rest = text[end:]
    return Wording("".join((*wide, rest)), escapes=True, template="".join((*kept, rest)) if is_open else "")


_OPEN = "${}"


def _known(found: re.Match[str], setting: Setting) -> str | None:
    """What a variable stands for, wildcards escaped; `_OPEN` where that is not known, None where it is undefined."""
    name = found[1].strip().lower()
    if name in _ESCAPED:
        return f"${{{name}}}"
    values = setting.constants.get(name, setting.variables.get(name))
    if values is None:
        return _OPEN
    value: str | None = values[0] if len(values) == 1 else found[2]
    return None if value is None else _SPECIAL.sub(r"${\1}", value)


def _spelled(found: re.Match[str]) -> str:
    """The variable, written in the one way that all who mean the same share."""
    default = "" if found[2] is None else f", '{found[2]}'"
    return f"${{{found[1].strip().lower()}{default}}}"


def variables_of(policy: Policy) -> frozenset[str]:
    """The keys, in lower case, that the policy's variables name."""
    found = (match[1].strip().lower() for _, text in _worded(policy) for match in _VARIABLE.finditer(text))
    return frozenset(name for name in found if name not in _ESCAPED)


RESOURCE = "@resource"


def _worded(policy: Policy) -> Iterator[tuple[str, str]]:
    """Every text that may hold a variable, with the dimension that it is about."""
    if not policy.has_variables:
        return
    for statement in policy.statements:
        for condition in statement.conditions:
            yield from ((condition.key.lower(), value) for value in condition.values)
        if statement.resources:
            yield from ((RESOURCE, member.text) for member in statement.resources.members)


def readings_of(policy: Policy, held: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """What variables would have to hold for a template to match a value that is given: key and value.

    Args:
        policy: whose templates are read.
        held: the values of the dimensions, by lower-case key; `@resource` for the resource.
    """
    for dimension, text in _worded(policy):
        names = [found[1].strip().lower() for found in _VARIABLE.finditer(text)]
        if not set(names).difference(_ESCAPED):
            continue
        expression = _expression(text)
        for value in held.get(dimension, ()):
            if (match := expression.fullmatch(value)) is not None:
                pairs = zip(names, match.groups(), strict=True)
                yield from ((name, read) for name, read in pairs if name not in _ESCAPED)


def _expression(text: str) -> re.Pattern[str]:
    """A regular expression with a group for each variable. Good enough for a guess; a guess is replayed."""
    pieces, end = list[str](), 0
    for found in _VARIABLE.finditer(text):
        name = found[1].strip()
        pieces += (_loose(text[end : found.start()]), f"({re.escape(name)})" if name in _ESCAPED else "(.+?)")
        end = found.end()
    return re.compile("".join((*pieces, _loose(text[end:]))), re.DOTALL)


def _loose(text: str) -> str:
    return "".join({"*": ".*?", "?": "."}.get(character) or re.escape(character) for character in text)


MATCHES = KeySet(False, ValueSet(just(("true",))))
DIFFERS = ABSENT


def mark(dimension: str, how: str, template: str) -> str:
    """The dimension that says whether the values of `dimension` match a template.

    Args:
        dimension: lower-case key, or `@resource`.
        how: the operator that compares.
        template: as in `Wording.template`.
    """
    return f"{_MARK}{dimension} {how} {template}"


_MARK = "@matches "


def is_mark(dimension: str) -> bool:
    """Whether the dimension says that a template matches."""
    return dimension.startswith(_MARK)


def marks_in(point: Mapping[str, object]) -> Iterator[str]:
    """The marks that are true of a request."""
    return filter(is_mark, point)


def named_in(marks: Iterable[str]) -> frozenset[str]:
    """The keys, in lower case, that the variables in the templates of marks name."""
    found = (match[1].strip().lower() for each in marks for match in _VARIABLE.finditer(each))
    return frozenset(name for name in found if name not in _ESCAPED)
