"""The proof of a finding: the replay of its witness, and the statements behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ringwall.errors import UndecidedError
from ringwall.findings.finding import Narrowing, StatementReference
from ringwall.findings.grants import ActionClass, Encoded, Way
from ringwall.policy import evaluate
from ringwall.policy.ast import NOWHERE, Effect, Policy, Statement
from ringwall.policy.parse import position
from ringwall.policy.render import render_statement
from ringwall.policy.request import Request
from ringwall.policy.service_reference import LEVELS, access_level
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import Point
from ringwall.reasoning.encode import request_at
from ringwall.reasoning.mining import Cube, Grant
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.variables import RESOURCE
from ringwall.resources.base import Source

Part = tuple[ActionClass, Cube]


def replays(way: Way, request: Request, trust: Policy) -> bool:
    """Whether the evaluator agrees: the statement allows the request, nothing denies it, and it is not trusted."""
    source = way.source
    statement = source.policy.statements[way.position]
    return (
        statement.effect is Effect.ALLOW
        and evaluate.statement_applies(source.policy, statement, request)
        and all(evaluate.is_allowed(policy, request) for policy in source.requires)
        and not any(
            evaluate.applying_statements(Effect.DENY, policy, request) for policy in (source.policy, *source.denied_by)
        )
        and not evaluate.applying_statements(Effect.ALLOW, trust, request)
    )


def request_of(actions: ActionClass, point: Point, constants: Mapping[str, tuple[str, ...]]) -> Request:
    """The request of a class whose dimensions these are, for the first of its actions."""
    found = request_at(point, constants)
    resource = found.resource if RESOURCE in point else actions.resource
    return Request(found.caller, actions.actions[0], resource, found.context)


@lru_cache(maxsize=4096)
def _levels(actions: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    by_level: dict[str, tuple[str, ...]] = {}
    for level in LEVELS:
        if at_level := tuple(action for action in actions if access_level(action) == level):
            by_level[level] = at_level
    return by_level


def access_levels(actions: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Actions by access level, in the order of the console: List, Read, Write, Permissions, Tagging."""
    return _levels(actions)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind one finding."""

    sources: tuple[Source, ...]
    trusted: BoxIndex
    parts: Sequence[Part]
    constants: Mapping[str, tuple[str, ...]]
    budget: Budget
    """Steps for all findings of the resource."""
    references: dict[tuple[int, int], StatementReference]
    """Those made for other findings of the resource: a statement of a megabyte is written out once."""

    def contributing(self) -> tuple[Source, ...]:
        """The sources that allow some of the access, narrower findings included; in their order."""
        found = {id(actions.ways[cube.grant.statement].source) for actions, cube in self.parts}
        for actions, cube in self.parts:
            if len(found) == len(self.sources):
                break
            for grant in actions.grants_near(cube.box):
                source = actions.ways[grant.statement].source
                if id(source) not in found and self._allows(grant, cube.box):
                    found.add(id(source))
        return tuple(source for source in self.sources if id(source) in found)

    def allowed_by(self) -> tuple[StatementReference, ...]:
        """The statements that allow what no narrower finding explains.

        The one behind the cube always, others as far as the step budget reaches: they explain a finding, no more.
        """
        found: dict[tuple[int, int], Way] = {}
        for actions, cube in self.parts:
            for grant in cube.nearby:
                way = actions.ways[grant.statement]
                key = id(way.source), way.position
                if key not in found and (grant is cube.grant or self._plainly_allows(grant, cube.core)):
                    found[key] = way
        ordered = list(found.values())
        if len(ordered) > 1:
            ordered.sort(key=lambda way: (self._place_of(way.source), way.position))
        return tuple(self._written(way.source, way.position) for way in ordered)

    def _place_of(self, source: Source) -> int:
        return next(place for place, each in enumerate(self.sources) if each is source)

    def _written(self, source: Source, index: int) -> StatementReference:
        key = id(source), index
        if key not in self.references:
            self.references[key] = reference(source, index)
        return self.references[key]

    def _allows(self, grant: Grant, box: Box) -> bool:
        return find_request([grant.box & box], self.trusted | grant.refused, self.budget) is not None

    def _plainly_allows(self, grant: Grant, box: Box) -> bool:
        try:
            return self._allows(grant, box)
        except UndecidedError:
            return False

    def narrowed_by(self) -> tuple[Narrowing, ...]:
        """The Deny statements that refuse something in the finding, each with a request that it refuses.

        Looked for as far as the step budget reaches: they explain a finding, and nothing hangs on them.
        """
        budget = Budget()
        found: dict[tuple[int, int], Narrowing] = {}
        for actions, cube in self.parts:
            for box, each in actions.denials_near(cube.box):
                key = id(each.policy), each.position
                if key not in found and each.statement.span != NOWHERE:
                    refusal = self._refusal(actions, cube, each, box, budget)
                    found |= {key: refusal} if refusal else {}
        return tuple(found.values())

    def _refusal(self, actions: ActionClass, cube: Cube, denial: Encoded, box: Box, budget: Budget) -> Narrowing | None:
        """A request that the finding would hold, were it not for the Deny statement."""
        for grant in actions.grants_near(cube.box & box):
            source = actions.ways[grant.statement].source
            if not any(policy is denial.policy for policy in (source.policy, *source.requires, *source.denied_by)):
                continue
            try:
                hit = find_request([grant.box & cube.box & box], self.trusted, budget)
            except UndecidedError:
                return None
            if hit is not None:
                refused = request_of(actions, hit[0], self.constants)
                return Narrowing(self._reference(source, denial.policy, denial.position), refused)
        return None

    def _reference(self, source: Source, policy: Policy, index: int) -> StatementReference:
        """Where the statement stands: in some source's policy, or in one that only binds the source."""
        statement = policy.statements[index]
        for own in (source, *self.sources):
            for place, each in enumerate(own.policy.statements):
                if each is statement:
                    return self._written(own, place)
        return StatementReference(source.type.value, "", index, statement.sid, text=render_statement(statement))


def reference(source: Source, index: int) -> StatementReference:
    """Where the statement at `index` of the source's policy stands in the configuration."""
    statement = source.policy.statements[index]
    start, end, text = _place(source, statement)
    return StatementReference(source.type.value, source.place, source.index_of(index), statement.sid, start, end, text)


def _place(source: Source, statement: Statement) -> tuple[tuple[int, int] | None, tuple[int, int] | None, str]:
    if source.text is None or statement.span == NOWHERE:
        return None, None, render_statement(statement)
    span = statement.span
    return position(source.text, span.start), position(source.text, span.end), source.text[span.start : span.end]
