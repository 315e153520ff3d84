"""Rewrites an access point's policy as if it hung on the bucket, so that both speak of the same resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ringwall.policy.ast import AllBut, Condition, Effect, Only, Pattern, Policy, Scope, Statement
from ringwall.policy.wildcard import matches, matches_arn
from ringwall.resources.translate import patterns

_VARIABLE = re.compile(r"\$\{[^}]*\}")
_STARS = re.compile(r"\*+")


def for_bucket(
    policy: Policy, *, access_point: str, bucket: str, actions: Sequence[str], pins: Sequence[Condition]
) -> Policy:
    """The policy with `access_point` replaced by `bucket` in its resources.

    `…:accesspoint/NAME` becomes the bucket, `…:accesspoint/NAME/object/KEY` the object KEY in it. What it allows is
    limited to `actions`, and to requests for which the `pins` hold. Number, order and spans of the statements stay as
    they are.
    """
    rewriting = _Rewriting(access_point, bucket, has_variables=policy.has_variables)
    statements = (limited(rewriting.statement(each), actions, pins) for each in policy.statements)
    return replace(policy, statements=tuple(statements))


def limited(statement: Statement, actions: Sequence[str], conditions: Sequence[Condition] = ()) -> Statement:
    """The statement, an Allow limited to some actions and by further conditions; a Deny may be as wide as it is."""
    if statement.effect is Effect.DENY:
        return statement
    kept = patterns([action for action in actions if _covers(statement.actions, action)])
    return replace(statement, actions=kept, conditions=(*statement.conditions, *conditions))


def _covers(scope: Scope, action: str) -> bool:
    is_named = any(matches(member.text, action, ignore_case=True) for member in scope.members)
    return is_named if isinstance(scope, Only) else not is_named


class _Rewriting:
    def __init__(self, access_point: str, bucket: str, *, has_variables: bool) -> None:
        self._access_point = access_point
        self._bucket = bucket
        self._has_variables = has_variables

    def statement(self, statement: Statement) -> Statement:
        is_allow = statement.effect is Effect.ALLOW
        return replace(statement, resources=self._scope(statement.resources, is_allow=is_allow))

    def _scope(self, scope: Scope | None, *, is_allow: bool) -> Scope | None:
        match scope:
            case None:
                return None
            case Only(members):
                return Only(tuple(self._patterns(members, widen=is_allow)))
            case AllBut(members):
                return AllBut(tuple(self._patterns(members, widen=not is_allow)))

    def _patterns(self, members: Sequence[Pattern], *, widen: bool) -> Iterator[Pattern]:
        for member in members:
            for text in self._texts(member.text, widen=widen):
                yield replace(member, text=text)

    def _texts(self, pattern: str, *, widen: bool) -> list[str]:
        texts = self._exact_texts(pattern)
        if texts or not widen or not self._has_variables:
            return texts
        # A variable stands where the access point is named: it may be any text. Where a wider reading would hide
        # access, the pattern covers nothing instead.
        return self._exact_texts(_VARIABLE.sub("*", pattern))

    def _exact_texts(self, pattern: str) -> list[str]:
        objects = [f"{self._bucket}/{rest}" for rest in _rests(pattern, f"{self._access_point}/object/")]
        return [self._bucket, *objects] if matches_arn(pattern, self._access_point) else objects


def _rests(pattern: str, beginning: str) -> list[str]:
    """Patterns that together match just the texts which, put after `beginning`, `pattern` matches.

    ARNs are compared part by part, as in `wildcard.matches_arn`.
    """
    parts = pattern.split(":", 5) if pattern.startswith("arn:") else [pattern]
    fields = beginning.split(":", len(parts) - 1)
    if 1 < len(parts) < 6:
        return ["*"] if matches_arn(pattern, beginning) else []
    if not all(matches(part, field) for part, field in zip(parts[:-1], fields[:-1], strict=True)):
        return []
    return _remainders(_STARS.sub("*", parts[-1]), fields[-1])


def _remainders(pattern: str, beginning: str) -> list[str]:
    """What is left of `pattern` once it has matched `beginning`, in every way in which it can."""
    reached = _past_stars(pattern, {0})
    for character in beginning:
        stepped = {
            at if pattern[at] == "*" else at + 1 for at in reached if pattern[at : at + 1] in ("*", "?", character)
        }
        reached = _past_stars(pattern, stepped)
    # What follows a star is among what the star and all after it match.
    behind_stars = {at + 1 for at in reached if pattern[at : at + 1] == "*"}
    remainders = [pattern[at:] for at in sorted(reached - behind_stars)]
    return ["*"] if "*" in remainders else remainders


def _past_stars(pattern: str, reached: set[int]) -> set[int]:
    return reached | {at + 1 for at in reached if pattern[at : at + 1] == "*"}
