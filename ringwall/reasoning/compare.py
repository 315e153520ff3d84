"""The questions we ask of policies, one line each over one primitive: a request, or None where there is none.

Every function raises `UndecidedError` where the step budget ends first.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ringwall.policy.ast import Effect, Only, Pattern, Policy, Statement
from ringwall.policy.request import Request
from ringwall.reasoning.public import limits_of
from ringwall.reasoning.question import Question, find_answer


def find_access(policy: Policy) -> Request | None:
    """A request that the policy allows, if there is one."""
    return find_answer(access(policy))


def find_new_access(*, new: Policy, existing: Policy) -> Request | None:
    """A request that `new` allows and `existing` does not, if there is one."""
    return find_answer(new_access(new=new, existing=existing))


def find_granted_access(
    policy: Policy, *, actions: Iterable[str] = (), resources: Iterable[str] = ()
) -> Request | None:
    """A request for one of the actions on one of the resources that the policy allows, if there is one."""
    return find_answer(granted_access(policy, actions=actions, resources=resources))


def find_shared_access(one: Policy, other: Policy) -> Request | None:
    """A request that both policies allow, if there is one."""
    return find_answer(Question(allowed=(one, other)))


def find_public_access(
    policy: Policy, *, actions: Iterable[str] = (), without: frozenset[str] = frozenset()
) -> Request | None:
    """A request by which anybody could use one of the actions, if there is one."""
    return find_answer(public_access(policy, actions=actions, without=without))


class Comparison(Enum):
    """How much one policy allows, next to another."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LOOSER = "looser"
    INCOMPARABLE = "incomparable"


def access(policy: Policy) -> Question:
    """What does the policy allow?"""
    return Question(allowed=(policy,))


def new_access(*, new: Policy, existing: Policy) -> Question:
    """What does `new` allow that `existing` does not?"""
    return Question(allowed=(new,), not_allowed=(existing,))


def granted_access(policy: Policy, *, actions: Iterable[str] = (), resources: Iterable[str] = ()) -> Question:
    """What does the policy allow of the actions (none given: of any) on the resources (none given: on any)?"""
    return Question(allowed=(policy, scope(actions, resources)))


def public_access(policy: Policy, *, actions: Iterable[str] = (), without: frozenset[str] = frozenset()) -> Question:
    """What does the policy allow of the actions (none given: of any) that nothing limits to fixed values?

    Args:
        policy: of a resource.
        actions: patterns of actions.
        without: condition keys, in lower case, that limit nothing here.
    """
    return Question(allowed=(policy, scope(actions)), not_allowed=(limits_of(policy, without=without),))


def scope(actions: Iterable[str] = (), resources: Iterable[str] = ()) -> Policy:
    """A policy that allows everybody these actions on these resources; where none are given, all.

    Its version is the older one, so that `${…}` in a resource stands for itself.
    """
    some, where = tuple(map(Pattern, actions)), tuple(map(Pattern, resources))
    return Policy((Statement(Effect.ALLOW, Only(some or (Pattern("*"),)), resources=Only(where) if where else None),))


def compared(*, forward: Request | None, backward: Request | None) -> Comparison:
    """What two searches for new access say: `forward` in the first policy, `backward` in the second."""
    match forward is not None, backward is not None:
        case False, False:
            return Comparison.EQUAL
        case False, True:
            return Comparison.STRICTER
        case True, False:
            return Comparison.LOOSER
        case _:
            return Comparison.INCOMPARABLE
