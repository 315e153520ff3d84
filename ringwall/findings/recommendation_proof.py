"""The proof of recommended policies: nothing is new, what is unused is gone, and all else is allowed as it was.

Each claim is a question about all requests, over all identity policies of the principal at once. Where policy variables
leave it undecided, it is asked again part by part: of the statements that agree in all but their actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ringwall.errors import UndecidedError
from ringwall.findings.recommended_policy_actions import Unused
from ringwall.policy.ast import Effect, Policy, Scope, Statement
from ringwall.policy.merging import merged
from ringwall.policy.parse import parse_policy
from ringwall.policy.service_reference import canonical_action, expand_action, known_actions, provenance, services
from ringwall.policy.wildcard import matches
from ringwall.principals.usage import Usage
from ringwall.reasoning.compare import find_granted_access, new_access, scope
from ringwall.reasoning.question import Question, find_answer
from ringwall.reasoning.readable import readable

_NOTHING = Policy(())


@dataclass(frozen=True, slots=True)
class Proof:
    """What was shown, or the first thing that was not."""

    sentences: tuple[str, ...] = ()
    fault: str | None = None


def proof_of(before: Sequence[str], after: Sequence[str], unused: Unused) -> Proof:
    """What can be shown of new policies.

    Args:
        before: the documents of all identity policies.
        after: those of all that the principal will have.
        unused: what was to go, and what is known beside the service reference.

    Raises:
        PolicyError: one of them is not a policy.
    """
    old, new = (merged([parse_policy(each) for each in documents]) for documents in (before, after))
    # Of actions that the service reference knows the names are as it has them.
    strange = frozenset(each for each in unused.used if canonical_action(each) is None)
    about = [namespace for namespace in unused.namespaces() if unused.is_about(namespace)]
    gone = frozenset(each for namespace in about for each in unused.known(namespace) if unused.takes(each))
    stays, goes = (_allowing(_alike(each, (old, new), strange)) for each in ((_every_action() | strange) - gone, gone))
    claims = (
        (_NOTHING_NEW, new_access(new=new, existing=old)),
        (_UNUSED_GONE, Question(allowed=(new, goes))),
        (_REST_STAYS, Question(allowed=(old, stays), not_allowed=(new,))),
    )
    sentences: list[str] = []
    for claim, question in claims:
        shown = _shown(claim, question)
        if shown.fault:
            return shown
        sentences += shown.sentences
    return Proof(tuple(sentences))


def _allowing(patterns: Iterable[str]) -> Policy:
    """A policy that allows these actions, and none where there are none."""
    some = tuple(patterns)
    return scope(some) if some else _NOTHING


_NOTHING_NEW = "the new policies allow nothing that the old ones did not"
_UNUSED_GONE = "the new policies allow none of the unused actions"
_REST_STAYS = "every other action that the service reference of {date} knows is allowed exactly as before"


def _shown(claim: str, question: Question) -> Proof:
    claim = claim.format(date=provenance().date)
    sentence = claim[0].upper() + claim[1:]
    try:
        request, how = find_answer(question), "no request contradicts it"
    except UndecidedError as error:
        if not _is_shown_by_parts(question):
            return Proof(fault=f"it could not be shown that {claim}: {error}")
        request, how = None, "statement by statement, no action contradicts it"
    if request is None:
        return Proof((f"{sentence}: {how}.",))
    request = readable(question, request)
    return Proof(fault=f"it is not so that {claim}: {request.action} on {request.resource}")


def _is_shown_by_parts(question: Question) -> bool:
    """Whether the question has no answer even where conditions and resources are only compared as they are written.

    What some Allow statements of a policy allow, others allow as well, if they say the same of resources and
    conditions and cover the same actions, and if every Deny of the others' policy is one of its own.
    """
    allowed, *limits = question.allowed
    denies = {_rest(each) for each in allowed.statements if each.effect is Effect.DENY}
    for other in question.not_allowed:
        if not {_rest(each) for each in other.statements if each.effect is Effect.DENY} <= denies:
            return False
    parts = _by_rest(allowed)
    others = [_by_rest(each) for each in question.not_allowed]
    asked = (
        Question((part, *limits), tuple(each.get(rest, _NOTHING) for each in others)) for rest, part in parts.items()
    )
    return all(find_answer(each) is None for each in asked)


def _rest(statement: Statement) -> Any:
    """What a statement says; of an Allow all but its actions."""
    is_deny = statement.effect is Effect.DENY
    return (statement.resources, statement.conditions, statement.principals, statement.actions if is_deny else None)


def _by_rest(policy: Policy) -> dict[Any, Policy]:
    """The actions of the Allow statements that agree in the rest: as policies about actions alone."""
    parts: dict[Any, list[Statement]] = {}
    for each in policy.statements:
        if each.effect is Effect.ALLOW:
            bare = replace(each, resources=None, conditions=(), principals=None)
            parts.setdefault(_rest(each), []).append(bare)
    return {rest: Policy(tuple(statements)) for rest, statements in parts.items()}


@cache
def _every_action() -> frozenset[str]:
    return frozenset(each for namespace in services() for each in known_actions(namespace))


def _alike(actions: frozenset[str], policies: Iterable[Policy], strange: frozenset[str]) -> list[str]:
    """One action for all that the same statements are about: whatever is true of it is true of the others."""
    scopes = [statement.actions for policy in policies for statement in policy.statements]
    named = [_named(scope, strange) & actions for scope in scopes]
    # What no statement names is alike.
    unnamed = actions.difference(*named)
    representative = {min(unnamed)} if unnamed else set()
    alike: dict[tuple[bool, ...], str] = {}
    for action in sorted((actions - unnamed) | representative):
        alike.setdefault(tuple(action in each for each in named), action)
    return sorted(alike.values())


def _named(scope: Scope, strange: Iterable[str]) -> frozenset[str]:
    """The actions that the scope names, or names as excepted; the service reference does not know the strange ones."""
    named: set[str] = set()
    for member in scope.members:
        named.update(expand_action(member.text))
        named.update(each for each in strange if matches(member.text, each, ignore_case=True))
    return frozenset(named)


def lost_uses(before: Iterable[str], after: Iterable[str], used: Iterable[str]) -> tuple[str, ...]:
    """Actions that were seen in use, were allowed in some way, and are allowed in none any more.

    Args:
        before: the documents of all identity policies as they were.
        after: those of the new policies.
        used: actions, such as `s3:GetObject`.

    Raises:
        PolicyError: one of them is not a policy.
        UndecidedError: of an action it could not be told.
    """
    old, new = (merged([parse_policy(each) for each in documents]) for documents in (before, after))
    asked = [each for each in sorted(set(used)) if find_granted_access(new, actions=(each,)) is None]
    return tuple(each for each in asked if find_granted_access(old, actions=(each,)) is not None)


def services_seen(usage: Usage) -> frozenset[str]:
    """Every namespace that a source has."""
    reported = (each.namespace for each in usage.report.services) if usage.report else ()
    return frozenset((*reported, *(usage.trail.services if usage.trail else ())))


def used_actions(usage: Usage) -> frozenset[str]:
    """Every action that a source saw in use, at any time."""
    reported = usage.report.services if usage.report else ()
    tracked = {name for each in reported for name, use in (each.tracked or {}).items() if use}
    return frozenset(tracked | set(usage.trail.uses if usage.trail else ()))
