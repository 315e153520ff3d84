"""A Principal or NotPrincipal element as boxes of callers. Mirrors `policy.principals`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ringwall.arn import account_of, find_arn
from ringwall.policy.ast import AllBut, Effect, Only, Principal, PrincipalScope, PrincipalType
from ringwall.policy.request import CallerKind
from ringwall.reasoning.box import EVERYTHING, Box
from ringwall.reasoning.callers import ACCOUNT, ARN, CANONICAL, KIND, PROVIDER, SERVICE, SESSION, USER_ID, ending_in
from ringwall.reasoning.patterns import Wild, composed
from ringwall.reasoning.text import any_of, just
from ringwall.reasoning.unions import AnyOf
from ringwall.reasoning.values import PRESENT, KeySet, ValueSet, texts

EVERYONE = "*"
_UNIQUE_IDS = ("AIDA", "AROA")
_ANY = Wild.STAR_IN_FIELD
_KEYS = {PrincipalType.SERVICE: SERVICE, PrincipalType.FEDERATED: PROVIDER, PrincipalType.CANONICAL_USER: CANONICAL}


@dataclass(slots=True)
class _Named:
    """Principals sorted by the dimension that they constrain."""

    everyone: bool = False
    values: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    any_of_type: set[str] = field(default_factory=set)
    """Dimensions that a `*` opened wholly: `{"Service": "*"}`."""
    partitions: dict[str, set[str]] = field(default_factory=dict)
    """Accounts that the ARN of a root user in another partition than `aws` names, by that partition."""


def account_of_principal(value: str) -> str | None:
    """The account that an AWS principal stands for: digits, or the ARN of its root user. None for any other."""
    if value.isdigit():
        return value
    arn = find_arn(value)
    return arn.account if arn and arn.service == "iam" and arn.resource == "root" else None


def key_of_principal(principal: Principal) -> tuple[str, str]:
    """The dimension that a principal constrains, and the value it gives: `("aws:principalaccount", "1…1")`."""
    value = principal.value
    if principal.type is not PrincipalType.AWS:
        return _KEYS[principal.type], value
    if (account := account_of_principal(value)) is not None:
        return ACCOUNT, account
    if value.startswith(_UNIQUE_IDS):
        return USER_ID, value
    arn = find_arn(value)
    return (SESSION if arn and arn.resource.startswith("assumed-role/") else ARN), value


def _named(principals: Iterable[Principal]) -> _Named:
    named = _Named()
    for principal in principals:
        key, value = key_of_principal(principal)
        if principal.value != EVERYONE:
            arn = find_arn(principal.value) if key == ACCOUNT else None
            if arn and arn.partition != "aws":
                named.partitions.setdefault(arn.partition, set()).add(arn.account)
            else:
                named.values[key].add(value)
        elif principal.type is PrincipalType.AWS:
            named.everyone = True
        else:
            named.any_of_type.add(key)
    return named


def covers_caller(scope: PrincipalScope | None, effect: Effect) -> tuple[Box, ...]:
    """The callers that a statement with this element, or none, is about, as boxes."""
    match scope:
        case None:
            return (EVERYTHING,)
        case Only(members):
            return tuple(_boxes_of(_named(members)))
        case AllBut(members) if effect is Effect.DENY:
            return tuple(_denied(_named(members), members))
        case AllBut(members):
            named = _named(members)
            return () if named.everyone else (Box(_outside(named)),)


def _boxes_of(named: _Named) -> Iterator[Box]:
    if named.everyone:
        yield EVERYTHING
        return
    yield from (Box({key: PRESENT}) for key in sorted(named.any_of_type))
    for key, values in sorted(named.values.items()):
        yield Box({key: inside(key, values), **_implied(key, values)})
    for partition, accounts in sorted(named.partitions.items()):
        shape = texts(AnyOf(patterns=(composed(f"arn:{partition}:", _ANY, ":", _ANY, ":", _ANY, ":", Wild.STAR),)))
        yield Box({ACCOUNT: inside(ACCOUNT, accounts), ARN: KeySet(False, shape)})


_KINDS = {
    SERVICE: KeySet(False, ValueSet(just((CallerKind.SERVICE.value,)))),
    PROVIDER: KeySet(False, ValueSet(just((CallerKind.FEDERATED.value,)))),
}


def _implied(key: str, values: Iterable[str]) -> dict[str, KeySet]:
    """What else holds for callers with these values. Saying it saves a search where the zone of trust covers them."""
    if key in (ARN, SESSION):
        return {ACCOUNT: KeySet(False, ValueSet(just(map(account_of, values))))}
    return {KIND: _KINDS[key]} if key in _KINDS else {}


def inside(key: str, values: Iterable[str]) -> KeySet:
    """What a dimension of the caller holds for one of these principals."""
    return KeySet(False, ValueSet(any_of(_union(key, values))))


def _union(key: str, values: Iterable[str]) -> AnyOf:
    given = frozenset(values)
    sessions = tuple(composed(f"{value}:", Wild.STAR) for value in sorted(given)) if key == USER_ID else ()
    return AnyOf(values=given, patterns=sessions)


def _outside(named: _Named) -> dict[str, KeySet]:
    """What the dimensions of the caller hold for everybody else."""
    given = dict(named.values)
    accounts = frozenset().union(given.get(ACCOUNT, ()), *named.partitions.values())
    if accounts:
        given[ACCOUNT] = set(accounts)
    closed = dict.fromkeys(named.any_of_type, PRESENT)
    sets = {**{key: inside(key, values) for key, values in given.items()}, **closed}
    return {key: values.complement()[0] for key, values in sets.items()}


def _denied(named: _Named, members: tuple[Principal, ...]) -> Iterator[Box]:
    """Whom a Deny with NotPrincipal refuses: see `policy.principals.is_spared`.

    All whose account is not listed; of an account of which somebody is listed, all others but its root user; of a
    role of which sessions are listed, its other sessions.
    """
    if named.everyone:
        return
    outside = _outside(named)
    others = {key: outside[key] for key in (SERVICE, PROVIDER, CANONICAL) if key in outside}
    yield Box({**others, **({ACCOUNT: outside[ACCOUNT]} if ACCOUNT in outside else {})})
    listed = named.values[ACCOUNT].union(*named.partitions.values())
    identities, sessions = _by_account(members)
    unknown = {USER_ID: outside[USER_ID]} if USER_ID in outside else {}
    for account in sorted(listed & identities.keys()):
        root = composed("arn:", _ANY, f":iam::{account}:root")
        spared = KeySet(True, ValueSet(any_of(AnyOf(frozenset(identities[account]), patterns=(root,)))))
        yield Box({**others, **unknown, ACCOUNT: inside(ACCOUNT, [account]), ARN: spared.complement()[0]})
    for (account, role), spared_sessions in sorted(sessions.items()):
        if account in listed:
            roles = ending_in("role", account, role)
            session = inside(SESSION, spared_sessions).complement()[0]
            yield Box({**others, ARN: KeySet(False, texts(AnyOf(patterns=roles))), SESSION: session})


def _by_account(
    members: tuple[Principal, ...],
) -> tuple[dict[str, set[str]], dict[tuple[str, str], set[str]]]:
    """The users and roles listed of each account, and the sessions listed of each role."""
    identities: dict[str, set[str]] = defaultdict(set)
    sessions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for member in members:
        arn = find_arn(member.value) if member.type is PrincipalType.AWS else None
        if arn is None or arn.resource == "root":
            continue
        kind, _, name = arn.resource.partition("/")
        if kind == "assumed-role":
            sessions[arn.account, name.split("/")[0]].add(member.value)
        else:
            identities[arn.account].add(member.value)
    return identities, sessions
