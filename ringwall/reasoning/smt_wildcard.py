"""Patterns with * and ? as terms of strings. Mirrors `policy.wildcard`.

What is a literal, a prefix, a suffix or a contained text is said so, which solvers decide fastest; what has policy
variables in it is said in positions of the text, which says the same whether it is asked for or excluded; the rest is
a regular expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringwall.policy import wildcard
from ringwall.reasoning.smt_model import Model, Text
from ringwall.reasoning.smt_terms import (
    ANY_CHARACTER,
    ANY_TEXT,
    FALSE,
    FIELD,
    IN_FIELD,
    TRUE,
    both,
    either,
    equal,
    exactly,
    folded,
    in_expression,
    joined,
    literal,
    negated,
    sequence,
)
from ringwall.reasoning.smt_variables import Piece, Template, Term, Wild, tidy, wild

_ANY_FIELDS = (FIELD, IN_FIELD)
_ANY = (ANY_TEXT, ANY_CHARACTER)


def matches(term: str, pieces: Sequence[Piece], model: Model) -> str:
    """Whether the wildcards of the pieces can be filled in so that the term results."""
    if not any(isinstance(piece, Term) for piece in pieces):
        return _matches_plainly(term, pieces)
    segments = _segments(pieces)
    if any(Wild.ONE in segment for segment in segments[1:-1]):
        # Where such a segment is found first cannot be said: only what it needs.
        wider = tidy([Wild.STAR if isinstance(piece, Term) else piece for piece in pieces])
        return model.unknown(_matches_plainly(term, wider))
    return _matches_in_order(term, segments)


def _matches_plainly(term: str, pieces: Sequence[Piece]) -> str:
    if tuple(pieces) == (Wild.STAR,):
        return TRUE
    if not any(isinstance(piece, Wild) for piece in pieces):
        return equal(term, literal("".join(map(str, pieces))))
    match pieces:
        case [str(text), Wild.STAR]:
            return f"(str.prefixof {literal(text)} {term})"
        case [Wild.STAR, str(text)]:
            return f"(str.suffixof {literal(text)} {term})"
        case [Wild.STAR, str(text), Wild.STAR]:
            return f"(str.contains {term} {literal(text)})"
        case _:
            return in_expression(term, expression(pieces, _ANY))


def expression(pieces: Iterable[Piece], wild: tuple[str, str]) -> str:
    """The pieces as a regular expression; `wild` says what star and question mark stand for."""
    star, one = wild
    return sequence(
        star if piece is Wild.STAR else one if piece is Wild.ONE else exactly(str(piece)) for piece in pieces
    )


def _segments(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces between the stars."""
    segments: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece is Wild.STAR:
            segments.append([])
        else:
            segments[-1].append(piece)
    return segments


def _length(segment: Sequence[Piece]) -> str:
    fixed = sum(len(piece) if isinstance(piece, str) else 1 for piece in segment if not isinstance(piece, Term))
    terms = [f"(str.len {piece.term})" for piece in segment if isinstance(piece, Term)]
    return f"(+ {fixed} {' '.join(terms)})" if terms else str(fixed)


def _text(segment: Sequence[Piece]) -> str:
    return joined(
        literal(piece) if isinstance(piece, str) else piece.term for piece in segment if not isinstance(piece, Wild)
    )


def _matches_in_order(term: str, segments: list[list[Piece]]) -> str:
    """Each segment is found at its leftmost place after the one before it, so that no place has to be guessed."""
    head, *rest = segments
    if not rest:
        return _is_at(term, "0", head, f"(str.len {term})")
    *middle, tail = rest
    tests = [_starts_with(term, head)]
    position = _length(head)
    for segment in filter(None, middle):
        found = f"(str.indexof {term} {_text(segment)} {position})"
        tests.append(f"(>= {found} 0)")
        position = f"(+ {found} {_length(segment)})"
    start = f"(- (str.len {term}) {_length(tail)})"
    tests += [f"(<= {position} {start})", _ends_with(term, tail, start)]
    return both(tests)


def _starts_with(term: str, segment: list[Piece]) -> str:
    if Wild.ONE in segment:
        return both((f"(<= {_length(segment)} (str.len {term}))", *_parts(term, "0", segment)))
    return f"(str.prefixof {_text(segment)} {term})" if segment else TRUE


def _ends_with(term: str, segment: list[Piece], start: str) -> str:
    if Wild.ONE in segment:
        return both(_parts(term, start, segment))
    return f"(str.suffixof {_text(segment)} {term})" if segment else TRUE


def _is_at(term: str, start: str, segment: list[Piece], length: str) -> str:
    if Wild.ONE not in segment:
        return equal(term, _text(segment))
    return both((equal(length, _length(segment)), *_parts(term, start, segment)))


def _parts(term: str, start: str, segment: list[Piece]) -> list[str]:
    """The pieces of a segment, each at its offset."""
    tests = []
    for index, piece in enumerate(segment):
        if piece is Wild.ONE:
            continue
        offset = f"(+ {start} {_length(segment[:index])})"
        tests.append(equal(f"(str.substr {term} {offset} {_length([piece])})", _text([piece])))
    return tests


def matches_ignoring_case(term: str, text: str) -> str:
    """Whether the term, which is in lower case, is what the pattern means. Without policy variables."""
    return _matches_plainly(term, tidy(wild(text.lower())))


def is_equal_ignoring_case(term: str, text: str) -> str:
    """Whether the term is the text when both are put in lower case."""
    return in_expression(term, folded(text.lower()))


def matches_arn(text: Text, template: Template, model: Model) -> str:
    """Whether a Resource pattern takes in the text: field by field where it begins with `arn:`, else as a whole."""
    first = template.pieces[0] if template.pieces else ""
    if isinstance(first, Term) and not _is_the_same_both_ways(template.pieces):
        return model.unknown(template.defined)
    if isinstance(first, str) and first.startswith("arn:"):
        return matches_fields(text, template, model)
    return both((template.defined, matches(text.term, template.pieces, model)))


def _is_the_same_both_ways(pieces: Sequence[Piece]) -> bool:
    """Whether the only wildcard, if any, is a star at the end."""
    return not any(isinstance(piece, Wild) for piece in pieces[:-1]) and pieces[-1] is not Wild.ONE


def matches_fields(text: Text, template: Template, model: Model) -> str:
    """Whether the pattern matches part by part between the first five colons, as ARNs are compared."""
    pieces = template.pieces
    if template.is_text:
        return both((template.defined, text.is_equal(template.text)))
    parts = _fields(pieces)
    if text.known_fields and not any(isinstance(piece, Term) for piece in pieces):
        return _matches_parts(text, parts, model)
    if not pieces or _is_the_same_both_ways(pieces):
        return both((template.defined, matches(text.term, pieces, model)))
    if all(len(part) == 1 and isinstance(part[0], str) for part in parts[:5]) and len(parts) == 6:
        return both((template.defined, matches(text.term, pieces, model)))
    if not any(isinstance(piece, Term) for piece in pieces):
        return _matches_parts(text, parts, model)
    return both((template.defined, _matches_open_parts(text, parts, model)))


def _fields(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces between the first five colons that are written in the pattern."""
    fields: list[list[Piece]] = [[]]
    for piece in pieces:
        if not isinstance(piece, str):
            fields[-1].append(piece)
            continue
        first, *more = piece.split(":", 6 - len(fields))
        fields[-1] += [first] if first else []
        fields += [[part] if part else [] for part in more]
    return fields


def _matches_parts(text: Text, parts: list[list[Piece]], model: Model) -> str:
    """A pattern without policy variables."""
    if len(parts) < 6 and text.is_arn and (not parts[-1] or parts[-1][-1] is not Wild.STAR):
        return FALSE
    if text.is_arn:
        # A star at the end takes in the fields that follow, so that those do not matter.
        six, fields = text.fields()
        inside = zip(fields, parts, strict=False)
        return both((six, *(_matches_field(field, part, model) for field, part in inside)))
    return in_expression(text.term, _expression_of_parts(parts))


def _matches_field(field: str, part: list[Piece], model: Model) -> str:
    """One field, which has no colon in it unless it is the last: a star may stand for any text, then."""
    if field.startswith('"') and not any(isinstance(piece, Term) for piece in part):
        pattern = "".join(piece.value if isinstance(piece, Wild) else str(piece) for piece in part)
        return TRUE if wildcard.matches(pattern, field[1:-1]) else FALSE
    return matches(field, part, model)


def _expression_of_parts(parts: list[list[Piece]]) -> str:
    """Five parts without colons and all the rest; or fewer, where a star at the end takes in what follows."""
    *before, last = parts
    inside = [expression(part, _ANY_FIELDS) for part in before]
    if len(parts) == 6:
        end = expression(last, _ANY)
    elif last and last[-1] is Wild.STAR:
        end = sequence((expression(last[:-1], _ANY_FIELDS), ANY_TEXT))
    else:
        end = expression(last, _ANY_FIELDS)
    return sequence([part for each in inside for part in (each, exactly(":"))] + [end])


def _matches_open_parts(text: Text, parts: list[list[Piece]], model: Model) -> str:
    """With variables: as long as those before the fifth colon bring in none, the parts are the written ones."""
    brought = [piece.term for part in parts[:5] for piece in part if isinstance(piece, Term)]
    moved = either(f'(str.contains {term} ":")' for term in dict.fromkeys(brought))
    if len(parts) < 6:
        # Fewer fields than an ARN has, and variables in them: nobody writes that.
        return model.unknown(TRUE)
    six, fields = text.fields()
    written = both((six, *(matches(field, part, model) for field, part in zip(fields, parts, strict=True))))
    if moved == FALSE:
        return written
    return either((both((negated(moved), written)), both((moved, model.unknown(TRUE)))))
