"""Statements, encoded as far as they are needed: a search looks at most of them only to see that they do not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from ringwall.policy.ast import Condition, Effect, Only, Policy, Quantifier, Scope, Statement
from ringwall.reasoning.box import Box
from ringwall.reasoning.callers import Point
from ringwall.reasoning.encode import ACTION, covers_action, covers_resource, is_read_elsewhere, statement_applies
from ringwall.reasoning.operators import MEANINGS
from ringwall.reasoning.values import ANYTHING, KeySet
from ringwall.reasoning.variables import ANY_REQUEST, RESOURCE, Setting


class Clause:
    """One statement of a policy under a setting. Two that are equal say the same, whatever they are called."""

    __slots__ = ("_actions", "_boxes", "_circumstances", "_needed", "policy", "setting", "statement")

    def __init__(self, policy: Policy, statement: Statement, setting: Setting) -> None:
        self.policy = policy
        self.statement = statement
        self.setting = setting
        self._actions: KeySet | None = None
        self._circumstances: tuple[Box, ...] | None = None
        self._boxes: tuple[Box, ...] | None = None
        self._needed: tuple[str, ...] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Clause) or self.policy.has_variables != other.policy.has_variables:
            return False
        mine, theirs = self.statement, other.statement
        return mine is theirs or (
            mine.effect is theirs.effect
            and mine.resources == theirs.resources
            and mine.conditions == theirs.conditions
            and mine.principals == theirs.principals
            and mine.actions == theirs.actions
        )

    def __hash__(self) -> int:
        statement = self.statement
        scopes = (statement.actions, statement.resources, statement.principals)
        ends = tuple((len(each.members), each.members[:1], each.members[-1:]) for each in scopes if each)
        return hash((statement.effect, ends, len(statement.conditions), statement.conditions[:1]))

    @property
    def actions(self) -> KeySet:
        """What the action may be."""
        if self._actions is None:
            self._actions = covers_action(self.statement.actions)
        return self._actions

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The requests that the statement applies to."""
        if self._boxes is None:
            self._boxes = tuple(self._encoded())
        return self._boxes

    def _encoded(self) -> Iterator[Box]:
        action = Box({ACTION: self.actions})
        scopes = [action & resource for resource in covers_resource(self.policy, self.statement, self.setting)]
        # What a request is held against first is what is quickest to compare.
        return (box & scope for scope in scopes for box in self.circumstances)

    @property
    def circumstances(self) -> tuple[Box, ...]:
        """The requests that the statement applies to, whatever their action and resource."""
        if self._circumstances is None:
            self._circumstances = statement_applies(self.policy, self.statement, self.setting)
        return self._circumstances

    @property
    def is_about_everything(self) -> bool:
        """Whether it is plainly about every action on every resource."""
        actions, resources = self.statement.actions, self.statement.resources
        return _is_everything(actions) and (resources is None or _is_everything(resources))

    @property
    def needed(self) -> tuple[str, ...]:
        """Keys that have to be there for the statement to apply."""
        if self._needed is None:
            self._needed = tuple(self._keys_needed())
        return self._needed

    def _keys_needed(self) -> Iterator[str]:
        keys = (condition.key.lower() for condition in self.statement.conditions if _needs_key(condition))
        return (key for key in keys if key not in self.setting.constants and not is_read_elsewhere(key))

    def may_hold(self, box: Box) -> bool:
        """Whether the keys that have to be there are certainly there. False is certain for the whole box."""
        return all(key in box.keys and not box.keys[key].absent for key in self.needed)

    def holders(self, point: Point) -> Iterator[Box]:
        """The boxes of the statement that the request is in."""
        for key in self.needed:
            if not point.get(key):
                return
        for box in self.boxes:
            if point in box:
                yield box


def _is_everything(scope: Scope) -> bool:
    return isinstance(scope, Only) and any(member.text == "*" for member in scope.members)


def _needs_key(condition: Condition) -> bool:
    """Whether the condition fails for every request without its key. False proves nothing."""
    operator = condition.operator
    row = MEANINGS.get(operator.name)
    may_lack = operator.if_exists or operator.quantifier is Quantifier.FOR_ALL_VALUES
    return row is not None and not row.negated and not may_lack


def clauses_of(policy: Policy, effect: Effect, setting: Setting) -> list[Clause]:
    """The statements of a policy that have this effect. Asked again about the same policy, they are encoded already."""
    made = _clauses(_Same(policy), setting.many, tuple(setting.constants.items()), tuple(setting.variables.items()))
    return [clause for clause in made if clause.statement.effect is effect]


def is_allowed(policy: Policy, setting: Setting = ANY_REQUEST) -> tuple[list[Box], list[Box]]:
    """A policy as boxes: what its Allow statements apply to, and what its Deny statements refuse."""
    allowing, denying = (clauses_of(policy, effect, setting) for effect in (Effect.ALLOW, Effect.DENY))
    return [box for clause in allowing for box in clause.boxes], [box for clause in denying for box in clause.boxes]


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A policy as itself: to compare it with another would take as long as to encode it."""

    policy: Policy

    def __hash__(self) -> int:
        return id(self.policy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.policy is other.policy


_Held = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=512)
def _clauses(same: _Same, many: frozenset[str], constants: _Held, variables: _Held) -> tuple[Clause, ...]:
    setting = Setting(dict(constants), many, dict(variables))
    return tuple(Clause(same.policy, statement, setting) for statement in same.policy.statements)


_FEW = 8
"""Clauses that are not worth sorting."""


class Clauses:
    """Clauses by the actions and the resources that they are about."""

    __slots__ = ("_by_action", "_by_service", "_everywhere", "_loose")

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._everywhere = list(islice((clause for clause in clauses if clause.is_about_everything), _FEW))
        self._by_action: dict[str, _Shelf] = {}
        self._by_service: dict[str, _Shelf] = {}
        self._loose = _Shelf()
        if len(clauses) <= _FEW:
            self._loose.clauses += clauses
            return
        for clause in clauses:
            self._file(clause)

    def _file(self, clause: Clause) -> None:
        text = clause.actions.bound.text
        if text.values is not None:
            self._put(self._by_action, text.values, clause)
            return
        prefixes = {pattern.prefix.partition(":") for union in text.all_of for pattern in union.patterns}
        if len(text.all_of) != 1 or not all(colon for _, colon, _ in prefixes):
            self._loose.clauses.append(clause)
            return
        self._put(self._by_service, {service for service, _, _ in prefixes}, clause)
        self._put(self._by_action, text.all_of[0].values, clause)

    @staticmethod
    def _put(shelves: dict[str, _Shelf], names: Iterable[str], clause: Clause) -> None:
        for name in names:
            shelves.setdefault(name, _Shelf()).clauses.append(clause)

    def take_in(self, clause: Clause) -> bool:
        """Whether whatever the clause applies to is plainly refused, whatever its action and resource."""
        wide = [box for each in self._everywhere for box in each.circumstances]
        return bool(wide) and all(any(box.is_within(each) for each in wide) for box in clause.circumstances)

    def covers(self, box: Box) -> bool:
        """Whether the box is plainly within one box of these. True is certain, False is not."""
        action, resource = _sample(box, ACTION), _sample(box, RESOURCE)
        near = (
            self._by_action.get(action, _EMPTY),
            self._by_service.get(action.partition(":")[0], _EMPTY),
            self._loose,
        )
        clauses = islice(chain.from_iterable(shelf.near(resource) for shelf in near), _FEW)
        return any(box.is_within(each) for clause in clauses if clause.may_hold(box) for each in clause.boxes)

    def holders(self, point: Point) -> Iterator[Box]:
        """The boxes of all clauses that the request is in; one may come twice."""
        [action] = point.get(ACTION) or ("",)
        [resource] = point.get(RESOURCE) or ("",)
        for clause in self._by_action.get(action, _EMPTY).near(resource):
            yield from clause.holders(point)
        for shelf in (self._by_service.get(action.partition(":")[0], _EMPTY), self._loose):
            for clause in shelf.near(resource):
                if (action,) in clause.actions:
                    yield from clause.holders(point)


def _sample(box: Box, dimension: str) -> str:
    """One value of the dimension, or what some of them begin with."""
    values = box.keys.get(dimension, ANYTHING)
    text = values.bound.text
    if text.values is not None:
        return next(iter(text.values), "")
    return next((pattern.prefix for union in text.all_of for pattern in union.patterns), "")


class _Shelf:
    """Clauses by what the resources that they are about begin with."""

    __slots__ = ("_by_prefix", "clauses")

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self._by_prefix: dict[int, dict[str, list[Clause]]] | None = None
        """By the length of the prefix, and the prefix."""

    def near(self, resource: str) -> Iterable[Clause]:
        """The clauses that may be about the resource."""
        if len(self.clauses) <= _FEW:
            return self.clauses
        if self._by_prefix is None:
            self._by_prefix = self._filed()
        found = (filed.get(resource[:length], ()) for length, filed in self._by_prefix.items())
        return chain.from_iterable(found)

    def _filed(self) -> dict[int, dict[str, list[Clause]]]:
        filed: dict[int, dict[str, list[Clause]]] = {}
        for clause in self.clauses:
            for prefix in set(_prefixes(clause.statement)):
                filed.setdefault(len(prefix), {}).setdefault(prefix, []).append(clause)
        return filed


_EMPTY = _Shelf()
_SPECIAL = re.compile(r"[*?$]")


def _prefixes(statement: Statement) -> Iterator[str]:
    """What the resources that the statement may be about begin with."""
    match statement.resources:
        case Only(members):
            return (_SPECIAL.split(member.text, maxsplit=1)[0] for member in members)
        case _:
            return iter(("",))
