"""The picture's content: accounts inside and outsiders, grouped until they can be read, and who reaches whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ringwall.console.outsiders import Outsider
from ringwall.findings.finding import Exposure
from ringwall.findings.organization import Organization
from ringwall.reports.wording import counted

INSIDE, OUTSIDE = 20, 20
"""How many boxes a picture has at most, of either side."""
OTHERS = "others"
_ELSEWHERE = "elsewhere"
_ORDER = [each.value for each in Exposure]
_LINKED = 20
"""Accounts that one filter of the listing can name."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Findings of one outsider about one account."""

    outsider: Outsider
    account: str
    exposure: str
    number: int


@dataclass(frozen=True, slots=True)
class Inside:
    """A box in the zone of trust: an account, or several."""

    key: str
    name: str
    note: str
    accounts: tuple[str, ...]
    number: int
    """Findings."""

    @property
    def filters(self) -> tuple[str, ...]:
        """Chips of the listing; none where the accounts are too many for one filter."""
        if len(self.accounts) > _LINKED:
            return ()
        return tuple(f"resourceOwnerAccount~eq~{each}" for each in self.accounts)


@dataclass(frozen=True, slots=True)
class Outside:
    """A box around it: an outsider, or all that had no room."""

    key: str
    name: str
    note: str
    filters: tuple[str, ...]
    exposure: str
    """The widest."""
    number: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two boxes."""

    outside: Outside
    inside: Inside
    exposure: str
    """The widest."""
    number: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn."""

    insiders: tuple[Inside, ...]
    outsiders: tuple[Outside, ...]
    edges: tuple[Edge, ...]
    folded: int
    """Outsiders that are drawn as one."""


def width_of(exposure: str) -> int:
    """Where it stands among the exposures: 0 is the widest."""
    return _ORDER.index(exposure) if exposure in _ORDER else len(_ORDER)


def widest(exposures: Iterable[str]) -> str:
    """The widest of some."""
    return min(exposures, key=width_of)


def graph_of(reaches: Sequence[Reach], organization: Organization | None, accounts: Iterable[str] = ()) -> Graph:
    """Groups until there are few enough boxes.

    Args:
        reaches: who reaches whom.
        organization: with the names of the accounts and where they stand, if it is known.
        accounts: to be shown although nobody reaches them, if there is room.
    """
    numbers = Counter[str]()
    for each in reaches:
        numbers[each.account] += each.number
    groups = _groups(sorted({*numbers, *accounts}), numbers, organization)
    insiders = {account: inside for inside in groups for account in inside.accounts}
    outsiders, folded = _outsiders(reaches)
    tallies: dict[tuple[str, str], list[Reach]] = defaultdict(list)
    for each in reaches:
        tallies[outsiders[each.outsider.key].key, insiders[each.account].key].append(each)
    by_key = {each.key: each for each in outsiders.values()}
    of_key = {each.key: each for each in groups}
    edges = tuple(
        Edge(by_key[outside], of_key[inside], widest(each.exposure for each in some), sum(each.number for each in some))
        for (outside, inside), some in tallies.items()
    )
    return Graph(tuple(groups), tuple(by_key.values()), edges, folded)


def _groups(accounts: Sequence[str], numbers: Mapping[str, int], organization: Organization | None) -> list[Inside]:
    """Accounts alone where there is room, else by organizational unit, the smallest together."""
    names = {each.id: each.name for each in organization.accounts} if organization else {}
    reached = [each for each in accounts if numbers.get(each)]
    alone = accounts if len(accounts) <= INSIDE else reached
    if len(alone) <= INSIDE:
        return [_single(each, names.get(each, ""), numbers.get(each, 0)) for each in alone]
    paths = {each.id: each.path for each in organization.accounts} if organization else {}
    units = _units(accounts, paths)
    ranked = sorted(units.items(), key=lambda unit: -sum(numbers.get(each, 0) for each in unit[1]))
    shown = [_unit(key, members, numbers) for key, members in ranked[: INSIDE - 1]]
    rest = tuple(each for _, members in ranked[INSIDE - 1 :] for each in members)
    return [*shown, *([_unit(OTHERS, rest, numbers)] if rest else [])]


def _single(account: str, name: str, number: int) -> Inside:
    return Inside(f"account:{account}", name or account, account if name else "", (account,), number)


def _units(accounts: Sequence[str], paths: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The deepest units of which there are few enough; those of the top where even they are many."""
    for depth in range(max((path.count("/") for path in paths.values()), default=1), 0, -1):
        units: dict[str, list[str]] = defaultdict(list)
        for each in accounts:
            parts = paths.get(each, "").strip("/").split("/")
            units["/".join(parts[:depth]) or _ELSEWHERE].append(each)
        if len(units) <= INSIDE or depth <= 3:
            break
    if len(units) == 1:
        # Nothing is known that tells them apart but their numbers.
        return {f"account:{each}": (each,) for each in accounts}
    return {key: tuple(members) for key, members in units.items()}


def _unit(key: str, members: Sequence[str], numbers: Mapping[str, int]) -> Inside:
    number = sum(numbers.get(each, 0) for each in members)
    reached = sum(1 for each in members if numbers.get(each))
    names = {OTHERS: "Other accounts", _ELSEWHERE: "Of no known unit"}
    name = names.get(key, key.rsplit("/", 1)[-1].removeprefix("account:"))
    note = counted(len(members), "account") + (f", {reached} reached" if reached < len(members) else "")
    return Inside(key, name, note, tuple(members), number)


def _outsiders(reaches: Sequence[Reach]) -> tuple[dict[str, Outside], int]:
    """The box of each outsider: those who reach furthest and most have their own. And how many share one."""
    by_key: dict[str, list[Reach]] = defaultdict(list)
    for each in reaches:
        by_key[each.outsider.key].append(each)
    ranked = sorted(by_key.values(), key=_rank)
    own = ranked if len(ranked) <= OUTSIDE else ranked[: OUTSIDE - 1]
    boxes = {some[0].outsider.key: _outside(some) for some in own}
    rest = ranked[len(own) :]
    if rest:
        together = [each for some in rest for each in some]
        exposure, number = widest(each.exposure for each in together), sum(each.number for each in together)
        box = Outside(OTHERS, f"{len(rest):,} others", "in the table below", (), exposure, number)
        boxes |= {some[0].outsider.key: box for some in rest}
    return boxes, len(rest)


def _rank(some: Sequence[Reach]) -> tuple[bool, int, str]:
    """Everybody first, then by number."""
    is_public = widest(each.exposure for each in some) in _ORDER[:2]
    return not is_public, -sum(each.number for each in some), some[0].outsider.key


def _outside(some: Sequence[Reach]) -> Outside:
    outsider = some[0].outsider
    exposure, number = widest(each.exposure for each in some), sum(each.number for each in some)
    return Outside(outsider.key, outsider.name, outsider.note, outsider.filters, exposure, number)
