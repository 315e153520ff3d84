"""Reads an AWS organization: accounts, where they stand, and the policies that bind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwall.collector.answers import MALFORMED, malformed
from ringwall.errors import CollectionError
from ringwall.findings.organization import Account, Organization, OrganizationPolicy
from ringwall.findings.report import Gap
from ringwall.resources.base import AwsReader

CALLS = (
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
)
"""The IAM actions that reading an organization needs."""
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"


@dataclass(frozen=True, slots=True)
class OrganizationReading:
    """What could be read of an organization, if there is one."""

    organization: Organization | None = None
    closed: Mapping[str, str] | None = None
    """Accounts that are not active, and their state: `SUSPENDED`."""
    gaps: tuple[Gap, ...] = ()


def read_organization(aws: AwsReader) -> OrganizationReading:
    """The organization of the reader's account; none where the account is in none, or may not look at it."""
    try:
        answer = aws.find("organizations:DescribeOrganization", _NO_ORGANIZATION)
        if answer is None:
            return OrganizationReading()
        described = answer["Organization"]
        roots = list(aws.pages("organizations:ListRoots", "Roots"))
        members = [each for root in roots for each in _members(aws, root["Id"], f"{described['Id']}/{root['Id']}/")]
    except (CollectionError, *MALFORMED) as error:
        return OrganizationReading(gaps=(_gap(error, aws.account, "the organization was not read"),))
    accounts = tuple(Account(each["Id"], each.get("Name", ""), path) for each, path in members)
    states = {each["Id"]: state for each, _ in members if (state := _state(each)) != "ACTIVE"}
    organization = Organization(described["Id"], described.get("MasterAccountId", ""), accounts)
    return _with_policies(aws, OrganizationReading(organization, states), roots)


def _state(account: Mapping[str, Any]) -> str:
    # `State` follows `Status`, which AWS has announced to withdraw: Organizations API Reference, Account.
    return str(account.get("State") or account.get("Status") or "ACTIVE")


def _members(aws: AwsReader, parent: str, path: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The accounts below `parent`, with the path of what holds them."""
    for account in aws.pages("organizations:ListAccountsForParent", "Accounts", ParentId=parent):
        yield account, path
    for unit in aws.pages("organizations:ListOrganizationalUnitsForParent", "OrganizationalUnits", ParentId=parent):
        yield from _members(aws, unit["Id"], f"{path}{unit['Id']}/")


def _with_policies(aws: AwsReader, reading: OrganizationReading, roots: list[Any]) -> OrganizationReading:
    assert reading.organization is not None
    known = reading.organization
    try:
        resource_controls = tuple(_policies(aws, "RESOURCE_CONTROL_POLICY", roots))
        service_controls = tuple(_policies(aws, "SERVICE_CONTROL_POLICY", roots))
    except (CollectionError, *MALFORMED) as error:
        known = Organization(known.id, known.management_account_id, known.accounts, unreadable=str(error))
        gap = _gap(error, aws.account, "the organization's policies were not read")
        return OrganizationReading(known, reading.closed, (gap,))
    known = Organization(known.id, known.management_account_id, known.accounts, resource_controls, service_controls)
    return OrganizationReading(known, reading.closed)


def _policies(aws: AwsReader, kind: str, roots: list[Any]) -> Iterator[OrganizationPolicy]:
    """The policies of one kind that are attached to something. A kind that is switched off binds nobody."""
    if not any(_is_enabled(root, kind) for root in roots):
        return
    for summary in aws.pages("organizations:ListPolicies", "Policies", Filter=kind):
        answer = aws.call("organizations:DescribePolicy", PolicyId=summary["Id"])
        targets = tuple(_targets(aws, kind, summary, roots))
        if targets:
            yield OrganizationPolicy(summary["Name"], answer["Policy"]["Content"], targets)


def _is_enabled(root: Mapping[str, Any], kind: str) -> bool:
    return any(each["Type"] == kind and each["Status"] == "ENABLED" for each in root.get("PolicyTypes", ()))


def _targets(aws: AwsReader, kind: str, summary: Mapping[str, Any], roots: list[Any]) -> Iterator[str]:
    if kind == "RESOURCE_CONTROL_POLICY" and summary.get("AwsManaged"):
        # RCPFullAWSAccess is attached to everything and cannot be detached: AWS Organizations User Guide, "Resource
        # control policies". Asking would take a call for every 20 accounts.
        yield from (root["Id"] for root in roots)
        return
    for target in aws.pages("organizations:ListTargetsForPolicy", "Targets", PolicyId=summary["Id"]):
        yield target["TargetId"]


def _gap(error: Exception, account: str, consequence: str) -> Gap:
    if isinstance(error, CollectionError):
        return Gap(error.code, f"{error}: {consequence}", account)
    return Gap("INTERNAL_ERROR", f"{malformed(error)}: {consequence}", account)
