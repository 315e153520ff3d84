"""The question that granting asks of the policy engine: does anything pass one Allow, the Denies and the boundary?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from ringwall.errors import UndecidedError
from ringwall.policy.ast import Condition, Effect, Only, Operator, Policy, PrincipalType, Statement
from ringwall.policy.ast import Principal as Named
from ringwall.policy.request import Caller, CallerKind, derived_keys, session_arn
from ringwall.principals.granted_policy import EVERY_ACTION, Dialect, Shape
from ringwall.principals.principal import Principal, PrincipalKind
from ringwall.reasoning.callers import TAG_PREFIX
from ringwall.reasoning.question import Question, find_answer
from ringwall.reasoning.region import budget_for


@dataclass(frozen=True)
class Who:
    """A principal as its own policies can tell it: what is certain of every request that it makes.

    Source: IAM User Guide, AWS global condition context keys, "Properties of the principal".
    """

    arn: str
    kind: PrincipalKind
    id: str
    tags: tuple[tuple[str, str], ...]
    """By key in lower case. Those of a user that has any: a role's can be replaced by those of its session, and where
    none were read it is not known that there are none.
    """

    @cached_property
    def _facts(self) -> dict[str, tuple[str, ...]]:
        """The keys that hold the same in all its requests; `()` where they are absent from all of them."""
        absent = dict.fromkeys(("aws:username", "aws:principalservicename", "aws:principalservicenameslist"), ())
        return {**absent, **derived_keys(self._caller), **{TAG_PREFIX + key: (value,) for key, value in self.tags}}

    @property
    def _caller(self) -> Caller:
        if self.kind is PrincipalKind.USER:
            return Caller(CallerKind.USER, self.arn)
        return Caller(CallerKind.ROLE, self.arn, session=session_arn(self.arn, "session"))

    def constants(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Those of the keys that hold the same in all its requests. Tags that it has not are absent from all."""
        known = self._facts
        absent = () if self.tags else None
        held = {key: known.get(key, absent if key.startswith(TAG_PREFIX) else None) for key in sorted(keys)}
        return {key: values for key, values in held.items() if values is not None}

    def as_far_as_it_matters(self, shapes: Iterable[Shape]) -> Who | None:
        """Itself; where statements ask for its account alone, anybody there; where for nothing of it, nobody."""
        some = tuple(shapes)
        keys = frozenset().union(*(shape.caller_keys for shape in some))
        asked = {key for key in keys if self.tags or not key.startswith(TAG_PREFIX)}
        if not asked <= _OF_ACCOUNT or any(shape.statement.principals for shape in some):
            return self
        return Who(f"{self.arn.rpartition(':')[0]}:role/any", PrincipalKind.ROLE, "", ()) if asked else None

    @cached_property
    def scope(self) -> Policy:
        """What the principal itself asks for, as a policy: it holds the caller of a question."""
        named = Only((Named(PrincipalType.AWS, self.arn),))
        return Policy((Statement(Effect.ALLOW, EVERY_ACTION, principals=named, conditions=tuple(self._own_id())),))

    def _own_id(self) -> Iterator[Condition]:
        """`aws:userid` is a part of who calls, and not a constant: a session's is the role's, and the session's name."""
        if self.kind is PrincipalKind.USER and self.id.startswith("AIDA"):
            yield Condition(Operator("StringEquals"), "aws:userid", (self.id,))
        if self.kind is PrincipalKind.ROLE and self.id.startswith("AROA"):
            yield Condition(Operator("StringLike"), "aws:userid", (f"{self.id}:*",))


_OF_ACCOUNT = frozenset(("aws:principalaccount", "kms:calleraccount"))


def who_is(principal: Principal) -> Who:
    """The principal as its policies can tell it."""
    is_user = principal.kind is PrincipalKind.USER
    tags = tuple(sorted((key.lower(), value) for key, value in principal.tags.items())) if is_user else ()
    return Who(principal.arn, principal.kind, principal.id, tags)


class Verdict(NamedTuple):
    """What the engine says."""

    is_granted: bool
    steps: int = 0
    """What it took to find out: the same each time."""
    undecided: str | None = None
    """Why it could not be found out."""


class Asked(NamedTuple):
    """Is there a request that an Allow and one of the boundary's apply to, and none of the Denies?"""

    allow: Shape
    denies: tuple[Shape, ...]
    bounds: tuple[Shape, ...]
    """Allow statements of the boundary; none where it is open to all."""
    who: Who | None = None
    """Who asks, where that matters."""


def verdict_on(asked: Asked) -> Verdict:
    """The answer, which is remembered."""
    simple = _simplified(asked)
    is_open = simple.allow.is_plain and not simple.denies and not simple.bounds
    return Verdict(True) if is_open else _verdict_on(simple)


def _simplified(asked: Asked) -> Asked:
    """The same question in the form that most others share: without the principal and the resource, where they decide
    nothing.
    """
    others = (*asked.denies, *asked.bounds)
    is_open = all(shape.is_about_any_resource for shape in others)
    allow = asked.allow.anywhere if is_open else asked.allow
    who = asked.who.as_far_as_it_matters((allow, *others)) if asked.who else None
    return Asked(allow, asked.denies, asked.bounds, who)


_EACH, _EACH_STATEMENT = 10, 3
"""Steps that putting a question costs, however easy it is; and those for each Deny and each Allow of the boundary."""


@lru_cache(maxsize=16_384)
def _verdict_on(asked: Asked) -> Verdict:
    steps, why = _EACH + _EACH_STATEMENT * (len(asked.denies) + len(asked.bounds)), None
    for question in _questions(asked):
        budget = budget_for(sum(len(policy.statements) for policy in question.policies))
        given = budget.steps
        try:
            answer = find_answer(question, budget)
        except UndecidedError as error:
            answer, why = None, str(error)
        steps += given - budget.steps
        if answer is not None:
            return Verdict(True, steps)
    return Verdict(False, steps, why)


def _questions(asked: Asked) -> Iterator[Question]:
    """The question in the engine's words, once for each version of a policy that the boundary's statements need."""
    shapes = (asked.allow, *asked.denies, *asked.bounds)
    constants = asked.who.constants(frozenset().union(*(shape.caller_keys for shape in shapes))) if asked.who else {}
    allowed = (*_policies((asked.allow,)), *((asked.who.scope,) if asked.who else ()))
    denied = tuple(_policies(asked.denies, Effect.DENY))
    for bound in _policies(asked.bounds) if asked.bounds else (None,):
        yield Question((*allowed, *((bound,) if bound else ())), not_denied=denied, constants=constants)


def _policies(shapes: Iterable[Shape], effect: Effect = Effect.ALLOW) -> Iterator[Policy]:
    """The statements of the shapes: as one policy, or as two where `${` does not mean the same in all of them."""
    by_version: dict[str, list[Statement]] = {}
    for shape in shapes:
        statement = shape.statement if effect is Effect.ALLOW else shape.denying
        by_version.setdefault(_VERSIONS[shape.dialect], []).append(statement)
    return (Policy(tuple(some), version=version) for version, some in by_version.items())


_VERSIONS = {Dialect.NONE: "2012-10-17", Dialect.VARIABLES: "2012-10-17", Dialect.TEXT: "2008-10-17"}
