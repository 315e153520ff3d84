"""Who is outside, on the map: an account, an organization, a provider, a network, or everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwall.arn import find_arn
from ringwall.findings.finding import Exposure
from ringwall.policy.keys import spelled
from ringwall.service.known_accounts import KnownAccount
from ringwall.store.access_edges import AccessCount

_EVERYBODY = {
    Exposure.PUBLIC.value: "Everyone",
    Exposure.ANY_AWS_PRINCIPAL.value: "Anyone with an AWS account",
}
_BY_CONDITION = {
    "aws:principalaccount": "Account {}",
    "aws:principalarn": "Whoever is {}",
    "aws:principalorgid": "Organization {}",
    "aws:principalorgpaths": "Part of an organization {}",
    "aws:sourceip": "Network {}",
    "aws:sourcevpc": "Network {}",
    "aws:sourcevpce": "Endpoint {}",
    "aws:vpceaccount": "Endpoints of account {}",
    "aws:vpceorgid": "Endpoints of organization {}",
    "kms:calleraccount": "Account {}",
}


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody outside the zone of trust."""

    key: str
    """Names them in addresses: `account:999988887777`."""
    name: str
    note: str = ""
    """The number, where the name is a name; whence it is known."""
    filters: tuple[str, ...] = ()
    """Chips of the listing that leave the findings about them."""


def outsider_of(count: AccessCount, directory: Mapping[str, KnownAccount]) -> Outsider:
    """Whom the findings are about."""
    if count.federated is not None:
        name = count.federated.partition("-provider/")[2] or count.federated
        return Outsider(
            f"federated:{count.federated}", name, "provider", (f"principal.Federated~eq~{count.federated}",)
        )
    if count.canonical_user is not None:
        note = (f"principal.CanonicalUser~eq~{count.canonical_user}",)
        return Outsider(f"canonical:{count.canonical_user}", f"Canonical user {count.canonical_user}", "", note)
    if count.aws is not None and count.aws != "*":
        return _account(count.aws, directory)
    return _anybody(count, directory)


def _account(principal: str, directory: Mapping[str, KnownAccount]) -> Outsider:
    arn = find_arn(principal)
    number = arn.account if arn else principal
    filters = (f"principal.AWS~contains~{number}",)
    if known := directory.get(number):
        return Outsider(f"account:{number}", known.name, f"{known.known.value} · {number}", filters)
    is_number = len(number) == 12 and number.isdigit()
    return Outsider(f"account:{number}", f"Account {number}" if is_number else number, "", filters)


def _anybody(count: AccessCount, directory: Mapping[str, KnownAccount]) -> Outsider:
    """Everybody, or everybody of whom a condition holds."""
    if count.condition is None or count.exposure in _EVERYBODY:
        exposure = count.exposure or ""
        name = _EVERYBODY.get(exposure, "Anybody, under conditions")
        return Outsider(f"any:{exposure}", name, "", (f"exposure~eq~{exposure}", "principal.AWS~eq~*"))
    key, _, value = count.condition.partition("=")
    number = value if key in {"aws:principalaccount", "kms:calleraccount"} else ""
    filters = ("principal.AWS~eq~*", f"condition.{spelled(key)}~eq~{value}")
    if known := directory.get(number):
        return Outsider(f"{key}:{value}", known.name, f"{known.known.value} · {number}", filters)
    return Outsider(f"{key}:{value}", _BY_CONDITION.get(key, "{}").format(value), "", filters)
