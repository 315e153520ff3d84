"""An organization as JSON, in snapshots and in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwall.findings.organization import Account, Organization, OrganizationPolicy


def organization_as_json(organization: Organization) -> dict[str, Any]:
    """What `organization_of` reads."""
    written: dict[str, Any] = {
        "id": organization.id,
        "managementAccountId": organization.management_account_id,
        "accounts": [{"id": each.id, "name": each.name, "path": each.path} for each in organization.accounts],
        "resourceControlPolicies": [_policy_as_json(each) for each in organization.resource_control_policies],
        "serviceControlPolicies": [_policy_as_json(each) for each in organization.service_control_policies],
    }
    return written if organization.unreadable is None else written | {"policiesUnreadable": organization.unreadable}


def _policy_as_json(policy: OrganizationPolicy) -> dict[str, Any]:
    return {"name": policy.name, "document": policy.document, "targets": list(policy.targets)}


def organization_of(members: Mapping[str, Any]) -> Organization:
    """The organization in JSON of the right shape: snapshots, which may be of any, are checked beforehand."""
    return Organization(
        members["id"],
        members["managementAccountId"],
        tuple(Account(**each) for each in members["accounts"]),
        tuple(_policy_of(each) for each in members["resourceControlPolicies"]),
        tuple(_policy_of(each) for each in members["serviceControlPolicies"]),
        members.get("policiesUnreadable"),
    )


def _policy_of(members: Mapping[str, Any]) -> OrganizationPolicy:
    """A policy whose document may be text or an object."""
    document = members["document"]
    text = document if isinstance(document, str) else json.dumps(document)
    return OrganizationPolicy(members["name"], text, tuple(members["targets"]))
