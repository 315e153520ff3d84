"""A resource's sources as grants: what each Allow statement lets in, action by action.

Actions that the same statements are about behave alike, so they are taken together: an *action class*. Within a class
the action is no dimension any more, and neither is the resource where the class has just one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

from ringwall.policy import wildcard
from ringwall.policy.ast import AllBut, Effect, Only, Policy, Scope, Statement
from ringwall.policy.request import CallerKind
from ringwall.reasoning.box import EVERYTHING, Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.callers import ACCOUNT, ANONYMOUS_ACCOUNT, ARN, KIND
from ringwall.reasoning.encode import at_resource, covers_resource, statement_applies
from ringwall.reasoning.mining import Grant
from ringwall.reasoning.patterns import arn_like
from ringwall.reasoning.text import just
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import ABSENT, KeySet, ValueSet, texts
from ringwall.reasoning.variables import RESOURCE, Setting
from ringwall.resources.base import ActionGroup, Source

Owner = TypeVar("Owner")

ANONYMOUS_CALLER = Box(
    {
        KIND: KeySet(False, ValueSet(just((CallerKind.ANONYMOUS.value,)))),
        ACCOUNT: KeySet(False, ValueSet(just((ANONYMOUS_ACCOUNT,)))),
        ARN: ABSENT,
    }
)
"""The requests of callers without credentials."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One statement, ready to be put into any action class."""

    policy: Policy
    position: int
    boxes: tuple[Box, ...]
    resource: tuple[Box, ...]

    @property
    def statement(self) -> Statement:
        return self.policy.statements[self.position]


@dataclass(frozen=True, slots=True)
class Way:
    """How a grant came about: the source, and the position of the Allow statement in its policy."""

    source: Source
    position: int


@dataclass(frozen=True, eq=False)
class ActionClass:
    """Actions that behave alike on the same resources, and everything that is allowed and refused for them."""

    actions: tuple[str, ...]
    resource: str
    """The one ARN, or an example of those that match."""
    is_one: bool
    grants: tuple[Grant, ...]
    ways: tuple[Way, ...]
    """By `Grant.statement`."""
    statements: tuple[Encoded, ...]
    """Those that are about the class, each with the part of its boxes that is."""

    @cached_property
    def _granted(self) -> _Filed[Grant]:
        return _Filed((grant.box, grant) for grant in self.grants)

    def grants_near(self, box: Box) -> Iterator[Grant]:
        """Every grant that may share a request with the box, and perhaps others."""
        return (grant for _, grant in self._granted.near(box))

    @cached_property
    def _unsigned(self) -> frozenset[int]:
        boxes = ((grant.box & ANONYMOUS_CALLER, grant) for grant in self.grants)
        return frozenset(id(grant) for box, grant in boxes if not box.is_plainly_empty())

    def anonymous_near(self, box: Box) -> Iterator[Grant]:
        """Every grant that may let in a caller without credentials for a request of the box, and perhaps others."""
        return (grant for grant in self.grants_near(box) if id(grant) in self._unsigned) if self._unsigned else iter(())

    @cached_property
    def _denied(self) -> _Filed[Encoded]:
        denials = (each for each in self.statements if each.statement.effect is Effect.DENY)
        return _Filed((box, each) for each in denials for box in each.boxes)

    def denials_near(self, box: Box) -> Iterator[tuple[Box, Encoded]]:
        """Every box of a Deny statement that may share a request with the box, and perhaps others."""
        return self._denied.near(box)


class _Filed(Generic[Owner]):
    """Boxes in an index, each with what it belongs to. Statements alike may share one box."""

    def __init__(self, pairs: Iterable[tuple[Box, Owner]]) -> None:
        self._owners: dict[int, tuple[Box, list[Owner]]] = {}
        for box, owner in pairs:
            self._owners.setdefault(id(box), (box, []))[1].append(owner)
        self._index = BoxIndex(box for box, _ in self._owners.values())

    def near(self, box: Box) -> Iterator[tuple[Box, Owner]]:
        return ((each, owner) for each in self._index.near(box) for owner in self._owners[id(each)][1])


class Encoding:
    """Every policy behind a resource's sources, each encoded once."""

    def __init__(self, sources: Sequence[Source], setting: Setting) -> None:
        self.sources = sources
        self._encoded: dict[int, tuple[Encoded, ...]] = {}
        self._kept: list[Policy] = []  # keeps the identities that `_encoded` is keyed by
        for source in sources:
            for policy in (source.policy, *source.requires, *source.denied_by):
                self._encode(policy, setting)

    def _encode(self, policy: Policy, setting: Setting) -> None:
        if id(policy) in self._encoded:
            return
        self._kept.append(policy)
        self._encoded[id(policy)] = tuple(
            Encoded(
                policy,
                index,
                statement_applies(policy, statement, setting),
                covers_resource(policy, statement, setting),
            )
            for index, statement in enumerate(policy.statements)
        )

    def of(self, policy: Policy) -> tuple[Encoded, ...]:
        """The statements of one of the policies."""
        return self._encoded[id(policy)]

    @property
    def statements(self) -> tuple[Encoded, ...]:
        """The statements of all policies."""
        return tuple(encoded for policy in self._kept for encoded in self._encoded[id(policy)])

    def classes(self, groups: Iterable[ActionGroup], arn: str) -> Iterator[ActionClass]:
        """The action classes of a resource in which anything is allowed at all."""
        statements = self.statements
        for group in groups:
            masks = [action_mask(each.statement.actions, group.actions) for each in statements]
            for actions in _refined((1 << len(group.actions)) - 1, masks):
                involved = [each for each, mask in zip(statements, masks, strict=True) if mask & actions]
                if any(each.statement.effect is Effect.ALLOW for each in involved):
                    names = _names(group.actions, actions)
                    for template in group.resources:
                        if (found := self._class(names, template.replace("{arn}", arn), involved)) is not None:
                            yield found

    def _class(self, actions: tuple[str, ...], resource: str, involved: Sequence[Encoded]) -> ActionClass | None:
        is_one = wildcard.is_literal(resource)
        narrowed = (replace(each, boxes=_scoped(each, resource, is_one=is_one)) for each in involved)
        about = tuple(each for each in narrowed if each.boxes)
        scoped = {(id(each.policy), each.position): each.boxes for each in about}
        ways: list[Way] = []
        grants: list[Grant] = []
        for source in self.sources:
            refused = self._refused(source, scoped)
            for position, allowed in self._allowed(source, scoped):
                grants += (Grant(box, refused, len(ways)) for box in allowed)
                ways.append(Way(source, position))
        example = resource if is_one else resource.replace("*", "example")
        return ActionClass(actions, example, is_one, tuple(grants), tuple(ways), about) if grants else None

    def _allowed(
        self, source: Source, scoped: Mapping[tuple[int, int], tuple[Box, ...]]
    ) -> Iterator[tuple[int, list[Box]]]:
        """By Allow statement of the source, the boxes that every required policy allows too."""
        for each in self.of(source.policy):
            boxes = list(scoped.get((id(each.policy), each.position), ()))
            if each.statement.effect is not Effect.ALLOW or not boxes:
                continue
            for required in source.requires:
                permitted = list(self._boxes(required, Effect.ALLOW, scoped))
                joined = (box & other for box in boxes for other in permitted)
                boxes = [box for box in joined if not box.is_plainly_empty()]
            if boxes:
                yield each.position, boxes

    def _refused(self, source: Source, scoped: Mapping[tuple[int, int], tuple[Box, ...]]) -> BoxIndex:
        policies = (source.policy, *source.requires, *source.denied_by)
        return BoxIndex(box for policy in policies for box in self._boxes(policy, Effect.DENY, scoped))

    def _boxes(
        self, policy: Policy, effect: Effect, scoped: Mapping[tuple[int, int], tuple[Box, ...]]
    ) -> Iterator[Box]:
        for each in self.of(policy):
            if each.statement.effect is effect:
                yield from scoped.get((id(policy), each.position), ())


def _scoped(each: Encoded, resource: str, *, is_one: bool) -> tuple[Box, ...]:
    """The boxes of a statement for the resources of a class; none where it is about others."""
    if is_one:
        scopes = tuple(at_resource(each.resource, resource))
        if scopes == (EVERYTHING,):
            return each.boxes
    else:
        whole = Box({RESOURCE: KeySet(False, texts(AnyOf(patterns=(arn_like(resource, escapes=False),))))})
        scopes = tuple(whole & scope for scope in each.resource)
    scoped = (box & scope for box in each.boxes for scope in scopes)
    return tuple(box for box in scoped if not box.is_plainly_empty())


@lru_cache(maxsize=4096)
def _pattern_mask(pattern: str, actions: tuple[str, ...]) -> int:
    matching = (wildcard.matches(pattern, action, ignore_case=True) for action in actions)
    return sum(1 << index for index, matches in enumerate(matching) if matches)


def action_mask(scope: Scope, actions: tuple[str, ...]) -> int:
    """Which of the actions the scope covers, as bits."""
    mask = 0
    for member in scope.members:
        mask |= _pattern_mask(member.text, actions)
    match scope:
        case Only():
            return mask
        case AllBut():
            return ~mask & ((1 << len(actions)) - 1)


def _refined(whole: int, masks: Iterable[int]) -> list[int]:
    """The coarsest partition such that every mask is a union of its parts."""
    parts = [whole]
    for mask in set(masks):
        parts = [part for each in parts for part in (each & mask, each & ~mask) if part]
    return parts


def _names(actions: tuple[str, ...], bits: int) -> tuple[str, ...]:
    return tuple(action for index, action in enumerate(actions) if bits >> index & 1)
