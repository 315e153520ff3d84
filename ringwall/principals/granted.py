"""What a principal is granted: what its identity policies allow, less what they deny, within its boundary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from ringwall.errors import PolicyError
from ringwall.principals.granted_index import Bits, every_action, named
from ringwall.principals.granted_policy import Document, Shape, document_of
from ringwall.principals.granted_question import Asked, Verdict, Who, verdict_on, who_is
from ringwall.principals.principal import Principal

STEPS = 100_000
"""What the questions about one principal may cost together: some thousands of them, or a few that are hard."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The actions for which there is a request that is allowed."""

    actions: Mapping[str, frozenset[str]]
    """By namespace, such as `s3`: as AWS spells them, `s3:GetObject`."""
    undecided: Mapping[str, str] = field(default_factory=dict)
    """Actions of which it could not be decided, each with the reason: they count as granted nowhere."""


def granted_to(principal: Principal, *, steps: int = STEPS) -> Granted:
    """What the identity policies grant, over the packaged service reference.

    Organization policies, session policies and resource policies are no part of it, and neither is whether there is
    such a resource: as IAM's last-accessed reports have it, less what is denied and what is out of bounds.

    Args:
        principal: a user or a role.
        steps: what the questions to the engine may cost together; what they leave open is undecided.

    Raises:
        PolicyError: a policy cannot be read; the message names it. Or they say more than can be worked out in seconds.
    """
    documents = tuple(dict.fromkeys(document_of(policy) for policy, _ in principal.granting))
    boundary = document_of(principal.boundary) if principal.boundary else None
    is_personal = any(each.is_personal for each in (*documents, *((boundary,) if boundary else ())))
    return _granted_by(documents, boundary, who_is(principal) if is_personal else None, steps)


@lru_cache(maxsize=512)
def _granted_by(documents: tuple[Document, ...], boundary: Document | None, who: Who | None, steps: int) -> Granted:
    said = _said_by(documents, boundary)
    granted = spent = 0
    undecided: dict[str, Bits] = {}
    for part in _parts(said):
        for allow, bits in said.allows:
            if not (asked := bits & part.actions & ~granted):
                continue
            verdict = verdict_on(Asked(allow, part.denies, part.bounds, who)) if spent < steps else _TOO_MANY
            spent += verdict.steps
            if verdict.is_granted:
                granted |= asked
            elif verdict.undecided:
                undecided[verdict.undecided] = undecided.get(verdict.undecided, 0) | asked
    return Granted(named(granted), dict(_reasons(undecided, granted)))


_TOO_MANY = Verdict(False, undecided="the policies of this principal ask more than the step budget has answers for")


def _reasons(undecided: Mapping[str, Bits], granted: Bits) -> Iterator[tuple[str, str]]:
    """Each action that nothing granted, and why it is not known whether something might."""
    for reason, bits in undecided.items():
        for actions in named(bits & ~granted).values():
            yield from ((action, reason) for action in sorted(actions))


MOST_MEETINGS = 200_000
"""How often a Deny or an Allow of the boundary may meet a part; a hundred of them meet some thousand times."""


class _Said(NamedTuple):
    """What all policies say together."""

    candidates: Bits
    """What something allows, the boundary too, and nothing denies outright."""
    allows: list[tuple[Shape, Bits]]
    """Those that apply to every request first: they settle most."""
    denies: list[tuple[Shape, Bits]]
    """Those that do not apply to every request."""
    bounds: list[tuple[Shape, Bits]]
    """The boundary's Allow statements, where none applies to every request."""


def _said_by(documents: Iterable[Document], boundary: Document | None) -> _Said:
    limit = (boundary,) if boundary else ()
    allows = _together(each.allows for each in documents)
    denies = _together(each.denies for each in (*documents, *limit))
    bounds = _together(each.allows for each in limit)
    open_bounds = _plain(bounds) if boundary else every_action()
    candidates = _all(allows) & (open_bounds | _all(bounds)) & ~_plain(denies)
    return _Said(
        candidates,
        sorted(allows.items(), key=lambda item: not item[0].is_plain),
        [(shape, bits) for shape, bits in denies.items() if not shape.is_plain],
        [(shape, bits & ~open_bounds) for shape, bits in bounds.items() if not shape.is_plain],
    )


def _together(several: Iterable[Mapping[Shape, Bits]]) -> dict[Shape, Bits]:
    found: dict[Shape, Bits] = {}
    for each in several:
        for shape, bits in each.items():
            found[shape] = found.get(shape, 0) | bits
    return found


def _all(shapes: Mapping[Shape, Bits]) -> Bits:
    return reduce(or_, shapes.values(), 0)


def _plain(shapes: Mapping[Shape, Bits]) -> Bits:
    return reduce(or_, (bits for shape, bits in shapes.items() if shape.is_plain), 0)


class _Part(NamedTuple):
    """Actions that the same Denies and the same Allows of the boundary are about.

    A statement means an action or it does not, and says nothing else about it: its resources and conditions are the
    same for all the actions that it means. So what is true of one action of a part is true of all, and one question
    is enough. A request is allowed if some Allow applies to it, so the Allows are asked one by one.
    """

    actions: Bits
    denies: tuple[Shape, ...] = ()
    bounds: tuple[Shape, ...] = ()


def _parts(said: _Said) -> list[_Part]:
    parts = [_Part(said.candidates)]
    met = 0
    for shape, bits, is_deny in (*((*each, True) for each in said.denies), *((*each, False) for each in said.bounds)):
        met += len(parts)
        if met > MOST_MEETINGS:
            raise PolicyError("the policies have more statements with conditions than can be held against each other")
        parts = [each for part in parts for each in _split(part, bits, shape, is_deny=is_deny)]
    return parts


def _split(part: _Part, bits: Bits, shape: Shape, *, is_deny: bool) -> Iterator[_Part]:
    """The actions that a statement is not about, and those that it is about."""
    inner = part.actions & bits
    if not inner:
        yield part
        return
    if outer := part.actions & ~bits:
        yield part._replace(actions=outer)
    if is_deny:
        yield _Part(inner, (*part.denies, shape), part.bounds)
    else:
        yield _Part(inner, part.denies, (*part.bounds, shape))
