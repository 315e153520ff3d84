"""The judgement finds in the estate what its recipes say, and nothing else."""

from collections import Counter, defaultdict

import pytest

from tests.unused_estate import ANALYSIS, NOW, estate, events_that_stay, principals
from tests.unused_words import Expected, used


def as_expected(finding, like):
    """A finding in the recipes' words."""
    if finding.error:
        return Expected(finding.type.value, error=finding.error)
    services = tuple(
        (each.namespace, each.last_accessed, tuple((action.name, action.last_accessed) for action in each.actions))
        for each in finding.services
    )
    return Expected(
        finding.type.value,
        last=finding.last_accessed,
        key=finding.access_key_id,
        services=services,
        confidence=finding.evidence.confidence.value,
        untracked=finding.evidence.untracked if like and like.untracked is not None else None,
    )


def found_of(member):
    findings = ANALYSIS.findings_of(member.access, NOW)
    stated = {each.type: each for each in member.expected}
    return tuple(as_expected(each, stated.get(each.type.value)) for each in findings)


@pytest.mark.parametrize("member", estate(), ids=lambda member: member.access.principal.arn.partition("::")[2])
def test_the_findings_are_those_of_the_recipe(member):
    """Every expected finding is there, with its details and its confidence, and no other."""
    assert found_of(member) == member.expected


def test_the_estate_has_all_there_is():
    """Every type of finding, as a finding and as an error, and every confidence, in hundreds of principals."""
    expected = [finding for member in estate() for finding in member.expected]
    of_permissions = Counter(each.confidence for each in expected if each.type == "UnusedPermission")

    assert len(estate()) >= 600
    assert {each.type for each in expected if each.error} == {each.type for each in expected if not each.error}
    assert {each.error for each in expected} == {None, "ACCESS_DENIED", "INTERNAL_ERROR"}
    assert min(of_permissions[level] for level in ("HIGH", "MEDIUM", "LOW")) >= 20
    assert sum(not member.expected for member in estate()) >= 100


def test_every_principal_policy_and_finding_is_there_once():
    """So that the estate can be built in AWS: one ARN is one thing."""
    policies, groups = defaultdict(set), defaultdict(set)
    for each in principals():
        boundary = [each.principal.boundary] if each.principal.boundary else []
        for policy in (*boundary, *(policy for policy, _ in each.principal.granting)):
            policies[policy.id if policy.id.startswith("arn:") else f"{each.principal.arn} {policy.id}"].add(policy)
        for group in each.principal.groups:
            groups[group.arn].add(group)
    findings = [finding.id for each in principals() for finding in ANALYSIS.findings_of(each, NOW)]

    assert len({each.principal.arn for each in principals()}) == len(principals())
    assert len({each.principal.id for each in principals()}) == len(principals())
    assert [arn for arn, different in (policies | groups).items() if len(different) > 1] == []
    assert len(set(findings)) == len(findings)


def test_what_is_called_unused_need_not_stay():
    """Of an action that was used long ago no event has to remain allowed; of one in use all have to."""
    member = next(each for each in estate() if each.access.principal.arn == "arn:aws:iam::111122223333:role/action-0")

    assert {each.action for each in member.events} == {"lambda:CreateFunction", "lambda:DeleteFunction"}
    assert events_that_stay(member) == used(6, "lambda:CreateFunction")
