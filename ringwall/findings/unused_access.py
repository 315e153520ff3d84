"""What of a principal's access nobody used: roles, keys, passwords, services and actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ringwall.findings.finding import FindingType
from ringwall.findings.unused_case import Case
from ringwall.findings.unused_entities import doubt_of_activity, is_active, unused_entities
from ringwall.findings.unused_finding import UnusedFinding
from ringwall.findings.unused_permissions import unused_permissions
from ringwall.principals.principal import Principal
from ringwall.principals.principal_access import PrincipalAccess

DEFAULT_AGE = 90
"""Days, where an analyzer says none: the console's default."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Principals that are not judged: an entry of the API's `analysisRule.exclusions`."""

    accounts: frozenset[str] = frozenset()
    tags: tuple[Mapping[str, str], ...] = ()
    """Each a map of tags, all of which a principal must have; an empty value means any."""

    def covers(self, principal: Principal) -> bool:
        """Whether the principal is not judged: one of the accounts and one of the maps has to fit, where given."""
        if not self.accounts and not self.tags:
            return False
        is_of_account = not self.accounts or principal.account in self.accounts
        return is_of_account and (not self.tags or any(_has(principal, wanted) for wanted in self.tags))


def _has(principal: Principal, wanted: Mapping[str, str]) -> bool:
    """Whether it has all these tags; an empty map says nothing and fits nobody."""
    tags = principal.tags
    return bool(wanted) and all(key in tags and value in ("", tags[key]) for key, value in wanted.items())


@dataclass(frozen=True, slots=True)
class UnusedAccess:
    """How an analyzer of unused access judges principals."""

    age: int = DEFAULT_AGE
    """Days, 1 to 365."""
    exclusions: tuple[Exclusion, ...] = ()

    def is_judged(self, principal: Principal) -> bool:
        """Whether anything is said about the principal: not of service-linked roles, nor of excluded ones."""
        return not principal.is_service_linked and not any(each.covers(principal) for each in self.exclusions)

    def findings_of(self, access: PrincipalAccess, now: datetime) -> tuple[UnusedFinding, ...]:
        """Everything that was not used; an error finding, where that cannot be said.

        A principal that is younger than the period has none. One that is not active has none about its permissions,
        as AWS has it: a role that nobody used is one finding.

        Args:
            access: the principal and the evidence.
            now: UTC, when the evidence was read.
        """
        case = Case(access, now, self.age)
        if not self.is_judged(access.principal) or not case.is_old(access.principal.created_at):
            return ()
        return (*unused_entities(case), *_permissions(case))


def _permissions(case: Case) -> Iterator[UnusedFinding]:
    if is_active(case):
        finding = unused_permissions(case)
        yield from (finding,) if finding else ()
    elif doubt := doubt_of_activity(case):
        yield case.error(FindingType.UNUSED_PERMISSION, f"{doubt}; so it is not known whether it is active")
