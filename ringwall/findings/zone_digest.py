"""Tells whether a zone of trust is still the one that findings were made for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ringwall.findings.organization import Organization
from ringwall.findings.zone_of_trust import ZoneOfTrust


def digest_of(zone: ZoneOfTrust) -> str:
    """The same text exactly while the same resource has the same findings, as far as the zone has a say.

    Names of accounts, service control policies and the order in which AWS lists things make no findings of external
    access, so that a change to them does not have every resource analysed again.
    """
    told = {
        "type": zone.type,
        "trusted": sorted(map(str, zone.trusted)),
        "organization": None if zone.organization is None else _told_of(zone.organization),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _told_of(organization: Organization) -> dict[str, Any]:
    policies = ([each.name, each.document, sorted(each.targets)] for each in organization.resource_control_policies)
    return {
        "id": organization.id,
        "managementAccountId": organization.management_account_id,
        "accounts": sorted([each.id, each.path] for each in organization.accounts),
        "resourceControlPolicies": sorted(policies),
        "isUnreadable": organization.unreadable is not None,
    }
