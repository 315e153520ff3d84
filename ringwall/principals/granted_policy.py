"""Policy documents as what granting needs of them: for each kind of statement, which actions it is about.

A statement without its effect and its actions is a *shape*. Statements of one shape differ in nothing but the actions
that they are about, so their actions can be put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, lru_cache

from ringwall.errors import PolicyError
from ringwall.policy.ast import Effect, Only, Pattern, Policy, Statement
from ringwall.policy.parse import parse_policy
from ringwall.policy.wildcard import is_literal
from ringwall.principals.granted_index import Bits, actions_of
from ringwall.principals.principal import IdentityPolicy
from ringwall.reasoning.callers import says_who_calls
from ringwall.reasoning.encode import is_read_elsewhere
from ringwall.reasoning.variables import variables_of

EVERY_ACTION = Only((Pattern("*"),))


class Dialect(Enum):
    """What `${` means in a statement."""

    NONE = "none"
    """It is not in it: the statement means the same in a policy of any version."""
    VARIABLES = "variables"
    TEXT = "text"
    """It stands for itself: in a policy of the older version."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A statement without its effect and its actions. One object for all that are equal, as far as they are kept."""

    statement: Statement
    """An Allow of every action."""
    dialect: Dialect

    @cached_property
    def denying(self) -> Statement:
        """The statement as a Deny: a condition on several values means another thing there."""
        return replace(self.statement, effect=Effect.DENY)

    @cached_property
    def is_about_any_resource(self) -> bool:
        """Whether it plainly leaves the resource open."""
        resources = self.statement.resources
        return resources is None or (
            isinstance(resources, Only) and any(each.text == "*" for each in resources.members)
        )

    @cached_property
    def is_plain(self) -> bool:
        """Whether it applies to every request, whoever asks and whatever for."""
        return self.is_about_any_resource and not self.statement.conditions and self.statement.principals is None

    @cached_property
    def anywhere(self) -> Shape:
        """The statement for any resource, where the resource is the only thing that this leaves out.

        There is a resource that each pattern means: the one that is spelled as it is, without its stars. A variable
        would tie the resource to the rest of the request.
        """
        resources = self.statement.resources
        if self.dialect is not Dialect.NONE or not isinstance(resources, Only) or not resources.members:
            return self
        return shape_of(replace(self.statement, resources=None), self.dialect)

    @cached_property
    def caller_keys(self) -> frozenset[str]:
        """The keys, in lower case, by which the caller matters: of conditions and of variables."""
        conditions = frozenset(each.key.lower() for each in self.statement.conditions)
        has_variables = self.dialect is Dialect.VARIABLES
        variables = variables_of(Policy((self.statement,), version="2012-10-17")) if has_variables else frozenset()
        return frozenset(key for key in conditions | variables if says_who_calls(key) or is_read_elsewhere(key))

    @property
    def is_personal(self) -> bool:
        """Whether it depends on who asks."""
        return bool(self.caller_keys) or self.statement.principals is not None


@lru_cache(maxsize=16_384)
def shape_of(statement: Statement, dialect: Dialect) -> Shape:
    """The shape of a statement that was brought to an Allow of every action."""
    return Shape(statement, dialect)


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """A policy document: which actions the statements of each shape are about, in the order of the document."""

    allows: Mapping[Shape, Bits]
    denies: Mapping[Shape, Bits]
    is_personal: bool
    """Whether what it says depends on who asks."""


def document_of(policy: IdentityPolicy) -> Document:
    """What a policy says.

    Raises:
        PolicyError: it is not a valid policy; the message names it.
    """
    try:
        return _read(policy.document)
    except PolicyError as error:
        message = f"policy `{policy.id}`: {error.message}"
        raise PolicyError(message, line=error.line, column=error.column, path=error.path) from error


MOST_VAGUE = 25
"""Each is held against every action that there is. IAM itself wants a service before the colon, or `*` alone."""


def _is_vague(pattern: str) -> bool:
    service, colon, _ = pattern.partition(":")
    return pattern != "*" and not (colon and is_literal(service))


@lru_cache(maxsize=4096)
def _read(text: str) -> Document:
    said: dict[Effect, dict[Shape, Bits]] = {Effect.ALLOW: {}, Effect.DENY: {}}
    policy = parse_policy(text)
    vague = {member.text for each in policy.statements for member in each.actions.members if _is_vague(member.text)}
    if len(vague) > MOST_VAGUE:
        raise PolicyError(f"{len(vague)} patterns of actions name no service: {MOST_VAGUE} can be worked out")
    for statement in policy.statements:
        dialect = _dialect_of(statement, has_variables=policy.has_variables)
        bare = replace(statement, effect=Effect.ALLOW, actions=EVERY_ACTION, sid=None)
        shape, shapes = shape_of(bare, dialect), said[statement.effect]
        shapes[shape] = shapes.get(shape, 0) | actions_of(statement.actions)
    allows, denies = said.values()
    return Document(allows, denies, any(shape.is_personal for shape in (*allows, *denies)))


def _dialect_of(statement: Statement, *, has_variables: bool) -> Dialect:
    if not any("${" in text for text in _texts_of(statement)):
        return Dialect.NONE
    return Dialect.VARIABLES if has_variables else Dialect.TEXT


def _texts_of(statement: Statement) -> Iterator[str]:
    if statement.resources:
        yield from (member.text for member in statement.resources.members)
    for condition in statement.conditions:
        yield from condition.values
