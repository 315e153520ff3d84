"""What a policy allows, statement by statement: its grants with the Denies folded in, and what adds nothing.

The union of the grants, each without its exceptions, is exactly what the policy allows. Whatever is left out (a
statement, an element of an exception) is left out because a question with the answer None proves that it may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from ringwall.errors import UndecidedError
from ringwall.policy.ast import Condition, Effect, Only, Pattern, Policy, Statement
from ringwall.reasoning.question import Question, find_answer
from ringwall.reasoning.region import Budget

STEPS = 50_000
"""What all questions about one policy may cost together."""
_STEPS_A_QUESTION = 10


class Reason(Enum):
    """Why a statement adds nothing."""

    NOBODY = "nobody"
    """No request can satisfy it."""
    DENIED = "denied"
    """All that it allows is denied."""
    ALLOWED_ALREADY = "allowed-already"
    """All that it allows, and that is not denied, is allowed without it."""
    DENIED_ALREADY = "denied-already"
    """All that it denies is denied without it."""
    NOT_ALLOWED = "not-allowed"
    """All that it denies is denied, or not allowed by this policy, without it: other policies it still limits."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A statement that can be removed, with all others like it, without changing what the policy allows.

    That is about this policy. A Deny also takes from what other policies allow, and an Allow that names a role spares
    the role an identity policy, which an Allow for its account does not.
    """

    index: int
    reason: Reason
    by: tuple[int, ...] = ()
    """The one statement that makes it idle, where one alone does."""


@dataclass(frozen=True, slots=True)
class ExceptionFrom:
    """What a Deny takes out of a grant."""

    index: int
    statement: Statement
    """The Deny without the elements and conditions that everything in the grant satisfies anyway."""
    is_partial: bool
    """Whether it speaks of some principals, actions or resources of the grant; otherwise of its conditions alone."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What one Allow, or several that differ in their actions alone, allow: all but the exceptions."""

    indices: tuple[int, ...]
    statement: Statement
    exceptions: tuple[ExceptionFrom, ...]


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    """What a policy allows."""

    granted: tuple[Granted, ...]
    idle: tuple[Idle, ...]
    undecided: tuple[int, ...]
    """Statements of which it was not decided whether they add anything; they count as if they did."""


def explain_policy(policy: Policy) -> PolicyExplanation:
    """What the policy allows."""
    inquiry = _Inquiry(policy)
    idle = (*_idle_statements(inquiry, Effect.ALLOW), *_idle_statements(inquiry, Effect.DENY))
    left_out = {each.index for each in idle}
    denies = [
        (index, each)
        for index, each in enumerate(policy.statements)
        if each.effect is Effect.DENY and index not in left_out
    ]
    granted = tuple(
        replace(each, exceptions=tuple(_exceptions(inquiry, each.statement, denies)))
        for each in _merged(policy, left_out)
    )
    return PolicyExplanation(
        granted, tuple(sorted(idle, key=lambda each: each.index)), tuple(sorted(inquiry.undecided))
    )


@dataclass(slots=True)
class _Inquiry:
    """Questions about one policy, and what they may cost."""

    policy: Policy
    budget: Budget = field(default_factory=lambda: Budget(STEPS))
    undecided: set[int] = field(default_factory=set)

    def has_no_answer(
        self,
        allowed: Iterable[Statement],
        *,
        beyond: Iterable[Statement] | None = None,
        not_denied: Iterable[Statement] = (),
    ) -> bool | None:
        """Whether no request is allowed by the first, and not by `beyond`, nor denied; None where it is undecided."""
        question = Question(
            allowed=(self._policy(allowed),),
            not_allowed=() if beyond is None else (self._policy(beyond),),
            not_denied=(self._policy(not_denied),),
        )
        try:
            self.budget.spend(_STEPS_A_QUESTION)
            return find_answer(question, self.budget) is None
        except UndecidedError:
            return None

    def _policy(self, statements: Iterable[Statement]) -> Policy:
        return Policy(tuple(statements), self.policy.version)


def _idle_statements(inquiry: _Inquiry, effect: Effect) -> Iterable[Idle]:
    """Statements of one effect that add nothing beside the rest; the later ones first, so that the first one stays."""
    left = dict(enumerate(inquiry.policy.statements))
    for index in reversed(list(left)):
        if left[index].effect is not effect:
            continue
        rest = {other: each for other, each in left.items() if other != index}
        more, less = (left, rest) if effect is Effect.ALLOW else (rest, left)
        match inquiry.has_no_answer(more.values(), beyond=less.values()):
            case True:
                yield _idle(inquiry, index, left)
                left = rest
            case None:
                inquiry.undecided.add(index)
            case False:
                pass


def _idle(inquiry: _Inquiry, index: int, left: dict[int, Statement]) -> Idle:
    others = {other: each for other, each in left.items() if other != index}
    denies = {other: each for other, each in others.items() if each.effect is Effect.DENY}
    if left[index].effect is Effect.DENY:
        return _idle_deny(inquiry, index, left[index], denies)
    allows = {other: each for other, each in others.items() if each.effect is Effect.ALLOW}
    return _idle_allow(inquiry, index, left[index], allows, denies)


def _idle_allow(
    inquiry: _Inquiry, index: int, statement: Statement, allows: dict[int, Statement], denies: dict[int, Statement]
) -> Idle:
    if inquiry.has_no_answer((statement,)):
        return Idle(index, Reason.NOBODY)
    for other, deny in denies.items():
        if inquiry.has_no_answer((statement,), not_denied=(deny,)):
            return Idle(index, Reason.DENIED, (other,))
    if inquiry.has_no_answer((statement,), not_denied=denies.values()):
        return Idle(index, Reason.DENIED)
    for other, allow in allows.items():
        if inquiry.has_no_answer((statement,), beyond=(allow,), not_denied=denies.values()):
            return Idle(index, Reason.ALLOWED_ALREADY, (other,))
    return Idle(index, Reason.ALLOWED_ALREADY)


_ALL = Statement(Effect.ALLOW, Only((Pattern("*"),)))


def _idle_deny(inquiry: _Inquiry, index: int, statement: Statement, denies: dict[int, Statement]) -> Idle:
    for other, deny in denies.items():
        if inquiry.has_no_answer((_ALL,), beyond=(_ALL, statement), not_denied=(deny,)):
            return Idle(index, Reason.DENIED_ALREADY, (other,))
    if inquiry.has_no_answer((_ALL,), beyond=(_ALL, statement), not_denied=denies.values()):
        return Idle(index, Reason.DENIED_ALREADY)
    return Idle(index, Reason.NOT_ALLOWED)


def _merged(policy: Policy, left_out: set[int]) -> Iterable[Granted]:
    """The Allows that add something; those that differ in their actions alone are one."""
    groups: dict[object, list[int]] = {}
    for index, statement in enumerate(policy.statements):
        if statement.effect is Effect.ALLOW and index not in left_out:
            groups.setdefault(_likeness(index, statement), []).append(index)
    for indices in groups.values():
        members = [policy.statements[index] for index in indices]
        patterns = (pattern for each in members for pattern in each.actions.members)
        actions = tuple({pattern.text.lower(): pattern for pattern in patterns}.values())
        merged = replace(members[0], actions=Only(actions)) if len(members) > 1 else members[0]
        yield Granted(tuple(indices), merged, ())


def _likeness(index: int, statement: Statement) -> object:
    """What statements have in common that can be merged; the index for those that cannot."""
    if not isinstance(statement.actions, Only):
        return index
    scopes = [
        scope and (type(scope), frozenset(scope.members)) for scope in (statement.principals, statement.resources)
    ]
    conditions = ((each.operator, each.key.lower(), frozenset(each.values)) for each in statement.conditions)
    return (*scopes, frozenset(conditions))


_EVERYTHING = Statement(Effect.DENY, Only((Pattern("*"),)))


def _exceptions(
    inquiry: _Inquiry, granted: Statement, denies: Sequence[tuple[int, Statement]]
) -> Iterable[ExceptionFrom]:
    """What the Denies that bear on a grant take out of it. Where that is not decided, all that they say."""
    for index, deny in denies:
        if inquiry.has_no_answer((granted,), beyond=(granted, deny)):
            continue
        told = _EVERYTHING
        for part in _parts(deny):
            if not inquiry.has_no_answer((granted,), not_denied=(_with(_EVERYTHING, part),)):
                told = _with(told, part)
        is_partial = replace(told, conditions=()) != _EVERYTHING
        yield ExceptionFrom(index, replace(told, sid=deny.sid, span=deny.span), is_partial)


def _parts(deny: Statement) -> Iterable[Statement]:
    """The Deny taken apart: each of these says one thing of what it says."""
    yield replace(_EVERYTHING, principals=deny.principals)
    yield replace(_EVERYTHING, actions=deny.actions)
    yield replace(_EVERYTHING, resources=deny.resources)
    for condition in deny.conditions:
        yield replace(_EVERYTHING, conditions=(condition,))


def _with(whole: Statement, part: Statement) -> Statement:
    """Both together, of which the part says one thing that the whole does not."""
    conditions: tuple[Condition, ...] = (*whole.conditions, *part.conditions)
    return replace(
        whole,
        principals=whole.principals if part.principals is None else part.principals,
        actions=whole.actions if part.actions == _EVERYTHING.actions else part.actions,
        resources=whole.resources if part.resources is None else part.resources,
        conditions=conditions,
    )
