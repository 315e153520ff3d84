"""Zones are told apart exactly where findings could differ; organizations are written and read again."""

import json
from dataclasses import replace

import pytest

from ringwall.findings.organization import Account, Organization, OrganizationPolicy
from ringwall.findings.organization_json import organization_as_json, organization_of
from ringwall.findings.zone_digest import digest_of
from ringwall.findings.zone_of_trust import ACCOUNT, ORGANIZATION, ZoneOfTrust, parse_trusted

ONE, OTHER = Account("111122223333", "One", "o-a1b2c3d4e5/r-ab12/"), Account("444455556666")
LIMIT = OrganizationPolicy("limit", '{"Statement": []}', ("r-ab12", "111122223333"))
OURS = Organization("o-a1b2c3d4e5", ONE.id, (ONE, OTHER), (LIMIT,), (OrganizationPolicy("scp", "{}", ("r-ab12",)),))
ZONE = ZoneOfTrust(ORGANIZATION, OURS, (parse_trusted("account:777788889999"), parse_trusted("org:o-partner00")))


def within(**fields):
    return replace(ZONE, organization=replace(OURS, **fields))


OTHERS = {
    "type": replace(ZONE, type=ACCOUNT),
    "no organization": ZoneOfTrust(),
    "trusted": replace(ZONE, trusted=()),
    "id": within(id="o-other00000"),
    "management account": within(management_account_id=OTHER.id),
    "members": within(accounts=(ONE,)),
    "path": within(accounts=(replace(ONE, path="o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"), OTHER)),
    "document": within(resource_control_policies=(replace(LIMIT, document='{"Statement": [1]}'),)),
    "targets": within(resource_control_policies=(replace(LIMIT, targets=("r-ab12",)),)),
    "no policies": within(resource_control_policies=()),
    "unreadable": within(unreadable="organizations:ListPolicies: denied"),
}
ALIKE = {
    "order": within(accounts=(OTHER, ONE), resource_control_policies=(replace(LIMIT, targets=LIMIT.targets[::-1]),)),
    "order of trusted": replace(ZONE, trusted=ZONE.trusted[::-1]),
    "account names": within(accounts=(replace(ONE, name="Uno"), OTHER)),
    "service control policies": within(service_control_policies=()),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_another_zone_has_another_digest(other):
    """
    One thing changed that findings can follow from.
    """
    assert digest_of(other) != digest_of(ZONE)


@pytest.mark.parametrize("other", ALIKE.values(), ids=ALIKE.keys())
def test_what_makes_no_findings_makes_no_other_digest(other):
    """
    One thing changed that no finding follows from.
    """
    assert digest_of(other) == digest_of(ZONE)


@pytest.mark.parametrize("organization", [OURS, replace(OURS, unreadable="denied"), Organization("o-a1b2c3d4e5")])
def test_an_organization_is_read_as_it_was_written(organization):
    """
    Through JSON text, as the store keeps it.
    """
    assert organization_of(json.loads(json.dumps(organization_as_json(organization)))) == organization
