"""One request: who calls, what for, on what, in which context."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringwall.arn import Arn, find_arn
from ringwall.errors import UsageError


class CallerKind(Enum):
    """The kinds of caller that AWS knows."""

    ANONYMOUS = "anonymous"
    ROOT = "root"
    USER = "user"
    ROLE = "role"
    """A role session: `arn` is the role's, `session` the session's."""
    FEDERATED_USER = "federated-user"
    """A session of GetFederationToken."""
    SERVICE = "service"
    """An AWS service principal."""
    FEDERATED = "federated"
    """Somebody whom an identity provider vouches for, about to assume a role."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed the request, if anybody did."""

    kind: CallerKind
    arn: str | None = None
    """What `aws:PrincipalArn` holds: of a root user, a user, a role (with its path), a federated-user session."""
    session: str | None = None
    """`arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, for a role session."""
    service: str | None = None
    """`sns.amazonaws.com`, for a service."""
    provider: str | None = None
    """ARN or domain of the identity provider, for a federated caller."""
    canonical_id: str | None = None
    """The canonical user id of the caller's account, where it matters (S3)."""
    user_id: str | None = None
    """`AIDA…`, `AROA…:session`, where it matters (principals whose ARN AWS replaced by their unique id)."""

    @property
    def account(self) -> str | None:
        """The account of the caller: None for anonymous and federated callers and for services."""
        arn = find_arn(self.arn) if self.arn else None
        return arn.account if arn else None


ANONYMOUS = Caller(CallerKind.ANONYMOUS)

_BUILT_IN_PROVIDERS = ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")


def parse_caller(text: str) -> Caller:
    """The caller that `text` names: `*` (anonymous), an ARN, an account number, a service or a provider's domain.

    Raises:
        UsageError: `text` names no principal.
    """
    if text == "*":
        return ANONYMOUS
    if text.isdigit():
        return Caller(CallerKind.ROOT, arn=f"arn:aws:iam::{text}:root")
    if text in _BUILT_IN_PROVIDERS:
        return Caller(CallerKind.FEDERATED, provider=text)
    if (arn := find_arn(text)) is not None:
        if not _is_principal(arn):
            raise UsageError(f"`{text}` is not the ARN of a principal")
        return _caller_of_arn(text, arn.resource)
    if "." in text and " " not in text:
        return Caller(CallerKind.SERVICE, service=text)
    raise UsageError(f"`{text}` names no principal: expected `*`, an ARN, an account number or a service")


_PRINCIPALS = {
    "iam": re.compile(r"root|(?:user|role)/(?:[^*?:]+/)?[^*?:/]+|(?:oidc|saml)-provider/[^*?]+"),
    "sts": re.compile(r"assumed-role/[^*?:/]+/[^*?:/]+|federated-user/[^*?:/]+"),
}
"""What the resource part of a principal's ARN looks like, by the service in the ARN."""


def _is_principal(arn: Arn) -> bool:
    shape = _PRINCIPALS.get(arn.service)
    return bool(shape and arn.partition and arn.account and shape.fullmatch(arn.resource))


def _caller_of_arn(text: str, resource: str) -> Caller:
    kind, _, name = resource.partition("/")
    match kind:
        case "root":
            return Caller(CallerKind.ROOT, arn=text)
        case "user":
            return Caller(CallerKind.USER, arn=text)
        case "role":
            # A caller is always a session; which one does not matter to whoever gives the role's ARN.
            return Caller(CallerKind.ROLE, arn=text, session=session_arn(text, "session"))
        case "assumed-role":
            return Caller(CallerKind.ROLE, arn=_role_arn(text, name), session=text)
        case "federated-user":
            return Caller(CallerKind.FEDERATED_USER, arn=text)
        case _:
            return Caller(CallerKind.FEDERATED, provider=text)


def session_arn(role_arn: str, session: str) -> str:
    """The ARN of a session of the role: without the role's path, as AWS writes it."""
    fields = role_arn.split(":", 5)
    name = fields[5].rsplit("/", 1)[-1]
    return f"arn:{fields[1]}:sts::{fields[4]}:assumed-role/{name}/{session}"


def _role_arn(session: str, name: str) -> str:
    fields = session.split(":", 5)
    return f"arn:{fields[1]}:iam::{fields[4]}:role/{name.split('/', maxsplit=1)[0]}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    `context` maps lower-case names of condition keys to their values, one for a single-valued key; a key that is
    absent from the request is absent from the mapping. Every key that follows from the caller is in it already
    (`with_derived_keys`), so that conditions read the context and nothing else.
    """

    caller: Caller
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_TYPES = {
    CallerKind.ANONYMOUS: "Anonymous",
    CallerKind.ROOT: "Account",
    CallerKind.USER: "User",
    CallerKind.ROLE: "AssumedRole",
    CallerKind.FEDERATED_USER: "FederatedUser",
}


def derived_keys(caller: Caller) -> dict[str, tuple[str, ...]]:
    """The condition keys that follow from the caller, as the global condition keys page has them.

    Source: IAM User Guide, AWS global condition context keys, "Properties of the principal".
    """
    derived: dict[str, tuple[str, ...]] = {}
    if caller.kind in _TYPES:
        derived["aws:principaltype"] = (_TYPES[caller.kind],)
    if caller.arn and caller.account is not None:
        derived["aws:principalarn"] = (caller.arn,)
        derived["aws:principalaccount"] = derived["kms:calleraccount"] = (caller.account,)
        derived["aws:principalisawsservice"] = ("false",)
    elif caller.kind is CallerKind.SERVICE and caller.service:
        derived["aws:principalisawsservice"] = ("true",)
        derived["aws:principalservicename"] = (caller.service,)
        derived["aws:principalservicenameslist"] = (caller.service,)
    else:
        derived["aws:principalaccount"] = ("anonymous",)
    if caller.kind is CallerKind.USER and caller.arn:
        derived["aws:username"] = (caller.arn.rsplit("/", 1)[-1],)
    if (user_id := _user_id_of(caller)) is not None:
        derived["aws:userid"] = (user_id,)
    return derived


def _user_id_of(caller: Caller) -> str | None:
    """The unique id, which AWS makes up for users and roles, and which follows from the ARN for everybody else."""
    if caller.user_id or caller.arn is None:
        return caller.user_id
    match caller.kind:
        case CallerKind.ROOT:
            return caller.account
        case CallerKind.FEDERATED_USER:
            return f"{caller.account}:{caller.arn.partition('/')[2]}"
        case _:
            return None


def with_derived_keys(request: Request) -> Request:
    """The request with every key that follows from its caller and is absent from its context."""
    context = {**derived_keys(request.caller), **request.context}
    return Request(request.caller, request.action, request.resource, context)
