"""Patterns with `*` and `?`.

A pattern is a sequence of elements. An element takes one character; a star before it takes any number. Inside the
first five fields of an ARN neither crosses a colon (that is how the service's recorded answers match).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from itertools import takewhile


class Wild(Enum):
    """Elements that are not one given character."""

    ONE = "?"
    ONE_IN_FIELD = "?, but no colon"
    STAR = "*"
    STAR_IN_FIELD = "*, but no colon"


Element = str | Wild
STARS = (Wild.STAR, Wild.STAR_IN_FIELD)
_ARN_FIELDS = 6


class Pattern:
    """A compiled pattern. Made by `literal`, `glob` and `arn_like`, which intern: equal means identical."""

    __slots__ = (
        "_crosses",
        "_is_simple",
        "_least",
        "_regexes",
        "_spans",
        "elements",
        "fields",
        "fold",
        "is_literal",
        "is_prefix",
        "prefix",
        "suffix",
        "text",
    )

    def __init__(self, text: str, elements: tuple[Element, ...], *, fold: bool, by_field: bool) -> None:
        self.text = text
        self.elements = elements
        self.fold = fold
        self.is_literal = not any(isinstance(element, Wild) for element in elements)
        """Whether just one string matches (without regard to case, where `fold` says so)."""
        self.prefix = "".join(str(element) for element in takewhile(_is_character, elements))
        """The characters that every match starts with."""
        self.suffix = self.prefix if self.is_literal else _suffix(elements)
        """The characters that every match ends with."""
        self.is_prefix = len(self.prefix) == len(elements) - 1 and elements[-1] is Wild.STAR
        """Whether just what starts with `prefix` matches."""
        self._is_simple = not fold and len(self.prefix) + len(self.suffix) == len(elements) - 1 and self._star(elements)
        self._crosses = self._is_simple and elements[len(self.prefix)] is Wild.STAR
        self._least = len(self.prefix) + len(self.suffix)
        self.fields = _fields(elements) if by_field else (elements,)
        self._spans: tuple[tuple[str, str, bool], ...] | None = None
        self._regexes: tuple[re.Pattern[str], ...] | None = None

    def _star(self, elements: tuple[Element, ...]) -> bool:
        """Whether the one wildcard after the prefix is a star."""
        return elements[len(self.prefix)] in STARS

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    @property
    def spans(self) -> tuple[tuple[str, str, bool], ...]:
        """Of each field: what it begins with, what it ends with, and whether that is all of it."""
        if self._spans is None:
            self._spans = tuple(map(_span, self.fields))
        return self._spans

    @property
    def account(self) -> str | None:
        """The account field of every match, where it is always the same; None where it is not, or not an ARN's."""
        if len(self.fields) < _ARN_FIELDS or self.fold:
            return None
        start, _, is_whole = self.spans[4]
        return start if is_whole else None

    @property
    def is_absorbing(self) -> bool:
        """Whether everything that goes on from a match is a match."""
        return bool(self.elements) and self.elements[-1] is Wild.STAR

    def matches(self, value: str) -> bool:
        """Whether the value matches."""
        if self._is_simple:
            return (
                value.startswith(self.prefix)
                and value.endswith(self.suffix)
                and len(value) >= self._least
                and (self._crosses or ":" not in value[len(self.prefix) : len(value) - len(self.suffix)])
            )
        if not self.fold and not (value.startswith(self.prefix) and value.endswith(self.suffix)):
            return False
        if self._regexes is None:
            self._regexes = tuple(_regex(field, fold=self.fold) for field in self.fields)
        if len(self._regexes) == 1:
            return self._regexes[0].fullmatch(value) is not None
        fields = value.split(":", len(self._regexes) - 1)
        if len(fields) != len(self._regexes):
            return False
        return all(regex.fullmatch(field) for regex, field in zip(self._regexes, fields, strict=True))

    def filled(self, filling: str) -> str:
        """A match: the filling for each star, an `x` for each question mark. Short of a field it may not match."""
        return "".join(_fill(element, filling) for element in self.elements)


def _suffix(elements: tuple[Element, ...]) -> str:
    return "".join(map(str, takewhile(_is_character, reversed(elements))))[::-1]


def _is_character(element: Element) -> bool:
    return not isinstance(element, Wild)


def _fill(element: Element, filling: str) -> str:
    match element:
        case Wild.ONE | Wild.ONE_IN_FIELD:
            return "x"
        case Wild.STAR | Wild.STAR_IN_FIELD:
            return filling
        case _:
            return element


def _span(elements: tuple[Element, ...]) -> tuple[str, str, bool]:
    wild = [index for index, element in enumerate(elements) if isinstance(element, Wild)]
    if not wild:
        whole = "".join(map(str, elements))
        return whole, whole, True
    return "".join(map(str, elements[: wild[0]])), "".join(map(str, elements[wild[-1] + 1 :])), False


def may_share(one: Pattern, other: Pattern) -> bool:
    """Whether a string may match both. False is certain, True is not."""
    if one.fold or other.fold:
        return True
    if one.is_literal or other.is_literal:
        return other.matches(one.prefix) if one.is_literal else one.matches(other.prefix)
    if len(one.fields) != len(other.fields):
        return _may_share((one.prefix, one.suffix, False), (other.prefix, other.suffix, False))
    return all(map(_may_share, one.spans, other.spans))


def _may_share(one: tuple[str, str, bool], other: tuple[str, str, bool]) -> bool:
    if one[2] or other[2]:
        whole, loose = (one, other) if one[2] else (other, one)
        return whole[0] == loose[0] if loose[2] else whole[0].startswith(loose[0]) and whole[0].endswith(loose[1])
    return (one[0].startswith(other[0]) or other[0].startswith(one[0])) and (
        one[1].endswith(other[1]) or other[1].endswith(one[1])
    )


def _fields(elements: tuple[Element, ...]) -> tuple[tuple[Element, ...], ...]:
    fields: list[list[Element]] = [[]]
    for element in elements:
        if element == ":" and len(fields) < _ARN_FIELDS:
            fields.append([])
        else:
            fields[-1].append(element)
    return tuple(map(tuple, fields))


_ONES: dict[Element, str] = {Wild.ONE: ".", Wild.ONE_IN_FIELD: "[^:]"}


def _regex(elements: Sequence[Element], *, fold: bool) -> re.Pattern[str]:
    """A regular expression that takes time linear in the pattern times the value.

    The leftmost place is the best one for whatever follows a star, so every piece between two stars is an atomic
    group: nothing is tried twice.
    """
    pieces, stars = [""], list[str]()
    for element in elements:
        if element in STARS:
            pieces.append("")
            stars.append(".*" if element is Wild.STAR else "[^:]*")
        else:
            pieces[-1] += _ONES.get(element) or re.escape(str(element))
    middle = "".join(f"(?>{star}?{piece})" for star, piece in zip(stars, pieces[1:-1], strict=False))
    written = f"{pieces[0]}{middle}{stars[-1]}{pieces[-1]}" if stars else pieces[0]
    return re.compile(written, re.DOTALL | (re.IGNORECASE if fold else 0))


@lru_cache(maxsize=65536)
def literal(text: str, *, fold: bool = False) -> Pattern:
    """Just this string; with `fold`, in any mixture of upper and lower case."""
    return Pattern(text, tuple(text), fold=fold, by_field=False)


@lru_cache(maxsize=65536)
def glob(text: str, *, fold: bool = False, escapes: bool = True) -> Pattern:
    """`*` is any sequence, `?` any character. With `escapes`, `${*}`, `${?}` and `${$}` are those characters."""
    elements = _elements(text, escapes=escapes)
    return Pattern(text, elements, fold=fold, by_field=_is_open_in_last_field(elements))


def _is_open_in_last_field(elements: tuple[Element, ...]) -> bool:
    """Whether the text is that of an ARN with wildcards in its last field alone: it then matches field by field."""
    start = elements[: next((i for i, element in enumerate(elements) if isinstance(element, Wild)), len(elements))]
    return start[:4] == ("a", "r", "n", ":") and start.count(":") >= _ARN_FIELDS - 1


@lru_cache(maxsize=65536)
def arn_like(text: str, *, escapes: bool = True) -> Pattern:
    """As `glob`, but field by field between the colons of an ARN.

    A pattern of fewer than six fields that ends in `*` takes in the remaining fields.
    """
    fields = _fields(_elements(text, escapes=escapes))
    elements: list[Element] = []
    for index, field in enumerate(fields):
        last = index == len(fields) - 1
        elements += field if last else (_IN_FIELD.get(element, element) for element in field)
        elements += () if last else (":",)
    return Pattern(text, tuple(elements), fold=False, by_field=True)


def composed(*parts: Element) -> Pattern:
    """A pattern of given parts: texts that stand for themselves, and wildcards. Fields are matched one by one."""
    elements = tuple(each for part in parts for each in ((part,) if isinstance(part, Wild) else part))
    return _interned("".join(part.value[0] if isinstance(part, Wild) else part for part in parts), elements)


@lru_cache(maxsize=65536)
def _interned(text: str, elements: tuple[Element, ...]) -> Pattern:
    return Pattern(text, elements, fold=False, by_field=True)


@lru_cache(maxsize=65536)
def in_account_field(pattern: Pattern) -> Pattern:
    """ARNs whose account matches the pattern."""
    account = tuple(_IN_FIELD.get(element, element) for element in pattern.elements)
    elements = (
        *"arn:",
        Wild.STAR_IN_FIELD,
        ":",
        Wild.STAR_IN_FIELD,
        ":",
        Wild.STAR_IN_FIELD,
        ":",
        *account,
        ":",
        Wild.STAR,
    )
    return Pattern(f"arn:*:*:*:{pattern.text}:*", elements, fold=pattern.fold, by_field=True)


_IN_FIELD: dict[Element, Element] = {Wild.STAR: Wild.STAR_IN_FIELD, Wild.ONE: Wild.ONE_IN_FIELD}
_WILD: dict[str, Element] = {"*": Wild.STAR, "?": Wild.ONE}
_TOKEN = re.compile(r"\$\{([*?$])\}|(.)", re.DOTALL)


def _elements(text: str, *, escapes: bool) -> tuple[Element, ...]:
    if not escapes or "${" not in text:
        return tuple(_WILD.get(character, character) for character in text)
    tokens = (match.groups() for match in _TOKEN.finditer(text))
    return tuple(escaped or _WILD.get(plain, plain) for escaped, plain in tokens)
