"""The syntax tree. Nodes are frozen and compare by value; every node knows its span in the text."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

Member = TypeVar("Member")


class Span(NamedTuple):
    """Where a node stands in the text it was read from: offsets in characters, `end` exclusive."""

    start: int
    end: int


NOWHERE = Span(0, 0)


class Effect(Enum):
    """As in the language: Allow | Deny."""

    ALLOW = "Allow"
    DENY = "Deny"


class PrincipalType(Enum):
    """The kinds of principal that a policy can name. `*` alone is AWS with value `*`."""

    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One value of `Action`, `Resource` or their `Not…`, as it was written."""

    text: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal that a statement names, as it was written."""

    type: PrincipalType
    value: str
    span: Span = field(default=NOWHERE, compare=False)


class _Hashed:
    """A node that may have thousands of parts, and computes its hash once: caches are looked up by it."""

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, each.name) for each in fields(self) if each.compare))  # type: ignore[arg-type] # subclasses are dataclasses

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}  # it differs by process


@dataclass(frozen=True)
class Only(_Hashed, Generic[Member]):
    """``Action``, ``Resource`` or ``Principal``: just these."""

    members: tuple[Member, ...]
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True)
class AllBut(_Hashed, Generic[Member]):
    """``NotAction``, ``NotResource`` or ``NotPrincipal``: everything else."""

    members: tuple[Member, ...]
    __hash__ = _Hashed.__hash__


Scope = Only[Pattern] | AllBut[Pattern]
PrincipalScope = Only[Principal] | AllBut[Principal]


class Quantifier(Enum):
    """The set operators, for keys with several values."""

    FOR_ALL_VALUES = "ForAllValues"
    FOR_ANY_VALUE = "ForAnyValue"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator taken apart: `ForAnyValue:StringLikeIfExists` is (FOR_ANY_VALUE, "StringLike", True)."""

    name: str
    """In the spelling of the IAM User Guide, such as `StringNotLike`; always a row of `conditions.OPERATORS`."""
    quantifier: Quantifier | None = None
    if_exists: bool = False

    def __str__(self) -> str:
        prefix = f"{self.quantifier.value}:" if self.quantifier else ""
        return f"{prefix}{self.name}{'IfExists' if self.if_exists else ''}"


@dataclass(frozen=True)
class Condition(_Hashed):
    """One key under one operator. A statement's conditions must all hold.

    Booleans and numbers of the text are kept as text: `true`, `10.5`.
    """

    operator: Operator
    key: str
    """As written: names of keys are compared without regard to case."""
    values: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False)
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. A scope is None where the element is absent.

    An absent `Resource` (trust policies, repository policies) covers the resource that the policy hangs on; an
    absent `Principal` (identity policies, SCPs) covers the principal that the policy hangs on.
    """

    effect: Effect
    actions: Scope
    principals: PrincipalScope | None = None
    resources: Scope | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document."""

    statements: tuple[Statement, ...]
    version: str | None = None
    """`2012-10-17` or `2008-10-17`; None where it is absent, which means the older one."""
    id: str | None = None
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` is a policy variable here: only in version 2012-10-17."""
        return self.version == "2012-10-17"
