"""One resource under one zone of trust: from its sources to its findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ringwall.errors import UndecidedError
from ringwall.findings.evidence import Evidence, Part, access_levels, replays, request_of
from ringwall.findings.exposure import exposure_of
from ringwall.findings.finding import Finding, FindingSource, StatementReference
from ringwall.findings.grants import ANONYMOUS_CALLER, ActionClass, Encoding
from ringwall.findings.questions import questions_of, within
from ringwall.findings.resource_control import ResourceControl
from ringwall.policy.ast import Effect, Policy, Statement
from ringwall.policy.request import Request
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import KIND, SIGNED
from ringwall.reasoning.choice import Choice, weakest
from ringwall.reasoning.encode import keys_with_set_operators, statement_applies
from ringwall.reasoning.label import Label
from ringwall.reasoning.labels import Labels, labels_of, mapping_of
from ringwall.reasoning.mining import NOTHING_MINED, Cube, Mined, Mode, mine
from ringwall.reasoning.pinning import pinned_settings
from ringwall.reasoning.principals import covers_caller
from ringwall.reasoning.public import DELEGATED, IN_ACCESS_POINT, is_public_cube
from ringwall.reasoning.question import Ask
from ringwall.reasoning.region import Budget, budget_for, find_request
from ringwall.reasoning.text import just
from ringwall.reasoning.values import KeySet, ValueSet
from ringwall.reasoning.variables import Setting, marks_in
from ringwall.resources.base import Resource, ResourceType, Source, SourceType

_WITH_SOURCES = frozenset(("AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket"))
"""The types whose findings say how the resource is shared. Source: API Reference, `FindingSource`."""
_SIGNED = Box({KIND: KeySet(False, ValueSet(just(SIGNED)))})


@dataclass(frozen=True, slots=True)
class Terms:
    """What the analyses of all resources of an account have in common."""

    trust: Policy
    """The zone of trust, as a policy."""
    trusted: BoxIndex
    """The same as boxes."""
    constants: Mapping[str, tuple[str, ...]]
    """Condition keys that follow from the resource's account."""
    resource_control: ResourceControl
    mode: Mode
    with_services: bool
    """Whether AWS services are outsiders too."""
    solver: Ask | None = None
    """Is asked where no witness replays."""


def error_finding(resource: Resource, code: str, message: str) -> Finding:
    """What could not be read or decided."""
    return Finding(
        resource.arn, resource.type, resource.owner_account, resource.region, error=code, error_message=message
    )


@dataclass(slots=True)
class _Draft:
    """A finding in the making: the same principal and conditions, in every action class that has them."""

    labels: tuple[Label, ...]
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Analysis:
    """One resource under one zone."""

    resource: Resource
    sources: tuple[Source, ...]
    kind: ResourceType
    terms: Terms

    def findings(self) -> tuple[Finding, ...]:
        """All findings; where some could not be decided, an error finding that says so beside the proven ones."""
        if self._is_for_the_zone_alone():
            return ()
        drafts, choice, undecided = self._drafts()
        proven: list[Finding] = []
        for draft in drafts:
            try:
                proven += self._proven(draft, choice)
            except UndecidedError as error:
                undecided = str(error)
        if undecided:
            proven.append(error_finding(self.resource, "INTERNAL_ERROR", undecided))
        return tuple(proven)

    def _proven(self, draft: _Draft, choice: Choice | None) -> Iterator[Finding]:
        """The finding; none where a solver says that nobody is let in like that.

        Raises:
            UndecidedError: no witness was found, and no solver had the last word.
        """
        try:
            witness: Request | None = self._witness(draft)
        except UndecidedError as error:
            if self.terms.solver is None:
                raise
            witness = self._asked(draft, self.terms.solver, error)
        if witness is not None:
            yield self._finding(draft, witness, choice)

    def _is_for_the_zone_alone(self) -> bool:
        """Whether every Allow statement plainly lets in nobody else: the case of most resources, and quick to see."""
        return all(
            self._is_trusted(source.policy, statement)
            for source in self.sources
            for statement in source.policy.statements
            if statement.effect is Effect.ALLOW
        )

    def _is_trusted(self, policy: Policy, statement: Statement) -> bool:
        callers = covers_caller(statement.principals, statement.effect)
        return self._are_trusted(callers) or self._are_trusted(statement_applies(policy, statement, self._setting))

    def _are_trusted(self, boxes: Iterable[Box]) -> bool:
        return all(self.terms.trusted.covers(box) for box in boxes)

    @cached_property
    def _policies(self) -> tuple[Policy, ...]:
        bound = ((source.policy, *source.requires, *source.denied_by) for source in self.sources)
        return tuple(policy for policies in bound for policy in policies)

    @cached_property
    def _references(self) -> dict[tuple[int, int], StatementReference]:
        return {}

    @cached_property
    def _budget(self) -> Budget:
        statements = (statement for policy in self._policies for statement in policy.statements)
        return budget_for(sum(map(_size, statements)))

    @cached_property
    def _setting(self) -> Setting:
        return Setting(self.terms.constants, keys_with_set_operators(self._policies))

    def _classes(self, setting: Setting) -> Iterator[ActionClass]:
        return Encoding(self.sources, setting).classes(self.kind.action_groups, self.resource.arn)

    def _drafts(self) -> tuple[list[_Draft], Choice | None, str | None]:
        """Findings in the making, how they were chosen, and what kept some of them from being found."""
        drafts: dict[tuple[str, ...], _Draft] = {}
        choices: list[Choice] = []
        undecided: str | None = None
        for actions in self._classes(self._setting):
            try:
                mined = self._mine(actions)
            except UndecidedError as error:
                undecided = str(error)
                continue
            choices += [mined.choice] if mined.cubes else []
            for cube in mined.cubes:
                drafts.setdefault(_about(cube), _Draft(cube.labels)).parts.append((actions, cube))
        return list(drafts.values()), weakest(choices), undecided

    def _mine(self, actions: ActionClass) -> Mined:
        if self._are_trusted(grant.box for grant in actions.grants):
            return NOTHING_MINED
        budget = budget_for(len(actions.grants) + sum(_size(each.statement) for each in actions.statements))
        return mine(actions.grants, self.terms.trusted, self._labels(actions, budget), budget, mode=self.terms.mode)

    def _labels(self, actions: ActionClass, budget: Budget) -> tuple[Labels, ...]:
        return labels_of(
            [(each.policy, each.statement) for each in actions.statements],
            self._setting,
            budget,
            owner_account=self.resource.owner_account,
            with_services=self.terms.with_services,
        )

    def _witness(self, draft: _Draft) -> Request:
        """A request that the evaluator allows and does not trust.

        Raises:
            UndecidedError: none was found.
        """
        if (signed := self._signed_witness(draft)) is not None:
            return signed
        tried = [(part, request_of(part[0], part[1].witness, self.terms.constants)) for part in draft.parts]
        for (actions, cube), request in tried:
            if replays(actions.ways[cube.grant.statement], request, self.terms.trust):
                return request
        pinned = (self._pinned_witness(part, request) for part, request in tried)
        found = next((request for request in pinned if request is not None), None)
        if found is None:
            raise UndecidedError("no witness replayed: a policy variable relates keys in a way that was not decided")
        return found

    def _asked(self, draft: _Draft, solver: Ask, error: UndecidedError) -> Request | None:
        """A witness that has the values of a request that the solver found; None where the solver says there is none.

        Its own request is no witness yet: it may belong to a narrower finding.
        """
        about, groups, arn = self._outline(draft), self.kind.action_groups, self.resource.arn
        try:
            answers = [
                solver(within(asked, about, self._policies).question).request
                for asked in questions_of(self.sources, groups, arn, self.terms.trust, self.terms.constants)
            ]
        except UndecidedError as other:
            raise UndecidedError(f"{error}; {other}") from error
        requests = [request for request in answers if request is not None]
        pinned = (self._pinned_witness(part, request) for request in requests for part in draft.parts)
        found = next((request for request in pinned if request is not None), None)
        if requests and found is None:
            raise UndecidedError(f"{error}; a solver found access, which may be that of a narrower finding") from error
        return found

    def _signed_witness(self, draft: _Draft) -> Request | None:
        """A witness with credentials, where the service answers nobody without, although policies may let them in."""
        if self.kind.takes_anonymous:
            return None
        parts = ((actions, cube.core & _SIGNED) for actions, cube in draft.parts)
        return next((request for part in parts if (request := self._replayed(*part)) is not None), None)

    def _pinned_witness(self, part: Part, tried: Request) -> Request | None:
        for setting, pin in pinned_settings(self._policies, self._setting, tried, marks_in(part[1].witness)):
            for actions in self._classes(setting):
                if part[0].actions[0] in actions.actions and part[0].resource == actions.resource:
                    request = self._replayed(actions, pin & part[1].core)
                    if request is not None:
                        return request
        return None

    def _replayed(self, actions: ActionClass, within: Box) -> Request | None:
        for grant in actions.grants_near(within):
            hit = find_request([grant.box & within], self.terms.trusted | grant.refused, Budget())
            if hit is not None:
                request = request_of(actions, hit[0], self.terms.constants)
                if replays(actions.ways[grant.statement], request, self.terms.trust):
                    return request
        return None

    def _outline(self, draft: _Draft) -> Finding:
        """What the finding says, without what it rests on."""
        principal = draft.labels[0]
        return Finding(
            self.resource.arn,
            self.resource.type,
            self.resource.owner_account,
            self.resource.region,
            principal={principal.type: principal.text},
            action=tuple(sorted({action for actions, _ in draft.parts for action in actions.actions})),
            condition=mapping_of(draft.labels),
        )

    def _finding(self, draft: _Draft, witness: Request, choice: Choice | None) -> Finding:
        evidence = Evidence(
            self.sources, self.terms.trusted, draft.parts, self.terms.constants, self._budget, self._references
        )
        outline = self._outline(draft)
        finding = replace(
            outline,
            access_levels=access_levels(outline.action),
            witness=witness,
            allowed_by=evidence.allowed_by(),
            narrowed_by=evidence.narrowed_by(),
            cover=choice,
        )
        return self._judged(finding, draft, evidence.contributing())

    def _judged(self, finding: Finding, draft: _Draft, sources: tuple[Source, ...]) -> Finding:
        """The finding with what follows from it: how far it reaches, and whether a control policy stops it."""
        control = self.terms.resource_control
        is_public = is_public_cube(draft.labels, without=_limits_nothing({source.type for source in sources}))
        reported = sources if finding.resource_type in _WITH_SOURCES else ()
        return replace(
            finding,
            is_public=is_public,
            exposure=exposure_of(draft.labels, is_public=is_public, anonymous=self._admits_anonymous(draft)),
            sources=_distinct(FindingSource(source.type.value, source.detail) for source in reported),
            resource_control_policy_restriction=control.restriction(
                self.resource, self.kind.action_groups, self._setting
            ),
            blocked_by=control.blocked_by(self.resource, draft.parts, self.terms.trusted, self._setting),
        )

    def _admits_anonymous(self, draft: _Draft) -> bool:
        if not draft.labels[0].is_any:
            return False
        boxes = (
            (grant.box & cube.box & ANONYMOUS_CALLER, self.terms.trusted | grant.refused)
            for actions, cube in draft.parts
            for grant in actions.anonymous_near(cube.box)
        )
        return any(find_request([box], refused, Budget()) is not None for box, refused in boxes)


def _limits_nothing(through: set[SourceType]) -> frozenset[str]:
    """The keys that limit nobody where access is only through these sources."""
    if through == {SourceType.S3_ACCESS_POINT_ACCOUNT}:
        return DELEGATED
    return IN_ACCESS_POINT if through == {SourceType.S3_ACCESS_POINT} else frozenset()


def _size(statement: Statement) -> int:
    """How many principals and values of conditions a statement names: each can become a finding."""
    values = sum(len(condition.values) for condition in statement.conditions)
    return (len(statement.principals.members) if statement.principals else 1) + values


def _about(cube: Cube) -> tuple[str, ...]:
    """What makes two cubes one finding: the principal and the conditions."""
    conditions = (word for item in sorted(mapping_of(cube.labels).items()) for word in item)
    return cube.labels[0].type, cube.labels[0].text, *conditions


def _distinct(sources: Iterator[FindingSource]) -> tuple[FindingSource, ...]:
    found: list[FindingSource] = []
    for source in sources:
        if source not in found:
            found.append(source)
    return tuple(found)
