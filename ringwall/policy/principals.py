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
        case Only():
            return _names_any(scope, caller)
        case AllBut() if effect is Effect.DENY:
            return not is_spared(scope, caller)
        case AllBut():
            return not _names_any(scope, caller)


def _names_any(scope: PrincipalScope, caller: Caller) -> bool:
    """Whether one of the principals listed is the caller, or something that the caller belongs to."""
    return not names_of(caller).isdisjoint(_listed(scope))


@lru_cache(maxsize=1024)
def _listed(scope: PrincipalScope) -> frozenset[Principal]:
    """The principals of an element: there may be thousands, of which a request matters to few."""
    return frozenset(scope.members)


def is_named(principal: Principal, caller: Caller) -> bool:
    """Whether the principal is the caller, or something that the caller belongs to: its role, its account, everyone."""
    return principal in names_of(caller)


@lru_cache(maxsize=1024)
def names_of(caller: Caller) -> frozenset[Principal]:
    """Every principal that means the caller."""
    arn = find_arn(caller.arn or "")
    root = (arn.account, f"arn:{arn.partition}:iam::{arn.account}:root") if arn else ()
    own = {
        PrincipalType.AWS: (EVERYONE, caller.arn, caller.session, *root, _unique_id(caller)),
        PrincipalType.SERVICE: (caller.service, caller.service and EVERYONE),
        PrincipalType.FEDERATED: (caller.provider, caller.provider and EVERYONE),
        PrincipalType.CANONICAL_USER: (caller.canonical_id, caller.canonical_id and EVERYONE),
    }
    return frozenset(Principal(type_, value) for type_, values in own.items() for value in values if value)


def _unique_id(caller: Caller) -> str | None:
    """What a policy may name the caller by once its ARN is gone: `AIDA…`, `AROA…`."""
    unique_id = (caller.user_id or "").split(":", 1)[0]
    return unique_id if unique_id.startswith(_UNIQUE_IDS) else None


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


def is_spared(scope: AllBut[Principal], caller: Caller) -> bool:
    """Whether a Deny with NotPrincipal leaves the caller alone.

    The element is held against the caller's account, its user or role, and its session, and each must be listed:
    naming a user without its account denies the user too. A level below the account counts as soon as somebody of
    the account is listed on it.
    """
    listed = _listed(scope)
    if Principal(PrincipalType.AWS, EVERYONE) in listed:
        return True
    if any(each in listed for each in names_of(caller) if each.type is not PrincipalType.AWS):
        return True
    own = find_arn(caller.arn or "")
    if own is None or listed.isdisjoint(_names_of_account(own)):
        return False
    if caller.kind is CallerKind.ROOT:
        return True
    named = [arn for arn in _listed_by_account(scope).get(own.account, ()) if _is_beside(arn, own)]
    return _is_spared_as_identity(listed, named, caller) and _is_spared_as_session(listed, named, caller)


@lru_cache(maxsize=1024)
def _names_of_account(own: Arn) -> frozenset[Principal]:
    """The principals that mean the account of an ARN."""
    root = f"arn:{own.partition}:iam::{own.account}:root"
    return frozenset((Principal(PrincipalType.AWS, own.account), Principal(PrincipalType.AWS, root)))


@lru_cache(maxsize=1024)
def _listed_by_account(scope: PrincipalScope) -> dict[str, list[Arn]]:
    """The ARNs that an element lists, by their account."""
    found: dict[str, list[Arn]] = {}
    for member in scope.members:
        if (arn := _find_aws_arn(member)) is not None:
            found.setdefault(arn.account, []).append(arn)
    return found


def _find_aws_arn(principal: Principal) -> Arn | None:
    return find_arn(principal.value) if principal.type is PrincipalType.AWS else None


def _is_beside(arn: Arn, own: Arn) -> bool:
    return (arn.partition, arn.account) == (own.partition, own.account)


def _is_spared_as_identity(listed: frozenset[Principal], named: list[Arn], caller: Caller) -> bool:
    if not any(arn.resource.startswith(("user/", "role/", "federated-user/")) for arn in named):
        return True
    own = [caller.arn] if caller.arn != caller.session else []
    return not listed.isdisjoint(Principal(PrincipalType.AWS, name) for name in (*own, _unique_id(caller)) if name)


def _is_spared_as_session(listed: frozenset[Principal], named: list[Arn], caller: Caller) -> bool:
    session = find_arn(caller.session or "")
    if session is None:
        return True
    role = session.resource.rsplit("/", 1)[0] + "/"
    if not any(arn.service == "sts" and arn.resource.startswith(role) for arn in named):
        return True
    own = caller.arn if caller.kind is CallerKind.FEDERATED_USER else caller.session
    return own is not None and Principal(PrincipalType.AWS, own) in listed
