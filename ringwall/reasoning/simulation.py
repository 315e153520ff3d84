"""One bit-parallel simulation of many patterns at once: what matches these and not those, and what holds what."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ringwall.errors import UndecidedError
from ringwall.reasoning.patterns import STARS, Pattern, Wild

_STATES = 50_000
"""States that one simulation may visit. Real policies need fewer than a hundred."""


class Simulation:
    """Many patterns at once: a state is one number, a bit for each place in each pattern.

    Accepts what matches at least one pattern of every group of `all_of`, and no pattern of `none_of`.
    """

    def __init__(self, all_of: Sequence[Sequence[Pattern]], none_of: Sequence[Pattern]) -> None:
        self.size = 0
        self.start = 0
        self.letters: dict[str, int] = {}
        self.any_one = self.one_in_field = self.star = self.star_in_field = 0
        self.groups = [self._group(group) for group in all_of]
        self.refused = self._group(none_of)[1]
        self.killing = self._absorbing(none_of)
        self.fresh = next(chr(code) for code in _FRESH if chr(code) not in self.letters)

    def _group(self, patterns: Sequence[Pattern]) -> tuple[int, int]:
        """The bits of a group of patterns: all of them, and the accepting ones."""
        first, accepting = self.size, 0
        for pattern in patterns:
            accepting |= self._add(pattern)
        return (1 << self.size) - (1 << first), accepting

    def _add(self, pattern: Pattern) -> int:
        bit = 1 << self.size
        self.start |= bit
        for element in pattern.elements:
            match element:
                case Wild.STAR:
                    self.star |= bit
                    continue
                case Wild.STAR_IN_FIELD:
                    self.star_in_field |= bit
                    continue
                case Wild.ONE:
                    self.any_one |= bit
                case Wild.ONE_IN_FIELD:
                    self.one_in_field |= bit
                case _:
                    for letter in {element.lower(), element.upper(), element} if pattern.fold else {element}:
                        self.letters[letter] = self.letters.get(letter, 0) | bit
            bit <<= 1
        self.size = bit.bit_length()
        return bit

    def _absorbing(self, patterns: Sequence[Pattern]) -> int:
        """The accepting bits of the patterns (added last) from which no continuation escapes."""
        absorbing, bit = 0, self.size
        for pattern in reversed(patterns):
            bit -= 1
            absorbing |= (1 << bit) if pattern.is_absorbing else 0
            bit -= sum(element not in STARS for element in pattern.elements)
        return absorbing

    def step(self, state: int, letter: str) -> int:
        """The state after one more character."""
        moves = self.letters.get(letter, 0) | self.any_one
        stays = self.star
        if letter != ":":
            moves |= self.one_in_field
            stays |= self.star_in_field
        return ((state & moves) << 1) | (state & stays)

    def lives(self, state: int) -> bool:
        """Whether an accepted string may still come."""
        return not state & self.killing and all(state & bits for bits, _ in self.groups)

    def accepts(self, state: int) -> bool:
        """Whether the string so far is accepted."""
        return not state & self.refused and all(state & accepting for _, accepting in self.groups)

    def letters_of(self, state: int) -> list[str]:
        """The characters worth trying: what a pattern waits for, and one that none of them names."""
        known = [letter for letter, bits in self.letters.items() if bits & state]
        loose = state & (self.any_one | self.one_in_field | self.star | self.star_in_field)
        return [self.fresh, *known] if loose else known


_FRESH = [*b"xyzwvutsrqponmlkjihgfedcba0123456789-_", *range(0x41, 0x5B), *range(0xE000, 0xF8FF)]


@dataclass(slots=True)
class Allowance:
    """States that may still be visited, by one simulation or by several that answer one question together."""

    states: int = _STATES


def shortest(
    all_of: Sequence[Sequence[Pattern]], none_of: Sequence[Pattern], allowance: Allowance | None = None
) -> str | None:
    """A shortest string that matches one pattern of every group of `all_of` and none of `none_of`.

    Raises:
        UndecidedError: more states than are allowed; the general question is PSPACE-complete.
    """
    allowed = allowance or Allowance()
    simulation = Simulation(all_of, none_of)
    if not simulation.lives(simulation.start):
        return None
    if simulation.accepts(simulation.start):
        return ""
    came_from: dict[int, tuple[int, str]] = {simulation.start: (0, "")}
    waiting, visited = deque([simulation.start]), 0
    while waiting:
        state = waiting.popleft()
        for letter in simulation.letters_of(state):
            following = simulation.step(state, letter)
            if following in came_from or not simulation.lives(following):
                continue
            came_from[following] = (state, letter)
            if simulation.accepts(following):
                return _spelled(came_from, following)
            waiting.append(following)
        allowed.states -= len(came_from) - visited
        visited = len(came_from)
        if allowed.states < 0:
            raise UndecidedError(f"patterns too entangled: more than {_STATES:,} states")
    return None


def _spelled(came_from: dict[int, tuple[int, str]], state: int) -> str:
    letters: list[str] = []
    while came_from[state][1]:
        state, letter = came_from[state]
        letters.append(letter)
    return "".join(reversed(letters))


_STATES_OF_A_PAIR = 2_000


@lru_cache(maxsize=65536)
def is_within(narrow: Pattern, wide: Pattern) -> bool:
    """Whether everything that matches `narrow` matches `wide`. False also where that was not decided."""
    known = _is_plainly_within(narrow, wide)
    if known is not None:
        return known
    try:
        return shortest([[narrow]], [wide], Allowance(_STATES_OF_A_PAIR)) is None
    except UndecidedError:
        return False


def _is_plainly_within(narrow: Pattern, wide: Pattern) -> bool | None:
    """What the ends of the patterns tell; None where they do not tell."""
    if narrow is wide:
        return True
    if narrow.fold or wide.fold:
        return False
    if not narrow.prefix.startswith(wide.prefix) or not narrow.suffix.endswith(wide.suffix):
        return False
    if narrow.is_literal:
        return wide.matches(narrow.prefix)
    return True if wide.is_prefix else False if wide.is_literal else None
