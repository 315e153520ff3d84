"""Terms of SMT-LIB 2.6 as text: literals, symbols, connectives, regular expressions."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from ringwall.errors import UndecidedError

TRUE, FALSE = "true", "false"
LAST_CHARACTER = 0x2FFFF
"""The strings of SMT-LIB are made of the characters from 0 to this one. Source: SMT-LIB, theory Strings."""
ANY_CHARACTER = "re.allchar"
ANY_TEXT = "re.all"
IN_FIELD = "|any but a colon|"
FIELD = "|any field|"
REGULAR_EXPRESSIONS = (
    f'(define-fun {IN_FIELD} () RegLan (re.union (re.range "\\u{{0}}" "9") (re.range ";" "\\u{{2ffff}}")))',
    f"(define-fun {FIELD} () RegLan (re.* {IN_FIELD}))",
)
_PLAIN = re.compile(r"[ !#-\[\]-~]")


def literal(text: str) -> str:
    """A string literal: printable ASCII as it is; everything else, and the backslash, by its code; a quote doubled."""
    written = (c if _PLAIN.match(c) else '""' if c == '"' else f"\\u{{{ord(c):x}}}" for c in text)
    return f'"{"".join(written)}"'


_IN_SYMBOL = re.compile(r"[!-\[\]-z}~]")


def key_symbol(key: str, about: str = "") -> str:
    """The symbol of a condition key, or of what is said about it. Two keys never share a symbol.

    Our own symbols have a space in them, which a key's does not get, or stand in no key: `|request action|`.
    """
    name = "".join(c if _IN_SYMBOL.match(c) else f"{{{ord(c):x}}}" for c in key)
    prefix = "" if ":" in key else "key "
    return f"|{prefix}{name}{about and ' ' + about}|"


def said(text: str) -> str:
    """Text for a comment or a name of ours: one line, printable ASCII, without what would end a symbol."""
    return "".join(c if " " <= c <= "~" and c not in "|\\" else "?" for c in text)


def both(terms: Iterable[str]) -> str:
    """All of the terms."""
    distinct = [term for term in dict.fromkeys(terms) if term != TRUE]
    if FALSE in distinct:
        return FALSE
    return _applied("and", distinct, TRUE)


def either(terms: Iterable[str]) -> str:
    """At least one of the terms."""
    distinct = [term for term in dict.fromkeys(terms) if term != FALSE]
    if TRUE in distinct:
        return TRUE
    return _applied("or", distinct, FALSE)


def _applied(operator: str, terms: list[str], empty: str) -> str:
    if not terms:
        return empty
    return terms[0] if len(terms) == 1 else f"({operator} {' '.join(terms)})"


def negated(term: str) -> str:
    """The opposite."""
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    return term[5:-1] if term.startswith("(not ") else f"(not {term})"


def implied(condition: str, term: str) -> str:
    """The term wherever the condition holds."""
    if TRUE in (condition, term):
        return term
    return negated(condition) if term == FALSE else f"(=> {condition} {term})"


def equal(one: str, other: str) -> str:
    return f"(= {one} {other})"


def same(term: str, text: str) -> str:
    """Whether the term is this text; decided at once where it is a literal."""
    if term.startswith('"'):
        return TRUE if term == literal(text) else FALSE
    return equal(term, literal(text))


def joined(terms: Iterable[str]) -> str:
    """Texts one after the other."""
    several = [term for term in terms if term != '""']
    return _applied("str.++", several, '""')


def sequence(expressions: Iterable[str]) -> str:
    """Regular expressions one after the other."""
    return _applied("re.++", list(expressions), '(str.to_re "")')


def one_of(expressions: Iterable[str]) -> str:
    """Any of some regular expressions, of which there is at least one."""
    return _applied("re.union", list(dict.fromkeys(expressions)), "re.none")


def exactly(text: str) -> str:
    """The regular expression of one text."""
    return f"(str.to_re {literal(text)})"


def in_expression(term: str, expression: str) -> str:
    return f"(str.in_re {term} {expression})"


def real(number: Decimal) -> str:
    """A decimal number, written out."""
    digits = format(abs(number), "f")
    digits = digits if "." in digits else f"{digits}.0"
    return f"(- {digits})" if number < 0 else digits


def integer(number: int) -> str:
    return str(number) if number >= 0 else f"(- {-number})"


def folded(text: str) -> str:
    """The regular expression of all texts that are `text` in lower case. `text` is in lower case itself.

    Raises:
        UndecidedError: in lower case a character of the text depends on its neighbours.
    """
    runs: list[str] = []
    plain = ""
    for character in text:
        others = _CASES.get(character) if character.isascii() else _cases().get(character)
        if others is None:
            plain += character
            continue
        runs += [exactly(plain)] if plain else []
        runs.append(one_of(map(exactly, (character, *others))))
        plain = ""
    if any(character in text for character in "\u03c3\u03c2\u0307"):
        raise UndecidedError(f"letters of `{text}` change their case by their neighbours: no solver is asked about it")
    return sequence((*runs, exactly(plain)) if plain or not runs else runs)


# The Kelvin sign is the one character beyond ASCII whose lower case is a letter of ASCII.
_CASES: Mapping[str, tuple[str, ...]] = {
    letter: (letter.upper(), "\u212a") if letter == "k" else (letter.upper(),)
    for letter in map(chr, range(ord("a"), ord("z") + 1))
}


@lru_cache(maxsize=1)
def _cases() -> Mapping[str, tuple[str, ...]]:
    """By lower-case letter, the other characters whose lower case it is."""
    found: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, range(min(LAST_CHARACTER, sys.maxunicode) + 1)):
        if (lower := character.lower()) != character and len(lower) == 1:
            found[lower].append(character)
    return {lower: tuple(others) for lower, others in found.items()}
