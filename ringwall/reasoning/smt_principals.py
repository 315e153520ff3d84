"""Which callers a Principal or NotPrincipal element means, as terms. Mirrors `policy.principals`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ringwall.arn import Arn, find_arn
from ringwall.policy.ast import AllBut, Effect, Only, Principal, PrincipalScope, PrincipalType
from ringwall.policy.request import CallerKind
from ringwall.reasoning.smt_model import Model, Part
from ringwall.reasoning.smt_terms import FALSE, TRUE, both, either, equal, implied, literal, negated, same

EVERYONE = "*"
_UNIQUE_IDS = ("AIDA", "AROA")
_PARTS = {
    PrincipalType.SERVICE: Part.SERVICE,
    PrincipalType.FEDERATED: Part.PROVIDER,
    PrincipalType.CANONICAL_USER: Part.CANONICAL,
}


def covers_caller(scope: PrincipalScope | None, model: Model, effect: Effect) -> str:
    """Whether a statement with this Principal or NotPrincipal element, or none, is about the caller."""
    match scope:
        case None:
            return TRUE
        case Only(members):
            return either(is_named(member, model) for member in members)
        case AllBut(members) if effect is Effect.DENY:
            return negated(is_spared(members, model))
        case AllBut(members):
            return negated(either(is_named(member, model) for member in members))


def is_named(principal: Principal, model: Model) -> str:
    """Whether the principal is the caller, or something that the caller belongs to: its role, its account, everyone."""
    value = principal.value
    if not value:
        return FALSE
    if principal.type is not PrincipalType.AWS:
        part = _PARTS[principal.type]
        return model.has(part) if value == EVERYONE else model.is_part(part, value)
    if value == EVERYONE:
        return TRUE
    return _has_unique_id(value, model) if value.startswith(_UNIQUE_IDS) else _is_somebody(value, model)


def _is_somebody(value: str, model: Model) -> str:
    """Whether the value is the caller's account, or the ARN of the caller or of its session."""
    arn = find_arn(value)
    if arn is None:
        return _is_account(value, "", model)
    if arn.resource == "root" and (arn.service, arn.region) == ("iam", ""):
        return _is_account(arn.account, arn.partition, model)
    return _has_arn(arn, model)


def _has_arn(arn: Arn, model: Model) -> str:
    """Whether the ARN is that of the caller, or of its session."""
    if _is_of_role(arn):
        return _has_session(arn, model)
    fields = zip(model.fields(), ("arn", *arn), strict=True)
    return both((model.has(Part.ARN), *(same(field, text) for field, text in fields)))


def _has_session(arn: Arn, model: Model) -> str:
    """Whether the ARN, `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, is that of the caller's session."""
    name, _, session = arn.resource.removeprefix("assumed-role/").partition("/")
    if not session:
        return FALSE
    own = {Part.PARTITION: arn.partition, Part.ACCOUNT: arn.account, Part.NAME: name, Part.SESSION: session}
    return both((model.has(Part.SESSION), *(equal(model.part(part), literal(text)) for part, text in own.items())))


def _is_account(account: str, partition: str, model: Model) -> str:
    """Whether the caller has an ARN in the account; an empty partition means any."""
    own = model.is_part(Part.ACCOUNT, account)
    return both((own, model.is_part(Part.PARTITION, partition))) if partition else own


def _has_unique_id(value: str, model: Model) -> str:
    if ":" in value:
        return FALSE
    user_id = model.part(Part.USER_ID)
    session = f"(str.prefixof {literal(value + ':')} {user_id})"
    return both((model.has(Part.USER_ID), either((equal(user_id, literal(value)), session))))


def names_caller(principal: Principal, model: Model) -> str:
    """Whether the principal is the caller's user, role, role session or federated-user session, or its unique id."""
    if principal.type is not PrincipalType.AWS:
        return FALSE
    if principal.value.startswith(_UNIQUE_IDS):
        return _has_unique_id(principal.value, model)
    arn = find_arn(principal.value)
    return _has_arn(arn, model) if arn else FALSE


def names_session(principal: Principal, model: Model) -> str:
    """Whether the principal is the session itself: not the role, but this session of it."""
    if principal.type is not PrincipalType.AWS:
        return FALSE
    arn = find_arn(principal.value)
    if arn is None or arn.service != "sts":
        return FALSE
    is_federated = model.kind(CallerKind.FEDERATED_USER)
    own = both((is_federated, _has_arn(arn, model)))
    return either((own, both((negated(is_federated), _has_session(arn, model))))) if _is_of_role(arn) else own


def _is_of_role(arn: Arn) -> bool:
    return arn.service == "sts" and arn.resource.startswith("assumed-role/")


def is_spared(members: tuple[Principal, ...], model: Model) -> str:
    """Whether a Deny with NotPrincipal leaves the caller alone."""
    if any(member.value == EVERYONE and member.type is PrincipalType.AWS for member in members):
        return TRUE
    others = either(is_named(member, model) for member in members if member.type is not PrincipalType.AWS)
    account = either(_names_account(member, model) for member in members)
    below = both(
        implied(_is_beside(place, model), _is_spared_beside(members, arns, model))
        for place, arns in _by_account(members).items()
    )
    return either((others, both((account, either((model.kind(CallerKind.ROOT), below))))))


def _names_account(principal: Principal, model: Model) -> str:
    """Whether the principal means the caller's account: as its number, or as the ARN of its root user."""
    if principal.type is not PrincipalType.AWS or not principal.value:
        return FALSE
    arn = find_arn(principal.value)
    if arn is None:
        return _is_account(principal.value, "", model)
    is_root = (arn.service, arn.region, arn.resource) == ("iam", "", "root")
    return _is_account(arn.account, arn.partition, model) if is_root else FALSE


Place = tuple[str, str]
"""A partition and an account."""


def _by_account(members: Iterable[Principal]) -> dict[Place, list[Arn]]:
    """The ARNs listed, by where they are."""
    found: dict[Place, list[Arn]] = defaultdict(list)
    for member in members:
        arn = find_arn(member.value) if member.type is PrincipalType.AWS else None
        if arn is not None:
            found[arn.partition, arn.account].append(arn)
    return found


def _is_beside(place: Place, model: Model) -> str:
    partition, account = place
    return both((model.is_part(Part.PARTITION, partition), model.is_part(Part.ACCOUNT, account)))


def _is_spared_beside(members: tuple[Principal, ...], arns: list[Arn], model: Model) -> str:
    """For a caller of an account with these ARNs listed: on both levels, user or role, and session."""
    return both((_is_spared_as_identity(members, arns, model), _is_spared_as_session(members, arns, model)))


def _is_spared_as_identity(members: tuple[Principal, ...], arns: list[Arn], model: Model) -> str:
    if not any(arn.resource.startswith(("user/", "role/", "federated-user/")) for arn in arns):
        return TRUE
    return either(names_caller(member, model) for member in members if not _names_session_of_role(member))


def _names_session_of_role(principal: Principal) -> bool:
    arn = find_arn(principal.value)
    return arn is not None and _is_of_role(arn)


def _is_spared_as_session(members: tuple[Principal, ...], arns: list[Arn], model: Model) -> str:
    listed = sorted({arn.resource.split("/")[1] for arn in arns if _is_of_role(arn) and arn.resource.count("/") > 1})
    if not listed:
        return TRUE
    name = model.part(Part.NAME)
    concerned = both((model.has(Part.SESSION), either(equal(name, literal(role)) for role in listed)))
    return implied(concerned, either(names_session(member, model) for member in members))
