"""The decision over all the policies that bear on one request, in the order in which AWS looks at them.

Source: IAM User Guide, Policy evaluation logic; Cross-account policy evaluation logic; Permissions boundaries;
Permissions for GetFederationToken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

from ringwall.arn import account_of, find_arn
from ringwall.policy.ast import Effect, Only, Policy, PrincipalType, Statement
from ringwall.policy.evaluate import Decision, applying_statements, decide
from ringwall.policy.principals import names_account, names_caller, names_session
from ringwall.policy.request import Caller, CallerKind, Request

Level = tuple[Policy, ...]
"""The policies attached to one organization root, organizational unit or account."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Every policy that bears on a request."""

    resource_account: str
    """The account that owns the resource; where empty, the one in the resource's ARN, or else the caller's."""
    identity_policies: tuple[Policy, ...] = ()
    resource_policy: Policy | None = None
    permissions_boundary: tuple[Policy, ...] | None = None
    session_policies: tuple[Policy, ...] = ()
    service_control_policies: tuple[Level, ...] | None = None
    """The levels above the caller's account, root first; None where the account has none."""
    resource_control_policies: tuple[Level, ...] | None = None
    """The levels above the resource's account. `RCPFullAWSAccess` need not be among them."""
    vpc_endpoint_policies: tuple[Policy, ...] | None = None


class PolicyKind(Enum):
    """Where a policy hangs."""

    IDENTITY = "identityPolicy"
    RESOURCE = "resourcePolicy"
    PERMISSIONS_BOUNDARY = "permissionsBoundary"
    SESSION = "sessionPolicy"
    SERVICE_CONTROL = "serviceControlPolicy"
    RESOURCE_CONTROL = "resourceControlPolicy"
    VPC_ENDPOINT = "vpcEndpointPolicy"


@dataclass(frozen=True, slots=True)
class AuthorizationDecision:
    """The decision, and which kind of policy decided: refused, or granted.

    Across accounts, and for keys and roles that delegate to their account, it takes two kinds to grant; the root user
    needs none in its own account.
    """

    decision: Decision
    decided_by: tuple[PolicyKind, ...] = ()


class _Grant(IntEnum):
    """How far an Allow of a resource policy carries a caller of the same account."""

    NONE = 0
    TO_ACCOUNT = 1
    """The account is named: its own policies must allow too."""
    TO_ROLE = 2
    """The role is named: what bounds the session still bounds it."""
    TO_CALLER = 3
    """The user or the session itself is named, or everyone: final."""


# Tuples, since members of an enumeration are slow to hash.
_WITH_IDENTITY_POLICIES = (CallerKind.ROOT, CallerKind.USER, CallerKind.ROLE, CallerKind.FEDERATED_USER)


def authorize(authorization: Authorization, request: Request) -> AuthorizationDecision:
    """Whether AWS would let the request through."""
    said = [(each.kind, _decision_of(each.policies, request)) for each in bearing_policies(authorization, request)]
    for kind, decision in said:
        if decision is Decision.EXPLICIT_DENY:
            return AuthorizationDecision(Decision.EXPLICIT_DENY, (kind,))
    for kind, decision in said:
        if kind in _LIMITS_FOR_ALL and decision is not Decision.ALLOWED:
            return _refused_by(kind)
    if request.caller.kind not in _WITH_IDENTITY_POLICIES:
        is_granted = _grant_of(authorization.resource_policy, request) is not _Grant.NONE
        return _allowed_by(PolicyKind.RESOURCE) if is_granted else _refused_by(PolicyKind.RESOURCE)
    if request.caller.account != _resource_account(authorization, request):
        return _authorize_across_accounts(authorization, request)
    return _authorize_within_account(authorization, request)


_LIMITS_FOR_ALL = (PolicyKind.SERVICE_CONTROL, PolicyKind.VPC_ENDPOINT)
# Every organization has RCPFullAWSAccess everywhere and it cannot be detached: an RCP refuses by its Denies alone.


class Bearing(NamedTuple):
    """Policies of one kind that are looked at together."""

    kind: PolicyKind
    policies: Level
    level: int | None = None
    """Which level of the organization they are attached to, root first; None where there are no levels."""


def bearing_policies(authorization: Authorization, request: Request) -> Iterator[Bearing]:
    """What can deny the request, in AWS's order. Each level of an organization is looked at by itself."""
    return (each for each in all_policies(authorization) if bears(each.kind, request))


def all_policies(authorization: Authorization) -> Iterator[Bearing]:
    """All that is given, whether it bears on a request or not, in the order in which AWS looks for a Deny."""
    for number, level in enumerate(authorization.service_control_policies or ()):
        yield Bearing(PolicyKind.SERVICE_CONTROL, level, number)
    for number, level in enumerate(authorization.resource_control_policies or ()):
        yield Bearing(PolicyKind.RESOURCE_CONTROL, level, number)
    if authorization.vpc_endpoint_policies is not None:
        yield Bearing(PolicyKind.VPC_ENDPOINT, authorization.vpc_endpoint_policies)
    if authorization.resource_policy is not None:
        yield Bearing(PolicyKind.RESOURCE, (authorization.resource_policy,))
    yield Bearing(PolicyKind.IDENTITY, authorization.identity_policies)
    yield Bearing(PolicyKind.PERMISSIONS_BOUNDARY, authorization.permissions_boundary or ())
    yield Bearing(PolicyKind.SESSION, authorization.session_policies)


def bears(kind: PolicyKind, request: Request) -> bool:
    """Whether policies of this kind have a say in the request."""
    match kind:
        case PolicyKind.VPC_ENDPOINT | PolicyKind.RESOURCE:
            return True
        case PolicyKind.RESOURCE_CONTROL:
            return not is_service_linked(request.caller) and request.action.lower() != "kms:retiregrant"
        case PolicyKind.SERVICE_CONTROL:
            return request.caller.kind in _WITH_IDENTITY_POLICIES and not is_service_linked(request.caller)
        case PolicyKind.IDENTITY | PolicyKind.PERMISSIONS_BOUNDARY | PolicyKind.SESSION:
            return request.caller.kind in _WITH_IDENTITY_POLICIES


def _authorize_within_account(authorization: Authorization, request: Request) -> AuthorizationDecision:
    grant = _grant_of(authorization.resource_policy, request)
    if grant is _Grant.TO_CALLER:
        return _allowed_by(PolicyKind.RESOURCE)
    if grant is _Grant.TO_ROLE:
        return _bounded(authorization, request, PolicyKind.RESOURCE)
    is_needed = needs_resource_policy(request)
    if is_needed and grant is _Grant.NONE:
        return _refused_by(PolicyKind.RESOURCE)
    if not _is_allowed_by_identity(authorization, request):
        return _refused_by(PolicyKind.IDENTITY)
    delegated_by = (PolicyKind.RESOURCE,) if is_needed else ()
    return _bounded(authorization, request, *_identity_of(request.caller), *delegated_by)


def _authorize_across_accounts(authorization: Authorization, request: Request) -> AuthorizationDecision:
    if not _is_allowed_by_identity(authorization, request):
        return _refused_by(PolicyKind.IDENTITY)
    if _grant_of(authorization.resource_policy, request) is _Grant.NONE:
        return _refused_by(PolicyKind.RESOURCE)
    return _bounded(authorization, request, *_identity_of(request.caller), PolicyKind.RESOURCE)


def _bounded(authorization: Authorization, request: Request, *granted_by: PolicyKind) -> AuthorizationDecision:
    """What is granted, unless the permissions boundary or the session policies are silent about it."""
    boundary = authorization.permissions_boundary
    if boundary is not None and _decision_of(boundary, request) is not Decision.ALLOWED:
        return _refused_by(PolicyKind.PERMISSIONS_BOUNDARY)
    session = authorization.session_policies
    # GetFederationToken gives a session that was passed no policy nothing of its user's permissions.
    is_limited = bool(session) or request.caller.kind is CallerKind.FEDERATED_USER
    if is_limited and _decision_of(session, request) is not Decision.ALLOWED:
        return _refused_by(PolicyKind.SESSION)
    return _allowed_by(*granted_by)


def _is_allowed_by_identity(authorization: Authorization, request: Request) -> bool:
    """Whether the caller's own policies allow it. A root user may do everything that nothing denies it."""
    if request.caller.kind is CallerKind.ROOT:
        return True
    return _decision_of(authorization.identity_policies, request) is Decision.ALLOWED


def _identity_of(caller: Caller) -> tuple[PolicyKind, ...]:
    return () if caller.kind is CallerKind.ROOT else (PolicyKind.IDENTITY,)


def _decision_of(policies: Iterable[Policy], request: Request) -> Decision:
    """What several policies say together, as if they were one."""
    said = Decision.IMPLICIT_DENY
    for policy in policies:
        match decide(policy, request):
            case Decision.EXPLICIT_DENY:
                return Decision.EXPLICIT_DENY
            case Decision.ALLOWED:
                said = Decision.ALLOWED
            case Decision.IMPLICIT_DENY:
                pass
    return said


def _grant_of(policy: Policy | None, request: Request) -> _Grant:
    """The farthest-reaching Allow of the resource policy that applies to the request."""
    if policy is None:
        return _Grant.NONE
    allows = applying_statements(Effect.ALLOW, policy, request)
    return max((_reach_of(policy.statements[index], request.caller) for index in allows), default=_Grant.NONE)


def _reach_of(statement: Statement, caller: Caller) -> _Grant:
    """How far a statement that applies to the caller carries it.

    Everyone (`*`, or NotPrincipal) takes in the session itself: no account and no role is what was granted to, and
    boundaries do not limit it.
    """
    if not isinstance(statement.principals, Only):
        return _Grant.TO_CALLER
    named = statement.principals.members
    if any(member.type is PrincipalType.AWS and member.value == "*" for member in named):
        return _Grant.TO_CALLER
    if any(names_session(member, caller) for member in named):
        return _Grant.TO_CALLER
    if any(names_caller(member, caller) for member in named):
        return _grant_to_named(caller)
    # A canonical user id stands for an account, too.
    is_account = any(names_account(member, caller) or member.type is PrincipalType.CANONICAL_USER for member in named)
    return _Grant.TO_ACCOUNT if is_account else _Grant.TO_CALLER


def _grant_to_named(caller: Caller) -> _Grant:
    match caller.kind:
        case CallerKind.ROLE:
            return _Grant.TO_ROLE
        case CallerKind.ROOT:
            return _Grant.TO_ACCOUNT
        case _:
            return _Grant.TO_CALLER


def needs_resource_policy(request: Request) -> bool:
    """Whether only the resource's own policy opens it, even to its own account: KMS keys, and assuming IAM roles."""
    arn = find_arn(request.resource)
    if arn is None:
        return False
    is_key = arn.service == "kms" and arn.resource.startswith("key/")
    is_role = arn.service == "iam" and arn.resource.startswith("role/")
    return is_key or (is_role and request.action.lower().startswith("sts:"))


def is_service_linked(caller: Caller) -> bool:
    """Whether the caller is a service-linked role, which SCPs and RCPs leave alone."""
    arn = find_arn(caller.arn or "")
    return caller.kind is CallerKind.ROLE and arn is not None and arn.resource.startswith("role/aws-service-role/")


def _resource_account(authorization: Authorization, request: Request) -> str | None:
    return authorization.resource_account or account_of(request.resource) or request.caller.account


def _allowed_by(*kinds: PolicyKind) -> AuthorizationDecision:
    return AuthorizationDecision(Decision.ALLOWED, kinds)


def _refused_by(kind: PolicyKind) -> AuthorizationDecision:
    return AuthorizationDecision(Decision.IMPLICIT_DENY, (kind,))
