"""Patterns with * and ?."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

NOWHERE: frozenset[int] = frozenset()


def is_literal(pattern: str) -> bool:
    """Whether the pattern stands for itself alone."""
    return "*" not in pattern and "?" not in pattern


def _is_prefix(pattern: str) -> bool:
    return pattern.find("*") == len(pattern) - 1 and "?" not in pattern


def matches(pattern: str, text: str, *, ignore_case: bool = False, literal: frozenset[int] = NOWHERE) -> bool:
    """Whether `*` (any sequence of characters) and `?` (one character) can be filled in so that the text results.

    Args:
        pattern: what a policy wrote.
        text: what a request holds.
        ignore_case: compare in lower case; not together with `literal`.
        literal: offsets in the pattern where `*` or `?` stands for itself.
    """
    if pattern == "*" and not literal:
        return True
    if ignore_case:
        pattern, text = pattern.lower(), text.lower()
    if is_literal(pattern):
        return pattern == text
    if _is_prefix(pattern) and not literal:
        return text.startswith(pattern[:-1])
    return _compiled(pattern, literal).matches(text)


def matches_arn(pattern: str, text: str, *, literal: frozenset[int] = NOWHERE) -> bool:
    """Whether a Resource pattern takes in the text: field by field where it begins with `arn:`, else as a whole: `*`.

    Source: IAM User Guide, IAM JSON policy elements: Resource, "Using wildcards in resource ARNs".
    """
    as_pattern = matches_fields if pattern.startswith("arn:") else matches
    return as_pattern(pattern, text, literal=literal)


def matches_fields(pattern: str, text: str, *, literal: frozenset[int] = NOWHERE) -> bool:
    """Whether the pattern matches part by part between the first five colons, as ARNs are compared.

    In the first five parts wildcards never match a colon; the sixth is everything after the fifth colon. A pattern
    with fewer parts whose last one ends in `*` takes in all that follows: `arn:aws:s3*`.

    Source: IAM User Guide, IAM JSON policy elements: Condition operators, "ARN condition operators".
    """
    if is_literal(pattern):
        return pattern == text
    if _is_prefix(pattern) and not literal:
        return text.startswith(pattern[:-1])
    parts = _parts(pattern, literal)
    fields = text.split(":", 5)
    if len(parts) < 6 and pattern.endswith("*") and len(pattern) - 1 not in literal:
        fields = fields[: len(parts)]
    return len(parts) == len(fields) and all(
        matches(part, field, literal=inside) for (part, inside), field in zip(parts, fields, strict=True)
    )


@lru_cache(maxsize=4096)
def _parts(pattern: str, literal: frozenset[int]) -> tuple[tuple[str, frozenset[int]], ...]:
    parts, start = [], 0
    for part in pattern.split(":", 5):
        end = start + len(part)
        parts.append((part, frozenset(offset - start for offset in literal if start <= offset < end)))
        start = end + 1
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Glob:
    """The pieces between the stars. Each is found at its leftmost place, so nothing is ever tried twice."""

    head: re.Pattern[str]
    middle: tuple[re.Pattern[str], ...]
    tail: re.Pattern[str] | None
    """None where there is no star."""
    tail_length: int

    def matches(self, text: str) -> bool:
        if self.tail is None:
            return self.head.fullmatch(text) is not None
        found = self.head.match(text)
        for piece in self.middle:
            if found is None:
                return False
            found = piece.search(text, found.end())
        start = len(text) - self.tail_length
        return found is not None and found.end() <= start and self.tail.match(text, start) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, literal: frozenset[int]) -> _Glob:
    pieces: list[list[str]] = [[]]
    for offset, character in enumerate(pattern):
        if character == "*" and offset not in literal:
            pieces.append([])
        else:
            pieces[-1].append("." if character == "?" and offset not in literal else re.escape(character))
    head, *rest = [re.compile("".join(piece), re.DOTALL) for piece in pieces]
    middle = tuple(piece for piece in rest[:-1] if piece.pattern)
    return _Glob(head, middle, rest[-1] if rest else None, len(pieces[-1]))
