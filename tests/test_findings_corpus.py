"""The worked cases of the reference, through the whole analysis: tests/corpus/findings.json."""

import json
from pathlib import Path

import pytest

from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.organization import Account, Organization
from ringwall.findings.zone_of_trust import ZoneOfTrust
from ringwall.resources.base import Resource

CORPUS = json.loads((Path(__file__).parent / "corpus" / "findings.json").read_text())


def zone_of(case, type_):
    given = CORPUS["zones"][type_] | case.get("zone", {})
    organization = given.get("organization")
    known = organization and Organization(
        organization["id"], accounts=tuple(Account(each) for each in organization["accounts"])
    )
    return ZoneOfTrust(type_, known)


def resource_of(case):
    [configuration] = case["configuration"].values()
    return Resource(case["resourceArn"], case["resourceType"], case["resourceOwnerAccount"], "us-east-1", configuration)


CASES = [
    pytest.param(case, type_, mode, id=f"{case['name']} ({type_}, {mode})")
    for case in CORPUS["cases"]
    for type_ in case["findings"]
    for mode in ("aws", "concise")
]


@pytest.mark.parametrize(("case", "type_", "mode"), CASES)
def test_a_worked_case_gives_its_findings(case, type_, mode):
    """
    The findings are those of the case: no more, no fewer, in every field that the case gives.
    """
    expected = case["findings"][type_]

    found = [each.as_json() for each in ExternalAccess(zone_of(case, type_), mode=mode).findings_of(resource_of(case))]

    assert not any("error" in each for each in found)
    assert len(found) == len(expected)
    for wanted in expected:
        assert any(wanted.items() <= each.items() for each in found), (wanted, found)
