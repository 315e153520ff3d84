"""A recommendation as its page shows it: policies side by side, other steps, commands, proof."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ringwall.console.laid_out import laid_out
from ringwall.console.side_by_side import Sides, sides_of
from ringwall.console.unused_words import moment
from ringwall.principals.principal import IdentityPolicy, Principal

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDS = {
    "CREATE_POLICY": "Create the recommended policy",
    "DETACH_POLICY": "Detach the existing policy",
    "REPLACE_POLICY": "Replace the document in place",
    "REMOVE_FROM_GROUP": "Take the user out of the group",
    "DEACTIVATE_KEY": "Deactivate the access key",
    "DELETE_PASSWORD": "Delete the password",
    "DELETE_ROLE": "Delete the role",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step, in words."""

    title: str
    explanation: str
    warning: str
    commands: tuple[str, ...]
    undo: tuple[str, ...]
    existing: str
    """The id of the policy that it is about."""
    policy: str
    """The document that it recommends, for readers."""
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What becomes of one policy."""

    name: str
    id: str
    sides: Sides
    recommended: str
    """Empty where it is only detached."""
    steps: tuple[Step, ...]
    is_stale: bool
    """Whether the policy has changed since the recommendation was made."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """All of it."""

    changes: tuple[PolicyChange, ...]
    others: tuple[Step, ...]
    """Steps that are about no policy document."""
    proof: tuple[str, ...]
    is_of_aws: bool

    @property
    def steps(self) -> Iterator[Step]:
        for each in self.changes:
            yield from each.steps
        yield from self.others


def recommended_of(answer: Mapping[str, Any], principal: Principal | None) -> Recommended:
    """What `GetFindingRecommendation` answered.

    Args:
        answer: with all of its steps; `recommendation` holds what only we say of them.
        principal: as it is now, for the documents of its policies; None where it is not known.
    """
    ours = answer.get("recommendation") or {}
    written = ours.get("steps")
    if written is None:
        written = [each["unusedPermissionsRecommendedStep"] for each in answer.get("recommendedSteps") or ()]
    steps = [_step(each) for each in written]
    policies = {each.id: each for each in _policies(principal)}
    about = list(dict.fromkeys(each.existing for each in steps if each.policy or each.existing in policies))
    return Recommended(
        changes=tuple(
            _change(policy, [each for each in steps if each.existing == policy], policies) for policy in about
        ),
        others=tuple(each for each in steps if each.existing not in about),
        proof=tuple(ours.get("proof") or ()),
        is_of_aws=bool(ours.get("isOfAws", True)),
    )


def _policies(principal: Principal | None) -> Iterator[IdentityPolicy]:
    if principal is not None:
        yield from (policy for policy, _ in principal.granting)


def _step(members: Mapping[str, Any]) -> Step:
    action, updated = members["recommendedAction"], members.get("policyUpdatedAt")
    return Step(
        title=_WORDS.get(action, action),
        explanation=members.get("explanation") or "",
        warning=members.get("warning") or "",
        commands=tuple(map(command_of, members.get("calls") or ())),
        undo=tuple(map(command_of, members.get("undo") or ())),
        existing=members.get("existingPolicyId") or "",
        policy=laid_out(members.get("recommendedPolicy")),
        updated_at=moment(updated) if isinstance(updated, str) else updated,
    )


def _change(policy: str, steps: Sequence[Step], policies: Mapping[str, IdentityPolicy]) -> PolicyChange:
    known = policies.get(policy)
    recommended = next((each.policy for each in steps if each.policy), "")
    now, then = (
        (known.updated_at if known else None),
        next((each.updated_at for each in steps if each.updated_at), None),
    )
    return PolicyChange(
        name=policy.rsplit("/", 1)[-1] or "A new policy",
        id=policy,
        sides=sides_of(laid_out(known.document) if known else "", recommended),
        recommended=recommended,
        steps=tuple(steps),
        is_stale=now is not None and then is not None and now > then,
    )


def command_of(call: Mapping[str, Any]) -> str:
    """A call of AWS's API as a line for its command line."""
    service, _, operation = call["operation"].partition(":")
    given = json.dumps(call.get("parameters") or {}, ensure_ascii=False)
    return f"aws {service} {_WORD_START.sub('-', operation).lower()} --cli-input-json {shlex.quote(given)}"


def file_names(changes: Iterable[PolicyChange]) -> Iterator[tuple[str, str]]:
    """Names for files, each once, with the recommended documents."""
    for number, each in enumerate((each for each in changes if each.recommended), start=1):
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in each.name)
        yield f"{number:02}-{plain[:80]}.json", f"{each.recommended}\n"
