"""Values of a policy as pieces: texts, wildcards and policy variables. Mirrors `policy.variables`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ringwall.reasoning.smt_model import Model
from ringwall.reasoning.smt_terms import TRUE, both, literal


class Wild(Enum):
    """What stands for other characters."""

    STAR = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Term:
    """What a policy variable brings in: it stands for itself, wildcards and all."""

    term: str


Piece = str | Wild | Term


@dataclass(frozen=True, slots=True)
class Template:
    """A value of a policy, its variables filled in with the terms of their keys."""

    pieces: tuple[Piece, ...]
    """No two texts beside each other, and none that is empty."""
    defined: str = TRUE
    """When every variable has a value: otherwise the template matches nothing."""

    @property
    def is_text(self) -> bool:
        """Whether there is nothing but text in it."""
        return all(isinstance(piece, str) for piece in self.pieces)

    @property
    def text(self) -> str:
        """The text, where there is nothing else."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))

    @property
    def terms(self) -> list[str]:
        """The pieces as terms of strings; wildcards are left out."""
        return [
            literal(piece) if isinstance(piece, str) else piece.term
            for piece in self.pieces
            if not isinstance(piece, Wild)
        ]


_VARIABLE = re.compile(r"\$\{([^,}]*)(?:,\s*'([^']*)')?\s*\}")
_ESCAPES = ("*", "?", "$")


def fill_in(text: str, model: Model, *, has_variables: bool, has_wildcards: bool) -> Template:
    """The value as pieces. What an escape or a default brings in is text, wildcards and all."""
    if not has_variables or "${" not in text:
        return Template(tidy(wild(text) if has_wildcards else (text,)))
    pieces: list[Piece] = []
    defined: list[str] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        between = text[end : found.start()]
        pieces += wild(between) if has_wildcards else (between,)
        pieces.append(_value_of(found, model, defined))
        end = found.end()
    pieces += wild(text[end:]) if has_wildcards else (text[end:],)
    return Template(tidy(pieces), both(defined))


def _value_of(found: re.Match[str], model: Model, defined: list[str]) -> Piece:
    name: str = found[1].strip()
    if name in _ESCAPES:
        return name
    key = model.key(name.lower())
    is_defined, value = key.as_variable()
    if found[2] is None:
        defined.append(is_defined)
        return Term(value)
    return Term(f"(ite {is_defined} {value} {literal(found[2])})")


def wild(text: str) -> Iterator[Piece]:
    """The text, its wildcards apart."""
    return (Wild(part) if part in ("*", "?") else part for part in re.split(r"([*?])", text))


def tidy(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Texts beside each other as one; empty ones left out; two stars as one."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else None
        if piece == "" or (piece is Wild.STAR and last is Wild.STAR):
            continue
        if isinstance(piece, str) and isinstance(last, str):
            found[-1] = last + piece
        else:
            found.append(piece)
    return tuple(found)
