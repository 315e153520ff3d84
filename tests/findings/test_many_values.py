"""Findings on keys that can hold several values: which paths of organizations they name, and that they cover all."""

import pytest
from hypothesis import given, settings

from tests.findings.sharing_cases import (
    AWS_ANY,
    OWNER,
    PATH_WORDS,
    a_queue,
    access_of,
    findings_of,
    holds,
    sharing_policies,
    statement,
    zone,
)
from tests.findings.test_external_access import a_queue_with, lists_of, missing
from tests.strategies import requests

KEYS = ("aws:PrincipalOrgPaths", "aws:SourceOrgPaths", "aws:VpceOrgPaths")
MODES = ("aws", "concise")
ONE, UNIT, TWO = "o-1/r-1/*", "o-1/r-1/ou-2/*", "o-2/*"
FEWER = settings(max_examples=settings.default.max_examples // 4)


def demanding(operator, key, *values, present=False):
    null = {"Null": {key: "false"}} if present else {}
    return statement(Condition={operator: {key: list(values)}, **null})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("statements", "paths"),
    [
        ([("ForAnyValue:StringLike", ONE), ("ForAnyValue:StringLike", TWO)], [ONE, TWO]),
        ([("ForAnyValue:StringLike", ONE, UNIT, TWO)], [ONE, TWO]),
        ([("ForAnyValue:StringLike", UNIT), ("ForAnyValue:StringLike", ONE)], [ONE]),
        ([("StringLike", ONE, TWO)], [ONE, TWO]),
        ([("ForAllValues:StringLike", ONE, TWO)], [None]),
        ([("ForAnyValue:StringNotLike", ONE)], [None]),
        ([("ForAllValues:StringNotLike", ONE)], [None]),
        ([("ForAnyValue:StringEqualsIfExists", "o-1/r-1/")], [None]),
    ],
)
def test_the_paths_that_statements_name_are_those_of_the_findings(statements, paths, key, mode):
    """
    Two paths in two statements are two findings, though one request may hold both; a path within another is none of
    its own; and what an absent key or any other path satisfies is everybody.
    """
    resource = a_queue(*(demanding(operator, key, *values) for operator, *values in statements))

    assert access_of(resource, mode=mode) == [(AWS_ANY, {key: path} if path else {}) for path in paths]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("key", KEYS)
def test_all_values_in_two_places_are_in_one_or_the_other_where_there_is_one_at_all(key, mode):
    """
    `ForAllValues` with `Null` is bounded by the paths that it lists.
    """
    resource = a_queue(demanding("ForAllValues:StringLike", key, ONE, TWO, present=True))

    assert access_of(resource, mode=mode) == [(AWS_ANY, {key: ONE}), (AWS_ANY, {key: TWO})]


@pytest.mark.parametrize("key", KEYS)
def test_a_deny_for_every_other_path_leaves_the_path(key):
    """
    A Deny for whoever has no path that matches also denies those who have none: `ForAllValues` holds for them.
    """
    deny = {**demanding("ForAllValues:StringNotLike", key, ONE), "Effect": "Deny"}

    assert access_of(a_queue(statement(), deny)) == [(AWS_ANY, {key: ONE})]


@pytest.mark.parametrize("key", KEYS[1:])
def test_a_request_with_both_values_needs_both_demands(key):
    """
    Two demands in one statement are met by two values of one request; the cube of either path holds it.
    """
    both = statement(Condition={"ForAnyValue:StringLike": {key: ONE}, "ForAnyValue:StringEquals": {key: "o-2/r-2/"}})

    found = {mode: findings_of(a_queue(both), mode=mode) for mode in MODES}

    assert sorted(each.condition[key] for each in found["aws"]) == [ONE, "o-2/r-2/"]
    assert len(found["concise"]) == 1
    assert set(found["aws"][0].witness.context[key.lower()]) > {"o-2/r-2/"}


def test_nobody_is_in_two_organizations():
    """
    What a caller's paths demand has to begin with one organization; sources and endpoints are not held to that.
    """
    key = "aws:PrincipalOrgPaths"
    both = statement(Condition={"ForAnyValue:StringLike": {key: ONE}, "ForAnyValue:StringEquals": {key: "o-2/r-2/"}})

    assert access_of(a_queue(both)) == []


@pytest.mark.parametrize(
    ("path", "organization", "expected"),
    [("o-a*/r-1/*", "o-?b", True), ("o-abc/*", "o-a*", True), ("o-abc/*", "o-b*", False), ("*/r-1/*", "o-x*", True)],
)
def test_patterns_of_paths_and_of_organizations_are_met_together(path, organization, expected):
    """
    Neither the first guess at a path nor the first at an organization fits the other pattern.
    """
    condition = {
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path},
        "StringLike": {"aws:PrincipalOrgID": organization},
    }
    labels = {"aws:PrincipalOrgPaths": path, "aws:PrincipalOrgID": organization}

    assert access_of(a_queue(statement(Condition=condition))) == ([(AWS_ANY, labels)] if expected else [])


@pytest.mark.parametrize("mode", MODES)
@FEWER
@given(policy=sharing_policies(PATH_WORDS), asked=lists_of(requests(PATH_WORDS)))
def test_every_request_is_in_a_finding_whatever_its_paths(mode, policy, asked):
    """
    Random policies on keys with several values, against random requests that hold some; each finding has a witness
    that it holds.
    """
    found = findings_of(a_queue_with(policy, OWNER), zone(), mode=mode)

    assert [each.error_message for each in found if each.error] == []
    assert missing(found, policy, asked, zone()) == []
    assert all(holds(each, each.witness) for each in found)
