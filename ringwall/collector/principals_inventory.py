"""The users and roles of an account, with every policy that grants them something: what IAM says of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from ringwall.arn import parse_arn
from ringwall.collector.answers import MALFORMED, malformed, utc
from ringwall.collector.steps import GLOBAL_REGION
from ringwall.errors import CollectionError, RingwallError
from ringwall.findings.report import PrincipalGap
from ringwall.principals.principal import Group, IdentityPolicy, LastUse, PolicyKind, Principal, PrincipalKind
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.principals.usage import Usage
from ringwall.resources.base import AwsReader
from ringwall.resources.configuration import policy_text
from ringwall.resources.translate import tags_of

_DETAILS = "iam:GetAccountAuthorizationDetails"
CALLS = (_DETAILS, "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole")
"""The IAM actions that this needs."""
Details = Mapping[str, Any]
"""An object of AWS's answer."""


def read_inventory(aws: AwsReader) -> Iterator[PrincipalAccess | PrincipalGap]:
    """Every user and role, but for service-linked roles; without what only other calls tell of keys and passwords.

    Source: IAM API Reference, GetAccountAuthorizationDetails. Tags are part of it and need no call of their own.

    Raises:
        CollectionError: the account does not tell of its users, roles, groups or policies.
    """
    listed = partial(aws.pages, _DETAILS)
    # What grants is read last: what was attached in the meantime is there, and what is gone is a gap.
    users = list(listed("UserDetailList", Filter=["User"]))
    roles = list(listed("RoleDetailList", Filter=["Role"]))
    groups = list(listed("GroupDetailList", Filter=["Group"]))
    managed = list(listed("Policies", Filter=["LocalManagedPolicy", "AWSManagedPolicy"]))
    policies = _ManagedPolicies(aws, {each["Arn"]: each for each in managed})
    known = _Groups(policies, {each["GroupName"]: each for each in groups}, _members(users))
    for user in users:
        yield from _each(aws, user, PrincipalKind.USER, partial(_user, aws, user, policies, known))
    for role in roles:
        yield from _each(aws, role, PrincipalKind.ROLE, partial(_role, aws, role, policies))


def _members(users: Iterable[Details]) -> Counter[str]:
    return Counter(name for user in users for name in user.get("GroupList", ()))


def _each(
    aws: AwsReader, details: Details, kind: PrincipalKind, build: Callable[[], PrincipalAccess | None]
) -> Iterator[PrincipalAccess | PrincipalGap]:
    """What `build` gives, or why that cannot be said."""
    gap = partial(
        PrincipalGap, account=aws.account, region=GLOBAL_REGION, resource_type=kind.value, resource=details["Arn"]
    )
    try:
        if built := build():
            yield built
    except CollectionError as error:
        yield gap(error.code, str(error))
    except RingwallError as error:
        yield gap("INTERNAL_ERROR", str(error))
    except MALFORMED as error:
        yield gap("INTERNAL_ERROR", malformed(error))


def _user(aws: AwsReader, user: Details, policies: _ManagedPolicies, groups: _Groups) -> PrincipalAccess:
    principal = _principal(aws, user, PrincipalKind.USER, user["UserId"])
    return PrincipalAccess(
        msgspec.structs.replace(
            principal,
            policies=policies.granting(user, "UserPolicyList"),
            boundary=policies.boundary(user),
            groups=tuple(groups.named(name) for name in user.get("GroupList", ())),
        )
    )


def _role(aws: AwsReader, role: Details, policies: _ManagedPolicies) -> PrincipalAccess | None:
    principal = _principal(aws, role, PrincipalKind.ROLE, role["RoleId"])
    if principal.is_service_linked:
        return None
    last_use, notes = _last_use(aws, role)
    whole = msgspec.structs.replace(
        principal,
        policies=policies.granting(role, "RolePolicyList"),
        boundary=policies.boundary(role),
        trust_policy=policy_text(role["AssumeRolePolicyDocument"]),
        last_use=last_use,
    )
    return PrincipalAccess(whole, Usage(notes=notes))


def _principal(aws: AwsReader, details: Details, kind: PrincipalKind, id_: str) -> Principal:
    return Principal(
        details["Arn"],
        kind,
        aws.account,
        id_,
        utc(details["CreateDate"]),
        details["Path"],
        tags_of(details.get("Tags", [])),
    )


def _last_use(aws: AwsReader, role: Details) -> tuple[LastUse | None, tuple[str, ...]]:
    """An empty `RoleLastUsed` says "not in the tracking period"; one that is missing says nothing: IAM is asked again.

    Source: IAM API Reference, RoleLastUsed.
    """
    used = role.get("RoleLastUsed")
    try:
        if used is None:
            used = aws.call("iam:GetRole", RoleName=role["RoleName"])["Role"].get("RoleLastUsed")
    except CollectionError as error:
        return None, (f"it is not known when the role was last used: {error}",)
    if used is None:
        return None, ("it is not known when the role was last used: IAM has no `RoleLastUsed` of it",)
    at = used.get("LastUsedDate")
    return (LastUse(utc(at), used.get("Region") or None) if at else LastUse()), ()


@dataclass(slots=True)
class _Groups:
    """The groups of an account: those that users are in, as they are asked for."""

    policies: _ManagedPolicies
    listed: Mapping[str, Details]
    members: Counter[str]
    _known: dict[str, Group] = field(default_factory=dict)

    def named(self, name: str) -> Group:
        """The group with its policies.

        Raises:
            CollectionError: it is not there, or a policy of it cannot be read.
        """
        if name not in self._known:
            if name not in self.listed:
                raise CollectionError("INTERNAL_ERROR", f"{_DETAILS}: the answer does not hold the group `{name}`")
            details = self.listed[name]
            granting = self.policies.granting(details, "GroupPolicyList")
            self._known[name] = Group(name, details["Arn"], granting, self.members[name])
        return self._known[name]


@dataclass(slots=True)
class _ManagedPolicies:
    """The managed policies of an account, as they are asked for; many principals share one."""

    aws: AwsReader
    listed: Mapping[str, Details]
    _known: dict[str, IdentityPolicy | CollectionError] = field(default_factory=dict)

    def granting(self, details: Details, inline: str) -> tuple[IdentityPolicy, ...]:
        """What hangs on a user, role or group directly; `inline` is the member with the inline policies."""
        own = [
            IdentityPolicy(each["PolicyName"], PolicyKind.INLINE, policy_text(each["PolicyDocument"]))
            for each in details.get(inline, ())
        ]
        attached = [self.of(each["PolicyArn"]) for each in details.get("AttachedManagedPolicies", ())]
        return (*own, *attached)

    def boundary(self, details: Details) -> IdentityPolicy | None:
        boundary = details.get("PermissionsBoundary")
        return None if boundary is None else self.of(boundary["PermissionsBoundaryArn"])

    def of(self, arn: str) -> IdentityPolicy:
        """The policy with its default version.

        Raises:
            CollectionError: it cannot be read: a principal that has it cannot be judged.
        """
        if arn not in self._known:
            self._known[arn] = self._asked(arn)
        known = self._known[arn]
        if isinstance(known, CollectionError):
            raise known
        return known

    def _asked(self, arn: str) -> IdentityPolicy | CollectionError:
        try:
            details = (
                self.listed[arn] if arn in self.listed else self.aws.call("iam:GetPolicy", PolicyArn=arn)["Policy"]
            )
            return _managed(arn, details, self._default_version(arn, details))
        except CollectionError as error:
            return CollectionError(error.code, f"the policy {arn} cannot be read: {error}")

    def _default_version(self, arn: str, details: Details) -> Details:
        listed = (each for each in details.get("PolicyVersionList", ()) if each.get("IsDefaultVersion"))
        if (found := next(listed, None)) and "Document" in found:
            return dict(found)
        version = details["DefaultVersionId"]
        answer = self.aws.call("iam:GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return dict(answer["PolicyVersion"])


def _managed(arn: str, details: Details, version: Details) -> IdentityPolicy:
    is_of_aws = parse_arn(arn).account == "aws"
    return IdentityPolicy(
        arn,
        PolicyKind.AWS_MANAGED if is_of_aws else PolicyKind.CUSTOMER_MANAGED,
        policy_text(version["Document"]),
        utc(version["CreateDate"]),
        details["AttachmentCount"],
    )
