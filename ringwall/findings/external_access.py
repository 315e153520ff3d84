"""Who outside the zone of trust can reach a resource: its findings, each with a witness that was replayed."""

from __future__ import annotations

from typing import Literal

from ringwall.errors import ConfigurationError, PolicyError, UndecidedError
from ringwall.findings.analysis import Analysis, Terms, error_finding
from ringwall.findings.finding import Finding
from ringwall.findings.questions import Asked, questions_of
from ringwall.findings.resource_control import ResourceControl
from ringwall.findings.silence import Silence
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.policy.ast import Policy
from ringwall.reasoning.box_index import BoxIndex
from ringwall.reasoning.encode import statement_applies
from ringwall.reasoning.mining import Mode
from ringwall.reasoning.question import Ask
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, ResourceType

CONFUSED_DEPUTY = "confused-deputy"
"""What `include` may name: AWS services that are let in whoever they call for."""


class ExternalAccess:
    """Finds access from outside a zone of trust. Pure: the same resource gives the same findings.

    Where policy variables leave something open, the solver is asked, if there is one: as pure as that is.
    """

    def __init__(
        self,
        zone: ZoneOfTrust,
        *,
        mode: Literal["concise", "aws"] = "concise",
        include: frozenset[str] = frozenset(),
        solver: Ask | None = None,
    ) -> None:
        self.zone = zone
        self.mode = Mode(mode)
        self.with_services = CONFUSED_DEPUTY in include
        self.solver = solver
        self.resource_control = ResourceControl(zone.organization)
        self._terms: dict[str, Terms] = {}
        self._trusts: dict[tuple[str, ...], tuple[Policy, BoxIndex]] = {}
        self._silence = Silence()

    def findings_of(self, resource: Resource) -> tuple[Finding, ...]:
        """The findings of one resource; an error finding where it cannot be read or decided."""
        if resource.error is not None:
            return (error_finding(resource, resource.error.code, resource.error.message),)
        kind = RESOURCE_TYPES.get(resource.type)
        if kind is None:
            return (error_finding(resource, "INTERNAL_ERROR", f"`{resource.type}` is not a supported resource type"),)
        if self._silence.holds(resource):
            return ()
        try:
            return self._analyze(resource, kind)
        except (PolicyError, ConfigurationError, UndecidedError) as error:
            return (error_finding(resource, "INTERNAL_ERROR", str(error)),)

    def questions_of(self, resource: Resource) -> tuple[Asked, ...]:
        """The questions behind the verdict on a resource: none has an answer exactly if there are no findings.

        Raises:
            PolicyError: a policy of the resource cannot be read.
            ConfigurationError: its configuration cannot be read.
        """
        kind = RESOURCE_TYPES.get(resource.type)
        if kind is None or resource.error is not None:
            return ()
        terms = self._terms_of(resource.owner_account)
        sources = kind.sources(resource)
        return tuple(questions_of(sources, kind.action_groups, resource.arn, terms.trust, terms.constants))

    def _analyze(self, resource: Resource, kind: ResourceType) -> tuple[Finding, ...]:
        sources = tuple(kind.sources(resource))
        if not sources:
            return ()
        terms = self._terms_of(resource.owner_account)
        found = Analysis(resource, sources, kind, terms).findings()
        if not found:
            self._silence.remember(resource, sources, kind.action_groups)
        return found

    def _terms_of(self, owner: str) -> Terms:
        """What all resources of an account have in common."""
        if owner not in self._terms:
            self._terms[owner] = Terms(
                *self._trust_for(owner),
                self._constants(owner),
                self.resource_control,
                self.mode,
                self.with_services,
                self.solver,
            )
        return self._terms[owner]

    def _trust_for(self, owner: str) -> tuple[Policy, BoxIndex]:
        """Whom the account trusts. Members of an organization trust the same accounts, of which there are thousands."""
        accounts = self.zone.accounts(owner)
        if accounts not in self._trusts:
            trust = self.zone.policy(owner, trust_services=not self.with_services)
            trusted = BoxIndex(box for statement in trust.statements for box in statement_applies(trust, statement))
            self._trusts[accounts] = trust, trusted
        return self._trusts[accounts]

    def _constants(self, owner: str) -> dict[str, tuple[str, ...]]:
        """The keys that follow from the resource: its account, and where that stands in its organization."""
        constants: dict[str, tuple[str, ...]] = {"aws:resourceaccount": (owner,)}
        organization = self.zone.organization
        if organization and (path := organization.path_of(owner)):
            constants |= {"aws:resourceorgid": (organization.id,), "aws:resourceorgpaths": (path,)}
        return constants
