"""Whom a finding is not about: the zone of trust, as a policy over requests.

Trust is built like a policy, so that both readings know it: a request is trusted if a statement applies to it. The
caller's account or organization is in the zone, or the caller is an AWS service, or a key that the caller cannot
choose ties the call to the zone.

Source: IAM User Guide, IAM Access Analyzer, "Zone of trust" and the filter keys.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from ringwall.errors import UsageError
from ringwall.findings.organization import Organization
from ringwall.policy.ast import Condition, Effect, Only, Operator, Pattern, Policy, Quantifier, Statement

ACCOUNT = "ACCOUNT"
ORGANIZATION = "ORGANIZATION"


class TrustedKind(Enum):
    """What `--trust` can name."""

    ACCOUNT = "account"
    ORGANIZATION = "org"
    PATH = "path"
    VPC = "vpc"
    CIDR = "cidr"


@dataclass(frozen=True, slots=True)
class TrustedEntity:
    """A partner or a network that is trusted besides the zone."""

    kind: TrustedKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.value}"


_BY_SERVICE = Condition(Operator("Bool"), "aws:PrincipalIsAWSService", ("true",))
_SHAPES = {
    TrustedKind.ACCOUNT: (re.compile(r"[0-9]{12}"), "a 12-digit account number, such as account:111122223333"),
    TrustedKind.ORGANIZATION: (re.compile(r"o-[a-z0-9]{3,32}"), "an organization id, such as org:o-exampleorgid"),
    TrustedKind.PATH: (
        re.compile(r"o-[a-z0-9]{3,32}/r-[a-z0-9]{2,32}(/ou-[a-z0-9-]{4,68})*/?"),
        "an organization path, such as path:o-exampleorgid/r-ab12/ou-ab12-11111111/",
    ),
    TrustedKind.VPC: (re.compile(r"vpc-[0-9a-f]{8}([0-9a-f]{9})?"), "a VPC id, such as vpc:vpc-0abc1234"),
}


def _is_source(key: str) -> bool:
    """Whether the key tells for whom a service calls."""
    return key.startswith("aws:Source") and key not in ("aws:SourceVpc", "aws:SourceIp")


def parse_trusted(text: str) -> TrustedEntity:
    """A partner or network as the command line writes it: `account:…`, `org:…`, `path:…`, `vpc:…`, `cidr:…`.

    Raises:
        UsageError: of no such form.
    """
    name, _, value = text.partition(":")
    kind = next((kind for kind in TrustedKind if kind.value == name), None)
    if kind is None:
        kinds = ", ".join(f"{kind.value}:…" for kind in TrustedKind)
        raise UsageError(f"`{text}` names nothing to trust: expected one of {kinds}")
    if kind is TrustedKind.CIDR:
        return TrustedEntity(kind, _network(value))
    shape, expected = _SHAPES[kind]
    if not shape.fullmatch(value):
        raise UsageError(f"`{text}` is not {expected}")
    return TrustedEntity(kind, value)


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise UsageError(f"`{value}` is not a network, such as cidr:203.0.113.0/24: {error}") from error


@dataclass(frozen=True)
class ZoneOfTrust:
    """An account (that of each resource) or an organization, and whoever else is trusted."""

    type: str = ACCOUNT
    """`ACCOUNT` or `ORGANIZATION`."""
    organization: Organization | None = None
    """The organization that the accounts belong to, if any; the zone itself only if the type says so."""
    trusted: tuple[TrustedEntity, ...] = ()

    def __post_init__(self) -> None:
        if self.type == ORGANIZATION and self.organization is None:
            raise UsageError("the zone of trust is an organization, but none is known: use --zone account")

    @cached_property
    def _members(self) -> tuple[str, ...]:
        if self.type != ORGANIZATION or self.organization is None:
            return ()
        accounts = (account.id for account in self.organization.accounts)
        return tuple(dict.fromkeys((*accounts, *filter(None, (self.organization.management_account_id,)))))

    @cached_property
    def _shared(self) -> tuple[str, ...]:
        """The accounts that are trusted whoever owns the resource."""
        return tuple(dict.fromkeys((*self._members, *self._values(TrustedKind.ACCOUNT))))

    def accounts(self, owner: str) -> tuple[str, ...]:
        """The accounts that are trusted for a resource of `owner`: for all members of an organization the same tuple."""
        return self._shared if owner in self._shared else (owner, *self._shared)

    def _values(self, kind: TrustedKind) -> tuple[str, ...]:
        return tuple(entity.value for entity in self.trusted if entity.kind is kind)

    def _organizations(self) -> tuple[str, ...]:
        own = (self.organization.id,) if self.type == ORGANIZATION and self.organization else ()
        return (*own, *self._values(TrustedKind.ORGANIZATION))

    def policy(self, owner: str, *, trust_services: bool = True) -> Policy:
        """The policy whose statements apply to the requests that are trusted, for a resource of `owner`.

        Args:
            owner: account number.
            trust_services: whether a call by an AWS service is trusted whatever it is made for, as AWS has it.
        """
        statements = [
            Statement(Effect.ALLOW, Only((Pattern("*"),)), conditions=(condition,))
            for condition in self._conditions(owner, trust_services=trust_services)
        ]
        return Policy(tuple(statements))

    def _conditions(self, owner: str, *, trust_services: bool) -> Iterator[Condition]:
        accounts = self.accounts(owner)
        for key in ("aws:PrincipalAccount", "aws:SourceAccount", "aws:SourceOwner"):
            yield Condition(Operator("StringEquals"), key, accounts)
        arns = tuple(f"arn:*:*:*:{account}:*" for account in accounts)
        yield Condition(Operator("ArnLike"), "aws:SourceArn", arns)
        if trust_services:
            yield _BY_SERVICE
        if organizations := self._organizations():
            for key in ("aws:PrincipalOrgID", "aws:SourceOrgID"):
                yield Condition(Operator("StringEquals"), key, organizations)
        yield from self._path_conditions()
        yield from self._network_conditions()

    def _network_conditions(self) -> Iterator[Condition]:
        if vpcs := self._values(TrustedKind.VPC):
            yield Condition(Operator("StringEquals"), "aws:SourceVpc", vpcs)
        if networks := self._values(TrustedKind.CIDR):
            yield Condition(Operator("IpAddress"), "aws:SourceIp", networks)

    def _path_conditions(self) -> Iterator[Condition]:
        below = (f"{organization}/*" for organization in self._organizations())
        if paths := (*below, *self._partner_paths()):
            # Every path of a principal begins with the id of its one organization, so that one path tells.
            operator = Operator("StringLike", Quantifier.FOR_ANY_VALUE)
            for key in ("aws:PrincipalOrgPaths", "aws:SourceOrgPaths"):
                yield Condition(operator, key, paths)

    def _partner_paths(self) -> Iterator[str]:
        return (f"{path.rstrip('/')}/*" for path in self._values(TrustedKind.PATH))

    def belonging(self, owner: str, *, trust_services: bool = True) -> Policy:
        """Who belongs to the zone, as `policy` has it, for a resource of `owner`.

        Whoever only names the zone by a key that services set, such as `aws:SourceAccount`, is left out: AWS sets those
        keys where a service calls, and for nobody else. A member account calls as one of its organization.
        """
        conditions = [*self._members_conditions(owner), *self._partners_conditions()]
        sources = (each for each in self._conditions(owner, trust_services=False) if _is_source(each.key))
        conditions += [(_BY_SERVICE,)] if trust_services else [(_BY_SERVICE, each) for each in sources]
        return Policy(tuple(Statement(Effect.ALLOW, Only((Pattern("*"),)), conditions=each) for each in conditions))

    def _members_conditions(self, owner: str) -> Iterator[tuple[Condition, ...]]:
        account = Condition(Operator("StringEquals"), "aws:PrincipalAccount", self._members)
        if self._members and self.organization:
            yield account, Condition(Operator("StringEquals"), "aws:PrincipalOrgID", (self.organization.id,))
        if owner not in self._members:
            yield (Condition(Operator("StringEquals"), "aws:PrincipalAccount", (owner,)),)

    def _partners_conditions(self) -> Iterator[tuple[Condition, ...]]:
        """Whoever was named as trusted besides the zone: accounts, organizations, paths."""
        if accounts := self._values(TrustedKind.ACCOUNT):
            yield (Condition(Operator("StringEquals"), "aws:PrincipalAccount", accounts),)
        if organizations := self._values(TrustedKind.ORGANIZATION):
            yield (Condition(Operator("StringEquals"), "aws:PrincipalOrgID", organizations),)
        if paths := tuple(self._partner_paths()):
            operator = Operator("StringLike", Quantifier.FOR_ANY_VALUE)
            yield (Condition(operator, "aws:PrincipalOrgPaths", paths),)

    def networks(self) -> Policy:
        """The networks that were named as trusted, as `policy` has them."""
        conditions = self._network_conditions()
        return Policy(tuple(Statement(Effect.ALLOW, Only((Pattern("*"),)), conditions=(each,)) for each in conditions))

    def as_json(self) -> dict[str, Any]:
        """The zone in the words of the command line."""
        zone: dict[str, Any] = {"type": self.type}
        if self.type == ORGANIZATION and self.organization:
            zone |= {"organizationId": self.organization.id, "accounts": list(self._members)}
        return {**zone, "trusted": [str(entity) for entity in self.trusted]}
