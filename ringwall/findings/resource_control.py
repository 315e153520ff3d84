"""What an organization's resource control policies say of a finding: may they restrict it, and do they block it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ringwall.errors import PolicyError, UndecidedError
from ringwall.findings.evidence import Part
from ringwall.findings.finding import RestrictionType, StatementReference
from ringwall.findings.grants import ActionClass, action_mask
from ringwall.findings.organization import Organization
from ringwall.policy import wildcard
from ringwall.policy.ast import Effect, Policy
from ringwall.policy.parse import parse_policy, position
from ringwall.reasoning.box import Box
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.encode import at_resource, covers_resource, keys_with_set_operators, statement_applies
from ringwall.reasoning.region import Budget, find_request
from ringwall.reasoning.variables import Setting
from ringwall.resources.base import ActionGroup, Resource

RCP = "RESOURCE_CONTROL_POLICY"
_NEVER_RESTRICTED = ("kms:RetireGrant",)
"""Source: AWS Organizations User Guide, Resource control policies, "Resources and entities not restricted by RCPs"."""


class _Denial(NamedTuple):
    """One Deny statement of a policy that is attached to the account or above it."""

    name: str
    document: str
    policy: Policy
    place: int
    """0-based index of the statement."""

    def reference(self) -> StatementReference:
        statement = self.policy.statements[self.place]
        start, end = statement.span.start, statement.span.end
        return StatementReference(
            RCP,
            self.name,
            self.place,
            statement.sid,
            position(self.document, start),
            position(self.document, end),
            self.document[start:end],
        )


class ResourceControl:
    """The resource control policies of an organization, if there is one."""

    def __init__(self, organization: Organization | None) -> None:
        self.organization = organization
        self._denials = cache(self._read)

    def _read(self, account: str) -> tuple[_Denial, ...] | None:
        """The Deny statements that bind an account's resources; None where a policy cannot be read."""
        organization = self.organization
        if organization is None or account == organization.management_account_id:
            return ()
        if organization.unreadable is not None:
            return None
        try:
            return tuple(self._parsed(organization, account))
        except PolicyError:
            return None

    def _parsed(self, organization: Organization, account: str) -> Iterator[_Denial]:
        for attached in organization.resource_control_policies:
            if organization.is_attached(attached, account):
                policy = parse_policy(attached.document)
                for index, statement in enumerate(policy.statements):
                    if statement.effect is Effect.DENY:
                        yield _Denial(attached.name, attached.document, policy, index)

    def restriction(self, resource: Resource, groups: Sequence[ActionGroup], setting: Setting) -> RestrictionType:
        """As in the API: APPLICABLE if some policy may affect the resource."""
        denials = self._denials(resource.owner_account)
        if denials is None:
            return RestrictionType.FAILED_TO_EVALUATE_RCP
        relevant = any(
            action_mask(denial.policy.statements[denial.place].actions, group.actions)
            and any(_meets(denial, template.replace("{arn}", resource.arn), setting) for template in group.resources)
            for denial in denials
            for group in groups
        )
        return RestrictionType.APPLICABLE if relevant else RestrictionType.NOT_APPLICABLE

    def blocked_by(
        self, resource: Resource, parts: Sequence[Part], trusted: BoxIndex, setting: Setting
    ) -> tuple[StatementReference, ...]:
        """The statements that together refuse all of a finding's access; none where some of it gets through."""
        denials = self._denials(resource.owner_account) or ()
        if not denials or not _all_blocked(denials, parts, trusted, setting):
            return ()
        needed = list(denials)
        for denial in denials:
            rest = [each for each in needed if each is not denial]
            if rest and _all_blocked(rest, parts, trusted, setting):
                needed = rest
        return tuple(denial.reference() for denial in needed)


def _meets(denial: _Denial, resource: str, setting: Setting) -> bool:
    """Whether the statement's Resource element may cover one of these resources."""
    scopes = covers_resource(denial.policy, denial.policy.statements[denial.place], setting)
    return not wildcard.is_literal(resource) or any(True for _ in at_resource(scopes, resource))


_Refusal = tuple[_Denial, tuple[Box, ...]]


def _all_blocked(denials: Sequence[_Denial], parts: Sequence[Part], trusted: BoxIndex, setting: Setting) -> bool:
    many = keys_with_set_operators(denial.policy for denial in denials)
    known = Setting(setting.constants, setting.many | many)
    refusals = [
        (denial, statement_applies(denial.policy, denial.policy.statements[denial.place], known)) for denial in denials
    ]
    try:
        return all(_is_blocked(part, action, refusals, trusted, known) for part in parts for action in part[0].actions)
    except UndecidedError:
        return False


def _is_blocked(part: Part, action: str, refusals: Sequence[_Refusal], trusted: BoxIndex, setting: Setting) -> bool:
    """Whether no request for the action in the finding gets past the refusals."""
    if action in _NEVER_RESTRICTED:
        return False
    actions, cube = part
    boxes = [
        box & scope
        for denial, applying in refusals
        if action_mask(denial.policy.statements[denial.place].actions, (action,))
        for scope in _scope(denial, actions, setting)
        for box in applying
    ]
    blocking = BoxIndex(boxes)
    return bool(boxes) and all(
        find_request([grant.box & cube.box], blocking | trusted | grant.refused, Budget()) is None
        for grant in actions.grants_near(cube.box)
    )


def _scope(denial: _Denial, actions: ActionClass, setting: Setting) -> Iterator[Box]:
    """The resources of the class that the statement is about, as boxes."""
    scopes = covers_resource(denial.policy, denial.policy.statements[denial.place], setting)
    yield from at_resource(scopes, actions.resource) if actions.is_one else scopes
