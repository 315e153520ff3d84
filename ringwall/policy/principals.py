"""Which callers a Principal or NotPrincipal element means.

Source: IAM User Guide, AWS JSON policy elements: Principal, and NotPrincipal.
"""

from __future__ import annotations

from functools import lru_cache

from ringwall.arn import Arn, find_arn
from ringwall.policy.ast import AllBut, Effect, Only, Principal, PrincipalScope, PrincipalType
from ringwall.policy.request import Caller, CallerKind

EVERYONE = "*"
_UNIQUE_IDS = ("AIDA", "AROA")


def covers_caller(scope: PrincipalScope | None, caller: Caller, effect: Effect) -> bool:
    """Whether a statement with this Principal or NotPrincipal element, or none, is about the caller."""
    match scope:
        case None:
            return True
        case Only(members):
            return any(is_named(member, caller) for member in members)
        case AllBut(members) if effect is Effect.DENY:
            return not is_spared(members, caller)
        case AllBut(members):
            return not any(is_named(member, caller) for member in members)


def is_named(principal: Principal, caller: Caller) -> bool:
    """Whether the principal is the caller, or something that the caller belongs to: its role, its account, everyone."""
    return (principal.type, principal.value) in names_of(caller)


@lru_cache(maxsize=1024)
def names_of(caller: Caller) -> frozenset[tuple[PrincipalType, str]]:
    """Every principal that means the caller."""
    arn = find_arn(caller.arn or "")
    root = (arn.account, f"arn:{arn.partition}:iam::{arn.account}:root") if arn else ()
    unique_id = (caller.user_id or "").split(":", 1)[0]
    own = {
        PrincipalType.AWS: (EVERYONE, caller.arn, caller.session, *root),
        PrincipalType.SERVICE: (caller.service, caller.service and EVERYONE),
        PrincipalType.FEDERATED: (caller.provider, caller.provider and EVERYONE),
        PrincipalType.CANONICAL_USER: (caller.canonical_id, caller.canonical_id and EVERYONE),
    }
    names = {(type_, value) for type_, values in own.items() for value in values if value}
    return frozenset(names | {(PrincipalType.AWS, unique_id)} if unique_id.startswith(_UNIQUE_IDS) else names)


def names_account(principal: Principal, caller: Caller) -> bool:
    """Whether the principal is the caller's account, as a number or by the ARN of its root."""
    account, partition = _account_of(principal)
    own = find_arn(caller.arn or "")
    return own is not None and account == own.account and partition in ("", own.partition)


def names_caller(principal: Principal, caller: Caller) -> bool:
    """Whether the principal is the caller's user, role, role session or federated-user session, or its unique id."""
    if principal.type is not PrincipalType.AWS:
        return False
    if principal.value.startswith(_UNIQUE_IDS):
        return caller.user_id is not None and caller.user_id.split(":", 1)[0] == principal.value
    return principal.value in (caller.arn, caller.session)


def names_session(principal: Principal, caller: Caller) -> bool:
    """Whether the principal is the session itself: not the role, but this session of it."""
    own = caller.arn if caller.kind is CallerKind.FEDERATED_USER else caller.session
    return principal.type is PrincipalType.AWS and principal.value == own


def _account_of(principal: Principal) -> tuple[str | None, str]:
    """The account that the principal stands for, and its partition, empty where any partition will do."""
    if principal.type is not PrincipalType.AWS:
        return None, ""
    if principal.value.isdigit():
        return principal.value, ""
    arn = find_arn(principal.value)
    is_root = arn is not None and arn.service == "iam" and arn.resource == "root"
    return (arn.account, arn.partition) if arn and is_root else (None, "")


def is_spared(members: tuple[Principal, ...], caller: Caller) -> bool:
    """Whether a Deny with NotPrincipal leaves the caller alone.

    The element is held against the caller's account, its user or role, and its session, and each must be listed:
    naming a user without its account denies the user too. A level below the account counts as soon as somebody of
    the account is listed on it.
    """
    if any(member.value == EVERYONE and member.type is PrincipalType.AWS for member in members):
        return True
    if any(member.type is not PrincipalType.AWS and is_named(member, caller) for member in members):
        return True
    own = find_arn(caller.arn or "")
    if own is None or not any((member.type, member.value) in _names_of_account(own) for member in members):
        return False
    if caller.kind is CallerKind.ROOT:
        return True
    beside = [member for member in members if f":{own.account}:" in member.value]
    named = [arn for member in beside if (arn := _find_aws_arn(member)) and _is_beside(arn, own)]
    return _is_spared_as_identity(members, named, caller) and _is_spared_as_session(members, named, caller)


@lru_cache(maxsize=1024)
def _names_of_account(own: Arn) -> frozenset[tuple[PrincipalType, str]]:
    """The principals that mean the account of an ARN."""
    root = f"arn:{own.partition}:iam::{own.account}:root"
    return frozenset(((PrincipalType.AWS, own.account), (PrincipalType.AWS, root)))


def _find_aws_arn(principal: Principal) -> Arn | None:
    return find_arn(principal.value) if principal.type is PrincipalType.AWS else None


def _is_beside(arn: Arn, own: Arn) -> bool:
    return (arn.partition, arn.account) == (own.partition, own.account)


def _is_spared_as_identity(members: tuple[Principal, ...], named: list[Arn], caller: Caller) -> bool:
    if not any(arn.resource.startswith(("user/", "role/", "federated-user/")) for arn in named):
        return True
    return any(names_caller(member, caller) and member.value != caller.session for member in members)


def _is_spared_as_session(members: tuple[Principal, ...], named: list[Arn], caller: Caller) -> bool:
    session = find_arn(caller.session or "")
    if session is None:
        return True
    role = session.resource.rsplit("/", 1)[0] + "/"
    if not any(arn.service == "sts" and arn.resource.startswith(role) for arn in named):
        return True
    return any(names_session(member, caller) for member in members)
