"""The smallest edit of a policy document that no longer grants what is unused, and grants all else that it did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ringwall.findings.recommended_policy_actions import Unused, is_touched, kept_of
from ringwall.policy.ast import AllBut, Effect, Only
from ringwall.policy.edit import PolicyText, policy_text

MANAGED_LIMIT = 6_144
"""Characters of a managed policy, white space not counted.

Source of all limits: IAM User Guide, "IAM and AWS STS quotas".
"""
INLINE_LIMITS = {"User": 2_048, "Role": 10_240, "Group": 5_120}
"""Characters of all inline policies together."""


def recommended_policy(document: str, unused: Unused) -> str | None:
    """The document without the unused actions; None where nothing is left of it.

    Entries of `Action` go; a wildcard gives way to the fewest names and narrower wildcards that cover what stays;
    `NotAction` becomes the `Action` of what stays; statements without actions go. Deny statements are never touched,
    nor are `Sid`, `Resource`, `Condition`, the order, the version, or the layout of what stays. Where nothing of it is
    unused, the document is the same text.

    Raises:
        PolicyError: the document is not a policy.
    """
    text = policy_text(document)
    empty: list[int] = []
    # From the last to the first: what stands before an edit stays where it is.
    for index, statement in reversed(list(enumerate(text.policy.statements))):
        if statement.effect is not Effect.ALLOW or not is_touched(statement.actions, unused):
            continue
        if kept := kept_of(statement.actions, unused):
            text = replace(text, text=_narrowed(text, index, kept))
        else:
            empty.append(index)
    return policy_text(text.text).without_statements(empty) if empty else text.text


def has_not_action(document: str) -> bool:
    """Whether a statement has `NotAction`: AWS recommends nothing then.

    Raises:
        PolicyError: the document is not a policy.
    """
    return any(isinstance(each.actions, AllBut) for each in policy_text(document).policy.statements)


def _narrowed(text: PolicyText, index: int, kept: Sequence[str]) -> str:
    """With these actions; where nothing but entries goes, what is left keeps its layout."""
    actions = text.policy.statements[index].actions
    written = [each.text for each in actions.members]
    if isinstance(actions, Only) and set(kept) <= set(written):
        only_less = text.without_patterns(index, "Action", lambda each: each not in kept)
        if only_less is not None:
            return only_less
    return text.with_actions(index, kept)


def characters(document: str) -> int:
    """How long IAM finds a document: it does not count white space."""
    return sum(map(len, document.split()))


def split_policy(document: str, limit: int = MANAGED_LIMIT) -> tuple[str, ...] | None:
    """The document as several that are no longer than the limit, and together say the same.

    Statements are dealt out in their order; one that is too long by itself is split by its actions. A document that is
    short enough stays as it is. None where one statement is too long even with one action.
    """
    if characters(document) <= limit:
        return (document,)
    whole = json.loads(document)
    key = next(each for each in whole if each.lower() == "statement")
    frame = {each: value for each, value in whole.items() if each != key}
    statements = whole[key] if isinstance(whole[key], list) else [whole[key]]
    room = limit - characters(_written({**frame, key: []}))
    parts = [part for each in statements for part in _parts(each, room)]
    if any(_length(each) > room for each in parts):
        return None
    return tuple(_written({**frame, key: dealt}) for dealt in _dealt(parts, room))


def _parts(statement: dict[str, Any], room: int) -> Iterator[dict[str, Any]]:
    """The statement, by halves of its actions where it is too long. Halves of `NotAction` would say something else."""
    key = next((each for each in statement if each.lower() == "action"), None)
    actions = statement[key] if key else None
    if _length(statement) <= room or key is None or not isinstance(actions, list) or len(actions) < 2:
        yield statement
        return
    middle = len(actions) // 2
    for half in (actions[:middle], actions[middle:]):
        yield from _parts({**statement, key: half}, room)


def _dealt(parts: list[dict[str, Any]], room: int) -> list[list[dict[str, Any]]]:
    """One document after another, each with as many statements as it has room for. A `Sid` is there once in each."""
    documents: list[list[dict[str, Any]]] = [[]]
    for each in parts:
        sids = [_sid_of(other) for other in documents[-1]]
        if sum(map(_length, documents[-1])) + _length(each) > room or (_sid_of(each) and _sid_of(each) in sids):
            documents.append([])
        documents[-1].append(each)
    return documents


def _sid_of(statement: dict[str, Any]) -> str | None:
    return next((value for key, value in statement.items() if key.lower() == "sid"), None)


def _length(statement: dict[str, Any]) -> int:
    return characters(_written(statement)) + 1


def _written(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
