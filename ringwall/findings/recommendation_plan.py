"""Which policies a principal has in the place of those that grant what it does not use, and how it comes to them.

An inline policy is replaced where it is. A managed policy is never changed, as others, or a boundary, may use it: the
principal gets a copy of its own without what is unused. A group is changed where the user is alone in it; a group of
several the user leaves, and takes what it needs along.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ringwall.findings.recommendation_calls import Change, Holder, calls_of, create_policy, leave_group
from ringwall.findings.recommendation_order import MOST_ATTACHED, Hangers, Move, ordered
from ringwall.findings.recommendation_steps import RecommendedAction, RecommendedStep
from ringwall.findings.recommended_policy import (
    INLINE_LIMITS,
    MANAGED_LIMIT,
    characters,
    recommended_policy,
    split_policy,
)
from ringwall.findings.recommended_policy_actions import Unused
from ringwall.principals.principal import Group, IdentityPolicy, PolicyKind, Principal, PrincipalKind


@dataclass(slots=True)
class Plan:
    """Steps, and what the principal has after them."""

    steps: tuple[RecommendedStep, ...] = ()
    after: list[str] = field(default_factory=list)
    """The documents of all its policies."""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """A policy, and what is left of it."""

    policy: IdentityPolicy
    new: str | None
    """None: nothing."""

    @property
    def is_changed(self) -> bool:
        return self.new != self.policy.document

    @property
    def is_inline(self) -> bool:
        return self.policy.kind is PolicyKind.INLINE

    @property
    def grows(self) -> bool:
        """Whether it is longer than it was, as where `NotAction` gives way to a list."""
        return self.new is not None and characters(self.new) > characters(self.policy.document)


def plan_of(principal: Principal, unused: Unused, now: datetime) -> Plan:
    """The plan; without steps where no policy grants anything unused.

    Raises:
        PolicyError: a policy cannot be read.
    """
    kind = "User" if principal.kind is PrincipalKind.USER else "Role"
    planner = _Planner(principal, Holder(kind, principal.name), now)
    planner.change(planner.own, [_narrowed(each, unused) for each in principal.policies])
    for group in principal.groups:
        planner.group(group, [_narrowed(each, unused) for each in group.policies])
    planner.order()
    return planner.plan


def _narrowed(policy: IdentityPolicy, unused: Unused) -> _Narrowed:
    return _Narrowed(policy, recommended_policy(policy.document, unused))


@dataclass(slots=True)
class _Planner:
    principal: Principal
    own: Holder
    now: datetime
    plan: Plan = field(default_factory=Plan)
    moves: list[Move] = field(default_factory=list)
    managed: set[str] = field(default_factory=set)
    """Those that the principal will have attached itself, and those of which it will have a copy."""

    def group(self, group: Group, policies: list[_Narrowed]) -> None:
        """Leaves the group as it is, changes it, or takes the user out of it."""
        if not any(each.is_changed for each in policies):
            self.plan.after += [each.policy.document for each in policies]
        elif group.members == 1 and not _is_full(policies):
            self.change(Holder("Group", group.name), policies, group)
        else:
            self._leave(group, policies)

    def change(self, holder: Holder, policies: list[_Narrowed], group: Group | None = None) -> None:
        """Changes what hangs on a holder: the principal, or a group that it is alone in."""
        remark = f" The user is alone in the group {group.name}." if group else ""
        self.plan.after += [each.new for each in policies if each.new is not None]
        if holder == self.own:
            self.managed |= {each.policy.id for each in policies if not each.is_inline and each.new is not None}
        # What goes as a whole is still there while others are replaced.
        inline = sum(characters(each.new or each.policy.document) for each in policies if each.is_inline)
        for each in sorted(policies, key=lambda each: each.grows):
            if not each.is_changed:
                continue
            if each.is_inline and each.new is not None and inline <= INLINE_LIMITS[holder.kind]:
                self.moves.append(Move([replace(_replaced(each, holder, remark), group=group)]))
                continue
            taken = replace(_taken(each, holder, remark), group=group)
            move = Move(take=taken, is_whole=each.new is None)
            if each.new is not None:
                self._copy(each, holder, each.new, _why_copied(each, holder) + remark, move)
            self.moves.append(move)

    def _leave(self, group: Group, policies: list[_Narrowed]) -> None:
        """The user leaves the group; what it still needs of the group's policies becomes its own."""
        attached: list[Change] = []
        move = Move()
        for each in policies:
            if each.new is None or (each.policy.id in self.managed and not each.is_inline):
                continue
            self.plan.after.append(each.new)
            if not each.is_inline:
                self.managed.add(each.policy.id)
            if each.is_inline or each.is_changed:
                self._copy(each, self.own, each.new, f"What the user needs of the group {group.name}.", move)
            else:
                attached.append(self.own.attach(each.policy.id))
        move.take = RecommendedStep(
            RecommendedAction.REMOVE_FROM_GROUP,
            existing_policy_id=group.arn,
            explanation=_why_left(group),
            group=group,
            warning="What the group is granted from now on no longer reaches this user.",
            **calls_of([*attached, leave_group(self.principal.name, group.name)]),
        )
        self.moves.append(move)

    def _copy(self, narrowed: _Narrowed, holder: Holder, document: str, why: str, move: Move) -> None:
        parts = split_policy(document)
        if parts is None:
            self.plan.fault = (
                f"a statement of `{narrowed.policy.name}` would be longer than the {MANAGED_LIMIT:,} characters of a"
                " managed policy"
            )
            return
        of = f" {len(parts)} policies, as one may have {MANAGED_LIMIT:,} characters." if len(parts) > 1 else ""
        for index, part in enumerate(parts):
            created = self._created(narrowed.policy, holder, part, index)
            step = RecommendedStep(
                RecommendedAction.CREATE_POLICY,
                existing_policy_id=narrowed.policy.id,
                recommended_policy=part,
                policy_updated_at=narrowed.policy.updated_at,
                explanation=f"{why}{of if index == 0 else ''}",
                **created,
            )
            # Two groups may have the same inline policy: one copy of it is enough.
            if all(each.calls != created["calls"] for other in (*self.moves, move) for each in other.gives):
                move.gives.append(step)

    def _created(self, policy: IdentityPolicy, holder: Holder, document: str, index: int) -> dict[str, Any]:
        identity = "\n".join((holder.kind, holder.name, policy.id, str(index), document))
        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        name = re.sub(r"[^\w+=,.@-]", "-", f"{holder.name[:50]}-{policy.name[:60]}-{digest}", flags=re.ASCII)
        _, partition, *_ = self.principal.arn.split(":")
        arn = f"arn:{partition}:iam::{self.principal.account}:policy/{name}"
        description = f"{policy.name} without what {self.principal.name} had not used by {self.now:%Y-%m-%d}"
        return calls_of([create_policy(arn, document, description[:1000]), holder.attach(arn)])

    def order(self) -> None:
        """Puts the steps in their order, as far as managed policies fit, and says where they do not."""
        groups = (Hangers(Holder("Group", each.name), each.policies) for each in self.principal.groups)
        self.plan.steps, fault = ordered(self.moves, [Hangers(self.own, self.principal.policies), *groups])
        self.plan.fault = self.plan.fault or fault


def _is_full(policies: list[_Narrowed]) -> bool:
    """Whether a group has no room for a copy of a managed policy, nor a policy that can go before that."""
    managed = [each for each in policies if not each.is_inline]
    is_kept = all(each.new is not None for each in managed)
    return is_kept and any(each.is_changed for each in managed) and len(managed) >= MOST_ATTACHED["Group"]


def _why_left(group: Group) -> str:
    if group.members == 1:
        return (
            f"The group {group.name} has as many managed policies as AWS allows, so that none of them can be exchanged:"
            " its only user leaves it, with policies of its own for what it needs."
        )
    others = group.members - 1
    return (
        f"The group {group.name} also serves {others} other user{'s' * (others > 1)}: this user leaves it, with"
        " policies of its own for what it needs. If none of the others uses the rest either, change the group"
        " instead; if some do, split it."
    )


def _replaced(narrowed: _Narrowed, holder: Holder, remark: str) -> RecommendedStep:
    policy, new = narrowed.policy, narrowed.new or ""
    return RecommendedStep(
        RecommendedAction.REPLACE_POLICY,
        existing_policy_id=policy.id,
        recommended_policy=new,
        policy_updated_at=policy.updated_at,
        explanation=f"The inline policy {policy.name} is changed where it is.{remark}",
        **calls_of([holder.put(policy.name, policy.document, new)]),
    )


def _taken(narrowed: _Narrowed, holder: Holder, remark: str) -> RecommendedStep:
    policy = narrowed.policy
    verb = "deleted" if narrowed.is_inline else "detached"
    why = "nothing of it was used" if narrowed.new is None else "its place is taken"
    return RecommendedStep(
        RecommendedAction.DETACH_POLICY,
        existing_policy_id=policy.id,
        policy_updated_at=policy.updated_at,
        explanation=f"The policy {policy.name} is {verb}: {why}.{remark}",
        **calls_of(_taking(policy, holder)),
    )


def _taking(policy: IdentityPolicy, holder: Holder) -> Iterator[Change]:
    if policy.kind is PolicyKind.INLINE:
        yield holder.delete(policy.name, policy.document)
    else:
        yield holder.detach(policy.id)


def _why_copied(narrowed: _Narrowed, holder: Holder) -> str:
    policy, others = narrowed.policy, narrowed.policy.attachments - 1
    match policy.kind:
        case PolicyKind.INLINE:
            return (
                f"The inline policies would be longer than the {INLINE_LIMITS[holder.kind]:,} characters that a"
                f" {holder.kind.lower()} may have: {policy.name} becomes a managed policy."
            )
        case PolicyKind.AWS_MANAGED:
            return f"{policy.name} is AWS's own: {holder.name} gets a copy without what is unused."
        case PolicyKind.CUSTOMER_MANAGED if others > 0:
            return f"{policy.name} is attached {others} more time{'s' * (others > 1)}: {holder.name} gets a copy."
        case PolicyKind.CUSTOMER_MANAGED:
            return f"{policy.name} is attached here alone: {holder.name} gets a copy, and the old one can go later."
