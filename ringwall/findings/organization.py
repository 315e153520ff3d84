"""An AWS organization as a collection saw it: accounts, where they stand, and the policies that bind them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A member account."""

    id: str
    name: str = ""
    path: str = ""
    """`o-…/r-…/ou-…/`, as in `aws:PrincipalOrgPaths`."""


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """A resource control policy or a service control policy, and what it is attached to."""

    name: str
    document: str
    targets: tuple[str, ...] = ()
    """Accounts, roots and organizational units: an account number, an id, or a path."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The tree of accounts."""

    id: str
    management_account_id: str = ""
    accounts: tuple[Account, ...] = ()
    resource_control_policies: tuple[OrganizationPolicy, ...] = ()
    service_control_policies: tuple[OrganizationPolicy, ...] = ()
    unreadable: str | None = None
    """Why the policies could not be read; None where they were."""

    def path_of(self, account: str) -> str:
        """The path of a member account; the empty string where it is unknown."""
        return next((each.path for each in self.accounts if each.id == account), "")

    def is_attached(self, policy: OrganizationPolicy, account: str) -> bool:
        """Whether the policy is attached to the account or to anything above it."""
        above = {account, self.id, *self.path_of(account).strip("/").split("/")}
        path = self.path_of(account).strip("/") + "/"
        return any(target in above or path.startswith(target.strip("/") + "/") for target in policy.targets)
