"""Verdicts are compared, and differences explained, without any peer being installed."""

from __future__ import annotations

import pytest

from benchmarks.peer_differences import cause_of
from benchmarks.peers import Given, ours, verdict_of
from benchmarks.tricky import TRICKY
from ringwall.policy.parse import parse_policy


def judged(name):
    return verdict_of("external", parse_policy(TRICKY[name]))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("open to everybody but one address", "open"),
        ("one address", "open"),
        ("organization", "closed"),
        ("organization, if there is any", "open"),
        ("all values of a key that nobody need send", "open"),
        ("any value", "closed"),
        ("open, and closed by a Deny", "closed"),
        ("open, and closed for named others", "open"),
        ("two conditions that exclude each other", "closed"),
        ("a partner through the organization only", "closed"),
        ("a service", "closed"),
    ],
)
def test_tricky_policies_are_judged_by_what_they_mean(name, verdict):
    """
    Our verdict is what the documentation of the elements in question says.
    """
    assert judged(name) == verdict


@pytest.mark.parametrize(
    ("name", "verdict", "cause"),
    [
        ("open, and closed by a Deny", "open", "Deny is not looked at"),
        ("open to everybody but one address", "closed", "any network, VPC or endpoint is held safe"),
        (
            "all values of a key that nobody need send",
            "closed",
            "negation, IfExists or set operator is taken for plain equality",
        ),
        ("open to everybody", "failed: TypeError", "the peer fails on it"),
    ],
)
def test_a_difference_is_explained_by_what_is_overlooked(name, verdict, cause):
    """
    What a peer overlooks is done to the policy, and brings us to the peer's verdict.
    """
    policy = parse_policy(TRICKY[name])

    assert cause_of(policy, verdict, lambda each: verdict_of("external", each)) == cause


def test_every_policy_gets_a_verdict_and_two_times():
    """
    First time and again, in the order given.
    """
    given = [Given(name, text, parse_policy(text)) for name, text in TRICKY.items()]
    found = ours("external", given, parses=True)

    assert len(found) == len(given)
    assert all(each.verdict in ("open", "closed") and each.first > 0 and each.again > 0 for each in found)
