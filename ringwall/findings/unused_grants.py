"""Which permissions a principal had for the whole period, as far as AWS says since when policies grant what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from ringwall.findings.unused_case import Case
from ringwall.principals.granted import Granted, granted_to
from ringwall.principals.principal import IdentityPolicy, Principal

Actions = Mapping[str, frozenset[str]]
"""By namespace."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What a principal is granted, by how long it has been."""

    granted: Granted
    aged: Actions
    """Granted by policies that did not change within the period, or of which AWS keeps no date."""
    dated: Actions
    """Granted by policies of which it is known that they did not change within the period."""
    young: tuple[str, ...] = ()
    """Names of policies that changed within the period."""
    undated: tuple[str, ...] = ()
    """Names of policies of which AWS keeps no date: inline ones."""
    young_boundary: str | None = None
    """The name of the boundary, where that changed within the period."""


def grants_of(case: Case) -> Grants:
    """What the principal is granted, by age.

    Raises:
        PolicyError: a policy cannot be read.
    """
    principal = case.principal
    granted = granted_to(principal)

    def is_young(policy: IdentityPolicy) -> bool:
        return policy.updated_at is not None and not case.is_old(policy.updated_at)

    policies = [policy for policy, _ in principal.granting]
    boundary = principal.boundary
    return Grants(
        granted=granted,
        aged=_granted_by(principal, granted, lambda policy: not is_young(policy)),
        dated=_granted_by(principal, granted, lambda policy: bool(policy.updated_at) and not is_young(policy)),
        young=_names(policy for policy in policies if is_young(policy)),
        undated=_names(policy for policy in policies if policy.updated_at is None),
        young_boundary=boundary.name if boundary and is_young(boundary) else None,
    )


def _granted_by(principal: Principal, granted: Granted, is_meant: Callable[[IdentityPolicy], bool]) -> Actions:
    """What of `granted` some policies grant alone: a statement of another one may deny, but grants nothing here."""
    meant = [is_meant(policy) for policy, _ in principal.granting]
    if all(meant):
        return granted.actions
    if not any(meant):
        return {}
    groups = (replace(group, policies=tuple(filter(is_meant, group.policies))) for group in principal.groups)
    fewer = replace(principal, policies=tuple(filter(is_meant, principal.policies)), groups=tuple(groups))
    alone = granted_to(fewer).actions
    return {namespace: actions & alone.get(namespace, frozenset()) for namespace, actions in granted.actions.items()}


def _names(policies: Iterable[IdentityPolicy]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(policy.name for policy in policies))
