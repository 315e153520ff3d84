"""The generated estate is what it says it is: the same for the same seed, and shared outside where it was planted."""

from __future__ import annotations

import pytest

from benchmarks.estate import ONLY_REPEATING, ONLY_UNIQUE, REALISTIC, generate
from benchmarks.kinds import KINDS
from ringwall.collector.snapshot import read_snapshot, write_snapshot
from ringwall.findings.external_access import ExternalAccess
from ringwall.findings.zone_of_trust import ORGANIZATION, ZoneOfTrust
from ringwall.resources import RESOURCE_TYPES


def findings_of(estate):
    analyzer = ExternalAccess(ZoneOfTrust(ORGANIZATION, estate.organization))
    return [finding for resource in estate.resources for finding in analyzer.findings_of(resource)]


def test_the_same_seed_gives_the_same_estate():
    """
    Resources and planted truth depend on the seed alone.
    """
    assert generate(60, seed=1) == generate(60, seed=1)
    assert generate(60, seed=1) != generate(60, seed=2)


@pytest.mark.parametrize("mixture", [REALISTIC, ONLY_UNIQUE, ONLY_REPEATING])
def test_the_findings_are_what_was_planted(mixture):
    """
    Every resource that is shared outside has findings for its outsiders and nobody else; the others have none.
    """
    estate = generate(400, mixture=mixture)
    found = findings_of(estate)
    named: dict[str, set[str]] = {}
    for finding in found:
        named.setdefault(finding.resource, set()).update(finding.principal.values())

    assert [finding.error_message for finding in found if finding.error] == []
    assert named == estate.planted
    assert named


def test_estates_hold_all_types():
    """
    The generator knows every supported type, and an estate has resources of each.
    """
    estate = generate(1_000)

    assert {kind.type for kind in KINDS} == RESOURCE_TYPES.keys()
    assert {resource.type for resource in estate.resources} == RESOURCE_TYPES.keys()


def test_policies_of_a_unique_estate_are_unique():
    """
    No two configurations are the same, nor the same but for the resource's own ARN.
    """
    estate = generate(200, mixture=ONLY_UNIQUE, kinds=[kind for kind in KINDS if kind.actions])
    texts = {str(each.configuration).replace(each.arn, "").replace(each.owner_account, "") for each in estate.resources}

    assert len(texts) == 200


def test_an_estate_survives_its_snapshot(tmp_path):
    """
    Written and read again, it is the same estate.
    """
    estate = generate(80)
    path = tmp_path / "estate.jsonl.zst"
    write_snapshot(path, estate.header, estate.resources)
    snapshot = read_snapshot(path)

    assert snapshot.resources == estate.resources
    assert snapshot.organization == estate.organization
    assert snapshot.gaps == ()
