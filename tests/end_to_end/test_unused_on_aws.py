"""The estate of unused access as a collection finds it: the findings are those of the recipes, and no other.

moto answers where it can; the rest of IAM is `tests.fake_iam`, and `tests.unused_estate_on_aws` says what is where.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import unquote

import msgspec
import pytest
from msgspec.structs import replace

from ringwall.collector.apply_recommendation import apply_recommendation, undo_calls
from ringwall.collector.snapshot import SnapshotHeader, read_snapshot, write_snapshot
from ringwall.findings.finding import FindingType
from ringwall.findings.recommendation import RecommendedAction, recommend
from ringwall.policy.merging import merged
from ringwall.policy.parse import parse_policy
from ringwall.principals.granted import granted_to
from ringwall.principals.principal import IdentityPolicy, PolicyKind, Principal
from ringwall.principals.principal_access import PrincipalAccess
from ringwall.reasoning.compare import find_new_access
from tests.end_to_end.unused_collecting import (
    collected,
    findings_of,
    in_words,
    new_reports,
    planted,
    read,
    targets_of,
    trail_in,
)
from tests.unused_estate import NOW, estate, events_that_stay
from tests.unused_estate_on_aws import CHANGED, COLLEAGUE, LEFT_OUT, expected_on_aws, is_on_aws, recipe_of, write_trail
from tests.unused_words import EXCLUDED, FOUR, ONE, THREE, TWO

LOGGED, UNLOGGED = (ONE, TWO, FOUR), (THREE, EXCLUDED)
"""Accounts with a trail, and without one."""
_DOCUMENTS = ("document", "trustPolicy")


@pytest.fixture(scope="module")
def members():
    """By ARN: all that AWS can hold."""
    return {each.access.principal.arn: each for each in estate() if is_on_aws(each)}


@pytest.fixture(scope="module")
def iam(members):
    with planted(members.values()) as fake:
        yield fake


@pytest.fixture(scope="module")
def trail(members, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trail")
    write_trail(folder, members.values())
    return trail_in(folder)


@pytest.fixture(scope="module")
def reports():
    """IAM's reports are made once."""
    return new_reports()


@pytest.fixture(scope="module")
def seen(iam, trail, reports):
    """What is seen in all accounts: with a trail by a collection, without one by the service's source."""
    alone = [each for account in UNLOGGED for each in read(iam, account, reports=reports)]
    return (*collected(iam, LOGGED, trail, reports), *alone)


def test_nothing_of_the_estate_is_left_out_silently(members):
    """What AWS cannot hold is named, with a reason, and is little."""
    left_out = Counter(recipe_of(each) for each in estate() if each.access.principal.arn not in members)

    assert left_out == {"locked": 12}
    assert left_out.keys() == LEFT_OUT.keys()
    assert len(members) >= 600
    assert {name for arn in members if (name := arn.rpartition("/")[2]) in CHANGED} == CHANGED.keys()
    assert min(Counter(each.access.principal.account for each in members.values()).values()) == 3


def test_every_principal_is_read_and_no_other(seen, members):
    """Service-linked roles alone are passed over."""
    expected = {arn for arn, each in members.items() if not each.access.principal.is_service_linked}
    expected |= {f"arn:aws:iam::{account}:user/{COLLEAGUE}" for account in (*LOGGED, THREE)}

    assert [each for each in seen if not isinstance(each, PrincipalAccess)] == []
    assert Counter(each.principal.arn for each in seen) == Counter(expected)


def test_principals_come_back_as_they_were_put_in(seen, members):
    """Policies, groups, boundaries, tags, all dates: where nothing was amiss, all that the recipe says."""

    whole = [each for each in seen if not each.usage.notes and each.principal.name != COLLEAGUE]
    different = [
        each.principal.arn
        for each in whole
        if as_stated(each.principal) != as_stated(members[each.principal.arn].access.principal)
    ]

    assert len(whole) >= 500
    assert different == []


def as_stated(value):
    """Without what AWS counts by itself, with documents as objects: botocore does not keep their text."""
    if isinstance(value, Principal):
        return as_stated(msgspec.to_builtins(value))
    if isinstance(value, list | tuple):
        return [as_stated(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = value.keys() - {"attachments", "members", "region", "service"}
    return {name: _loaded(value[name]) if name in _DOCUMENTS else as_stated(value[name]) for name in kept}


def _loaded(text):
    try:
        return json.loads(text)
    except ValueError:
        # What is no JSON stays as IAM sends it.
        return unquote(text)


def test_the_trail_covers_what_was_logged(seen, members):
    """To the day and the Region; what is missing is said."""
    for account in LOGGED:
        [coverage] = {each.usage.trail_coverage for each in seen if each.principal.account == account}
        expected = next(each for each in members.values() if each.access.principal.account == account)
        stated = expected.access.usage.trail_coverage

        assert (coverage.since, coverage.until, coverage.data_events) == (
            stated.since, stated.until, stated.data_events,
        )  # fmt: skip
        assert (set(coverage.regions), coverage.missing_regions) == (set(stated.regions), stated.missing_regions)
        assert bool(coverage.gaps) is bool(stated.gaps) is (account == FOUR)
        assert all("2026-05-12" in gap or "20260512" in gap for gap in coverage.gaps)


def test_the_findings_are_those_of_the_recipes(seen, members):
    """Every expected finding is there, with its details and its confidence, and no other."""
    found = findings_of(seen)
    differences = {
        arn: (words, expected_on_aws(member))
        for arn, member in members.items()
        if (words := in_words(found.get(arn, ()), member.expected)) != expected_on_aws(member)
    }

    assert differences == {}
    assert sum(map(len, found.values())) == sum(len(each.expected) for each in members.values()) >= 400


def test_a_snapshot_gives_the_same_findings(seen, tmp_path):
    """What is written is what was seen, and offline the judgement is the same."""
    header = SnapshotHeader(NOW.isoformat(), (*LOGGED, *UNLOGGED))
    write_snapshot(tmp_path / "estate.jsonl.zst", header, seen)

    snapshot = read_snapshot(tmp_path / "estate.jsonl.zst")

    assert snapshot.gaps == ()
    assert snapshot.principals == seen
    assert findings_of(snapshot.principals) == findings_of(seen)


@pytest.fixture(scope="module")
def recommended(seen):
    """Principals and recommendations of all that has unused permissions, by ARN."""
    found = findings_of(seen)
    accesses = {each.principal.arn: each for each in seen}
    return {
        arn: (accesses[arn], recommend(accesses[arn], each, NOW, despite_gaps=True))
        for arn, findings in found.items()
        for each in findings
        if each.type is FindingType.UNUSED_PERMISSION and not each.error
    }


def test_what_is_recommended_leaves_all_use_and_nothing_new(recommended, members):
    """Everything unused has a recommendation with its proof; all that a principal did is replayed over what it leaves."""
    policies = {}
    for arn, (access, recommendation) in recommended.items():
        principal = access.principal
        after = after_steps(principal, recommendation)
        old, new = _granted(principal), _granted(after)
        used = {each.action for each in events_that_stay(members[arn])}

        assert recommendation.error is None
        assert len(recommendation.proof) >= 3
        assert new < old
        assert used & old <= new
        policies[arn] = (_merged(after), _merged(principal))

    actions = {step.action for _, each in recommended.values() for step in each.steps}
    assert actions >= {RecommendedAction.CREATE_POLICY, RecommendedAction.REMOVE_FROM_GROUP}
    assert any(
        call.operation == "iam:AttachGroupPolicy"
        for _, each in recommended.values()
        for step in each.steps
        for call in step.calls
    )
    assert len(policies) >= 250
    sample = [policies[arn] for arn in sorted(policies)[::5]]
    assert [find_new_access(new=new, existing=existing) for new, existing in sample] == [None] * len(sample)


def test_what_is_recommended_is_carried_out_and_undone(iam, recommended, reports):
    """In IAM, by the steps' own calls: what is read then is what they say, and after their undo what there was."""
    of_one = {arn: each for arn, each in recommended.items() if each[0].principal.account == ONE}
    made = {arn: each for arn, each in of_one.items() if arn.endswith("-1") or each[0].principal.groups}
    [target] = targets_of(iam, [ONE])
    reader = target.open_session().reader()

    applied = [apply_recommendation(reader, each, is_allowed=True) for _, each in made.values()]
    after = {each.principal.arn: each.principal for each in read(iam, ONE, reports=reports)}
    undone = [undo_calls(reader, each.undo, is_allowed=True) for each in applied]
    before = {each.principal.arn: each.principal for each in read(iam, ONE, reports=reports)}

    assert len(made) >= 20
    assert [each.error for each in (*applied, *undone) if not each.is_complete] == []
    for arn, (access, recommendation) in made.items():
        assert _policies(after[arn]) == _policies(after_steps(access.principal, recommendation))
        assert _policies(before[arn]) == _policies(access.principal) != _policies(after[arn])


def after_steps(principal, recommendation):
    """The principal as the calls of the steps leave it."""
    own = {each.id: each for each in principal.policies}
    held = {each.name: {policy.id: policy for policy in each.policies} for each in principal.groups}
    known = {policy.id: policy for policy, _ in principal.granting}
    for call in (call for step in recommendation.steps for call in step.calls):
        given = call.parameters
        policies = held[given["GroupName"]] if "GroupName" in given else own
        match re.fullmatch("iam:(Create|Attach|Detach|Put|Delete|Remove)(?:User|Role|Group)?(?:Policy|FromGroup)",
                           call.operation)[1]:  # fmt: skip
            case "Create":
                arn = f"arn:aws:iam::{principal.account}:policy/{given['PolicyName']}"
                known[arn] = IdentityPolicy(arn, PolicyKind.CUSTOMER_MANAGED, given["PolicyDocument"])
            case "Attach":
                policies[given["PolicyArn"]] = known[given["PolicyArn"]]
            case "Put":
                name = given["PolicyName"]
                policies[name] = IdentityPolicy(name, PolicyKind.INLINE, given["PolicyDocument"])
            case "Detach" | "Delete":
                del policies[given.get("PolicyArn") or given["PolicyName"]]
            case "Remove":
                del held[given["GroupName"]]
    groups = tuple(
        replace(each, policies=tuple(held[each.name].values())) for each in principal.groups if each.name in held
    )
    return replace(principal, policies=tuple(own.values()), groups=groups)


def _granted(principal):
    return frozenset().union(*granted_to(principal).actions.values())


def _merged(principal):
    return merged([parse_policy(policy.document) for policy, _ in principal.granting])


def _policies(principal):
    """What hangs on it, by id and group."""
    return {(policy.id, group.name if group else ""): _loaded(policy.document) for policy, group in principal.granting}
