"""A principal of an account: a user or a role, with every policy that grants it something, and how it signs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from msgspec import field

from ringwall.principals.record import Instant, Record


class PrincipalKind(Enum):
    """What can be unused: a user or a role, in the words of `resourceType`."""

    USER = "AWS::IAM::User"
    ROLE = "AWS::IAM::Role"


class PolicyKind(Enum):
    """How an identity policy hangs on a principal."""

    INLINE = "inline"
    AWS_MANAGED = "aws-managed"
    CUSTOMER_MANAGED = "customer-managed"


class IdentityPolicy(Record, frozen=True):
    """A policy that grants to whoever it is attached to; or the boundary of what can be granted."""

    id: str
    """The ARN of a managed policy; the name of an inline one."""
    kind: PolicyKind
    document: str
    """As it was written."""
    updated_at: Instant | None = None
    """UTC, as all times here: when its default version was made. None where AWS does not say: inline policies."""
    attachments: int = 1
    """To how many principals and groups a managed policy is attached."""

    @property
    def name(self) -> str:
        """Without what comes before it in an ARN."""
        return self.id.rsplit("/", 1)[-1]


class Group(Record, frozen=True):
    """A group that a user is in."""

    name: str
    arn: str
    policies: tuple[IdentityPolicy, ...] = ()
    members: int = 1
    """How many users are in it."""


class LastUse(Record, frozen=True):
    """When something was last used; with neither, never within the time that AWS keeps."""

    at: Instant | None = None
    region: str | None = None
    service: str | None = None
    """Its namespace, where AWS says: of access keys."""


class AccessKey(Record, frozen=True):
    """A key of a user."""

    id: str
    is_active: bool
    created_at: Instant
    last_use: LastUse | None = None
    """None: it could not be read."""


class Password(Record, frozen=True):
    """A user's password for the console."""

    created_at: Instant | None
    """When it was last set, as far as that is known."""
    last_use: LastUse | None = None
    """None: it could not be read."""


class Principal(Record, frozen=True):
    """A user or a role as a collection saw it."""

    arn: str
    kind: PrincipalKind
    account: str
    id: str
    """Of the entity: `AIDA…` or `AROA…`."""
    created_at: Instant
    path: str = "/"
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[IdentityPolicy, ...] = ()
    """Attached to it directly, inline or managed."""
    groups: tuple[Group, ...] = ()
    boundary: IdentityPolicy | None = None
    trust_policy: str | None = None
    """Of a role: who may assume it."""
    last_use: LastUse | None = None
    """Of a role: `RoleLastUsed`. None: it could not be read."""
    keys: tuple[AccessKey, ...] | None = ()
    """Of a user. None: they could not be read."""
    password: Password | None = None
    """Of a user that has one."""

    @property
    def name(self) -> str:
        """Without its path."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def is_service_linked(self) -> bool:
        """Whether an AWS service owns the role: such roles are left out everywhere."""
        return ":role/aws-service-role/" in self.arn or self.path.startswith("/aws-service-role/")

    @property
    def is_of_identity_center(self) -> bool:
        """Whether IAM Identity Center owns the role: it overwrites what anybody changes about it."""
        begins = "/aws-reserved/sso.amazonaws.com/"
        return f":role{begins}" in self.arn or self.path.startswith(begins)

    @property
    def granting(self) -> Iterator[tuple[IdentityPolicy, Group | None]]:
        """Every policy that grants it something, and the group that it comes through, if any."""
        yield from ((policy, None) for policy in self.policies)
        yield from ((policy, group) for group in self.groups for policy in group.policies)
